//! What ids start with, by which tokens of different kinds are told apart.

use crate::json::{Object, Value};

/// `sub`, if it is a user.
pub(crate) const USER: &str = "user_";

/// `sub`, if it is an application, as in a machine-to-machine token.
pub(crate) const MACHINE: &str = "client_";

/// `sid`, if it is a session.
pub(crate) const SESSION: &str = "session_";

/// `sid`, if it is a user's consent, as in a token of WorkOS Connect.
pub(crate) const CONSENT: &str = "app_consent_";

/// Whether the token is one of WorkOS Connect, whoever issued it. Only for choosing a hint.
pub(crate) fn is_connect(claims: &Object<'_>) -> bool {
    let sid = claims.get("sid").and_then(Value::as_str);
    sid.is_some_and(|sid| sid.starts_with(CONSENT)) || is_machine(claims)
}

/// Whether the token is a machine's.
pub(crate) fn is_machine(claims: &Object<'_>) -> bool {
    let sub = claims.get("sub").and_then(Value::as_str);
    sub.is_some_and(|sub| sub.starts_with(MACHINE))
}
