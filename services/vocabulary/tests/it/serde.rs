//! The words as strings in JSON.

use serde::Deserialize;
use xuanhao_vocabulary::{
    CreditCode, InvoiceNumber, IssuingCode, Mobile, OfficeId, PlateClass, PlateKey, PlateMask,
    PlateNumber, ProvinceId, ResidentId, Serial, Vin,
};

fn back_and_forth<T>(json: &str)
where
    T: serde::Serialize + for<'de> Deserialize<'de>,
{
    let value: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let written = serde_json::to_string(&value).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(written, json);
}

#[test]
fn words_are_strings() {
    back_and_forth::<PlateNumber>(r#""粤GA1234""#);
    back_and_forth::<Serial>(r#""A1234""#);
    back_and_forth::<IssuingCode>(r#""粤G""#);
    back_and_forth::<PlateClass>(r#""nev_small""#);
    back_and_forth::<PlateMask>(r#""0001..9999 [WX] -{0001W}""#);
    back_and_forth::<OfficeId>(r#""gd-zhanjiang""#);
    back_and_forth::<ProvinceId>(r#""gd""#);
    back_and_forth::<Vin>(r#""LSGPC52U6AF102554""#);
    back_and_forth::<CreditCode>(r#""91350100M000100Y43""#);
    back_and_forth::<InvoiceNumber>(r#""144002321660:00123456""#);
    back_and_forth::<InvoiceNumber>(r#""24442000000012345678""#);
}

#[test]
fn a_key_is_a_number_and_checked() {
    back_and_forth::<PlateKey>("611633421126554");
    assert!(serde_json::from_str::<PlateKey>("0").is_err());
}

#[test]
fn refusals_say_why() {
    let error = serde_json::from_str::<Vin>(r#""LSGPC52U7AF102554""#).unwrap_err();
    assert!(
        error.to_string().starts_with("position 9 must be 6"),
        "{error}"
    );
}

/// Personal data stays out of messages, of the wrong type or not.
#[test]
fn refusals_do_not_repeat_personal_data() {
    for json in [
        "13800138000",
        "-13800138000",
        "13800138000.5",
        r#""138001380001""#,
    ] {
        let error = serde_json::from_str::<Mobile>(json)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("13800138000"), "{error}");
        let error = serde_json::from_str::<ResidentId>(json)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("13800138000"), "{error}");
    }
    assert!(serde_json::from_str::<Mobile>(r#""13800138000""#).is_ok());
    assert!(serde_json::from_str::<ResidentId>(r#""11010519491231002X""#).is_ok());
}
