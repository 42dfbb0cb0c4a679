//! A JSON value, as the strict reader builds it.

use std::borrow::Cow;

use zeroize::Zeroize as _;

/// A JSON value that borrows as much as it can from its text.
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

    /// A copy that borrows nothing from the text.
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

    /// The memory of the value beyond its own size, in bytes, if it borrows nothing.
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

    fn wipe(self) {
        match self {
            Self::String(text) => wipe(text),
            Self::Array(items) => items.into_iter().for_each(Self::wipe),
            Self::Object(object) => object.wipe(),
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}

fn wipe(text: Cow<'_, str>) {
    if let Cow::Owned(mut copy) = text {
        copy.zeroize();
    }
}

/// The value as an error's `actual` shows it. The reader has bounded its depth.
impl From<&Value<'_>> for serde_json::Value {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::from(*number),
            Value::String(text) => Self::String(text.to_string()),
            Value::Array(items) => items.iter().map(Self::from).collect(),
            Value::Object(object) => object.into(),
        }
    }
}

impl From<&Object<'_>> for serde_json::Value {
    fn from(Object(members): &Object<'_>) -> Self {
        let entries = members.iter().map(|(name, value)| (name.to_string(), value.into()));
        Self::Object(entries.collect())
    }
}

/// The members of a JSON object, in the order of the text. No two have the same name. A name is
/// borrowed from the text unless it is written with an escape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<'text>(pub(super) Vec<(Cow<'text, str>, Value<'text>)>);

impl<'text> Object<'text> {
    /// The member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'text>> {
        self.0.iter().find_map(|(candidate, value)| (candidate == name).then_some(value))
    }

    /// A copy of some members that borrows nothing from the text. It no longer shows which names
    /// were written with an escape.
    pub(crate) fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Object<'static> {
        let members = self.0.iter().filter(|(name, _)| is_wanted(name));
        Object(
            members.map(|(name, value)| (Cow::Owned(name.to_string()), value.to_owned())).collect(),
        )
    }

    /// Wipes every string that was copied from the text because it is written with an escape.
    pub(crate) fn wipe(self) {
        self.0.into_iter().for_each(|(name, value)| {
            wipe(name);
            value.wipe();
        });
    }

    /// The memory of the members, in bytes, if they borrow nothing.
    pub(crate) fn heap_size(&self) -> usize {
        let sizes = self.0.iter().map(|(name, value)| {
            size_of::<Cow<'_, str>>().saturating_add(name.len()).saturating_add(value.size())
        });
        sizes.sum()
    }
}
