//! One case of the `jwt-*` vectors, and the policy that its options describe.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;

use super::{ACCEPT, Expect, codes};

/// What an issuer is compared with where the token has none that is a string.
pub(crate) const NO_ISSUER: &str = "https://no-issuer.invalid";
/// The largest tolerance that JavaScript lets pass, in seconds.
const MAX_TOLERANCE_SECONDS: u16 = 300;

/// A token, the keys and options to check it with, and what should come of it.
#[derive(Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) jwks: Option<Box<RawValue>>,
    pub(crate) jwks_text: Option<String>,
    pub(crate) options: Options,
    #[serde(default)]
    pub(crate) class: String,
    pub(crate) now: f64,
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) reasons: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Options {
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

impl Case {
    /// Whether the outcome is one that the vector asks for.
    pub(crate) fn fits(&self, outcome: &str) -> bool {
        match self.expect {
            Expect::Accept => outcome == ACCEPT,
            Expect::Reject => self.reasons.iter().any(|reason| codes(reason).contains(&outcome)),
            Expect::Any => true,
        }
    }

    /// The text of the key set.
    pub(crate) fn keys(&self) -> &str {
        match (&self.jwks, &self.jwks_text) {
            (Some(jwks), None) => jwks.get(),
            (None, Some(text)) => text,
            _ => panic!("{} ({}): keys are an object or a text", self.id, self.class),
        }
    }

    /// The policy that the options describe, or nothing where JavaScript refuses the options.
    pub(crate) fn policy(&self) -> Option<Policy> {
        let Options { issuer, audience, clock_tolerance, .. } = &self.options;
        let issuers = match issuer {
            Some(issuer) => issuer.list()?,
            None => vec![self.own_issuer().unwrap_or_else(|| NO_ISSUER.to_owned())],
        };
        let audiences = match audience {
            Some(audience) => Some(audience.list()?),
            None => None,
        };
        let algorithms = AllowList::from_names(self.algorithms()).ok()?;
        let tolerance = clock_tolerance.unwrap_or(0);
        Some(Policy {
            algorithms,
            client_id: None,
            issuers,
            audiences,
            clock_tolerance_seconds: (tolerance <= MAX_TOLERANCE_SECONDS).then_some(tolerance)?,
            organization_ids: None,
            roles: None,
            permissions: None,
            deny_impersonation: false,
        })
    }

    /// The names on the allow-list.
    pub(crate) fn algorithms(&self) -> Vec<&str> {
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
    /// Empty lists and empty strings are refused where options are read.
    fn list(&self) -> Option<Vec<String>> {
        let list = match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        };
        (!list.is_empty() && !list.contains(&String::new())).then_some(list)
    }
}
