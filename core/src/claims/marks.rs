//! What ids start with, by which tokens of different kinds are told apart.

use crate::json::{Object, Value};

/// `sub`, if it is a user.
pub(super) const USER: &str = "user_";

/// `sub`, if it is an application, as in a machine-to-machine token.
pub(super) const MACHINE: &str = "client_";

/// `sid`, if it is a session.
pub(super) const SESSION: &str = "session_";

/// `sid`, if it is a user's consent, as in a token of WorkOS Connect.
pub(super) const CONSENT: &str = "app_consent_";

/// Whether the token is a machine's.
pub(super) fn is_machine(claims: &Object<'_>) -> bool {
    let sub = claims.get("sub").and_then(Value::as_str);
    sub.is_some_and(|sub| sub.starts_with(MACHINE))
}
