//! GB 16735 and GB 16737 by examples and by property.

use proptest::prelude::*;
use xuanhao_vocabulary::vin::{Vin, VinError, VinWarning};

const VALID: [&str; 11] = [
    "LSGPC52U6AF102554",
    "LFWSRXSJ8HAB00616",
    "LGBH52E0XCY033143",
    "LRW3E7FSXPC660715",
    "HE9XR1C48PS083871",
    "1M8GDM9AXKP042788",
    "1G4AH59H45G118341",
    "5N1NJ01CXST000001",
    "1NXBR32E77Z923602",
    "1HGCM82633A004352",
    "JH4KA7561PC008269",
];

#[test]
fn real_numbers_are_valid_without_warnings() {
    for text in VALID {
        let vin = Vin::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(vin.as_str(), text);
        assert_eq!(vin.check_digit(), char::from(text.as_bytes()[8]), "{text}");
        assert_eq!(vin.warnings(None).count(), 0, "{text}");
    }
}

#[test]
fn each_rule_has_its_own_refusal() {
    let letter = |position, letter| VinError::Letter { position, letter };
    for (text, error) in [
        ("", VinError::Length { found: 0 }),
        ("LSGPC52U6AF10255", VinError::Length { found: 16 }),
        ("LSGPC52U6AF1025540", VinError::Length { found: 18 }),
        ("LSGPC52U6AFI02554", letter(12, 'I')),
        ("LSGPC52U6AFO02554", letter(12, 'O')),
        ("LSGPC52U6AQ102554", letter(11, 'Q')),
        ("LSGPC52U6AF10255-", VinError::Character { position: 17 }),
        ("LSGPC52U6汽F102554", VinError::Character { position: 10 }),
        ("LSGPC52U6AF102A54", VinError::SerialDigit { position: 15 }),
        ("LSGPC52U6UF102554", VinError::ModelYear),
        ("LSGPC52U6ZF102554", VinError::ModelYear),
        ("LSGPC52U60F102554", VinError::ModelYear),
        ("LSGPC52U7AF102554", VinError::CheckDigit { expected: '6' }),
        ("LGXC14EAXN1234567", VinError::CheckDigit { expected: '4' }),
        ("LSGPC54U9AF987654", VinError::CheckDigit { expected: '0' }),
        ("HE9XR1C4XPS083871", VinError::CheckDigit { expected: '8' }),
        ("11111111111111111", VinError::AllEqual),
    ] {
        assert_eq!(Vin::parse(text), Err(error), "{text}");
    }
    assert_eq!(
        VinError::CheckDigit { expected: '6' }.to_string(),
        "position 9 must be 6"
    );
}

/// R-INF-03: what is only odd on an import is a warning, and refused on a domestic vehicle.
#[test]
fn imports_are_warned_about_instead_of_refused() {
    for (text, warnings) in [
        (
            "WP0ZZZ99ZTS392124",
            vec![VinWarning::CheckDigit { expected: '8' }],
        ),
        (
            "VF1KG1PBE34488860",
            vec![VinWarning::CheckDigit { expected: '3' }],
        ),
        (
            "1G4AH59H4ZG118341",
            vec![
                VinWarning::CheckDigit { expected: '7' },
                VinWarning::ModelYear,
            ],
        ),
    ] {
        let vin = Vin::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(!vin.is_domestic());
        assert_eq!(vin.warnings(None).collect::<Vec<_>>(), warnings, "{text}");
    }
}

#[test]
fn blanks_case_and_full_width_letters_do_not_matter() {
    let vin = Vin::parse("LSGPC52U6AF102554").unwrap();
    for text in [
        "lsg pc52u6 af102554",
        " LSGPC52U6\tAF102554\n",
        "ＬＳＧＰＣ52Ｕ6ＡＦ102554",
        "\u{202D}LSGPC52U6AF102554\u{202C}",
    ] {
        assert_eq!(Vin::parse(text), Ok(vin), "{text:?}");
    }
}

