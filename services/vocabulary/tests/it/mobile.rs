//! The numbering plan by examples and against a second description of it.

use proptest::prelude::*;
use xuanhao_vocabulary::mobile::{Mobile, MobileError};

#[test]
fn numbers_that_receive_sms() {
    for text in [
        "13800138000",
        "19212345678",
        "16612345678",
        "14512345678",
        "17401234567",
        "17412345678",
    ] {
        let mobile = Mobile::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(mobile.expose(), text);
        assert_eq!(mobile.e164(), format!("+86{text}"));
    }
}

#[test]
fn the_country_code_and_blanks_are_taken_off() {
    let mobile = Mobile::parse("13800138000").unwrap();
    for text in [
        "+8613800138000",
        "8613800138000",
        "+86 138 0013 8000",
        "１３８００１３８０００",
        "\u{202D}13800138000\u{202C}",
    ] {
        assert_eq!(Mobile::parse(text), Ok(mobile), "{text:?}");
    }
}

#[test]
fn each_rule_has_its_own_refusal() {
    for (text, error) in [
        ("15412345678", MobileError::Prefix),
        ("19412345678", MobileError::Prefix),
        ("14412345678", MobileError::Prefix),
        ("17413345678", MobileError::Prefix),
        ("10012345678", MobileError::Prefix),
        ("23800138000", MobileError::First),
        ("1380013800", MobileError::Length { found: 10 }),
        ("138001380000", MobileError::Length { found: 12 }),
        ("1440123456789", MobileError::Thing),
        ("1480123456789", MobileError::Thing),
        ("1380123456789", MobileError::Length { found: 13 }),
        ("138-0013-8000", MobileError::Character { position: 4 }),
        ("+13800138000", MobileError::Character { position: 1 }),
        ("+86", MobileError::Length { found: 0 }),
        ("", MobileError::Length { found: 0 }),
    ] {
        assert_eq!(Mobile::parse(text), Err(error), "{text}");
    }
}

#[test]
fn virtual_operators_are_told_by_their_prefixes() {
    for (prefix, is_virtual) in [
        ("162", true),
        ("165", true),
        ("167", true),
        ("170", true),
        ("171", true),
        ("138", false),
        ("166", false),
        ("192", false),
    ] {
        let mobile = Mobile::parse(&format!("{prefix}12345678")).unwrap();
        assert_eq!(mobile.is_virtual(), is_virtual, "{prefix}");
    }
}

#[test]
fn it_prints_masked() {
    let mobile = Mobile::parse("13800138000").unwrap();
    assert_eq!(format!("{mobile:?}"), "Mobile(138****8000)");
    assert_eq!(mobile.masked().to_string(), "138****8000");
}

/// The plan as a table of prefixes, most specific last.
fn planned(digits: &str) -> bool {
    let mut planned = false;
    for (prefix, given) in [
        ("13", true),
        ("14", false),
        ("145", true),
        ("147", true),
        ("149", true),
        ("15", true),
        ("154", false),
        ("162", true),
        ("165", true),
        ("166", true),
        ("167", true),
        ("17", true),
        ("174", false),
        ("1740", true),
        ("17410", true),
        ("17411", true),
        ("17412", true),
        ("1749", true),
        ("18", true),
        ("19", true),
        ("194", false),
    ] {
        if digits.starts_with(prefix) {
            planned = given;
        }
    }
    planned
}

proptest! {
    #[test]
    fn the_plan_decides(text in "1[0-9]{10}") {
        prop_assert_eq!(Mobile::parse(&text).is_ok(), planned(&text), "{}", text);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Mobile::parse(&text);
    }

    #[test]
    fn no_text_of_digits_panics(text in "\\+?[0-9 ]{0,20}") {
        let _ = Mobile::parse(&text);
    }
}
