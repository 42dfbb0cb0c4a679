//! Writes a JSON value for JavaScript.
//!
//! V8 13.6 can read a member name that is written with an escape as a different name (nodejs/node
//! issue 63785). JavaScript would then return something other than what was verified here. So a
//! text with such a name is rewritten without member names: an object becomes an array of its names
//! and values in turn, and every array starts with a word that says which of the two it was. The
//! rewritten text starts with `~`, which no JSON text does, so that JavaScript can tell the two
//! forms apart. All other texts are passed on as they are.

use std::borrow::Cow;
use std::iter::once;

use super::value::{Object, Value};

impl Object<'_> {
    /// The object as a text for JavaScript, if it has a member name that is written with an escape.
    pub(crate) fn rewritten_text(&self) -> String {
        marked(&self.to_pairs())
    }

    /// Whether a member name, at any depth, is written with an escape.
    pub(crate) fn has_escaped_name(&self) -> bool {
        self.0.iter().any(|(name, value)| matches!(name, Cow::Owned(_)) || value.has_escaped_name())
    }

    fn to_pairs(&self) -> serde_json::Value {
        let members =
            self.0.iter().flat_map(|(name, value)| [name.as_ref().into(), value.to_pairs()]);
        pairs(members)
    }
}

impl Value<'_> {
    /// The value as a text for JavaScript, if it has a member name that is written with an escape.
    pub(crate) fn rewritten_text(&self) -> String {
        marked(&self.to_pairs())
    }

    fn has_escaped_name(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::has_escaped_name),
            Self::Object(object) => object.has_escaped_name(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    fn to_pairs(&self) -> serde_json::Value {
        match self {
            Self::Array(items) => array(items.iter().map(Self::to_pairs)),
            Self::Object(object) => object.to_pairs(),
            other => other.into(),
        }
    }
}

/// A value as a text for JavaScript.
#[must_use]
pub fn javascript_text(value: &serde_json::Value) -> String {
    match needs_escaped_name(value) {
        false => value.to_string(),
        true => marked(&value_to_pairs(value)),
    }
}

/// Whether a member name, at any depth, can't be written without an escape (RFC 8259, section 7).
fn needs_escaped_name(value: &serde_json::Value) -> bool {
    let is_special = |character: char| matches!(character, '"' | '\\') || character < ' ';
    match value {
        serde_json::Value::Array(items) => items.iter().any(needs_escaped_name),
        serde_json::Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains(is_special) || needs_escaped_name(value)),
        _ => false,
    }
}

fn value_to_pairs(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(items) => array(items.iter().map(value_to_pairs)),
        serde_json::Value::Object(members) => pairs(
            members.iter().flat_map(|(name, value)| [name.as_str().into(), value_to_pairs(value)]),
        ),
        other => other.clone(),
    }
}

/// A text without member names, behind the mark.
fn marked(value: &serde_json::Value) -> String {
    format!("~{value}")
}

/// An object, as its names and values in turn.
fn pairs(members: impl Iterator<Item = serde_json::Value>) -> serde_json::Value {
    once("object".into()).chain(members).collect()
}

/// An array, marked as one.
fn array(items: impl Iterator<Item = serde_json::Value>) -> serde_json::Value {
    once("array".into()).chain(items).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_javascript_no_member_name_with_an_escape() {
        let cases = [
            (r#" { "a" : 1.0 } "#, r#" { "a" : 1.0 } "#),
            (r#"{"a":"\u0061"}"#, r#"{"a":"\u0061"}"#),
            (r#"{"\u0061":-0}"#, r#"~["object","a",-0.0]"#),
            (
                r#"{"z":[{"a\"b":null,"c":[]}],"a":{}}"#,
                r#"~["object","z",["array",["object","a\"b",null,"c",["array"]]],"a",["object"]]"#,
            ),
        ];
        for (text, expected) in cases {
            let object = Object::parse(text.as_bytes()).unwrap();
            assert_eq!(object.has_escaped_name(), expected != text, "{text}");
            let rewritten = object.has_escaped_name().then(|| object.rewritten_text());
            assert_eq!(rewritten.as_deref().unwrap_or(text), expected, "{text}");
        }
        let shown = [
            (serde_json::json!({"b": [{"c": 1}]}), r#"{"b":[{"c":1}]}"#),
            (serde_json::json!(["x", {"\n": "\n"}]), r#"~["array","x",["object","\n","\n"]]"#),
            (serde_json::json!({"a\\": {}}), r#"~["object","a\\",["object"]]"#),
        ];
        for (value, expected) in shown {
            assert_eq!(javascript_text(&value), expected);
        }
    }
}
