//! The stable names of findings.

use std::collections::BTreeMap;

use xuanhao_vocabulary::{
    CreditCode, Finding, InvoiceNumber, Mobile, OfficeId, PlateMask, PlateNumber, ResidentId, Vin,
    VoucherNumber,
};

/// Texts that are refused, with the name of the refusal.
const REFUSED: [(&str, &str, &str); 11] = [
    ("vin", "LSGPC52U7AF102554", "VIN_CHECK_DIGIT"),
    ("vin", "LSGPC52U6AFI02554", "VIN_LETTER"),
    ("plate", "粤GA123挂", "PLATE_TRAILER"),
    ("plate", "粤GI1234", "PLATE_LETTER_IO"),
    ("mask", "LLLDD", "MASK_TOO_MANY_LETTERS"),
    (
        "resident-id",
        "110105194912310021",
        "RESIDENT_ID_CHECK_CHARACTER",
    ),
    (
        "credit-code",
        "91350100M000100Y4A",
        "CREDIT_CODE_CHECK_CHARACTER",
    ),
    ("mobile", "15412345678", "MOBILE_PREFIX"),
    ("invoice", "144002311660:00123456", "INVOICE_CODE_TRADE"),
    ("office", "zhan jiang", "OFFICE_ID_NO_DASH"),
    (
        "voucher",
        "2222-2222-2223",
        "VOUCHER_NUMBER_CHECK_CHARACTER",
    ),
];

fn refusal(word: &str, text: &str) -> Box<dyn Finding> {
    fn boxed<T, E: Finding + 'static>(result: Result<T, E>) -> Box<dyn Finding> {
        match result {
            Ok(_) => panic!("not refused"),
            Err(error) => Box::new(error),
        }
    }
    match word {
        "vin" => boxed(Vin::parse(text)),
        "plate" => boxed(PlateNumber::parse(text)),
        "mask" => boxed(PlateMask::parse(text)),
        "resident-id" => boxed(ResidentId::parse(text)),
        "credit-code" => boxed(CreditCode::parse(text)),
        "mobile" => boxed(Mobile::parse(text)),
        "invoice" => boxed(InvoiceNumber::parse(text)),
        "office" => boxed(OfficeId::parse(text)),
        "voucher" => boxed(VoucherNumber::parse(text)),
        word => panic!("no such word: {word}"),
    }
}

#[test]
fn refusals_have_names_and_sentences_in_both_languages() {
    for (word, text, code) in REFUSED {
        let refusal = refusal(word, text);
        assert_eq!(refusal.code(), code);
        let (english, chinese) = (refusal.to_string(), refusal.chinese());
        assert!(
            !english.ends_with('.') && !chinese.ends_with('。'),
            "{english} {chinese}"
        );
        assert!(
            !english.contains(text) && !chinese.contains(text),
            "{english} {chinese}"
        );
        assert!(
            chinese.chars().any(|c| ('一'..='鿿').contains(&c)),
            "{chinese}"
        );
        if let Some(position) = refusal.position() {
            assert!(english.contains(&position.to_string()), "{english}");
            assert!(chinese.contains(&position.to_string()), "{chinese}");
        }
    }
}

/// A name stands for one kind of finding only: no two places in the sources spell the same.
#[test]
fn names_are_not_used_twice() {
    let sources = [
        include_str!("../../src/credit_code.rs"),
        include_str!("../../src/invoice/error.rs"),
        include_str!("../../src/mask/error.rs"),
        include_str!("../../src/mobile.rs"),
        include_str!("../../src/office.rs"),
        include_str!("../../src/plate/class.rs"),
        include_str!("../../src/plate/error.rs"),
        include_str!("../../src/plate/key.rs"),
        include_str!("../../src/plate/special.rs"),
        include_str!("../../src/province.rs"),
        include_str!("../../src/resident_id.rs"),
        include_str!("../../src/vin/error.rs"),
        include_str!("../../src/workday/error.rs"),
    ];
    let mut names = BTreeMap::new();
    for line in sources.iter().flat_map(|source| source.lines()) {
        let Some((_, name)) = line.split_once("=> \"") else {
            continue;
        };
        let name = name.trim_end_matches("\",");
        if name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
            *names.entry(name).or_insert(0) += 1;
        }
    }
    assert!(names.len() > 60, "{}", names.len());
    let twice: Vec<_> = names.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
