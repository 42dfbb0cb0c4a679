//! Strict JSON: text that no two readers can take in two ways.
//!
//! Beyond RFC 8259 this refuses, anywhere in the text, an object with two members of one name
//! (parsers differ on which one counts), nesting deeper than [`MAX_DEPTH`], more than [`MAX_VALUES`]
//! values, a byte order mark, and values that JavaScript reads otherwise: numbers beyond a double's
//! range and lone surrogates.
//!
//! What was read is handed to JavaScript as [`javascript_text`] and
//! [`Object::javascript_text`] write it, so that its reader finds what was verified here.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::iter::once;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::error::JsonFault;

/// How deep objects and arrays may nest, the outermost being the first level. WorkOS's tokens use
/// two; the limit keeps recursion over attacker's text, here and in JavaScript, off the stack's end.
pub(crate) const MAX_DEPTH: u32 = 32;

/// How many values a text may hold in all, the outermost included. WorkOS's tokens have some twenty;
/// without the limit one token of many tiny values costs as much as thirty ordinary ones.
pub(crate) const MAX_VALUES: u32 = 2_000;

/// As many members as the payload of a WorkOS token has, custom ones included.
const USUAL_MEMBERS: usize = 16;

/// A JSON value that borrows what it can from its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'text> {
    Null,
    Bool(bool),
    /// Every number is the double that JavaScript would read.
    Number(f64),
    String(Cow<'text, str>),
    Array(Vec<Value<'text>>),
    Object(Object<'text>),
}

impl Value<'_> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The strings of an array that holds nothing else.
    pub(crate) fn as_strings(&self) -> Option<Vec<&str>> {
        match self {
            Self::Array(items) => items.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }
}

impl Value<'_> {
    fn has_escaped_name(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::has_escaped_name),
            Self::Object(object) => object.has_escaped_name(),
            _ => false,
        }
    }

    fn to_pairs(&self) -> serde_json::Value {
        match self {
            Self::Array(items) => items_of(items.iter().map(Self::to_pairs)),
            Self::Object(object) => object.to_pairs(),
            other => other.into(),
        }
    }

    /// A copy that does not borrow from the text.
    fn to_owned(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Number(number) => Value::Number(*number),
            Self::String(text) => Value::String(Cow::Owned(text.to_string())),
            Self::Array(items) => Value::Array(items.iter().map(Value::to_owned).collect()),
            Self::Object(object) => Value::Object(object.only(|_| true)),
        }
    }

    /// What the value occupies beyond its own size, in bytes, if it borrows nothing.
    fn heap_size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.len(),
            Self::Array(items) => items.iter().map(Self::size).sum(),
            Self::Object(object) => object.heap_size(),
        }
    }

    fn size(&self) -> usize {
        size_of::<Self>().saturating_add(self.heap_size())
    }
}

/// The value as it is shown in an error's `actual`. Depth is bounded by [`MAX_DEPTH`].
impl From<&Value<'_>> for serde_json::Value {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::from(*number),
            Value::String(text) => Self::String(text.to_string()),
            Value::Array(items) => items.iter().map(Self::from).collect(),
            Value::Object(Object(members)) => {
                let entries = members.iter().map(|(name, value)| (name.to_string(), value.into()));
                Self::Object(entries.collect())
            }
        }
    }
}

/// The members of a JSON object, in the text's order, no two of one name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<'text>(Vec<(Cow<'text, str>, Value<'text>)>);

impl<'text> Object<'text> {
    /// Reads a whole text that must be one object.
    pub(crate) fn parse(text: &'text [u8]) -> Result<Self, JsonFault> {
        let text = std::str::from_utf8(text).map_err(|_| JsonFault::NotUtf8)?;
        if text.starts_with('\u{feff}') {
            return Err(JsonFault::ByteOrderMark);
        }
        match parse(text)? {
            Value::Object(object) => Ok(object),
            _ => Err(JsonFault::NotAnObject),
        }
    }

    /// The text to hand to JavaScript in place of `text`, which this object was read from.
    ///
    /// V8 13.6 can read a member name that is written with an escape as another one (nodejs/node
    /// issue 63785), so that what was verified here would not be what is returned. Texts without
    /// such names are handed over as they are.
    pub(crate) fn javascript_text(&self, text: &str) -> String {
        match self.has_escaped_name() {
            false => text.to_owned(),
            true => tagged(&self.to_pairs()),
        }
    }

