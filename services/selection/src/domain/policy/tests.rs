use xuanhao_vocabulary::PlateClass;

use super::*;

/// The preset's text.
pub(crate) const GUANGDONG: &str = include_str!("../../../presets/guangdong-2023.yaml");

/// The other preset's text.
pub(crate) const HEBEI: &str = include_str!("../../../presets/hebei-2016.yaml");

/// The preset of 2016.
pub(crate) fn hebei() -> Policy {
    Policy::from_yaml(HEBEI).unwrap()
}

/// The preset of 2023.
pub(crate) fn guangdong() -> Policy {
    Policy::from_yaml(GUANGDONG).unwrap()
}

fn edited(from: &str, to: &str) -> Result<Policy, Invalid> {
    assert!(GUANGDONG.contains(from), "{from}");
    Policy::from_yaml(&GUANGDONG.replace(from, to))
}

#[test]
fn the_preset_has_the_values_the_rules_name() {
    let policy = guangdong();
    assert_eq!(policy.name, "guangdong-2023");
    assert_eq!((policy.compose.quota, policy.compose.batch_max), (20, 5));
    assert_eq!((policy.draw.quota, policy.draw.count), (5, 10));
    assert_eq!(
        (policy.draw.column_ttl_s, policy.draw.basket_ttl_s),
        (90, 90)
    );
    assert!(policy.draw.exclude_four && policy.draw.basket);
    assert_eq!(
        (policy.compose.interval_s, policy.challenge.confirm_delay_s),
        (10, 5)
    );
    assert_eq!(policy.validity.working_days.get(), 3);
    assert_eq!(policy.lapse.blacklist_years, 2);
    assert_eq!(policy.service.hours, None);
    assert_eq!(policy.permissions.preselect, Level::Online);
    assert_eq!(
        (policy.compose.hold_ttl_s, policy.compose.charge_on_miss),
        (0, ChargeOnMiss::PerWish)
    );
    assert!(policy.challenge.before_selecting && !policy.challenge.after_choosing);
    assert_eq!(
        (policy.undo.within_min, &*policy.reminders.days_before),
        (10, &[2, 1][..])
    );
    assert_eq!(
        policy.eligible.classes,
        [PlateClass::Small, PlateClass::NevSmall]
    );
}

/// R-ENT-08, R-ENT-09, R-INF-01, R-AUTH-03, R-AUTH-04, R-SEL-02, R-SEL-04, R-SEL-07, R-SEL-10,
/// R-RND-02, R-RND-03: the rules of 2016 are data.
#[test]
fn the_preset_of_2016_has_the_values_the_announcement_names() {
    let policy = hebei();
    let hours = policy.service.hours.unwrap();
    assert_eq!(
        (hours.from, hours.to),
        (
            jiff::civil::time(9, 0, 0, 0),
            jiff::civil::time(22, 0, 0, 0)
        )
    );
    assert_eq!(policy.eligible.classes, [PlateClass::Small]);
    assert!(policy.purchase_proof.address);
    assert_eq!(policy.purchase_proof.kinds, [ProofKind::PaperInvoice]);
    let compose = &policy.compose;
    assert_eq!((compose.quota, compose.batch_max), (20, 1));
    assert_eq!(compose.charge_on_miss, ChargeOnMiss::PerCheck);
    assert!(compose.captcha && compose.forfeit_on_lapse && compose.hold_ttl_s == 60);
    let draw = &policy.draw;
    assert_eq!((draw.quota, draw.count, draw.column_ttl_s), (10, 5, 60));
    assert!(draw.captcha && !draw.basket && !draw.exclude_four);
    assert!(policy.keyboard.scramble && !policy.tab.auto_jump);
    let challenge = &policy.challenge;
    assert!(challenge.after_choosing && !challenge.before_selecting);
    assert_eq!((challenge.choice_ttl_s, challenge.confirm_delay_s), (60, 0));
    assert_eq!(policy.validity.working_days.get(), 3);
    assert_eq!(policy.permissions.preselect, Level::FaceToFace);
    assert_eq!(policy.permissions.query, Level::Online);
    assert_eq!(policy.undo.within_min, 0);
}

/// Presets are data: no source of this crate that is not a test names one.
#[test]
fn no_rule_asks_for_a_presets_name() {
    fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    walk(&root.join("src"), &mut sources);
    assert!(sources.len() > 50);
    let (presets, mut names) = (root.join("presets"), Vec::new());
    for preset in std::fs::read_dir(presets).unwrap() {
        let path = preset.unwrap().path();
        names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(names.len(), 2);
    for source in sources {
        if source.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&source).unwrap();
        let rules = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for name in &names {
            let named = rules.contains(&format!("\"{name}\""));
            assert!(!named, "{} asks for {name}", source.display());
        }
        let asks = rules.contains("policy.name ==") || rules.contains("match policy.name");
        assert!(!asks, "{} branches on a name", source.display());
    }
}

