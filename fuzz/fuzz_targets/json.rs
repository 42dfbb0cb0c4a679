//! Strict JSON, beside two other readers. What is accepted both accept, with the same value; what the
//! stricter one accepts is accepted; and the text for JavaScript says the same without any member name
//! that is written with an escape.

#![no_main]

use libfuzzer_sys::fuzz_target;
use verify_workos_token_core::error::JsonFault;
use verify_workos_token_core::fuzzing::{ReadObject, read_object};
use verify_workos_token_fuzz::json::{self, LOOSE, Read, STRICT, Value};

fuzz_target!(|text: &[u8]| {
    let second = json::read(text, STRICT);
    let second = second.filter(|read| matches!(read.value, Value::Object(_)));
    match (read_object(text), second) {
        (Ok(object), Some(second)) => compare(text, &object, &second),
        (Err(fault), None) => explain(text, fault),
        (first, _) => panic!("two verdicts, ours is {first:?}"),
    }
});

fn compare(text: &[u8], object: &ReadObject, second: &Read) {
    assert!(is_same(&object.value, &second.value));
    let lenient = serde_json::from_slice(text).expect("what is strict is JSON");
    assert!(is_same(&lenient, &second.value));
    assert_eq!(object.rewritten.is_some(), second.has_escaped_name);
    if let Some(rewritten) = &object.rewritten {
        let pairs = rewritten.strip_prefix('~').expect("the mark");
        let pairs = json::read(pairs.as_bytes(), LOOSE).expect("JSON");
        assert!(!pairs.has_escaped_name);
        assert_eq!(unpaired(pairs.value), second.value);
    }
}

/// A refusal names a fault that the text has.
fn explain(text: &[u8], fault: JsonFault) {
    let loose = json::read(text, LOOSE);
    match fault {
        JsonFault::NotUtf8 => assert!(std::str::from_utf8(text).is_err()),
        JsonFault::ByteOrderMark => assert!(text.starts_with("\u{feff}".as_bytes())),
        JsonFault::Syntax => assert!(loose.is_none()),
        JsonFault::NotAnObject => {
            assert!(!matches!(loose, Some(Read { value: Value::Object(_), .. })));
        }
        // These are seen before the text has ended, which may be wrong further on.
        JsonFault::TooDeep => assert!(text.iter().filter(|it| b"[{".contains(it)).count() > 32),
        JsonFault::TooManyValues => assert!(text.len() > 2_000),
        JsonFault::DuplicateName => assert!(text.iter().filter(|it| **it == b':').count() > 1),
    }
}

fn is_same(first: &serde_json::Value, second: &Value) -> bool {
    use serde_json::Value as First;
    match (first, second) {
        (First::Null, Value::Null) => true,
        (First::Bool(first), Value::Bool(second)) => first == second,
        (First::Number(first), Value::Number(second)) => {
            // An integer has no negative zero; JavaScript and the core do.
            first.as_f64().is_some_and(|first| first.to_bits() == second.to_bits())
        }
        (First::String(first), Value::String(second)) => first == second,
        (First::Array(first), Value::Array(second)) => {
            first.len() == second.len() && first.iter().zip(second).all(|(it, on)| is_same(it, on))
        }
        (First::Object(first), Value::Object(second)) => {
            first.len() == second.len()
                && second.iter().all(|(name, on)| first.get(name).is_some_and(|it| is_same(it, on)))
        }
        _ => false,
    }
}

/// What JavaScript makes of a text without member names.
fn unpaired(value: Value) -> Value {
    let Value::Array(items) = value else { return value };
    let mut items = items.into_iter();
    let kind = items.next();
    match kind.as_ref().and_then(Value::as_str) {
        Some("array") => Value::Array(items.map(unpaired).collect()),
        Some("object") => {
            let mut members = Vec::new();
            while let Some(name) = items.next() {
                let value = items.next().expect("a name has a value");
                members.push((name.as_str().expect("a name").to_owned(), unpaired(value)));
            }
            Value::Object(members)
        }
        _ => panic!("neither"),
    }
}
