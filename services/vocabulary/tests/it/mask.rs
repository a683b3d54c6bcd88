//! Masks: reading, counting, ranking.

use proptest::prelude::*;
use xuanhao_vocabulary::mask::{MaskError, PlateMask};
use xuanhao_vocabulary::plate::{Form, PlateError};
use xuanhao_vocabulary::{PlateClass, Serial};

use crate::mask_walk::{mask_text, ordinary_small};

fn mask(text: &str) -> PlateMask {
    PlateMask::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn real_segments_have_the_published_sizes() {
    assert_eq!(mask("D D [AB] L D").count(), 48_000); // Tangshan 2016
    assert_eq!(mask("[PQ] L D D D").count(), 48_000); // Liangshan 2017
    assert_eq!(mask("0001..9999 [WX]").count(), 19_998); // Xiamen 2015
    assert_eq!(mask("A12DD").count(), 100); // the published unit
}

/// GA 36: the forms of ordinary serials in the order of their activation, with their capacities.
#[test]
fn the_ten_forms_have_the_standard_capacities() {
    for (text, example, capacity) in [
        ("DDDDD", "12345", 100_000),
        ("LDDDD", "A1234", 240_000),
        ("LLDDD", "AB123", 576_000),
        ("DLDDD", "1A234", 240_000),
        ("DDLDD", "12A34", 240_000),
        ("DDDLD", "123A4", 240_000),
        ("DDDDL", "1234A", 240_000),
        ("LDDDL", "A123B", 576_000),
        ("DDDLL", "123AB", 576_000),
        ("LDLDD", "A1B23", 576_000),
    ] {
        let mask = mask(text);
        assert_eq!(mask.count(), capacity, "{text}");
        assert!(mask.contains(&Serial::parse(example).unwrap()), "{text}");
        assert_eq!(mask.check_class(PlateClass::Small), Ok(()));
        assert_eq!(mask.check_class(PlateClass::Large), Ok(()));
    }
}

#[test]
fn new_energy_masks_fit_their_class() {
    for (text, count, class) in [
        ("[D]DDDDD", 100_000, PlateClass::NevSmall),
        ("[ABCDE]LDDDD", 1_200_000, PlateClass::NevSmall),
        ("DDDDD[FGHJK]", 500_000, PlateClass::NevLarge),
        ("00001..99999 F", 99_999, PlateClass::NevLarge),
    ] {
        let mask = mask(text);
        assert_eq!(mask.count(), count);
        for other in PlateClass::ALL {
            assert_eq!(
                mask.check_class(other).is_ok(),
                other == class,
                "{text} as {other}"
            );
        }
    }
    let position = MaskError::ClassPosition {
        class: PlateClass::NevLarge,
        position: 1,
    };
    assert_eq!(
        mask("[D]DDDDD").check_class(PlateClass::NevLarge),
        Err(position)
    );
    let length = MaskError::ClassLength {
        class: PlateClass::Small,
        found: 6,
    };
    assert_eq!(mask("[D]DDDDD").check_class(PlateClass::Small), Err(length));
}

#[test]
fn each_rule_has_its_own_refusal() {
    let io = |at, letter| MaskError::LetterIO { at, letter };
    for (text, error) in [
        ("", MaskError::Length { found: 0 }),
        ("DDDD", MaskError::Length { found: 4 }),
        ("DDDDDDD", MaskError::Length { found: 7 }),
        ("DD?DD", MaskError::Character { at: 3 }),
        ("DD]DD", MaskError::Character { at: 3 }),
        ("D.DDD", MaskError::Character { at: 2 }),
        ("DDIDD", io(3, 'I')),
        ("DD [AO]DD", io(6, 'O')),
        ("DD[]DD", MaskError::EmptySet { at: 3 }),
        ("DD[ABDD", MaskError::UnclosedSet { at: 3 }),
        ("DD[A", MaskError::UnclosedSet { at: 3 }),
        ("001..9999 L", MaskError::RunLength { at: 1 }),
        ("L0001..", MaskError::RunLength { at: 2 }),
        ("9999..0001 L", MaskError::RunOrder { at: 1 }),
        ("LLLDD", MaskError::TooManyLetters { position: 3 }),
        ("A[1B]DD[2C]", MaskError::TooManyLetters { position: 5 }),
        ("LDDDDD", MaskError::EnergyLetter { position: 1 }),
        ("DDDDDL", MaskError::EnergyLetter { position: 6 }),
        ("DDDDDD", MaskError::EnergyLetter { position: 6 }),
        ("[A1]DDDDD", MaskError::MixedForms),
        (
            "ALLDDD",
            MaskError::Digit {
                position: 3,
                form: Form::NevSmall,
            },
        ),
        (
            "DDLDDA",
            MaskError::Digit {
                position: 3,
                form: Form::NevLarge,
            },
        ),
        ("DDDDD-", MaskError::MinusBraces { at: 7 }),
        ("DDDDD-{12345", MaskError::MinusBraces { at: 8 }),
        ("DDDDD-{12345} D", MaskError::Character { at: 15 }),
        ("DDDDD-{12345,A2345}", MaskError::NotInMask { item: 2 }),
        (
            "1DDDD-{11111..11112}",
            MaskError::MinusSerial {
                item: 1,
                source: PlateError::FormLength {
                    form: Form::Ordinary,
                    found: 12,
                },
            },
        ),
        ("1234[56] -{12345,12346}", MaskError::Empty),
    ] {
        let found = PlateMask::parse(text);
        match (error, found) {
            (
                MaskError::MinusSerial { item, .. },
                Err(MaskError::MinusSerial { item: found, .. }),
            ) => assert_eq!(found, item),
            (error, found) => assert_eq!(found, Err(error), "{text}"),
        }
    }
}

#[test]
fn a_mask_has_one_spelling() {
    for (text, canonical) in [
        ("d d [ab] l d", "DD[AB]LD"),
        ("DD[BAB]LD", "DD[AB]LD"),
        ("[0123456789]DDDD", "DDDDD"),
        ("[A]DDDD", "ADDDD"),
        ("[D]DDDD", "[D]DDDD"),
        ("[L]DDDD", "[L]DDDD"),
        ("0000..9999[WX]", "DDDD[WX]"),
        ("0100..0199W", "01DDW"),
        ("0100..0399W", "0[123]DDW"),
        ("1234..1234W", "1234W"),
        ("1..3 DDDD", "[123]DDDD"),
        ("0001..9999[WX]", "0001..9999 [WX]"),
        ("1 01..20 34", "1 01..20 34"),
        ("01..20 1 34", "01..20 134"),
        ("01..20 05..17 L", "01..20 05..17 L"),
        ("10120..10199", "101[23456789]D"),
        ("10125..10199", "101 25..99"),
        ("A1234 ", "A1234"),
        ("DDDDD - { 12345 , 00000、12345 }", "DDDDD -{00000,12345}"),
    ] {
        let mask = mask(text);
        assert_eq!(mask.to_string(), canonical, "{text}");
        assert_eq!(PlateMask::parse(canonical), Ok(mask), "{text}");
    }
}

#[test]
fn a_minus_list_takes_serials_out() {
    let mask = mask("0000[AB] -{0000A}");
    assert_eq!(mask.count(), 1);
    assert_eq!(
        mask.iter().map(|s| s.to_string()).collect::<Vec<_>>(),
        ["0000B"]
    );
    assert_eq!(mask.rank(&Serial::parse("0000A").unwrap()), None);
    assert_eq!(
        mask.minus().map(|s| s.to_string()).collect::<Vec<_>>(),
        ["0000A"]
    );
}

#[test]
fn ranks_follow_the_order_of_the_texts() {
    let mask = mask("0001..9999 [WX] -{0001X}");
    let serials = [0, 1, 2, 19_996].map(|rank| mask.unrank(rank).unwrap().to_string());
    assert_eq!(serials, ["0001W", "0002W", "0002X", "9999X"]);
    assert_eq!(mask.unrank(19_997), None);
    assert_eq!(mask.unrank(u64::MAX), None);
    assert_eq!(mask.rank(&Serial::parse("D12345").unwrap()), None);
}

proptest! {
    #[test]
    fn spelling_and_reading_are_inverse(text in mask_text()) {
        if let Ok(mask) = PlateMask::parse(&text) {
            prop_assert_eq!(PlateMask::parse(&mask.to_string()), Ok(mask));
        }
    }

    #[test]
    fn unrank_and_rank_are_inverse(text in mask_text(), rank in any::<u64>()) {
        if let Ok(mask) = PlateMask::parse(&text) {
            let rank = rank % mask.count();
            let serial = mask.unrank(rank).unwrap();
            prop_assert_eq!(mask.rank(&serial), Some(rank));
            prop_assert_eq!(serial.fits(mask.form()), Ok(()));
            prop_assert_eq!(mask.unrank(mask.count()), None);
        }
    }

    #[test]
    fn small_masks_count_and_sort_what_they_list(mask in ordinary_small()) {
        let serials: Vec<_> = mask.iter().collect();
        prop_assert_eq!(serials.len() as u64, mask.count());
        prop_assert!(serials.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(mask.iter().len(), serials.len());
        for (rank, serial) in serials.iter().enumerate() {
            prop_assert_eq!(mask.rank(serial), Some(rank as u64));
            prop_assert_eq!(Serial::parse(serial.as_str()), Ok(*serial));
        }
    }

    /// A serial is in the mask exactly when the mask lists it.
    #[test]
    fn contains_is_what_is_listed(mask in ordinary_small(), serial in "[0-2][0-2][0-2][ABWX][0-2]") {
        let serial = Serial::parse(&serial).unwrap();
        prop_assert_eq!(mask.contains(&serial), mask.iter().any(|listed| listed == serial));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = PlateMask::parse(&text);
    }

    #[test]
    fn no_likely_text_panics(text in "[DL0-9A-Z\\[\\]., {}-]{0,24}") {
        let _ = PlateMask::parse(&text);
    }
}
