//! The strict reader against arbitrary JSON and against bytes that are hardly JSON.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use crate::algorithm::AllowList;
use crate::error::JsonFault;
use crate::json::{MAX_DEPTH, Object, Value};
use crate::token::{Segments, UntrustedToken};

/// A JSON value as it may be written.
#[derive(Debug, Clone)]
enum Node {
    Word(&'static str),
    /// Of any form, within a double's range.
    Number(String),
    Text(Written),
    Array(Vec<Node>),
    /// Names are unique.
    Object(Vec<(Written, Node)>),
}

/// A string, and for each character whether it is written as an escape.
#[derive(Debug, Clone)]
struct Written(Vec<(char, bool)>);

fn written() -> impl Strategy<Value = Written> {
    let odd = prop::sample::select(vec!['"', '\\', '\0', '\u{7f}', '\u{2028}', '\u{10ffff}', 'é']);
    let character = prop_oneof![4 => any::<char>(), 2 => odd, 6 => prop::char::range('a', 'e')];
    prop::collection::vec((character, any::<bool>()), 0..8).prop_map(Written)
}

fn number() -> impl Strategy<Value = Node> {
    let text = r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?";
    text.prop_filter_map("beyond a double's range", |text| {
        text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| Node::Number(text))
    })
}

fn members(value: impl Strategy<Value = Node>) -> impl Strategy<Value = Vec<(Written, Node)>> {
    prop::collection::vec((written(), value), 0..5).prop_map(|mut members| {
        let mut seen = HashSet::new();
        members.retain(|(name, _)| seen.insert(name.read()));
        members
    })
}

fn node() -> impl Strategy<Value = Node> {
    let word = prop::sample::select(vec!["null", "true", "false"]).prop_map(Node::Word);
    let leaf = prop_oneof![word, number(), written().prop_map(Node::Text)];
    leaf.prop_recursive(MAX_DEPTH - 1, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Node::Array),
            members(inner).prop_map(Node::Object),
        ]
    })
}

fn object() -> impl Strategy<Value = Node> {
    members(node()).prop_map(Node::Object)
}

impl Written {
    fn read(&self) -> String {
        self.0.iter().map(|(character, _)| character).collect()
    }

    fn write(&self, text: &mut String) {
        text.push('"');
        for &(character, escaped) in &self.0 {
            if escaped || character < ' ' || character == '"' || character == '\\' {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").unwrap();
                }
            } else {
                text.push(character);
            }
        }
        text.push('"');
    }
}

impl Node {
    fn write(&self, text: &mut String) {
        match self {
            Self::Word(word) => text.push_str(word),
            Self::Number(number) => text.push_str(number),
            Self::Text(written) => written.write(text),
            Self::Array(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index == 0 { " " } else { "\t,\r\n" });
                    item.write(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { "," });
                    name.write(text);
                    text.push_str(" : ");
                    value.write(text);
                }
                text.push('}');
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The value that a reader should find.
    fn value(&self) -> serde_json::Value {
        match self {
            Self::Word(word) => serde_json::from_str(word).unwrap(),
            Self::Number(number) => number.parse::<f64>().unwrap().into(),
            Self::Text(written) => written.read().into(),
            Self::Array(items) => items.iter().map(Self::value).collect(),
            Self::Object(members) => {
                members.iter().map(|(name, value)| (name.read(), value.value())).collect()
            }
        }
    }

    /// How many objects inside it have a member.
    fn filled_objects(&self) -> usize {
        match self {
            Self::Array(items) => items.iter().map(Self::filled_objects).sum(),
            Self::Object(members) => {
                let inner: usize = members.iter().map(|(_, value)| value.filled_objects()).sum();
                inner + usize::from(!members.is_empty())
            }
            _ => 0,
        }
    }

    /// Repeats the first name of the object with this number, spelled with escapes.
    fn repeat_a_name(&mut self, number: &mut usize) {
        match self {
            Self::Array(items) => {
                for item in items {
                    item.repeat_a_name(number);
                }
            }
            Self::Object(members) => {
                for (_, value) in members.iter_mut() {
                    value.repeat_a_name(number);
                }
                let Some((Written(name), _)) = members.first() else { return };
                if *number == 0 {
                    let escaped = name.iter().map(|(character, _)| (*character, true)).collect();
                    members.push((Written(escaped), Self::Word("null")));
                }
                *number = number.wrapping_sub(1);
            }
            _ => {}
        }
    }
}

/// Bytes that tend to matter.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\u0edE+-. \n".to_vec())]
}

proptest! {
    #[test]
    fn reads_every_strict_object_as_it_is_meant(node in object()) {
        let text = node.text();
        let object = Object::parse(text.as_bytes());
        let value = object.map(Value::Object).map(|value| serde_json::Value::from(&value));
        prop_assert_eq!(value, Ok(node.value()), "{}", text);
    }

    #[test]
    fn refuses_a_name_that_is_there_twice_wherever_it_is(
        (mut node, mut number) in object()
            .prop_filter("needs a member", |node| node.filled_objects() > 0)
            .prop_flat_map(|node| { let count = node.filled_objects(); (Just(node), 0..count) })
    ) {
        node.repeat_a_name(&mut number);
        let text = node.text();
        prop_assert_eq!(Object::parse(text.as_bytes()), Err(JsonFault::DuplicateName), "{}", text);
    }

    #[test]
    fn bytes_that_were_changed_are_refused_or_read_like_any_reader_does(
        node in object(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), byte(), 0..3), 1..6)
    ) {
        let mut text = node.text().into_bytes();
        for (index, byte, change) in changes {
            let at = index.index(text.len() + 1);
            match change {
                0 => text.insert(at, byte),
                1 if at < text.len() => text[at] = byte,
                _ => drop(text.splice(at.min(text.len().saturating_sub(1))..text.len().min(at + 1), [])),
            }
        }
        if let Ok(object) = Object::parse(&text) {
            let lenient: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let strict = serde_json::Value::from(&Value::Object(object));
            prop_assert_eq!(as_doubles(strict), as_doubles(lenient));
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_tokens_panic(
        token in r"[A-Za-z0-9_.{}=+/ -]{0,200}|(eyJ[A-Za-z0-9_-]{0,40}\.){2}[A-Za-z0-9_-]{0,40}|\PC*"
    ) {
        if let Ok(segments) = Segments::decode(&token) {
            let _ = UntrustedToken::read(&segments, &AllowList::default());
        }
    }
}

/// Integers as JavaScript reads them.
fn as_doubles(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(items) => items.into_iter().map(as_doubles).collect(),
        serde_json::Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, as_doubles(value))).collect()
        }
        other => other,
    }
}

#[test]
fn borrows_what_is_written_plainly() {
    let object = Object::parse(br#"{"plain":"text"}"#).unwrap();
    assert!(matches!(object.get("plain"), Some(Value::String(Cow::Borrowed("text")))));
}
