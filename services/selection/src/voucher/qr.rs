//! The code that carries the signed text, as modules and as lines to draw.

use fast_qr::{ECL, QRBuilder, Version};
use krilla::geom::{Path, PathBuilder};

use super::error::{Error, Field};

/// The most that fits a symbol of version 20, error correction M: 97 modules a side, which stay
/// above 0.4 mm at the printed size.
const LIMIT: usize = 666;

/// A symbol: a square of dark and light modules.
pub(super) struct Code {
    size: usize,
    dark: Vec<bool>,
}

impl Code {
    /// Encodes a text with error correction M.
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        let too_long = || Error::CodeTooLong {
            field: Field::Signed,
            length: text.len(),
            limit: LIMIT,
        };
        if text.is_empty() {
            return Err(Error::Blank {
                field: Field::Signed,
            });
        }
        if text.len() > LIMIT {
            return Err(too_long());
        }
        let symbol = QRBuilder::new(text)
            .ecl(ECL::M)
            .build()
            .map_err(|_| too_long())?;
        debug_assert!(
            symbol
                .version
                .is_some_and(|version| version as u8 <= Version::V20 as u8)
        );
        let size = symbol.size;
        let dark = symbol.data[..size * size]
            .iter()
            .map(|module| module.value())
            .collect();
        Ok(Self { size, dark })
    }

    /// Modules a side, without the quiet zone.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark.
    pub(super) fn is_dark(&self, column: usize, row: usize) -> bool {
        self.dark[row * self.size + column]
    }

    /// The middle lines of all runs of dark modules, in modules from the symbol's upper left corner:
    /// a pen one module wide that follows them, half a module lower, draws the symbol.
    ///
    /// One path, because viewers show hairlines between neighbours drawn one by one; lines and not
    /// boxes, because they take half the bytes.
    pub(super) fn lines(&self) -> Option<Path> {
        let mut path = PathBuilder::new();
        for row in 0..self.size {
            let y = row as f32;
            let mut column = 0;
            while column < self.size {
                let run = (column..self.size)
                    .take_while(|at| self.is_dark(*at, row))
                    .count();
                if run > 0 {
                    path.move_to(column as f32, y);
                    path.line_to((column + run) as f32, y);
                }
                column += run + 1;
            }
        }
        path.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blank modules around a symbol that readers need (ISO/IEC 18004).
    const QUIET: usize = 4;

    /// Reads a symbol back as a camera would see it, four pixels to a module.
    fn read(code: &Code) -> String {
        const SCALE: usize = 4;
        let side = (code.size() + 2 * QUIET) * SCALE;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            let at = |pixel: usize| {
                (pixel / SCALE)
                    .checked_sub(QUIET)
                    .filter(|at| *at < code.size())
            };
            match (at(x), at(y)) {
                (Some(column), Some(row)) if code.is_dark(column, row) => 0,
                _ => 255,
            }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one symbol is seen");
        grids[0].decode().unwrap().1
    }

    #[test]
    fn what_is_encoded_reads_back() {
        for length in [1, 90, 430, 600, LIMIT] {
            let alphabet = "eyJhbGciOiJFZERTQSIsImtpZCI6InYxIn0.-_";
            let text: String = alphabet.chars().cycle().take(length).collect();
            assert_eq!(read(&Code::new(&text).unwrap()), text);
        }
    }

    #[test]
    fn a_text_that_would_make_the_modules_too_small_is_refused() {
        let text = "x".repeat(LIMIT + 1);
        assert!(matches!(
            Code::new(&text),
            Err(Error::CodeTooLong {
                length: 667,
                limit: 666,
                ..
            })
        ));
        assert!(matches!(
            Code::new(""),
            Err(Error::Blank {
                field: Field::Signed
            })
        ));
        assert_eq!(Code::new(&text[1..]).unwrap().size(), 97);
    }

    #[test]
    fn the_symbol_has_lines() {
        assert!(Code::new("x").unwrap().lines().is_some());
    }
}
