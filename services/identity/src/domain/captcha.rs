//! Captchas: which characters are drawn and what counts as the same answer, and what solves a puzzle.

use sha2::{Digest, Sha256};

/// The longest answer to a puzzle.
pub const LONGEST_SOLUTION: usize = 32;

/// The least work a puzzle may ask for.
pub const FEWEST_ZERO_BITS: u8 = 8;
/// The most: beyond it a telephone would be busy for minutes.
pub const MOST_ZERO_BITS: u8 = 28;

/// How a captcha is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A picture code.
    Picture,
    /// A puzzle the browser solves by itself, for those who cannot use pictures.
    Puzzle,
}

/// Whether `answer` solves the puzzle: ASCII letters and digits, and SHA-256 of prefix and answer
/// begins with that many zero bits.
pub fn solves(prefix: &str, answer: &str, zero_bits: u8) -> bool {
    let well_formed =
        answer.len() <= LONGEST_SOLUTION && answer.bytes().all(|b| b.is_ascii_alphanumeric());
    well_formed && zeroes(&Sha256::digest([prefix, answer].concat())) >= u32::from(zero_bits)
}

fn zeroes(hash: &[u8]) -> u32 {
    let whole = hash.iter().take_while(|byte| **byte == 0).count();
    let rest = hash.get(whole).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(whole).map_or(u32::MAX, |whole| whole * 8 + rest)
}

/// The characters of a picture code.
pub const LENGTH: usize = 5;

/// Capitals and digits that are not taken for one another when drawn.
pub const CHARACTERS: &[char] = &[
    '3', '4', '6', '7', '8', '9', 'A', 'C', 'D', 'E', 'F', 'H', 'J', 'K', 'M', 'N', 'P', 'R', 'T',
    'U', 'V', 'W', 'X', 'Y',
];

/// An answer as it is compared: no blanks, capitals. `None` when it cannot be right.
pub fn normalised(answer: &str) -> Option<String> {
    let normal: String = answer
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(LENGTH + 1)
        .collect::<String>()
        .to_uppercase();
    let is_possible =
        normal.chars().count() == LENGTH && normal.chars().all(|c| CHARACTERS.contains(&c));
    is_possible.then_some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_matter() {
        assert_eq!(normalised(" a3 cde ").as_deref(), Some("A3CDE"));
        for impossible in ["", "A3CD", "A3CDEF", "A3CD0", "A3CDI", "验证码验证"] {
            assert_eq!(normalised(impossible), None, "{impossible}");
        }
    }

    /// A puzzle is solved by work, and by nothing that only looks like an answer.
    #[test]
    fn a_puzzle_is_solved_by_work() {
        let solution = (0_u32..)
            .map(|n| n.to_string())
            .find(|answer| solves("prefix", answer, 12))
            .unwrap();
        assert!(solves("prefix", &solution, 8));
        assert!(!solves("another prefix", &solution, 12));
        assert!(!solves("prefix", &format!("{solution}-"), 0));
        assert!(!solves("prefix", &"a".repeat(33), 0));
        assert!(solves("prefix", &"a".repeat(32), 0));
        assert_eq!(zeroes(&[0, 0x1f, 0]), 11);
        assert_eq!(zeroes(&[0; 32]), 256);
    }

    #[test]
    fn no_two_characters_look_alike() {
        for pair in ["0O", "1I", "2Z", "5S", "8B", "6G", "OQ"] {
            let both = pair.chars().filter(|c| CHARACTERS.contains(c)).count();
            assert!(both < 2, "{pair}");
        }
    }
}
