use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::of;
use super::{Locale, Reason};

fn placeholders(text: &str) -> BTreeSet<String> {
    let after_brace = text.split('{').skip(1);
    after_brace
        .map(|rest| rest.split('}').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_reason_has_a_text_in_every_language_and_no_text_is_left_over() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len(), "a code is used twice");
    for locale in Locale::ALL {
        let texts: BTreeSet<_> = of(locale).reasons.keys().map(String::as_str).collect();
        assert_eq!(texts, codes, "{locale:?}");
    }
}

#[test]
fn both_languages_show_the_same_parameters_and_only_declared_ones() {
    for reason in Reason::ALL {
        let shown = Locale::ALL.map(|locale| placeholders(&of(locale).reasons[reason.code()]));
        assert_eq!(shown[0], shown[1], "{}", reason.code());
        let declared: BTreeSet<_> = reason
            .params()
            .iter()
            .map(|(n, _)| (*n).to_owned())
            .collect();
        assert!(
            shown[0].is_subset(&declared),
            "{} shows {:?}",
            reason.code(),
            shown[0]
        );
    }
}

#[test]
fn both_languages_know_the_same_words() {
    let words = |locale| of(locale).words.keys().collect::<BTreeSet<_>>();
    assert_eq!(words(Locale::ZhCn), words(Locale::En));
}

#[test]
fn codes_are_screaming_snake_case_and_found_again() {
    for reason in Reason::ALL {
        let code = reason.code();
        assert!(
            code.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        );
        assert_eq!(Reason::from_code(code), Some(*reason));
        let camel: String = code.split('_').map(capitalised).collect();
        assert_eq!(
            camel,
            format!("{reason:?}"),
            "the variant and the code say the same"
        );
    }
    assert_eq!(Reason::from_code("NO_SUCH_REASON"), None);
}

fn capitalised(word: &str) -> String {
    format!("{}{}", &word[..1], word[1..].to_ascii_lowercase())
}

#[test]
fn parameters_are_shown_in_the_readers_way() {
    let text = |reason: Reason, locale, name, value: &str| {
        reason.text(locale, &BTreeMap::from([(name, value.to_owned())]))
    };
    let lock = "2026-11-22T16:30:00Z";
    assert!(
        text(Reason::AccountLocked, Locale::ZhCn, "until", lock).contains("2026年11月23日00:30"),
        "instants are shown in Asia/Shanghai"
    );
    assert!(
        text(Reason::AccountLocked, Locale::En, "until", lock)
            .contains("00:30 on 23 November 2026 (Beijing time)")
    );
    assert!(text(Reason::ConfirmDelay, Locale::ZhCn, "seconds", "65").contains("1分5秒"));
    assert!(text(Reason::ConfirmDelay, Locale::En, "seconds", "3600").contains("in 1 h."));
    assert!(text(Reason::ConfirmDelay, Locale::En, "seconds", "0").contains("in 0 s."));
    assert!(
        text(Reason::Blacklisted, Locale::ZhCn, "until", "2028-02-29").contains("2028年2月29日")
    );
    assert!(text(Reason::FieldRequired, Locale::ZhCn, "field", "vin").contains("车辆识别代号"));
    assert!(text(Reason::FieldRequired, Locale::En, "field", "unheard_of").contains("unheard_of"));
    assert!(
        Reason::FieldRequired
            .text(Locale::En, &BTreeMap::new())
            .contains('…')
    );
}

#[test]
fn the_language_follows_the_weights_and_falls_back_to_chinese() {
    for (header, expected) in [
        ("", Locale::ZhCn),
        ("fr", Locale::ZhCn),
        ("en", Locale::En),
        ("en-GB,en;q=0.9", Locale::En),
        ("zh-CN,zh;q=0.9,en;q=0.8", Locale::ZhCn),
        ("en;q=0.5, zh;q=0.4", Locale::En),
        ("zh;q=0, en;q=0.1", Locale::En),
        ("en;q=nonsense", Locale::ZhCn),
    ] {
        assert_eq!(Locale::negotiate(header), expected, "{header}");
    }
}