    /// Whether a member name, at any depth, is written with an escape. Names without one are
    /// borrowed from the text.
    pub(crate) fn has_escaped_name(&self) -> bool {
        self.0.iter().any(|(name, value)| matches!(name, Cow::Owned(_)) || value.has_escaped_name())
    }

    fn to_pairs(&self) -> serde_json::Value {
        let members =
            self.0.iter().flat_map(|(name, value)| [name.as_ref().into(), value.to_pairs()]);
        pairs(members)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value<'text>> {
        self.0.iter().find_map(|(candidate, value)| (candidate == name).then_some(value))
    }

    /// A copy of some of the members, which does not borrow from the text.
    pub(crate) fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Object<'static> {
        let members = self.0.iter().filter(|(name, _)| is_wanted(name));
        Object(
            members.map(|(name, value)| (Cow::Owned(name.to_string()), value.to_owned())).collect(),
        )
    }

    /// What the members occupy, in bytes, if they borrow nothing.
    pub(crate) fn heap_size(&self) -> usize {
        let sizes = self.0.iter().map(|(name, value)| {
            size_of::<Cow<'_, str>>().saturating_add(name.len()).saturating_add(value.size())
        });
        sizes.sum()
    }
}

/// The text of a value for JavaScript; see [`Object::javascript_text`].
#[must_use]
pub fn javascript_text(value: &serde_json::Value) -> String {
    match needs_escaped_name(value) {
        false => value.to_string(),
        true => tagged(&value_to_pairs(value)),
    }
}

/// Whether a member name, at any depth, can only be written with an escape (RFC 8259, section 7).
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
        serde_json::Value::Array(items) => items_of(items.iter().map(value_to_pairs)),
        serde_json::Value::Object(members) => pairs(
            members.iter().flat_map(|(name, value)| [name.as_str().into(), value_to_pairs(value)]),
        ),
        other => other.clone(),
    }
}

/// A text without member names. Its mark is no JSON, so that it is taken for nothing else.
fn tagged(value: &serde_json::Value) -> String {
    format!("~{value}")
}

/// An object as an array of its names and values in turn.
fn pairs(members: impl Iterator<Item = serde_json::Value>) -> serde_json::Value {
    once("object".into()).chain(members).collect()
}

/// An array, told apart from an object.
fn items_of(items: impl Iterator<Item = serde_json::Value>) -> serde_json::Value {
    once("array".into()).chain(items).collect()
}

/// Reads a whole text.
fn parse(text: &str) -> Result<Value<'_>, JsonFault> {
    let fault = Cell::new(JsonFault::Syntax);
    let values_left = Cell::new(MAX_VALUES);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reader = Reader { levels_left: MAX_DEPTH, values_left: &values_left, fault: &fault };
    reader
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|_| fault.get())
}

/// Builds one value; `fault` carries out what serde's error type cannot tell apart.
#[derive(Clone, Copy)]
struct Reader<'parse> {
    levels_left: u32,
    values_left: &'parse Cell<u32>,
    fault: &'parse Cell<JsonFault>,
}

impl Reader<'_> {
    fn refuse<E: Error>(&self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1);
        left.map(|left| self.values_left.set(left))
            .ok_or_else(|| self.refuse(JsonFault::TooManyValues))
    }

    fn descend<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(self.refuse(JsonFault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value<'de>, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "rounds to the nearest double, as JavaScript does"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value as f64))
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "rounds to the nearest double, as JavaScript does"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let inner = self.descend()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        let inner = self.descend()?;
        // Room for the outermost alone: an attacker's text may hold thousands of empty objects.
        let is_outermost = self.levels_left == MAX_DEPTH;
        let mut members = Vec::with_capacity(if is_outermost { USUAL_MEMBERS } else { 0 });
        while let Some(name) = entries.next_key_seed(Name)? {
            members.push((name, entries.next_value_seed(inner)?));
        }
        if has_duplicate(&members) {
            return Err(self.refuse(JsonFault::DuplicateName));
        }
        Ok(Value::Object(Object(members)))
    }
}

