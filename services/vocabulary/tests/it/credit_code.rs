//! GB 32100 and GB 11714 by examples and by property.

use proptest::prelude::*;
use xuanhao_vocabulary::credit_code::{CreditCode, CreditCodeError};

#[test]
fn real_codes_are_valid() {
    for text in [
        "91350100M000100Y43",
        "91110000600037341L",
        "92340621MA2UJT9WXP",
        // The sum is divisible by 31: formulas without the last remainder refuse these.
        "92340604MA2PENA300",
        "911522010783762860",
    ] {
        let code = CreditCode::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(code.as_str(), text);
    }
}

#[test]
fn each_rule_has_its_own_refusal() {
    let character = |position| CreditCodeError::Character { position };
    for (text, error) in [
        (
            "91350100M000100Y4A",
            CreditCodeError::CheckCharacter { expected: '3' },
        ),
        // A is an authority (of the army), so the letter is not refused itself: the check is.
        (
            "A1110000600037341L",
            CreditCodeError::CheckCharacter { expected: 'K' },
        ),
        ("B1110000600037341L", CreditCodeError::Authority),
        ("01110000600037341L", CreditCodeError::Authority),
        ("9A110000600037341L", CreditCodeError::Digit { position: 2 }),
        ("9111A000600037341L", CreditCodeError::Digit { position: 5 }),
        ("91350100MOO0100Y43", character(10)),
        ("91350100M000100Y4Z", character(18)),
        (
            "91350100M000100Y53",
            CreditCodeError::OrganisationCheck { expected: '4' },
        ),
        ("91350100M000100Y4", CreditCodeError::Length { found: 17 }),
        ("91350100M000100Y433", CreditCodeError::Length { found: 19 }),
    ] {
        assert_eq!(CreditCode::parse(text), Err(error), "{text}");
    }
}

#[test]
fn the_organisation_code_stands_within() {
    for (text, organisation) in [
        ("91350100M000100Y43", "M000100Y4"),
        ("91110000600037341L", "600037341"),
        ("92340604MA2PENA300", "MA2PENA30"),
    ] {
        assert_eq!(
            CreditCode::parse(text).unwrap().organisation_code(),
            organisation
        );
    }
}

#[test]
fn it_prints_masked_in_debug_only() {
    let code = CreditCode::parse("91350100m000100y43").unwrap();
    assert_eq!(code.to_string(), "91350100M000100Y43");
    assert_eq!(format!("{code:?}"), "CreditCode(9135***********Y43)");
}

proptest! {
    /// The refusals name the right characters: putting them in makes a valid code, and only those.
    #[test]
    fn the_named_characters_make_it_valid(text in "[1-9ANY][0-9]{7}[0-9ABCDEFGHJKLMNPQRTUWXY]{10}") {
        let mut text = text;
        for _ in 0..2 {
            let (place, expected) = match CreditCode::parse(&text) {
                Ok(_) => break,
                Err(CreditCodeError::OrganisationCheck { expected }) => (16, expected),
                Err(CreditCodeError::CheckCharacter { expected }) => (17, expected),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            text.replace_range(place..=place, expected.encode_utf8(&mut [0; 4]));
        }
        let code = CreditCode::parse(&text).unwrap();
        prop_assert_eq!(code.as_str(), &text);
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().filter(|c| !text.ends_with(*c)) {
            let wrong = format!("{}{other}", &text[..17]);
            prop_assert!(CreditCode::parse(&wrong).is_err());
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = CreditCode::parse(&text);
    }

    #[test]
    fn no_text_of_18_panics(text in "[0-9A-Z]{18}") {
        let _ = CreditCode::parse(&text);
    }
}
