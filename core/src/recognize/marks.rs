//! Which kinds of characters a text has, found in one pass.

/// A set of kinds of characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks(u16);

impl Marks {
    pub(super) const DOT: u16 = 1;
    pub(super) const PERCENT: u16 = 1 << 1;
    pub(super) const COMMA: u16 = 1 << 2;
    pub(super) const SEMICOLON: u16 = 1 << 3;
    pub(super) const EQUALS: u16 = 1 << 4;
    /// White space of ASCII.
    pub(super) const SPACE: u16 = 1 << 5;
    /// What base64 has in place of `-` and `_`.
    pub(super) const BASE64: u16 = 1 << 6;
    /// Part of a character outside of ASCII.
    const WIDE: u16 = 1 << 7;
    /// Any other character that no token has.
    const OTHER: u16 = 1 << 8;

    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |marks, byte| marks | mark(byte)))
    }

    pub(super) fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }

    /// Whether the text has only characters that a token has.
    pub(super) fn are_clean(self) -> bool {
        self.0 & !Self::DOT == 0
    }

    /// Whether the text, whose marks these are, has such a character outside of ASCII.
    pub(super) fn has_char(self, text: &str, is_wanted: fn(char) -> bool) -> bool {
        self.has(Self::WIDE) && text.contains(is_wanted)
    }
}

const fn mark(byte: u8) -> u16 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => 0,
        b'.' => Marks::DOT,
        b'%' => Marks::PERCENT,
        b',' => Marks::COMMA,
        b';' => Marks::SEMICOLON,
        b'=' => Marks::EQUALS,
        b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => Marks::SPACE,
        b'+' | b'/' => Marks::BASE64,
        0x80.. => Marks::WIDE,
        _ => Marks::OTHER,
    }
}