/// A member name, unescaped, so that `"\u0061ud"` and `"aud"` are one name.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// Sorting keeps an object of thousands of members from costing the square of their number; for as few
/// as there are in a token, comparing them all is quicker.
fn has_duplicate(members: &[(Cow<'_, str>, Value<'_>)]) -> bool {
    if members.len() <= USUAL_MEMBERS {
        let mut rest = members;
        while let [(name, _), others @ ..] = rest {
            if others.iter().any(|(other, _)| other == name) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [first, second] if first == second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "{\"a\":".repeat(levels) + "1", "}".repeat(levels))
    }

    #[test]
    fn refuses_what_two_readers_could_take_in_two_ways() {
        let cases: &[(&[u8], JsonFault)] = &[
            (b"\xff{}", JsonFault::NotUtf8),
            (b"\xef\xbb\xbf{}", JsonFault::ByteOrderMark),
            (b"", JsonFault::Syntax),
            (b"{} {}", JsonFault::Syntax),
            (b"{\"a\":1,}", JsonFault::Syntax),
            (b"{\"a\":NaN}", JsonFault::Syntax),
            (b"{\"a\":1e400}", JsonFault::Syntax),
            (b"{\"a\":-1e400}", JsonFault::Syntax),
            (b"{\"a\":\"\\ud800\"}", JsonFault::Syntax),
            (b"{\"\\udc00\":1}", JsonFault::Syntax),
            (b"null", JsonFault::NotAnObject),
            (b"[{}]", JsonFault::NotAnObject),
            (b"{\"a\":1,\"a\":1}", JsonFault::DuplicateName),
            (b"{\"aud\":1,\"\\u0061ud\":2}", JsonFault::DuplicateName),
            (b"{\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}", JsonFault::DuplicateName),
        ];
        for (text, fault) in cases {
            assert_eq!(Object::parse(text), Err(*fault), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn takes_no_room_for_members_that_nested_objects_do_not_have() {
        let object = Object::parse(b"{\"a\":[{},{\"b\":{}}]}").unwrap();
        let Some(Value::Array(items)) = object.get("a") else { panic!("an array") };
        let Some(Value::Object(Object(empty))) = items.first() else { panic!("an object") };
        assert_eq!(empty.capacity(), 0);
        assert_eq!(object.0.capacity(), USUAL_MEMBERS);
    }

    #[test]
    fn finds_a_duplicate_among_any_number_of_members() {
        for count in [2, USUAL_MEMBERS, USUAL_MEMBERS + 1, 1_000] {
            let names: Vec<String> = (1..count).map(|number| format!("\"{number}\":0")).collect();
            let distinct = format!("{{{},\"0\":0}}", names.join(","));
            assert!(Object::parse(distinct.as_bytes()).is_ok(), "{count}");
            let twice = format!("{{{},\"{}\":0}}", names.join(","), count / 2);
            let parsed = Object::parse(twice.as_bytes());
            assert_eq!(parsed, Err(JsonFault::DuplicateName), "{count}");
        }
    }

    #[test]
    fn nests_thirty_two_levels_and_no_more() {
        assert!(Object::parse(nested(32).as_bytes()).is_ok());
        assert_eq!(Object::parse(nested(33).as_bytes()), Err(JsonFault::TooDeep));
        let arrays = format!("{{\"a\":{}{}}}", "[".repeat(31), "]".repeat(31));
        assert!(Object::parse(arrays.as_bytes()).is_ok());
        let arrays = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
        assert_eq!(Object::parse(arrays.as_bytes()), Err(JsonFault::TooDeep));
    }

    #[test]
    fn holds_two_thousand_values_and_no_more() {
        // The object, its array, and the array's items.
        let with = |items: usize| format!("{{\"a\":[{}]}}", vec!["0"; items].join(","));
        assert!(Object::parse(with(1_998).as_bytes()).is_ok());
        assert_eq!(Object::parse(with(1_999).as_bytes()), Err(JsonFault::TooManyValues));
        let members = |count: usize| {
            let members: Vec<String> = (0..count).map(|name| format!("\"{name}\":[]")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(Object::parse(members(1_999).as_bytes()).is_ok());
        assert_eq!(Object::parse(members(2_000).as_bytes()), Err(JsonFault::TooManyValues));
    }

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
            assert_eq!(object.javascript_text(text), expected, "{text}");
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

    #[test]
    fn reads_numbers_as_javascript_does() {
        let cases = [
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("1.7976931348623157e308", f64::MAX),
            ("5e-324", 5e-324),
            ("1e-400", 0.0),
            ("0e999999", 0.0),
            ("-5", -5.0),
        ];
        for (text, number) in cases {
            let text = format!("{{\"a\":{text}}}");
            let object = Object::parse(text.as_bytes()).unwrap();
            assert_eq!(object.get("a").and_then(Value::as_number), Some(number), "{text}");
        }
    }
}
