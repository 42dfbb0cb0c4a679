//! Supplies what a WorkOS token always has, if a vector lacks it.

use serde_json::Value;

/// The member of this name, if the text is an object that has one.
pub fn member(text: &[u8], name: &str) -> Option<Value> {
    serde_json::from_slice::<Value>(text).ok()?.as_object()?.get(name).cloned()
}

/// Puts a member in front of the others, if the text is an object that lacks it. The rest of the
/// text stays as it is, byte for byte.
pub fn supply(text: &[u8], name: &str, value: &Value) -> Vec<u8> {
    let Ok(Value::Object(members)) = serde_json::from_slice(text) else { return text.to_vec() };
    if members.contains_key(name) {
        return text.to_vec();
    }
    let comma = if members.is_empty() { "" } else { "," };
    let rest = text.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
    [format!("{{\"{name}\":{value}{comma}").as_bytes(), rest].concat()
}
