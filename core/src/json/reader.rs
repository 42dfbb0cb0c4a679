//! Reads a text into a value, strictly. `serde_json` splits the text into tokens; the visitor here
//! builds the value and refuses what the module's documentation lists.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::value::{Object, Value};
use crate::error::JsonFault;

/// How deep objects and arrays may nest; the outermost is the first level. WorkOS's tokens use two.
/// The limit keeps an attacker's text from overflowing the stack, here or in JavaScript.
pub(crate) const MAX_DEPTH: u32 = 32;

/// How many values a text may hold in total, including the outermost. WorkOS's tokens have about
/// twenty. Without the limit, one token with many tiny values would cost as much as thirty ordinary
/// ones.
pub(crate) const MAX_VALUES: u32 = 2_000;

/// The usual number of members in the payload of a WorkOS token, including custom ones.
const USUAL_MEMBERS: usize = 16;

impl<'text> Object<'text> {
    /// Reads a whole text, which must be one object.
    pub(crate) fn parse(bytes: &'text [u8]) -> Result<Self, JsonFault> {
        Self::read(text(bytes)?)
    }

    /// The same for bytes that are known to be text.
    pub(crate) fn read(text: &'text str) -> Result<Self, JsonFault> {
        if text.starts_with('\u{feff}') {
            return Err(JsonFault::ByteOrderMark);
        }
        match parse(text)? {
            Value::Object(object) => Ok(object),
            _ => Err(JsonFault::NotAnObject),
        }
    }
}

/// The bytes as text: UTF-8 (RFC 8259, section 8.1).
pub(crate) fn text(bytes: &[u8]) -> Result<&str, JsonFault> {
    std::str::from_utf8(bytes).map_err(|_| JsonFault::NotUtf8)
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

/// Builds one value. serde's error type can't tell the faults apart, so `fault` carries them out.
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
        // Only the outermost object gets room: an attacker's text may hold thousands of empty ones.
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

/// A member name, unescaped: `"\u0061ud"` and `"aud"` are the same name.
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

/// Each of the few members of a usual token is compared with those before it that have the same
/// mark, which are hardly any. For more members, sorting avoids quadratic time.
fn has_duplicate(members: &[(Cow<'_, str>, Value<'_>)]) -> bool {
    if members.len() <= USUAL_MEMBERS {
        let mut marks = 0;
        return members.iter().enumerate().any(|(index, (name, _))| {
            let mark = mark(name);
            let may_be_there = marks & mark != 0;
            marks |= mark;
            may_be_there && members.iter().take(index).any(|(other, _)| other == name)
        });
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [first, second] if first == second))
}

/// One bit, which equal names share. The names of usual claims have one each.
fn mark(name: &str) -> u64 {
    let octets = name.as_bytes();
    let [first, last] = [octets.first(), octets.last()].map(|octet| octet.map_or(0, |it| *it));
    let sum = usize::from(first).wrapping_mul(7).wrapping_add(usize::from(last).wrapping_mul(15));
    let place = sum.wrapping_add(octets.len()) % 64;
    1_u64.rotate_left(u32::try_from(place).unwrap_or_default())
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
    fn tells_names_apart_that_look_alike() {
        // Equal in length and in the first and the last octet, so that they share a mark.
        for (first, second) in [("abc", "axc"), ("", ""), ("\u{e9}x\u{e9}", "\u{e9}y\u{e9}")] {
            assert_eq!(mark(first), mark(second));
            let parsed = format!("{{\"{first}\":1,\"z\":2,\"{second}\":3}}");
            let is_same = first == second;
            let expected = if is_same { Err(JsonFault::DuplicateName) } else { Ok(()) };
            assert_eq!(Object::parse(parsed.as_bytes()).map(drop), expected, "{first} {second}");
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
