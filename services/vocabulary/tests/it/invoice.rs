//! Invoice numbers by examples.

use jiff::civil::date;
use proptest::prelude::*;
use xuanhao_vocabulary::invoice::{InvoiceError, InvoiceKind, InvoiceNumber};

#[test]
fn paper_invoices_of_motor_vehicles() {
    let invoice = InvoiceNumber::paper("144002321660", "00123456").unwrap();
    assert_eq!(invoice.kind(), InvoiceKind::MotorVehicle);
    assert_eq!(invoice.as_str(), "144002321660:00123456");
    assert_eq!(invoice.year(), 2023);
    let InvoiceNumber::Paper(paper) = invoice else {
        panic!("not on paper")
    };
    assert_eq!((paper.code(), paper.number()), ("144002321660", "00123456"));
    assert_eq!(
        InvoiceNumber::parse("144002321660 ： 00123456"),
        Ok(invoice)
    );
}

#[test]
fn used_vehicles_have_codes_of_their_own() {
    let invoice = InvoiceNumber::parse("044002300117:00123456").unwrap();
    assert_eq!(invoice.kind(), InvoiceKind::UsedVehicle);
}

#[test]
fn digital_invoices() {
    let invoice = InvoiceNumber::parse("24442000000012345678").unwrap();
    assert_eq!(invoice.kind(), InvoiceKind::Digital);
    assert_eq!(invoice.year(), 2024);
    // A city planned separately: Shenzhen.
    assert!(InvoiceNumber::parse("24952000000010211653").is_ok());
}

#[test]
fn each_rule_has_its_own_refusal() {
    for (text, error) in [
        ("044002321660:00123456", InvoiceError::CodeFirst),
        ("144002311660:00123456", InvoiceError::CodeTrade),
        (
            "144002321660:0012345",
            InvoiceError::NumberLength { found: 7 },
        ),
        (
            "144002321660:0012345A",
            InvoiceError::NumberDigit { position: 8 },
        ),
        (
            "14400232166:00123456",
            InvoiceError::CodeLength { found: 11 },
        ),
        (
            "14400232166X:00123456",
            InvoiceError::CodeDigit { position: 12 },
        ),
        ("1:2:3", InvoiceError::Form),
        (
            "2444200000001234567",
            InvoiceError::DigitalLength { found: 19 },
        ),
        (
            "2444200000001234567A",
            InvoiceError::DigitalDigit { position: 20 },
        ),
        ("24102000000012345678", InvoiceError::Region),
        ("24662000000012345678", InvoiceError::Region),
        ("24002000000012345678", InvoiceError::Region),
        ("24992000000012345678", InvoiceError::Region),
    ] {
        assert_eq!(InvoiceNumber::parse(text), Err(error), "{text}");
    }
}

/// The 8th digit is compared as a digit: copies of the rule that compare a number with a text never
/// match, and let nothing or everything through.
#[test]
fn only_two_is_the_trade_of_motor_vehicles() {
    for trade in 0..10 {
        let code = format!("1440023{trade}1660");
        assert_eq!(
            InvoiceNumber::paper(&code, "00123456").is_ok(),
            trade == 2,
            "{code}"
        );
    }
}

#[test]
fn the_year_is_not_in_the_future() {
    let invoice = InvoiceNumber::parse("24442000000012345678").unwrap();
    assert_eq!(invoice.check_year(date(2024, 1, 1)), Ok(()));
    let future = InvoiceError::YearInFuture {
        position: 1,
        year: 2024,
    };
    assert_eq!(invoice.check_year(date(2023, 12, 31)), Err(future));
    let invoice = InvoiceNumber::parse("144002321660:00123456").unwrap();
    let future = InvoiceError::YearInFuture {
        position: 6,
        year: 2023,
    };
    assert_eq!(invoice.check_year(date(2022, 12, 31)), Err(future));
}

#[test]
fn it_prints_masked_in_debug_only() {
    let invoice = InvoiceNumber::parse("24442000000012345678").unwrap();
    assert_eq!(invoice.to_string(), "24442000000012345678");
    assert_eq!(
        format!("{invoice:?}"),
        "InvoiceNumber(2444************5678)"
    );
}

proptest! {
    #[test]
    fn valid_ones_read_back(text in "[1-9][0-9]{6}2[0-9]{4}:[0-9]{8}|[0-9]{2}44[0-9]{16}") {
        let invoice = InvoiceNumber::parse(&text).unwrap();
        prop_assert_eq!(invoice.to_string(), text);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = InvoiceNumber::parse(&text);
    }

    #[test]
    fn no_text_of_digits_panics(text in "[0-9]{12}:[0-9]{8}|[0-9]{20}") {
        if let Ok(invoice) = InvoiceNumber::parse(&text) {
            let _ = invoice.check_year(date(2026, 1, 1));
        }
    }
}
