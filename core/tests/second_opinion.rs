//! `jsonwebtoken::decode`, hardened as far as possible, over the same tokens. Each difference
//! between it and this crate is listed with its reason. Any other difference fails the test.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use verify_workos_token_core::algorithm;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_corpus::completing::{member, supply};
use verify_workos_token_corpus::jwt::{Case, NO_ISSUER};
use verify_workos_token_corpus::{self as corpus, ACCEPT};

use crate::support::set_text;
use crate::support::signer::Signer;
use crate::vectors::{self, JWT_CASES};

/// Its clock can't be set, so times play no part here, but their types do. In seconds.
const ANY_TIME: u64 = 1_000_000_000;

/// Tokens of these classes have this outcome here and the opposite one there.
struct Difference {
    classes: &'static [&'static str],
    ours: &'static str,
    reason: &'static str,
}

const DIFFERENCES: [Difference; 10] = [
    Difference {
        classes: &["claims-type"],
        ours: "INVALID_AUDIENCE",
        reason: "an aud with a wrong type in it counts as absent there, and where no audience is \
                 asked for as good",
    },
    Difference {
        classes: &["claims-type"],
        ours: "INVALID_CLAIM",
        reason: "iat is not looked at there (RFC 7519, section 4.1.6: a NumericDate)",
    },
    Difference {
        classes: &["issuer"],
        ours: "INVALID_ISSUER",
        reason: "an iss that is a list is compared like aud there (RFC 7519, section 4.1.1: a \
                 string)",
    },
    Difference {
        classes: &["valid"],
        ours: "INVALID_SUBJECT",
        reason: "an empty sub is a subject there",
    },
    Difference {
        classes: &["b64"],
        ours: "MALFORMED_TOKEN",
        reason: "b64 is not looked at there (RFC 7797, section 3: it changes what is signed)",
    },
    Difference {
        classes: &["crit"],
        ours: "MALFORMED_TOKEN",
        reason: "crit is not looked at there (RFC 7515, section 4.1.11: what is not understood \
                 must be refused)",
    },
    Difference {
        classes: &["typ", "valid"],
        ours: "MALFORMED_TOKEN",
        reason: "any typ is good there (RFC 8725, section 3.11: kinds of tokens are kept apart)",
    },
    Difference {
        classes: &["size"],
        ours: "MALFORMED_TOKEN",
        reason: "there is no limit to a token's size there",
    },
    Difference {
        classes: &["json"],
        ours: "MALFORMED_TOKEN",
        reason: "the last of two members of one name counts there, and for other readers the first",
    },
    Difference {
        classes: &["header-type"],
        ours: ACCEPT,
        reason: "header parameters that play no part are typed there; here they are not read",
    },
];

#[test]
fn differs_from_jsonwebtoken_only_where_that_is_meant() {
    let mut met = HashSet::new();
    let mut unlisted = Vec::new();
    let cases = corpus::read::<Case>("jwt-");
    assert_eq!(cases.len(), JWT_CASES);
    let completed = cases.iter().filter_map(completed).collect::<Vec<_>>();
    for case in cases.iter().chain(&completed) {
        let ours = vectors::outcome(case);
        let theirs = second_opinion(case);
        if is_about_time(ours, &theirs) || (ours == ACCEPT) == theirs.is_ok() {
            continue;
        }
        let meant = |it: &&Difference| it.classes.contains(&&*case.class) && it.ours == ours;
        match (DIFFERENCES.iter().find(meant), theirs) {
            (Some(difference), _) => drop(met.insert(difference.reason)),
            (None, Ok(())) => unlisted.push(format!("{} ({}): {ours}", case.id, case.class)),
            (None, Err(Refused { why, .. })) => {
                unlisted.push(format!("{} ({}): {ours}, and {why}", case.id, case.class));
            }
        }
    }
    assert!(unlisted.is_empty(), "differences without a reason:\n{}", unlisted.join("\n"));
    for Difference { reason, .. } in DIFFERENCES {
        assert!(met.contains(reason), "no longer a difference: {reason}");
    }
}

fn is_about_time(ours: &str, theirs: &Result<(), Refused>) -> bool {
    let theirs = theirs.as_ref().is_err_and(|refused| refused.about_time);
    theirs || ours == "TOKEN_EXPIRED" || ours == "TOKEN_NOT_YET_VALID"
}

/// Why `jsonwebtoken` refuses a token.
struct Refused {
    about_time: bool,
    why: String,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let about_time =
            matches!(error.kind(), ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature);
        Self { about_time, why: error.to_string() }
    }
}

/// What a careful caller refuses before calling `decode`.
impl From<&str> for Refused {
    fn from(why: &str) -> Self {
        Self { about_time: false, why: why.to_owned() }
    }
}

fn second_opinion(case: &Case) -> Result<(), Refused> {
    let policy = vectors::policy(case).ok_or("options")?;
    let header = decode_header(&case.token)?;
    let keys = serde_json::from_str::<JwkSet>(case.keys()).map_err(|_| "keys")?;
    let key_id = header.kid.ok_or("no kid")?;
    let jwk = keys.find(&key_id).ok_or("no key")?;
    if !may_verify(jwk, header.alg) || !allows(case, header.alg) {
        return Err("algorithm or use".into());
    }
    let key = DecodingKey::from_jwk(jwk)?;
    decode::<Value>(&case.token, &key, &validation(header.alg, &policy))?;
    Ok(())
}

fn may_verify(jwk: &Jwk, algorithm: jsonwebtoken::Algorithm) -> bool {
    let named = |name: String| algorithm::by_name(&name) == Some(algorithm);
    let use_fits =
        jwk.common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
    use_fits && jwk.common.key_algorithm.is_none_or(|it| named(it.to_string()))
}

fn allows(case: &Case, algorithm: jsonwebtoken::Algorithm) -> bool {
    let names = case.algorithms();
    names.iter().any(|name| algorithm::by_name(name) == Some(algorithm))
}

/// One algorithm, and every available check.
fn validation(algorithm: jsonwebtoken::Algorithm, policy: &Policy) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = ANY_TIME;
    validation.validate_nbf = true;
    validation.set_issuer(&policy.issuers);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    match &policy.audiences {
        None => validation.validate_aud = false,
        Some(audiences) => {
            validation.set_audience(audiences);
            validation.required_spec_claims.insert("aud".to_owned());
        }
    }
    validation
}

/// The same header and payload with `kid`, `iss` and `sub` supplied, signed again, so that both
/// sides get as far as the claims. `None` if the header or payload can't be read at all.
fn completed(case: &Case) -> Option<Case> {
    let mut parts = case.token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header = supply(&parts.next()??, "kid", &json!("key_1"));
    let mut payload = parts.next()??;
    for (name, value) in [("iss", NO_ISSUER), ("sub", "user_01")] {
        payload = supply(&payload, name, &json!(value));
    }
    let key_id = member(&header, "kid")?;
    let signer = Signer::shared().named(key_id.as_str()?);
    let jwks = RawValue::from_string(set_text([&signer.jwk])).unwrap();
    Some(Case {
        token: signer.sign_text(header, payload),
        jwks: Some(jwks),
        jwks_text: None,
        ..case.clone()
    })
}
