//! Strict JSON: text that every reader understands in the same way.
//!
//! Beyond RFC 8259, `reader` refuses the following anywhere in the text: an object with two members
//! of the same name (parsers differ on which one counts), nesting deeper than [`MAX_DEPTH`], more
//! than [`MAX_VALUES`] values, a byte order mark, and values that JavaScript reads differently.
//! These are numbers beyond a double's range and lone surrogates.
//!
//! `value` is what was read. `javascript` writes it for JavaScript, so that JavaScript finds
//! exactly what was verified here.

mod javascript;
mod reader;
mod value;

pub use javascript::javascript_text;
#[cfg(test)]
pub(crate) use reader::MAX_DEPTH;
pub(crate) use reader::text;
pub(crate) use value::{Object, Value};
