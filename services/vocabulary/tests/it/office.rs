//! The national table of offices, and the ids of offices and provinces.

use proptest::prelude::*;
use xuanhao_vocabulary::office::OfficeIdError;
use xuanhao_vocabulary::{IssuingCode, Office, OfficeId, Province, ProvinceId};

fn code(text: &str) -> IssuingCode {
    IssuingCode::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn owner(text: &str) -> Option<&'static str> {
    Office::by_code(code(text)).map(|office| office.id.as_str())
}

#[test]
fn the_seeds_offices_own_their_codes() {
    assert_eq!(owner("粤G"), Some("gd-zhanjiang"));
    assert_eq!(owner("粤K"), Some("gd-maoming"));
    assert_eq!(owner("冀B"), Some("he-tangshan"));
    assert_eq!(
        Office::by_id(OfficeId::parse("gd-zhanjiang").unwrap())
            .unwrap()
            .name,
        "湛江"
    );
}

#[test]
fn an_office_is_not_an_issuing_code() {
    let foshan = Office::by_id(OfficeId::parse("gd-foshan").unwrap()).unwrap();
    assert_eq!(foshan.codes, [code("粤E"), code("粤X"), code("粤Y")]);
    for (ideograph, id) in [
        ('京', "bj-beijing"),
        ('津', "tj-tianjin"),
        ('沪', "sh-shanghai"),
        ('渝', "cq-chongqing"),
    ] {
        let office = Office::by_id(OfficeId::parse(id).unwrap()).unwrap();
        assert_eq!(office.codes.len(), 24, "{id}");
        assert_eq!(Office::of_province(office.id.province()).count(), 1, "{id}");
        assert_eq!(office.id.province().province().ideograph, ideograph);
    }
}

#[test]
fn every_province_has_offices() {
    assert_eq!(Province::all().len(), 31);
    let ideographs: String = Province::all()
        .iter()
        .map(|province| province.ideograph)
        .collect();
    assert_eq!(
        ideographs,
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
    );
    for province in Province::all() {
        assert!(
            Office::of_province(province.id).next().is_some(),
            "{}",
            province.name
        );
        assert_eq!(Province::by_ideograph(province.ideograph), Some(province));
        assert_eq!(Province::by_region(province.region), Some(province));
        assert_eq!(ProvinceId::parse(province.id.as_str()), Ok(province.id));
    }
    assert!(Province::all().is_sorted_by_key(|province| province.region));
    assert_eq!(Office::all().len(), 350);
}

#[test]
fn codes_that_are_not_selectable_have_no_office() {
    assert!(IssuingCode::parse("粤Z").is_err());
    assert!(IssuingCode::parse("鲁O").is_err());
    // A letter the table does not know yet is a code all the same.
    assert_eq!(owner("苏U"), None);
}

#[test]
fn office_ids_are_read_exactly() {
    for (text, error) in [
        ("gdzhanjiang", OfficeIdError::NoDash),
        ("xx-zhanjiang", OfficeIdError::Province),
        ("GD-zhanjiang", OfficeIdError::Province),
        ("gd-", OfficeIdError::Name),
        ("gd-Zhanjiang", OfficeIdError::Name),
        ("gd-湛江", OfficeIdError::Name),
        ("gd-zhan jiang", OfficeIdError::Name),
        ("gd--a", OfficeIdError::Name),
        ("gd-a-", OfficeIdError::Name),
        (
            "gd-abcdefghijklmnopqrstuvwxyz0123456",
            OfficeIdError::TooLong { found: 36 },
        ),
    ] {
        assert_eq!(OfficeId::parse(text), Err(error), "{text}");
    }
    assert_eq!(
        OfficeId::parse("gd-zhanjiang-2")
            .unwrap()
            .province()
            .as_str(),
        "gd"
    );
    assert!(OfficeId::parse("gd-a").unwrap() < OfficeId::parse("gd-aa").unwrap());
}

proptest! {
    #[test]
    fn ids_read_back(text in "(gd|he|xj)-[a-z0-9]{1,14}(-[a-z0-9]{1,10})?") {
        prop_assert_eq!(OfficeId::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (OfficeId::parse(&text), ProvinceId::parse(&text));
    }
}
