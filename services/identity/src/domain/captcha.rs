//! Picture codes: which characters are drawn, and what counts as the same answer.

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

    #[test]
    fn no_two_characters_look_alike() {
        for pair in ["0O", "1I", "2Z", "5S", "8B", "6G", "OQ"] {
            let both = pair.chars().filter(|c| CHARACTERS.contains(c)).count();
            assert!(both < 2, "{pair}");
        }
    }
}
