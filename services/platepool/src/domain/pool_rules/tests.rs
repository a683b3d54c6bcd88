use super::*;

const TRIAL: &str = include_str!("../../../presets/trial.yaml");

/// The presets are documents like any other; the default is what the README says.
#[test]
fn the_presets_are_rules() {
    let default = PoolRules::from_yaml(DEFAULT).unwrap();
    let figures = (
        default.activation.share_percent,
        default.segment.random_only_days,
        default.segment.open_within_days,
        default.compose.max_equal_digits,
        default.compose.all_zero,
    );
    assert_eq!(figures, (60, 7, 7, 2, false));
    let trial = PoolRules::from_yaml(TRIAL).unwrap();
    assert_eq!(trial.compose_rules(), []);
    assert_eq!(
        (
            trial.lots(),
            trial.random_only_until(Timestamp::UNIX_EPOCH, 0)
        ),
        (1, None)
    );
}

/// Every field has a unit, a range and a mark, and the list is that of the document; so does the
/// README.
#[test]
fn every_field_is_listed() {
    let values = PoolRules::preset().values();
    let listed: Vec<_> = FIELDS.iter().map(|field| field.path).collect();
    assert_eq!(values.keys().collect::<Vec<_>>(), listed);
    let readme = include_str!("../../../README.md");
    for field in FIELDS {
        let row = format!(
            "| `{}` | {} | {} | {} |",
            field.path, field.unit, field.range, field.mark
        );
        assert!(readme.contains(&row), "the README has no row {row}");
    }
}

/// A field that is missing, unknown, of another kind or out of its range is named.
#[test]
fn what_is_wrong_is_named() {
    let wrong = |from: &str, to: &str| {
        assert!(DEFAULT.contains(from), "{from}");
        PoolRules::from_yaml(&DEFAULT.replace(from, to))
            .unwrap_err()
            .field
    };
    assert_eq!(
        wrong("  notice_h: 72\n", "  notice_hours: 72\n"),
        "release.notice_hours"
    );
    assert_eq!(
        wrong("min_numbers: 1000", "min_numbers: 0"),
        "batch.min_numbers"
    );
    assert_eq!(
        wrong("share_percent: 60", "share_percent: 101"),
        "activation.share_percent"
    );
    assert_eq!(wrong("all_zero: false", "all_zero: 0"), "compose.all_zero");
    assert_eq!(
        wrong("max_equal_digits: 2", "max_equal_digits: two"),
        "compose.max_equal_digits"
    );
    assert_eq!(wrong("name: default", "name: Default Rules"), "name");
    assert_eq!(wrong("  all_zero: false\n", ""), "compose.all_zero");
    for text in ["", "[]", "a: [", "\u{0}", "42"] {
        assert_eq!(
            PoolRules::from_yaml(text).unwrap_err().field,
            "yaml",
            "{text:?}"
        );
    }
}

/// R-POOL-03: composing opens after the fixed days, on a day within the window.
#[test]
fn the_day_lies_within_the_window() {
    let rules = PoolRules::preset();
    assert_eq!(rules.lots(), 8);
    let opens_at: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
    let until = |lot| rules.random_only_until(opens_at, lot).unwrap();
    assert_eq!(until(0).to_string(), "2026-11-29T01:00:00Z");
    assert_eq!(until(7).to_string(), "2026-12-06T01:00:00Z");
}

/// R-SEL-06's deny rule: what the document says is what the engine checks.
#[test]
fn the_document_makes_the_compose_rules() {
    let mut rules = PoolRules::preset();
    let three = ComposeRule::EqualDigits { at_least: 3 };
    assert_eq!(rules.compose_rules(), [three, ComposeRule::AllZero]);
    rules.compose.max_equal_digits = 6;
    assert_eq!(rules.compose_rules(), [ComposeRule::AllZero]);
}

#[test]
fn differences_name_what_changes() {
    let (before, mut after) = (PoolRules::preset(), PoolRules::preset());
    assert_eq!(after.differences(&before), []);
    after.release.notice_h = 24;
    let changed = Difference {
        field: "release.notice_h",
        before: "72".to_owned(),
        after: "24".to_owned(),
    };
    assert_eq!(after.differences(&before), [changed]);
}
