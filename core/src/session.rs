//! What a sealed session holds: an access token and a snapshot of the user.
//!
//! Opening a session proves that the application put the access token there. It does not make the
//! token good: it goes through every check of [`crate::verifier`] afterwards, and only then
//! [`check_user`] decides whether the sealed user is that token's subject.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::SessionFault;
use crate::json::{Object, Value};
use crate::seal::{Passwords, unseal};

/// A session that was opened. Its access token has not been checked yet.
#[derive(PartialEq)]
pub struct Opened {
    /// The access token.
    pub access_token: String,
    /// Whether there is a sealed user.
    pub has_user: bool,
    /// The `id` of the sealed user, if there is a user who has one.
    pub user_id: Option<String>,
    /// `[user, impersonator, authenticationMethod]` as a text for JavaScript, with `null` for what is
    /// absent. The refresh token is in none of these.
    pub details: String,
}

/// Opens a session. What was opened is wiped from memory, except what is returned. `now` is in
/// seconds since 1970.
///
/// # Errors
/// Why it is refused.
pub fn open(sealed: &str, passwords: &Passwords, now: f64) -> Result<Opened, SessionFault> {
    let text = unseal(sealed, passwords, now)?;
    // The same fault as for a wrong password: whoever sends it learns nothing from the difference.
    let session = Object::parse(&text).map_err(|_| passwords.mismatch())?;
    let opened = read(&session, &text);
    session.wipe();
    opened
}

/// Whether the sealed user is the subject of the access token.
///
/// # Errors
/// [`SessionFault::OtherUser`].
pub fn check_user(user_id: Option<&str>, subject: &str) -> Result<(), SessionFault> {
    match user_id == Some(subject) {
        true => Ok(()),
        false => Err(SessionFault::OtherUser),
    }
}

fn read(session: &Object<'_>, text: &[u8]) -> Result<Opened, SessionFault> {
    let access_token = match session.get("accessToken") {
        Some(Value::String(token)) => token.to_string(),
        Some(_) => return Err(SessionFault::WrongType),
        // The sign-in of AuthKit's libraries seals its state with the same password.
        None if session.get("codeVerifier").is_some() => return Err(SessionFault::SignInState),
        None => return Err(SessionFault::NoAccessToken),
    };
    let user = absent_or(session.get("user"), |user| matches!(user, Value::Object(_)))?;
    absent_or(session.get("impersonator"), |value| matches!(value, Value::Object(_)))?;
    absent_or(session.get("authenticationMethod"), |value| matches!(value, Value::String(_)))?;
    let user_id = match user {
        Some(Value::Object(user)) => user.get("id").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let details = match session.has_escaped_name() {
        false => details(text).ok_or(SessionFault::WrongType)?,
        true => rewritten_details(session),
    };
    let has_user = matches!(user, Some(Value::Object(_)));
    Ok(Opened { access_token, has_user, user_id, details })
}

/// `null` counts as absent: the SDKs write it for some of them.
fn absent_or<'value, 'text>(
    value: Option<&'value Value<'text>>,
    is_right: impl FnOnce(&Value<'text>) -> bool,
) -> Result<Option<&'value Value<'text>>, SessionFault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) if is_right(value) => Ok(Some(value)),
        Some(_) => Err(SessionFault::WrongType),
    }
}

/// The members that are handed out, as they stand in the text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details<'text> {
    #[serde(borrow)]
    user: Option<&'text RawValue>,
    #[serde(borrow)]
    impersonator: Option<&'text RawValue>,
    #[serde(borrow)]
    authentication_method: Option<&'text RawValue>,
}

/// The text was read as strict JSON before. Reading the members again as they stand is cheaper than
/// writing them, and exact.
fn details(text: &[u8]) -> Option<String> {
    let Details { user, impersonator, authentication_method } =
        serde_json::from_slice(text).ok()?;
    let members = [user, impersonator, authentication_method];
    let texts = members.map(|member| member.map_or("null", RawValue::get));
    Some(format!("[{}]", texts.join(",")))
}

/// The same if V8 could misread a name ([`crate::json`]).
fn rewritten_details(session: &Object<'_>) -> String {
    let member = |name| session.get(name).cloned().unwrap_or(Value::Null);
    let members = ["user", "impersonator", "authenticationMethod"].map(member);
    Value::Array(members.into()).rewritten_text()
}