#[test]
fn model_years_come_round_every_thirty_years() {
    let year = |letter: char, near| {
        let text = format!("LSGPC52U_{letter}F102554");
        Vin::with_check_digit(&text).unwrap().model_year(near)
    };
    assert_eq!(year('A', 2012), Some(2010));
    assert_eq!(year('A', 1985), Some(1980));
    assert_eq!(year('A', 2039), Some(2040));
    assert_eq!(year('T', 2026), Some(2026));
    assert_eq!(year('Y', 2028), Some(2030));
    assert_eq!(year('1', 2031), Some(2031));
    assert_eq!(year('9', 2040), Some(2039));
    assert_eq!(year('9', i16::MAX), Some(32759));
    assert!(year('9', i16::MIN).is_some());
}

#[test]
fn a_new_car_is_from_two_years_before_its_invoice_to_one_after() {
    let vin = Vin::with_check_digit("LSGPC52U_SF102554").unwrap();
    let warned = |year| vin.warnings(Some(year)).collect::<Vec<_>>();
    let far = |invoice_year| {
        vec![VinWarning::ModelYearFar {
            model_year: 2025,
            invoice_year,
        }]
    };
    assert_eq!(warned(2023), far(2023));
    assert_eq!(warned(2024), []);
    assert_eq!(warned(2027), []);
    assert_eq!(warned(2028), far(2028));
}

#[test]
fn parts_and_groups() {
    let vin = Vin::parse("HE9XR1C48PS083871").unwrap();
    assert_eq!(
        (vin.wmi(), vin.vds(), vin.vis()),
        ("HE9", "XR1C48", "PS083871")
    );
    assert!(vin.is_domestic() && vin.is_small_maker());
    assert_eq!(vin.grouped(), "HE9 XR1C48 PS083871");
    assert_eq!(vin.masked().to_string(), "HE9**********3871");
    assert_eq!(format!("{vin:?}"), "Vin(HE9**********3871)");
}

#[test]
fn the_right_check_digit_is_put_in_where_asked() {
    let vin = Vin::with_check_digit("1G4AH59H_5G118341").unwrap();
    assert_eq!(vin.as_str(), "1G4AH59H45G118341");
    assert_eq!(
        Vin::with_check_digit("1G4AH59H_5G11834"),
        Err(VinError::Length { found: 16 })
    );
}

/// The value of a character in the standard's table, written out here a second time.
fn value(c: char) -> u32 {
    match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        _ => unreachable!("no character of a number: {c}"),
    }
}

const NUMBER: &str = "[LH][0-9A-HJ-NPR-Z]{8}[A-HJ-NPRSTV-Y1-9][0-9A-HJ-NPR-Z]{3}[0-9]{4}";

proptest! {
    #[test]
    fn made_numbers_are_valid_and_read_back(text in NUMBER) {
        let vin = Vin::with_check_digit(&text).unwrap();
        prop_assert_eq!(Vin::parse(vin.as_str()), Ok(vin));
        prop_assert_eq!(vin.grouped().parse::<Vin>(), Ok(vin));
    }

    /// Every single slip is found, except between characters of equal value.
    #[test]
    fn a_single_slip_is_found(text in NUMBER, index in 0..17_usize, other in "[0-9A-HJ-NPR-Z]") {
        let vin = Vin::with_check_digit(&text).unwrap();
        let mut slipped: Vec<char> = vin.as_str().chars().collect();
        let other = other.chars().next().unwrap();
        let before = std::mem::replace(&mut slipped[index], other);
        let slipped = slipped.into_iter().collect::<String>();
        let found = match Vin::parse(&slipped) {
            Err(_) => true,
            Ok(vin) => vin.warnings(None).any(|w| matches!(w, VinWarning::CheckDigit { .. })),
        };
        let equal = if index == 8 { before == other } else { value(before) == value(other) };
        if equal {
            // Only the other rules can still refuse it.
            let refusal = Vin::parse(&slipped).err();
            let by_check = matches!(refusal, Some(VinError::CheckDigit { .. }));
            prop_assert!(!by_check);
        } else {
            prop_assert!(found, "{} -> {}", vin.as_str(), slipped);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Vin::parse(&text);
        let _ = Vin::with_check_digit(&text);
    }

    #[test]
    fn no_text_of_17_panics(text in "[0-9A-Za-z]{17}", year in any::<i16>()) {
        if let Ok(vin) = Vin::parse(&text) {
            let _ = vin.warnings(Some(year)).count();
        }
        let _ = Vin::with_check_digit(&text);
    }
}
