//! GA 36 by examples and by property.

use proptest::prelude::*;
use xuanhao_vocabulary::plate::{BadKey, Energy, Form, PlateError, SpecialUse};
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateKey, PlateNumber, Serial};

#[test]
fn ordinary_and_new_energy_numbers_are_read() {
    for (text, form) in [
        ("粤GA1234", Form::Ordinary),
        ("京A12345", Form::Ordinary),
        ("冀B12A3B", Form::Ordinary),
        ("粤KD12345", Form::NevSmall),
        ("粤KFA1234", Form::NevSmall),
        ("粤G12345D", Form::NevLarge),
        ("粤G12345K", Form::NevLarge),
    ] {
        let plate = PlateNumber::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(plate.to_string(), text);
        assert_eq!(plate.form(), form);
        for class in PlateClass::ALL {
            assert_eq!(
                PlateNumber::parse_as(class, text).is_ok(),
                class.form() == form,
                "{text}"
            );
        }
    }
}

#[test]
fn blanks_case_and_the_dot_do_not_matter() {
    let plate = PlateNumber::parse("粤GA1234").unwrap();
    assert_eq!(plate.dotted(), "粤G·A1234");
    for text in [
        "粤G·A1234",
        " 粤 g a 1234 ",
        "粤G•a1234",
        "粤G・Ａ１２３４",
        "粤G.A1234",
    ] {
        assert_eq!(PlateNumber::parse(text), Ok(plate), "{text}");
    }
    assert_eq!(
        PlateNumber::parse("粤G··A1234"),
        Err(PlateError::Character { position: 3 })
    );
    assert_eq!(
        PlateNumber::parse("粤·GA1234"),
        Err(PlateError::IssuingLetter)
    );
}

#[test]
fn special_plates_are_refused_each_with_its_reason() {
    for (text, special) in [
        ("粤GA123挂", SpecialUse::Trailer),
        ("粤GA123学", SpecialUse::Learner),
        ("粤GA123警", SpecialUse::Police),
        ("粤ZA123港", SpecialUse::HongKong),
        ("粤ZA123澳", SpecialUse::Macao),
        ("使123456", SpecialUse::Embassy),
        ("粤12345领", SpecialUse::Consulate),
        ("粤GA123试", SpecialUse::Test),
        ("粤GA123超", SpecialUse::Oversize),
    ] {
        assert_eq!(
            PlateNumber::parse(text),
            Err(PlateError::Special(special)),
            "{text}"
        );
    }
    assert_eq!(PlateNumber::parse("粤ZA1234"), Err(PlateError::CrossBorder));
    assert_eq!(IssuingCode::parse("粤Z"), Err(PlateError::CrossBorder));
    assert!(IssuingCode::parse("川Z").is_ok());
}

