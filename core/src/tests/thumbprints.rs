//! RFC 7638 thumbprints, which show whether two keys are the same.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;
use verify_workos_token_corpus as corpus;

use crate::error::Unusable;
use crate::json::Object;
use crate::key::VerifyingKey;

/// The number of cases, so that none is skipped unnoticed.
const CASES: usize = 8;

#[derive(Deserialize)]
struct Case {
    id: String,
    jwk: Box<RawValue>,
    sha256: String,
}

#[test]
fn thumbprints_of_rfc_7638() {
    let cases = corpus::read::<Case>("thumbprints");
    assert_eq!(cases.len(), CASES);
    for Case { id, jwk, sha256 } in cases {
        let key = VerifyingKey::parse(&Object::parse(jwk.get().as_bytes()).unwrap());
        let thumbprint = key.map(|key| URL_SAFE_NO_PAD.encode(key.thumbprint()));
        assert_eq!(thumbprint, expected(&id, sha256), "{id}");
    }
}

/// Keys of algorithms that can't be allowed are not read.
fn expected(id: &str, sha256: String) -> Result<String, Unusable> {
    match id {
        "computed/dev/es512" => Err(Unusable::UnknownAlgorithm),
        "computed/dev/ed448" => Err(Unusable::Curve),
        _ => Ok(sha256),
    }
}
