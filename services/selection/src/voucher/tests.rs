use proptest::prelude::*;

use super::*;

fn sample() -> Voucher {
    Voucher {
        number: VoucherNumber::from_bits(0x5a_5a5a_1234_5678),
        office: OfficeId::parse("gd-zhanjiang").unwrap(),
        office_name: "湛江市公安局交通警察支队车辆管理所".to_owned(),
        plate: "粤GD12345".parse().unwrap(),
        class: PlateClass::NevSmall,
        full_name: "欧阳𬱖".to_owned(),
        resident_id: "440802********0018".to_owned(),
        vin: Vin::parse("LSGPC52U6AF102554").unwrap(),
        vehicle: "别克牌 SGM7009 纯电动轿车".to_owned(),
        decided_at: "2026-01-05T16:03:04.123456Z".parse().unwrap(),
        deadline: jiff::civil::date(2026, 1, 8),
        ban_years: 2,
    }
}

/// As long as a real one: header, claims and an Ed25519 signature.
fn signed() -> String {
    "eyJhbGciOiJFZERTQSIsImtpZCI6InYxIn0._-"
        .chars()
        .cycle()
        .take(460)
        .collect()
}

fn with_plate(class: PlateClass, plate: &str) -> Voucher {
    Voucher {
        class,
        plate: plate.parse().unwrap(),
        ..sample()
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// R-DONE-02: there is a voucher to print for every class of plate, and it stays small.
#[test]
fn every_class_has_its_voucher() {
    for (class, plate) in [
        (PlateClass::Small, "粤GA1B23"),
        (PlateClass::Large, "冀B67890"),
        (PlateClass::NevSmall, "粤GD12345"),
        (PlateClass::NevLarge, "赣A86420F"),
    ] {
        let pdf = with_plate(class, plate).render(&signed()).unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7"), "{class}");
        assert!(pdf.ends_with(b"%%EOF"), "{class}");
        assert!(pdf.len() < 80_000, "{class}: {} bytes", pdf.len());
    }
}

/// Archives and screen readers are told what the file promises; the rules themselves are checked by
/// the writer, which refuses a document that breaks one.
#[test]
fn the_file_declares_archive_and_accessibility_profiles() {
    let pdf = sample().render(&signed()).unwrap();
    for declared in [
        "<pdfaid:part>2<",
        "<pdfaid:conformance>A<",
        "<pdfuaid:part>1<",
        "/Lang(zh-CN)",
    ] {
        assert!(contains(&pdf, declared), "{declared}");
    }
    assert_eq!(
        pdf.windows(9)
            .filter(|window| window == b"/MediaBox")
            .count(),
        1,
        "one page"
    );
}

#[test]
fn the_same_voucher_is_the_same_file() {
    let pdf = sample().render(&signed()).unwrap();
    assert_eq!(sample().render(&signed()).unwrap(), pdf);
    let later = Voucher {
        deadline: jiff::civil::date(2026, 1, 9),
        ..sample()
    };
    assert_ne!(later.render(&signed()).unwrap(), pdf);
    assert_ne!(sample().render("another").unwrap(), pdf);
}

#[test]
fn a_character_without_glyph_is_named_with_its_field() {
    type Place = fn(&mut Voucher) -> &mut String;
    let places: [(Field, Place); 4] = [
        (Field::FullName, |voucher| &mut voucher.full_name),
        (Field::ResidentId, |voucher| &mut voucher.resident_id),
        (Field::Vehicle, |voucher| &mut voucher.vehicle),
        (Field::OfficeName, |voucher| &mut voucher.office_name),
    ];
    for (field, place) in places {
        for missing in ['\u{10FFFD}', '\u{E000}', '\u{2A6D6}', '\n'] {
            let mut voucher = sample();
            place(&mut voucher).push(missing);
            match voucher.render(&signed()) {
                Err(Error::MissingGlyph {
                    field: found,
                    character,
                }) => {
                    assert_eq!((found, character), (field, missing));
                }
                other => panic!("{field} {missing:?}: {:?}", other.map(|pdf| pdf.len())),
            }
        }
    }
    let error = Error::MissingGlyph {
        field: Field::FullName,
        character: '\u{10FFFD}',
    };
    assert_eq!(
        error.to_string(),
        "full_name: the voucher's font has no glyph for U+10FFFD"
    );
}

#[test]
fn a_blank_field_is_refused() {
    for blank in ["", " ", "\u{3000}"] {
        let voucher = Voucher {
            full_name: blank.to_owned(),
            ..sample()
        };
        assert!(matches!(
            voucher.render("x"),
            Err(Error::Blank {
                field: Field::FullName
            })
        ));
    }
}

#[test]
fn the_longest_texts_end_above_the_footer() {
    // Two full lines in every row that can have two: `draw` asserts where the notes end.
    let voucher = Voucher {
        full_name: "阿".repeat(38),
        resident_id: "4".repeat(60),
        vehicle: "梅赛德斯".repeat(9),
        office_name: "车辆管理所".repeat(7),
        class: PlateClass::NevLarge,
        plate: "粤A12345D".parse().unwrap(),
        ..sample()
    };
    let pdf = voucher.render(&"x".repeat(666)).unwrap();
    assert!(pdf.len() < 80_000, "{} bytes", pdf.len());
    let longer = Voucher {
        vehicle: "梅赛德斯".repeat(10),
        ..voucher
    };
    assert!(matches!(
        longer.render("x"),
        Err(Error::TooLong {
            field: Field::Vehicle
        })
    ));
}

#[test]
fn a_serial_of_another_form_is_refused() {
    let voucher = with_plate(PlateClass::Small, "粤GD12345");
    assert!(matches!(
        voucher.render("x"),
        Err(Error::PlateForm {
            field: Field::Plate
        })
    ));
    let voucher = with_plate(PlateClass::NevLarge, "粤GD12345");
    assert!(matches!(
        voucher.render("x"),
        Err(Error::PlateForm {
            field: Field::Plate
        })
    ));
}

#[test]
fn a_text_too_long_for_the_code_is_refused() {
    let error = sample().render(&"x".repeat(667)).unwrap_err();
    assert!(matches!(
        error,
        Error::CodeTooLong {
            length: 667,
            limit: 666,
            ..
        }
    ));
}

/// What the code says, byte for byte: other programs read it.
#[test]
fn the_claims_are_these() {
    let claims = sample().claims("xuanhao-gd");
    let json = serde_json::to_string(&claims).unwrap();
    let expected = concat!(
        r#"{"iss":"xuanhao-gd","jti":"QLUDAB5APMSN","plate":"粤GD12345","class":"nev_small","#,
        r#""office":"gd-zhanjiang","vin_tail":"102554","decided_at":"2026-01-05T16:03:04.123456Z","#,
        r#""deadline":"2026-01-08"}"#
    );
    assert_eq!(json, expected);
    assert_eq!(
        serde_json::from_str::<VoucherClaims>(&json).unwrap(),
        claims
    );
}

#[test]
fn the_claims_name_nobody() {
    let voucher = sample();
    let json = serde_json::to_string(&voucher.claims("xuanhao-gd")).unwrap();
    for personal in [&voucher.full_name, "440802", "0018", voucher.vin.as_str()] {
        assert!(!json.contains(personal), "{personal}");
    }
}

#[test]
fn debug_output_names_nobody() {
    let voucher = sample();
    let debug = format!("{voucher:?}");
    for personal in [
        &voucher.full_name,
        &voucher.resident_id,
        voucher.vin.as_str(),
    ] {
        assert!(!debug.contains(personal), "{debug}");
    }
}

/// R-DONE-01: days and hours are those of China, whatever the machine's zone.
#[test]
fn instants_show_as_clocks_in_china_do() {
    assert_eq!(words::instant(sample().decided_at), "2026年1月6日 00:03:04");
    let (chinese, english) = words::day(jiff::civil::date(2028, 2, 29));
    assert_eq!(
        (chinese.as_str(), english.as_str()),
        ("2028年2月29日", "Tuesday, 29 February 2028")
    );
    assert_eq!(words::weekday(jiff::civil::date(2028, 2, 29)), "星期二");
}

/// R-BLK-01: the years are the policy's.
#[test]
fn the_ban_is_told_in_both_languages() {
    let (chinese, english) = words::late(2);
    assert!(
        chinese.contains("2年内") && english.contains("for 2 years,"),
        "{chinese} {english}"
    );
    assert!(words::late(1).1.contains("for 1 year,"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the date, the plate's letters and the number, the page's own words have glyphs.
    #[test]
    fn any_date_plate_and_number_can_be_drawn(
        bits: u64,
        days in 0i64..3650,
        province in 0..31usize,
        serial in "[A-HJ-NP-Z][0-9]{3}[A-HJ-NP-Z]",
        ban_years in 1u8..10,
    ) {
        let province = &xuanhao_vocabulary::Province::all()[province];
        let text = format!("{}A{serial}", province.ideograph);
        let voucher = Voucher {
            number: VoucherNumber::from_bits(bits),
            deadline: jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(days),
            ban_years,
            ..with_plate(PlateClass::Small, &text)
        };
        prop_assert!(voucher.render("x").is_ok(), "{}", text);
    }
}
