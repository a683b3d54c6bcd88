//! Masks: what is possible where, and overlaps, against plain listing.

use std::collections::BTreeSet;

use proptest::prelude::*;
use xuanhao_vocabulary::mask::{CharSet, PlateMask};

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("D".to_owned()),
        2 => Just("L".to_owned()),
        2 => "[0-9A-HJKMNP-Z]",
        2 => "\\[[0-9A-HJ-NP-Z]{1,4}\\]",
        2 => "[0-4]{1,4}\\.\\.[5-9]{4}".prop_map(|run| {
            let digits = run.len() - "..9999".len();
            format!(" {} ", &run[..2 * digits + 2])
        }),
    ]
}

/// Texts of masks, of which a good part is right, some with minus-lists.
pub(crate) fn mask_text() -> impl Strategy<Value = String> {
    let parts = proptest::collection::vec(part(), 2..7).prop_map(|parts| parts.concat());
    (parts, proptest::collection::vec(any::<u64>(), 0..4)).prop_map(|(text, minus)| {
        let Ok(mask) = PlateMask::parse(&text) else {
            return text;
        };
        let minus: Vec<_> = minus
            .iter()
            .filter_map(|rank| mask.unrank(rank % mask.count()))
            .collect();
        match minus.as_slice() {
            [] => text,
            minus => {
                let items: Vec<_> = minus.iter().map(ToString::to_string).collect();
                format!("{text} -{{{}}}", items.join(","))
            }
        }
    })
}

/// Masks with at most a few hundred serials, over few characters, so that many pairs overlap.
pub(crate) fn ordinary_small() -> impl Strategy<Value = PlateMask> {
    let head = prop_oneof![
        "(\\[[0-2]{1,3}\\]){3}",
        "0[0-2]{2}\\.\\.[12][0-2]{2} ",
        "[0-2] [01][0-2]\\.\\.2[0-2] ",
        "[01][0-2]\\.\\.2[0-2] [0-2]",
    ];
    let tail = prop_oneof![Just("[ABW][012]"), Just("[BX]1"), Just("A[02]"), Just("L2")];
    let minus = proptest::collection::vec(any::<u64>(), 0..30);
    (head, tail, minus).prop_filter_map("no mask", |(head, tail, minus)| {
        let text = format!("{head}{tail}");
        let mask = PlateMask::parse(&text).ok()?;
        let minus: BTreeSet<_> = minus
            .iter()
            .filter_map(|rank| mask.unrank(rank % mask.count()))
            .collect();
        if minus.is_empty() {
            return Some(mask);
        }
        let items: Vec<_> = minus.iter().map(ToString::to_string).collect();
        PlateMask::parse(&format!("{text} -{{{}}}", items.join(","))).ok()
    })
}

#[test]
fn a_keyboard_offers_what_the_segment_has() {
    let mask = PlateMask::parse("DD[AB]LD").unwrap();
    let sets: Vec<_> = mask
        .possible_next(&[])
        .iter()
        .map(ToString::to_string)
        .collect();
    let letters = CharSet::LETTERS.to_string();
    assert_eq!(
        sets,
        ["0123456789", "0123456789", "AB", &letters, "0123456789"]
    );
    assert_eq!(mask.chars_at(3).to_string(), "AB");
    assert!(mask.chars_at(0).is_empty() && mask.chars_at(6).is_empty());
}

