//! Segments are decoded with the wide instructions of the processor, and alike without them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Segment;
use crate::token::decode_segment;

/// What no segment has, next to what segments have, and the last characters of the alphabet.
const CHARACTERS: &str = "=+/. \n\0\u{7f}\u{e9}\u{20ac}@[`{,:;Zz9-_";

#[test]
fn comes_to_the_same_as_one_character_after_the_other() {
    // Long texts are decoded in blocks of 32.
    for length in (0..=68).chain([95, 96, 97, 130]) {
        let good: String = (0..length).map(|at| char::from(b"Aa0-_q"[at % 6])).collect();
        for at in 0..=length {
            for character in CHARACTERS.chars() {
                let mut text = good.clone();
                text.replace_range(at..length.min(at + 1), &character.to_string());
                let decoded = decode_segment(&text, Segment::Payload);
                assert_eq!(decoded.ok(), URL_SAFE_NO_PAD.decode(&text).ok(), "{text:?}");
            }
        }
    }
}