#[test]
fn a_document_that_breaks_a_rule_is_refused_with_its_field() {
    for (from, to, field) in [
        ("quota: 20", "quota: 1000", "compose.quota"),
        ("quota: 20", "quota: many", "compose.quota"),
        ("quota: 20", "quota: -1", "compose.quota"),
        ("batch_max: 5", "batch_max: 21", "compose.batch_max"),
        ("quota: 20", "quota: 3", "compose.batch_max"),
        ("interval_s: 10", "interval: 10", "compose.interval"),
        ("  interval_s: 10\n", "", "compose.interval_s"),
        (
            "hours: null",
            "hours: {from: \"22:00\", to: \"09:00\"}",
            "service.hours",
        ),
        (
            "hours: null",
            "hours: {from: \"9\", to: \"22:00\"}",
            "service.hours",
        ),
        ("hours: null", "hours: {from: \"09:00\"}", "service.hours"),
        ("paused: false", "paused: maybe", "service.paused"),
        ("[small, nev_small]", "[]", "eligible.classes"),
        ("[small, nev_small]", "[small, small]", "eligible.classes"),
        ("[small, nev_small]", "[tiny]", "eligible.classes"),
        ("query: online", "query: known", "permissions.query"),
        ("query: online", "query: real_person", "permissions.query"),
        ("hold_ttl_s: 0", "hold_ttl_s: 9", "compose.hold_ttl_s"),
        ("hold_ttl_s: 0", "hold_ttl_s: 601", "compose.hold_ttl_s"),
        ("per_wish", "per_day", "compose.charge_on_miss"),
        ("[new_purchase]", "[transfer]", "eligible.events"),
        (
            "days_before: [2, 1]",
            "days_before: [2, 2]",
            "reminders.days_before",
        ),
        (
            "days_before: [2, 1]",
            "days_before: [31]",
            "reminders.days_before",
        ),
        (
            "days_before: [2, 1]",
            "days_before: [1, 2, 3, 4, 5, 6]",
            "reminders.days_before",
        ),
        (
            "[paper_invoice, electronic_invoice]",
            "[]",
            "purchase_proof.kinds",
        ),
        (
            "choice_ttl_s: 180",
            "choice_ttl_s: 29",
            "challenge.choice_ttl_s",
        ),
        ("wishes: 5", "wishes: 21", "window.wishes"),
        (
            "working_days: 3",
            "working_days: 0",
            "validity.working_days",
        ),
        ("delay_max_h: 168", "delay_max_h: 23", "return.delay_max_h"),
        ("name: guangdong-2023", "name: \"Guang Dong\"", "name"),
    ] {
        assert_eq!(edited(from, to).unwrap_err().field, field, "{from} -> {to}");
    }
    assert_eq!(Policy::from_yaml("[1").unwrap_err().field, "yaml");
    assert_eq!(Policy::from_yaml("just text").unwrap_err().field, "yaml");
}

#[test]
fn hours_are_read_and_written_back() {
    let policy = edited("hours: null", "hours: {from: \"09:00\", to: \"22:00\"}").unwrap();
    let hours = policy.service.hours.unwrap();
    assert!(hours.contain(jiff::civil::time(9, 0, 0, 0)));
    assert!(!hours.contain(jiff::civil::time(22, 0, 0, 0)));
    let json = serde_json::to_value(&policy).unwrap();
    assert_eq!(json["service"]["hours"]["from"], "09:00");
    assert_eq!(serde_json::from_value::<Policy>(json).unwrap(), policy);
}

#[test]
fn differences_are_told_by_field() {
    let later = edited("quota: 20", "quota: 50").unwrap();
    let changes = difference(Some(&guangdong()), &later);
    let compose = Difference {
        field: "compose.quota",
        before: "20".to_owned(),
        after: "50".to_owned(),
    };
    assert_eq!(changes, [compose]);
    assert_eq!(difference(Some(&later), &later), []);
    assert_eq!(difference(None, &later).len(), FIELDS.len());
}

#[test]
fn every_field_is_described() {
    let described = describe(&hebei());
    assert_eq!(described.len(), FIELDS.len());
    let told = |path: &str| {
        let (field, value) = described
            .iter()
            .find(|(field, _)| field.path == path)
            .unwrap();
        (field.range.to_string(), value.clone())
    };
    let hold = ("0 or 10–600".to_owned(), "60".to_owned());
    assert_eq!(told("compose.hold_ttl_s"), hold);
    assert_eq!(told("reminders.days_before").1, "[2,1]");
    assert_eq!(told("service.hours").1, r#"{"from":"09:00","to":"22:00"}"#);
    for (field, value) in &described {
        assert!(
            !value.is_empty() && !field.range.to_string().is_empty(),
            "{}",
            field.path
        );
    }
}

#[test]
fn every_field_is_listed_with_unit_range_and_mark() {
    let paths = document::leaves(&serde_json::to_value(guangdong()).unwrap());
    let listed: Vec<&str> = FIELDS.iter().map(|field| field.path).collect();
    assert_eq!(paths, listed);
    let readme = include_str!("../../../README.md");
    for field in FIELDS {
        assert!(!field.unit.is_empty(), "{}", field.path);
        assert!(
            readme.contains(&format!("| `{}` | {} | ", field.path, field.mark)),
            "the README lists {} as {}",
            field.path,
            field.mark
        );
    }
}