#[test]
fn each_rule_has_its_own_refusal() {
    let io = |position, letter| PlateError::LetterIO { position, letter };
    for (text, error) in [
        ("", PlateError::UnknownProvince),
        ("GA1234", PlateError::UnknownProvince),
        ("粤", PlateError::IssuingLetter),
        ("粤1A1234", PlateError::IssuingLetter),
        ("鲁O12345", io(2, 'O')),
        ("粤GI1234", io(3, 'I')),
        ("粤g1234o", io(7, 'O')),
        ("粤GA12-4", PlateError::Character { position: 6 }),
        ("粤GA123中", PlateError::Character { position: 7 }),
        ("粤GA123", PlateError::Length { found: 4 }),
        ("粤GA123456", PlateError::Length { found: 7 }),
        ("粤GAB12C", PlateError::TooManyLetters { position: 7 }),
        ("粤GL12345", PlateError::EnergyLetter { position: 3 }),
        ("粤G12345L", PlateError::EnergyLetter { position: 8 }),
        ("粤G123456", PlateError::EnergyLetter { position: 8 }),
        (
            "粤GDA1B34",
            PlateError::Digit {
                position: 6,
                form: Form::NevSmall,
            },
        ),
        (
            "粤G12A45D",
            PlateError::Digit {
                position: 5,
                form: Form::NevLarge,
            },
        ),
    ] {
        assert_eq!(PlateNumber::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_wanted_class_refuses_by_its_own_form() {
    for (class, text, error) in [
        (
            PlateClass::Small,
            "粤GD12345",
            PlateError::FormLength {
                form: Form::Ordinary,
                found: 6,
            },
        ),
        (
            PlateClass::NevSmall,
            "粤GA1234",
            PlateError::FormLength {
                form: Form::NevSmall,
                found: 5,
            },
        ),
        (
            PlateClass::NevSmall,
            "粤G12345D",
            PlateError::EnergyLetter { position: 3 },
        ),
        (
            PlateClass::NevLarge,
            "粤GD12345",
            PlateError::Digit {
                position: 3,
                form: Form::NevLarge,
            },
        ),
    ] {
        assert_eq!(
            PlateNumber::parse_as(class, text),
            Err(error),
            "{class} {text}"
        );
    }
}

#[test]
fn what_policies_ask_of_a_serial() {
    for (text, four, repeat, zero, letters) in [
        ("粤GA1234", true, 1, false, 1),
        ("粤GA1666", false, 3, false, 1),
        ("粤G80808", false, 3, false, 0),
        ("粤GAB000", false, 3, true, 2),
        ("粤G00000", false, 5, true, 0),
        ("粤GD44444", true, 5, false, 1),
    ] {
        let plate = PlateNumber::parse(text).unwrap();
        assert_eq!(plate.contains_digit_four(), four, "{text}");
        assert_eq!(plate.max_digit_repeat(), repeat, "{text}");
        assert_eq!(plate.all_digits_zero(), zero, "{text}");
        assert_eq!(plate.letters(), letters, "{text}");
    }
}

#[test]
fn energy_letters_tell_what_drives_the_car() {
    for (text, energy) in [
        ("D12345", Some(Energy::Battery)),
        ("E12345", Some(Energy::Battery)),
        ("F12345", Some(Energy::NotPurelyBattery)),
        ("12345C", Some(Energy::Battery)),
        ("12345K", Some(Energy::NotPurelyBattery)),
        ("A1234", None),
    ] {
        assert_eq!(Serial::parse(text).unwrap().energy(), energy, "{text}");
    }
}

#[test]
fn classes_have_codes_and_words() {
    for (class, code, word, length) in [
        (PlateClass::Small, "02", "small", 5),
        (PlateClass::Large, "01", "large", 5),
        (PlateClass::NevSmall, "52", "nev_small", 6),
        (PlateClass::NevLarge, "51", "nev_large", 6),
    ] {
        assert_eq!(
            (class.code(), class.as_str(), class.serial_length()),
            (code, word, length)
        );
        assert_eq!(PlateClass::by_code(code), Some(class));
        assert_eq!(word.parse(), Ok(class));
    }
    assert_eq!(PlateClass::by_code("99"), None);
    assert!("blue".parse::<PlateClass>().is_err());
}

/// Keys stand in databases: their layout never changes.
#[test]
fn keys_are_frozen() {
    let key = |class, text| {
        PlateKey::pack(class, PlateNumber::parse(text).unwrap())
            .unwrap()
            .get()
    };
    assert_eq!(key(PlateClass::Small, "粤G00000"), 0x0002_2C47_0000_0000);
    assert_eq!(key(PlateClass::Small, "粤G00001"), 0x0002_2C47_0000_0001);
    assert_eq!(key(PlateClass::Large, "粤G0000A"), 0x0001_2C47_0000_000A);
    assert_eq!(
        key(PlateClass::Small, "京A12345"),
        0x0002_0B41_0000_0000 + 1_418_553
    );
    assert_eq!(
        key(PlateClass::NevSmall, "粤GA00000"),
        0x0034_2C47_0000_0000 + 454_354_240
    );
    assert_eq!(
        key(PlateClass::NevLarge, "粤G00000A"),
        0x0033_2C47_0000_000A
    );
}

#[test]
fn keys_are_for_numbers_of_the_class() {
    let plate = PlateNumber::parse("粤GD12345").unwrap();
    assert!(PlateKey::pack(PlateClass::NevSmall, plate).is_ok());
    for class in [PlateClass::Small, PlateClass::Large, PlateClass::NevLarge] {
        assert!(PlateKey::pack(class, plate).is_err(), "{class}");
    }
}

#[test]
fn numbers_that_are_no_key_are_refused() {
    for number in [
        0,
        -1,
        i64::MIN,
        i64::MAX,
        0x0003_2C47_0000_0000,              // no such class
        0x0002_0A47_0000_0000,              // no such province
        0x0002_2C67_0000_0000,              // a small letter
        0x0002_2C5A_0000_0000,              // 粤Z
        0x0002_2C47_0000_0000 + 45_435_424, // 34^5: a sixth place
        0x0002_2C47_0000_0000 + 45_435_423, // ZZZZZ: too many letters
    ] {
        assert_eq!(PlateKey::try_from(number), Err(BadKey), "{number:#x}");
    }
}

fn plate(class: PlateClass) -> impl Strategy<Value = PlateNumber> {
    let serial = match class.form() {
        Form::Ordinary => {
            "[0-9]{3}[0-9A-HJ-NP-Z]{2}|[A-HJ-NP-Z]{2}[0-9]{3}|[0-9][A-HJ-NP-Z][0-9]{3}"
        }
        Form::NevSmall => "[A-HJK][0-9A-HJ-NP-Z][0-9]{4}",
        Form::NevLarge => "[0-9]{5}[A-HJK]",
    };
    let code =
        "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘桂琼渝川贵云藏陕甘青宁新][A-HJ-NP-Z]|粤[A-HJ-NP-Y]";
    (code, serial).prop_filter_map("no plate", |(code, serial)| {
        format!("{code}{serial}").parse().ok()
    })
}

fn class() -> impl Strategy<Value = PlateClass> {
    proptest::sample::select(PlateClass::ALL.as_slice())
}

proptest! {
    #[test]
    fn numbers_read_back((class, plate) in class().prop_flat_map(|c| (Just(c), plate(c)))) {
        prop_assert_eq!(PlateNumber::parse(&plate.to_string()), Ok(plate));
        prop_assert_eq!(PlateNumber::parse_as(class, &plate.dotted()), Ok(plate));
    }

    #[test]
    fn keys_unpack_to_what_was_packed((class, plate) in class().prop_flat_map(|c| (Just(c), plate(c)))) {
        let key = PlateKey::pack(class, plate).unwrap();
        prop_assert_eq!(key.unpack(), (class, plate));
        prop_assert_eq!(PlateKey::try_from(i64::from(key)), Ok(key));
    }

    /// Keys of one class and issuing code sort as the serials do.
    #[test]
    fn keys_keep_the_order((class, a, b) in class().prop_flat_map(|c| (Just(c), plate(c), plate(c)))) {
        let b = PlateNumber::new(a.code(), b.serial());
        let (key_a, key_b) = (PlateKey::pack(class, a).unwrap(), PlateKey::pack(class, b).unwrap());
        prop_assert_eq!(key_a.cmp(&key_b), a.serial().cmp(&b.serial()));
        prop_assert_eq!(a.serial().cmp(&b.serial()), a.serial().as_str().cmp(b.serial().as_str()));
    }

    #[test]
    fn a_number_that_is_a_key_packs_back(number in 0x0001_0000_0000_0000_i64..0x0035_0000_0000_0000) {
        if let Ok(key) = PlateKey::try_from(number) {
            let (class, plate) = key.unpack();
            prop_assert_eq!(PlateKey::pack(class, plate).map(PlateKey::get), Ok(number));
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (PlateNumber::parse(&text), Serial::parse(&text), IssuingCode::parse(&text));
    }

    #[test]
    fn no_likely_text_panics(text in "[粤京挂][A-Z0-9·][0-9A-Z中]{0,8}") {
        let read = PlateNumber::parse(&text);
        for class in PlateClass::ALL {
            if let Ok(plate) = PlateNumber::parse_as(class, &text) {
                prop_assert_eq!(read, Ok(plate));
            }
        }
    }
}
