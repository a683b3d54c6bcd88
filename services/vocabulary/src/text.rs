//! How typed text is read before any rule looks at it, and how values are masked and serialised.

use std::fmt;

/// Why a text cannot fill a fixed number of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Length { found: usize },
    Character { position: u8 },
}

/// Upper case, and the full-width forms Chinese input methods produce as the ASCII they stand for.
pub(crate) fn fold(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
    .to_ascii_uppercase()
}

/// Blanks, and the invisible marks that come along when a number is copied from a phone's contacts.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
}

/// The characters that matter, folded.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !is_blank(*c)).map(fold)
}

/// Fills `N` places with ASCII, without allocating.
pub(crate) fn places<const N: usize>(
    characters: impl Iterator<Item = char>,
) -> Result<[u8; N], Shape> {
    let mut filled = [0; N];
    let mut found = 0;
    let mut foreign = None;
    for c in characters {
        if let Some(place) = filled.get_mut(found) {
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() => *place = byte,
                _ => foreign = foreign.or(Some(position(found))),
            }
        }
        found += 1;
    }
    match foreign {
        _ if found != N => Err(Shape::Length { found }),
        Some(position) => Err(Shape::Character { position }),
        None => Ok(filled),
    }
}

/// The 1-based position of an index, for findings.
pub(crate) fn position(index: usize) -> u8 {
    u8::try_from(index + 1).unwrap_or(u8::MAX)
}

/// The position of the first byte that is not a digit.
pub(crate) fn non_digit(bytes: &[u8]) -> Option<u8> {
    bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map(position)
}

/// The number that a few ASCII digits write.
pub(crate) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| {
        value * 10 + u32::from(digit.wrapping_sub(b'0'))
    })
}

/// The text of places that hold ASCII only.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("words of this crate hold ASCII only")
}

/// A value with its middle starred out: fit for logs, screens and support calls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Masked<'a> {
    text: &'a str,
    head: usize,
    tail: usize,
}

impl<'a> Masked<'a> {
    /// Keeps the first `head` and the last `tail` characters of an ASCII text.
    pub(crate) fn new(text: &'a str, head: usize, tail: usize) -> Self {
        Self { text, head, tail }
    }
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.text.len().saturating_sub(self.tail);
        for (index, c) in self.text.chars().enumerate() {
            let shown = index < self.head || index >= last;
            fmt::Write::write_char(f, if shown { c } else { '*' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `FromStr` over the type's own `parse`.
macro_rules! from_str {
    ($type:ty, $error:ty) => {
        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}

/// Deserialises from a string through `FromStr`. The method says how the format is asked.
macro_rules! deserialize_with {
    ($method:ident, $type:ty, $what:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<$type, E> {
                        Err(E::custom(concat!("a number in place of ", $what)))
                    }

                    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<$type, E> {
                        Err(E::custom(concat!("a number in place of ", $what)))
                    }

                    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<$type, E> {
                        Err(E::custom(concat!("a number in place of ", $what)))
                    }
                }

                deserializer.$method(Text)
            }
        }
    };
}

/// Deserialises what must not stand in a message.
///
/// Told to expect a string, a format refuses a number with a message of its own that repeats it, and
/// somebody's mobile number sent without quotes would stand in a log. Asked for anything, it hands
/// the number over to be refused in silence.
macro_rules! deserialize_personal {
    ($type:ty, $what:literal) => {
        crate::text::deserialize_with!(deserialize_any, $type, $what);
    };
}

/// Serialises through `Display`.
macro_rules! serialize_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

/// Serialises through `Display` and back through `FromStr`.
macro_rules! serde_text {
    ($type:ty, $what:literal) => {
        crate::text::serialize_text!($type);
        crate::text::deserialize_with!(deserialize_str, $type, $what);
    };
}

pub(crate) use {deserialize_personal, deserialize_with, from_str, serde_text, serialize_text};