#[test]
fn digits_of_a_run_depend_on_each_other() {
    let mask = PlateMask::parse("0950..1049 W").unwrap();
    let sets = |known: &[Option<u8>]| -> Vec<String> {
        mask.possible_next(known)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(sets(&[]), ["01", "09", "0123456789", "0123456789", "W"]);
    assert_eq!(sets(&[Some(b'0')]), ["01", "9", "56789", "0123456789", "W"]);
    // Typed over: the first digit may still become the other one.
    assert_eq!(sets(&[Some(b'0'), Some(b'0')]), ["1", "9", "", "", ""]);
    // What is typed at a position narrows the others only.
    let typed = [None, None, Some(b'7'), None, Some(b'w')];
    assert_eq!(sets(&typed), ["0", "9", "0123456789", "0123456789", "W"]);
}

#[test]
fn a_minus_list_narrows_the_keyboard() {
    let mask = PlateMask::parse("000[12][AB] -{0001A,0001B}").unwrap();
    assert_eq!(mask.chars_at(4).to_string(), "2");
    let mask = PlateMask::parse("000[12][AB] -{0001A}").unwrap();
    let sets = mask.possible_next(&[None, None, None, Some(b'1')]);
    assert_eq!(
        (sets[3].to_string(), sets[4].to_string()),
        ("12".to_owned(), "B".to_owned())
    );
}

#[test]
fn more_than_all_positions_leaves_nothing_possible() {
    let mask = PlateMask::parse("DDDDD").unwrap();
    assert!(
        mask.possible_next(&[Some(b'1'); 6])
            .iter()
            .all(|set| set.is_empty())
    );
    assert!(mask.possible_next(&[Some(b'!')])[1].is_empty());
}

/// E1: segments of one code and class must be disjoint, so overlap is decided exactly.
#[test]
fn overlaps_are_exact() {
    for (left, right, overlap) in [
        ("DDDDD", "12345", true),
        ("DDDDD", "LDDDD", false),
        ("[PQ]LDDD", "L[PQ]DDD", true),
        ("[PQ]LDDD", "[RS]LDDD", false),
        ("0001..4999 W", "5000..9999 W", false),
        ("0001..5000 W", "5000..9999 W", true),
        ("0001..5000 W", "5000..9999 X", false),
        ("0050..0149 W", "0[1]4DW", true),
        ("0050..0149 W", "0[1][5-9]DW", false),
        ("1 01..20 34", "10 24..32 4", false),
        ("1 01..20 34", "10 24..33 4", true),
        ("DDDDD", "[D]DDDDD", false),
        ("1234[56] -{12345}", "1234[57] -{12347}", false),
        ("1234[56] -{12345}", "1234[67]", true),
        ("12345", "1234[56] -{12345}", false),
    ] {
        let right = right.replace("[5-9]", "[56789]");
        let (left, right) = (
            PlateMask::parse(left).unwrap(),
            PlateMask::parse(&right).unwrap(),
        );
        assert_eq!(left.overlaps(&right), overlap, "{left} and {right}");
        assert_eq!(right.overlaps(&left), overlap, "{right} and {left}");
    }
}

proptest! {
    #[test]
    fn overlap_is_what_listing_finds(left in ordinary_small(), right in ordinary_small()) {
        let listed: BTreeSet<_> = left.iter().collect();
        let shared = right.iter().any(|serial| listed.contains(&serial));
        prop_assert_eq!(left.overlaps(&right), shared, "{} and {}", left, right);
        prop_assert!(left.overlaps(&left));
    }

    #[test]
    fn possible_is_what_listing_finds(
        mask in ordinary_small(),
        known in proptest::collection::vec(proptest::option::of("[0-2ABWX]"), 0..6),
    ) {
        let known: Vec<_> = known.iter().map(|c| c.as_ref().map(|c| c.as_bytes()[0])).collect();
        let mut listed = [CharSet::EMPTY; 5];
        for serial in mask.iter() {
            let bytes = serial.as_str().as_bytes();
            for (position, set) in listed.iter_mut().enumerate() {
                let others_fit = known.iter().enumerate().all(|(other, byte)| {
                    other == position || byte.is_none_or(|byte| bytes[other] == byte)
                });
                if others_fit {
                    *set = *set | CharSet::of(char::from(bytes[position]));
                }
            }
        }
        let possible = if known.len() > 5 { vec![CharSet::EMPTY; 5] } else { listed.to_vec() };
        prop_assert_eq!(mask.possible_next(&known), possible, "{} {:?}", mask, known);
    }
}
