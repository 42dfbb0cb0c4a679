//! The bare signature check of a token, as a yardstick for `npm run bench`. The key is parsed and
//! the segments are decoded beforehand. Reads `{"jwk":{"n","e"},"tokens":[...]}` and prints
//! microseconds per token.

use std::error::Error;
use std::hint::black_box;
use std::io::stdin;
use std::time::Instant;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    jwk: Jwk,
    tokens: Vec<String>,
}

#[derive(Deserialize)]
struct Jwk {
    n: String,
    e: String,
}

/// The message and its signature.
type Signed<'token> = (&'token [u8], Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let Question { jwk, tokens } = serde_json::from_reader(stdin())?;
    let key = public_key(&jwk)?;
    let signed = tokens.iter().map(|token| parts(token)).collect::<Result<Vec<_>, _>>()?;
    let start = Instant::now();
    for (message, signature) in &signed {
        black_box(&key).verify_sig(black_box(message), black_box(signature))?;
    }
    let tokens = f64::from(u32::try_from(signed.len())?);
    let microseconds = start.elapsed().as_secs_f64() * 1e6 / tokens;
    println!("{}", serde_json::json!({ "microsecondsPerToken": microseconds }));
    Ok(())
}

fn public_key(jwk: &Jwk) -> Result<ParsedPublicKey, Box<dyn Error>> {
    let (n, e) = (URL_SAFE_NO_PAD.decode(&jwk.n)?, URL_SAFE_NO_PAD.decode(&jwk.e)?);
    let components = RsaPublicKeyComponents { n, e };
    Ok(components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?)
}

fn parts(token: &str) -> Result<Signed<'_>, Box<dyn Error>> {
    let (message, signature) = token.rsplit_once('.').ok_or("a token has dots")?;
    Ok((message.as_bytes(), URL_SAFE_NO_PAD.decode(signature)?))
}
