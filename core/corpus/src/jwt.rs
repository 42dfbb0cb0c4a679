//! One case of the `jwt-*` vectors, and the settings that its options describe.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{ACCEPT, Expect, codes};

/// The accepted issuer if the token has none that is a string.
pub const NO_ISSUER: &str = "https://no-issuer.invalid";
/// The largest tolerance that JavaScript accepts, in seconds.
const MAX_TOLERANCE_SECONDS: u16 = 300;

/// A token, the keys and options to check it with, and what should come of it.
#[derive(Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// The token to verify.
    pub token: String,
    /// A fixed key set.
    pub jwks: Option<Box<RawValue>>,
    /// What a key server responds with instead.
    pub jwks_text: Option<String>,
    /// The verifier's options.
    pub options: Options,
    /// What kind of case it is.
    #[serde(default)]
    pub class: String,
    /// The time of the verification, in seconds since 1970.
    pub now: f64,
    /// What should come of it.
    pub expect: Expect,
    /// If it should be refused, the reasons that may be given.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// The options of a case.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Options {
    issuer: Option<OneOrMany>,
    audience: Option<OneOrMany>,
    algorithms: Option<Vec<String>>,
    clock_tolerance: Option<u16>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// What a verifier must require for a case. Its allow-list is [`Case::algorithms`].
pub struct Settings {
    /// The accepted issuers.
    pub issuers: Vec<String>,
    /// The accepted audiences; `None` turns the check off.
    pub audiences: Option<Vec<String>>,
    /// Allowed clock skew, in seconds.
    pub clock_tolerance_seconds: u16,
}

impl Case {
    /// Whether the outcome is one that the vector expects.
    pub fn fits(&self, outcome: &str) -> bool {
        match self.expect {
            Expect::Accept => outcome == ACCEPT,
            Expect::Reject => self.reasons.iter().any(|reason| codes(reason).contains(&outcome)),
            Expect::Any => true,
        }
    }

    /// The text of the key set.
    pub fn keys(&self) -> &str {
        match (&self.jwks, &self.jwks_text) {
            (Some(jwks), None) => jwks.get(),
            (None, Some(text)) => text,
            _ => panic!("{} ({}): keys are an object or a text", self.id, self.class),
        }
    }

    /// The settings that the options describe, or `None` if JavaScript refuses the options.
    pub fn settings(&self) -> Option<Settings> {
        let Options { issuer, audience, clock_tolerance, .. } = &self.options;
        let issuers = match issuer {
            Some(issuer) => issuer.list()?,
            None => vec![self.own_issuer().unwrap_or_else(|| NO_ISSUER.to_owned())],
        };
        let audiences = match audience {
            Some(audience) => Some(audience.list()?),
            None => None,
        };
        let tolerance = clock_tolerance.unwrap_or(0);
        (tolerance <= MAX_TOLERANCE_SECONDS).then_some(Settings {
            issuers,
            audiences,
            clock_tolerance_seconds: tolerance,
        })
    }

    /// The names on the allow-list.
    pub fn algorithms(&self) -> Vec<&str> {
        match &self.options.algorithms {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => vec!["RS256"],
        }
    }

    fn own_issuer(&self) -> Option<String> {
        let payload = URL_SAFE_NO_PAD.decode(self.token.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        claims.get("iss")?.as_str().map(str::to_owned)
    }
}

impl OneOrMany {
    /// Empty arrays and empty strings are refused when options are read.
    fn list(&self) -> Option<Vec<String>> {
        let list = match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        };
        (!list.is_empty() && !list.contains(&String::new())).then_some(list)
    }
}
