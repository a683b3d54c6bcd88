//! The letters and digits of plates, drawn by their centre lines as a pen of one width would.
//!
//! The plate typeface is narrow and even: 45 by 90 mm a character, one width of stroke. A text font
//! squeezed into that box keeps thick and thin strokes, which is what makes imitations look wrong.

use krilla::geom::{Path, PathBuilder};

/// Width of a character's box, in mm.
pub(super) const WIDTH: f32 = 45.0;

/// Height of a character's box, in mm.
pub(super) const HEIGHT: f32 = 90.0;

/// A character's centre lines and the width of its strokes, in mm, y downwards.
pub(super) struct Stroked {
    pub(super) path: Path,
    pub(super) width: f32,
}

/// The strokes of a letter or digit that plates carry.
///
/// Ends may run over the box: whoever draws them cuts at its edge, which cuts diagonals level.
pub(super) fn stroked(c: char) -> Option<Stroked> {
    let (lines, width) = centre_lines(c)?;
    Some(Stroked {
        path: trace(lines)?,
        width,
    })
}

/// In the language of [`trace`].
fn centre_lines(c: char) -> Option<(&'static str, f32)> {
    const EVEN: f32 = 11.0;
    let lines = match c {
        '0' => "M 5.5 25 U 22.5 5.5 R 39.5 25 V 65 U 22.5 84.5 R 5.5 65 Z",
        '1' => "M 9 22 L 25.5 7.5 V 95",
        '2' => "M 5.5 29 V 25 U 22.5 5.5 R 39.5 25 C 39.5 38 33 45 26 54 L 7.5 79 V 84.5 H 45",
        '3' => {
            "M 5.5 27 V 24.5 U 22.5 5.5 R 38.5 24 U 22 42.5 H 15 M 20 42.5 H 22 R 39.5 63.5 U 22.5 84.5 R 5.5 65.5 V 63"
        }
        '4' => "M 29 -6 L 5.5 66.5 H 46 M 32 40 V 95",
        '5' => "M 41 5.5 H 8.5 V 44 C 11 38 16 35 23 35 R 39.5 58 V 64 U 22.5 84.5 R 5.5 66 V 63",
        '6' => {
            "M 33 -6 L 8.5 48 C 6.5 53 5.5 57 5.5 62.5 U 22.5 84.5 R 39.5 62.5 U 22.5 40.5 C 16 40.5 11 43 8.5 48"
        }
        '7' => "M 0 5.5 H 38.5 L 17 96",
        '8' => {
            "M 22.5 5.5 R 37.5 23.5 U 22.5 42 R 7.5 23.5 U 22.5 5.5 Z M 22.5 42 R 39.5 63.5 U 22.5 84.5 R 5.5 63.5 U 22.5 42 Z"
        }
        '9' => {
            "M 12 96 L 36.5 42 C 38.5 37 39.5 33 39.5 27.5 U 22.5 5.5 R 5.5 27.5 U 22.5 49.5 C 29 49.5 34 47 36.5 42"
        }
        'A' => "M 4.8 96 L 20 5.5 H 25 L 40.2 96 M 10 65 H 35",
        'B' => {
            "M 22 5.5 H 5.5 V 84.5 H 23 R 39.5 63.5 U 23 43 H 5.5 M 18 43 H 22 R 37.5 24 U 22 5.5 H 18"
        }
        'C' => "M 39.5 30 V 25 U 22.5 5.5 R 5.5 25 V 65 U 22.5 84.5 R 39.5 65 V 60",
        'D' => "M 5.5 5.5 V 84.5 H 20 R 39.5 65 V 25 U 20 5.5 Z",
        'E' => "M 43 5.5 H 5.5 V 84.5 H 43 M 5.5 44 H 39",
        'F' => "M 43 5.5 H 5.5 V 95 M 5.5 45 H 39",
        'G' => "M 39.5 28 V 25 U 22.5 5.5 R 5.5 25 V 65 U 22.5 84.5 R 39.5 65 V 48.5 H 23",
        'H' => "M 5.5 -5 V 95 M 39.5 -5 V 95 M 5.5 44 H 39.5",
        'J' => "M 36.5 -5 V 65 U 20.5 84.5 R 5.5 66 V 61",
        'K' => "M 5.5 -5 V 95 M 41.5 -5 L 7 55 M 18 37 L 41.4 96",
        'L' => "M 5.5 -5 V 84.5 H 43",
        'M' => "M 5 -5 V 95 M 40 -5 V 95 M 3 -9 L 22.5 55 L 42 -9",
        'N' => "M 5.5 -5 V 95 M 39.5 -5 V 95 M 4 -2 L 41 92",
        'P' => "M 5.5 95 V 5.5 H 21 R 39.5 28 U 21 50.5 H 5.5",
        'Q' => "M 5.5 25 U 22.5 5.5 R 39.5 25 V 65 U 22.5 84.5 R 5.5 65 Z M 24 62 L 44 92",
        'R' => "M 5.5 95 V 5.5 H 21 R 39.5 27.5 U 21 49.5 H 5.5 M 20 49 L 40.5 96",
        'S' => {
            "M 39 28 V 25 U 22.5 5.5 R 6 25 C 6 36 13 40 22.5 44.5 C 32 49 39.5 53 39.5 65 U 22.5 84.5 R 5.5 65 V 61"
        }
        'T' => "M 0 5.5 H 45 M 22.5 5.5 V 95",
        'U' => "M 5.5 -5 V 65 U 22.5 84.5 R 39.5 65 V -5",
        'V' => "M 3.9 -8 L 22.5 76 L 41.1 -8",
        'W' => "M 3 -8 L 12.3 77 L 22.5 12 L 32.7 77 L 42 -8",
        'X' => "M 3 -8 L 42 98 M 42 -8 L 3 98",
        'Y' => "M 3.2 -8 L 22.5 47 L 41.8 -8 M 22.5 44 V 95",
        'Z' => "M 2 5.5 H 38.5 L 6.5 84.5 H 44",
        _ => return None,
    };
    // Four strokes side by side leave no room for full ones.
    let width = match c {
        'W' => 7.5,
        'M' => 9.5,
        _ => EVEN,
    };
    Some((lines, width))
}

