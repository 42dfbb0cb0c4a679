//! What an explanation shows of a token: bounded, and never the token itself.
//!
//! A signature is what makes a token usable, so no text that contains a segment of the token is
//! shown: a claim or a `kid` may repeat one. Anything else is data, shown as it is.

use serde_json::{Map, Value};

use crate::json::Object;
use crate::token;

/// The most text that is shown in total, as JSON, in bytes. With the messages and hints, an
/// explanation stays below 64 kB.
pub(crate) const MAX_SHOWN_BYTES: usize = 48 * 1_024;
/// The longest string that is shown whole, in characters. A URL or a list of scopes fits.
pub(crate) const MAX_STRING_CHARS: usize = 1_000;
/// Shorter segments would match by chance, and are no secret: a signature has 86 characters or
/// more.
pub(crate) const MIN_SECRET_BYTES: usize = 4;

const HIDDEN: &str = "(hidden: it repeats a part of the token)";
const CUT_OFF: &str = "(cut off)";

/// What has been shown so far.
pub(crate) struct Shown<'token> {
    secrets: Vec<&'token str>,
    left: usize,
    has_hidden: bool,
    has_cut: bool,
}

impl<'token> Shown<'token> {
    /// Shows everything but the segments of this token.
    pub(crate) fn without(token: &'token str) -> Self {
        let segments = token::split(token).into_iter().flatten();
        let secrets = segments.filter(|one| one.len() >= MIN_SECRET_BYTES).collect();
        Self { secrets, left: MAX_SHOWN_BYTES, has_hidden: false, has_cut: false }
    }

    /// The members of a header that matter here, if they are strings.
    pub(crate) fn header(&mut self, header: &Object<'_>) -> Value {
        let members = ["alg", "kid", "typ"].into_iter().filter_map(|name| {
            let text = header.get(name)?.as_str()?;
            Some((name.to_owned(), self.text(text)))
        });
        Value::Object(members.collect())
    }

    /// A payload.
    pub(crate) fn object(&mut self, object: &Object<'_>) -> Value {
        self.value(&object.into())
    }

    /// A value of the token or of the options.
    pub(crate) fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => self.array(items),
            Value::Object(members) => self.members(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.scalar(value),
        }
    }

    /// What was left out.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let hidden = self.has_hidden.then_some("values that repeat a part of the token are hidden");
        let cut = self.has_cut.then_some("long values are cut off");
        hidden.into_iter().chain(cut).map(ToOwned::to_owned).collect()
    }

    fn array(&mut self, items: &[Value]) -> Value {
        let mut shown = Vec::new();
        for item in items {
            if self.is_exhausted() {
                shown.push(CUT_OFF.into());
                break;
            }
            shown.push(self.value(item));
        }
        Value::Array(shown)
    }

    fn members(&mut self, members: &Map<String, Value>) -> Value {
        let mut shown = Map::new();
        for (name, value) in members {
            if self.is_exhausted() {
                break;
            }
            if let Value::String(name) = self.text(name) {
                shown.insert(name, self.value(value));
            }
        }
        Value::Object(shown)
    }

    fn text(&mut self, text: &str) -> Value {
        if self.is_secret(text) {
            return self.hide();
        }
        let shown: String = text.chars().take(MAX_STRING_CHARS).collect();
        let more = text.chars().count().saturating_sub(MAX_STRING_CHARS);
        if more == 0 {
            return self.scalar(&shown.into());
        }
        self.has_cut = true;
        self.scalar(&format!("{shown}... ({more} more characters)").into())
    }

    /// A value without others in it. A number can repeat a segment too.
    fn scalar(&mut self, value: &Value) -> Value {
        let text = value.to_string();
        if self.is_secret(&text) {
            return self.hide();
        }
        // With a comma or a colon.
        let Some(left) = self.left.checked_sub(text.len().saturating_add(1)) else {
            self.left = 0;
            self.has_cut = true;
            return CUT_OFF.into();
        };
        self.left = left;
        value.clone()
    }

    fn hide(&mut self) -> Value {
        self.has_hidden = true;
        self.left = self.left.saturating_sub(HIDDEN.len());
        HIDDEN.into()
    }

    fn is_secret(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret))
    }

    fn is_exhausted(&mut self) -> bool {
        self.has_cut |= self.left == 0;
        self.left == 0
    }
}
