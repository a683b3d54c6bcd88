//! GB 11643 by examples and by property.

use jiff::civil::date;
use proptest::prelude::*;
use xuanhao_vocabulary::resident_id::{ResidentId, ResidentIdError, ResidentKind};

#[test]
fn real_numbers_are_valid() {
    for (text, kind) in [
        ("11010519491231002X", ResidentKind::Resident),
        ("440524188001010014", ResidentKind::Resident),
        ("360426199101010071", ResidentKind::Resident),
        ("44011320141005001X", ResidentKind::Resident),
        ("810000199408230021", ResidentKind::HongKongMacaoTaiwan),
    ] {
        let id = ResidentId::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(id.expose(), text);
        assert_eq!(id.kind(), kind);
    }
}

#[test]
fn a_small_x_and_blanks_are_read() {
    let id = ResidentId::parse("11010519491231002X").unwrap();
    assert_eq!(ResidentId::parse("110105 19491231 002x"), Ok(id));
    assert_eq!(ResidentId::parse("11010519491231002ｘ"), Ok(id));
}

#[test]
fn each_rule_has_its_own_refusal() {
    for (text, error) in [
        ("110105194912310021", ResidentIdError::CheckCharacter),
        ("36042619910102009X", ResidentIdError::CheckCharacter),
        ("360426199113010079", ResidentIdError::BirthDate),
        ("360426199102290070", ResidentIdError::BirthDate),
        (
            "T60426199101010078",
            ResidentIdError::Character { position: 1 },
        ),
        (
            "3604261991010100X1",
            ResidentIdError::Character { position: 17 },
        ),
        (
            "36042619910101007Y",
            ResidentIdError::Character { position: 18 },
        ),
        ("990426199112010074", ResidentIdError::Region),
        ("820001199112010074", ResidentIdError::Region),
        ("000000199112010074", ResidentIdError::Region),
        ("1101051949123100", ResidentIdError::Length { found: 16 }),
        ("110105491231002", ResidentIdError::FifteenDigits),
    ] {
        assert_eq!(ResidentId::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_foreigners_card_begins_with_nine_and_a_province() {
    let id = with_check("91184019930424321");
    assert_eq!(
        ResidentId::parse(&id).map(|id| id.kind()),
        Ok(ResidentKind::Foreign)
    );
}

#[test]
fn birth_dates_and_ages() {
    let id = ResidentId::parse(&with_check("11010520000229001")).unwrap();
    assert_eq!(id.birth_date(), date(2000, 2, 29));
    assert_eq!(id.age_on(date(2018, 2, 28)), 17);
    assert_eq!(id.age_on(date(2018, 3, 1)), 18);
    assert_eq!(id.age_on(date(2020, 2, 29)), 20);
    assert_eq!(id.age_on(date(1999, 1, 1)), 0);
    assert_eq!(id.check_birth(date(2000, 2, 29)), Ok(()));
    assert_eq!(
        id.check_birth(date(2000, 2, 28)),
        Err(ResidentIdError::BornInFuture)
    );
}

#[test]
fn it_prints_masked() {
    let id = ResidentId::parse("11010519491231002X").unwrap();
    assert_eq!(format!("{id:?}"), "ResidentId(11**************2X)");
    assert_eq!(id.masked().to_string(), "11**************2X");
}

/// The check character by the standard's other formula: (1 − 2·n) mod 11, n read in base 13.
fn with_check(first: &str) -> String {
    let n = first
        .bytes()
        .fold(0_u32, |n, digit| (n * 13 + u32::from(digit - b'0')) % 11);
    let check = (1 + 22 - 2 * n) % 11;
    format!("{first}{}", char::from(b"0123456789X"[check as usize]))
}

proptest! {
    #[test]
    fn one_check_character_is_right(year in 1900..2026, rest in "0[1-9](0[1-9]|1[0-9]|2[0-8])[0-9]{3}") {
        let right = with_check(&format!("440801{year}{rest}"));
        prop_assert_eq!(ResidentId::parse(&right).map(|id| id.expose().to_owned()), Ok(right.clone()));
        for other in "0123456789X".chars().filter(|c| !right.ends_with(*c)) {
            let wrong = format!("{}{other}", &right[..17]);
            prop_assert_eq!(ResidentId::parse(&wrong), Err(ResidentIdError::CheckCharacter));
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = ResidentId::parse(&text);
    }

    #[test]
    fn no_text_of_18_panics(text in "[0-9]{17}[0-9X]") {
        if let Ok(id) = ResidentId::parse(&text) {
            let _ = (id.kind(), id.birth_date(), id.age_on(date(2026, 1, 1)));
        }
    }
}