/// The share of a radius at which a cubic's handles make a quarter of an ellipse.
const KAPPA: f32 = 0.5523;

/// Follows `M`, `L`, `H`, `V`, `C`, `Z` as SVG paths have them, and two quarters of an ellipse:
/// `U` sets out vertically and arrives horizontally, `R` the other way round.
fn trace(lines: &str) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut words = lines.split_ascii_whitespace();
    let (mut x, mut y) = (0.0, 0.0);
    while let Some(command) = words.next() {
        let mut next = || words.next()?.parse::<f32>().ok();
        match command {
            "M" => {
                (x, y) = (next()?, next()?);
                path.move_to(x, y);
                continue;
            }
            "L" => (x, y) = (next()?, next()?),
            "H" => x = next()?,
            "V" => y = next()?,
            "C" => {
                let (cx0, cy0, cx1, cy1) = (next()?, next()?, next()?, next()?);
                (x, y) = (next()?, next()?);
                path.cubic_to(cx0, cy0, cx1, cy1, x, y);
                continue;
            }
            "U" | "R" => {
                let (from_x, from_y) = (x, y);
                (x, y) = (next()?, next()?);
                let (dx, dy) = (KAPPA * (x - from_x), KAPPA * (y - from_y));
                if command == "U" {
                    path.cubic_to(from_x, from_y + dy, x - dx, y, x, y);
                } else {
                    path.cubic_to(from_x + dx, from_y, x, y - dy, x, y);
                }
                continue;
            }
            "Z" => {
                path.close();
                continue;
            }
            _ => return None,
        }
        path.line_to(x, y);
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_of_a_serial_is_drawn() {
        for c in ('0'..='9').chain('A'..='Z') {
            assert_eq!(stroked(c).is_some(), !matches!(c, 'I' | 'O'), "{c}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for c in ['a', '中', '·', ' '] {
            assert!(stroked(c).is_none());
        }
        assert!(trace("M 0 0 Q 1 1").is_none());
        assert!(trace("M 0 zero").is_none());
    }
}
