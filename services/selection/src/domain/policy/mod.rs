//! A policy: the rules of an office as one typed document.
//!
//! Presets are documents like any other. Every field is listed in [`FIELDS`] with its unit, its
//! range and its [`Mark`]: *frozen* fields are those of the policy in force when an application's
//! information was locked, *live* fields those in force now.

mod document;
mod fields;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{PlateClass, WorkingDays};

#[cfg(test)]
pub(crate) use document::Invalid;
pub(crate) use document::{Difference, difference};
#[cfg(test)]
pub(crate) use fields::FIELDS;

/// The rules of an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// What people call it.
    pub(crate) name: String,
    /// When selecting is served.
    pub(crate) service: Service,
    /// Which vehicles take part.
    pub(crate) eligible: Eligible,
    /// Who may take part.
    pub(crate) registration: Registration,
    /// 自编选号.
    pub(crate) compose: Compose,
    /// 随机选号.
    pub(crate) draw: Draw,
    /// The SMS check before selecting.
    pub(crate) challenge: Challenge,
    /// How long a confirmed number waits.
    pub(crate) validity: Validity,
    /// What a missed deadline leads to.
    pub(crate) lapse: Lapse,
    /// How an ended number comes back.
    #[serde(rename = "return")]
    pub(crate) returned: Return,
}

/// When selecting is served. Entering information is served at any time (R-ENT-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// The kill switch.
    pub(crate) paused: bool,
    /// Hours of every day, Asia/Shanghai; `null` for all day.
    pub(crate) hours: Option<Hours>,
}

/// From (inclusive) to (exclusive), within one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// Opens.
    #[serde(with = "document::time_of_day")]
    pub(crate) from: Time,
    /// Closes.
    #[serde(with = "document::time_of_day")]
    pub(crate) to: Time,
}

impl Hours {
    /// Whether a time of day lies within.
    pub(crate) fn contain(&self, time: Time) -> bool {
        (self.from..self.to).contains(&time)
    }
}

/// Which vehicles take part (R-ENT-09, R-ENT-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Eligible {
    /// Classes of plate.
    pub(crate) classes: Vec<PlateClass>,
}

/// Who may take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// The least a person must be known by (R-ACC-04).
    pub(crate) min_level: Level,
}

/// How far the platform knows a person (R-ACC-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// 互联网注册.
    Online,
    /// 面签.
    FaceToFace,
    /// 实人认证.
    RealPerson,
}

/// 自编选号 (R-SEL-03 … 08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compose {
    /// Wishes for a vehicle.
    pub(crate) quota: u16,
    /// Wishes of one round.
    pub(crate) batch_max: u16,
    /// Seconds between rounds.
    pub(crate) interval_s: u16,
}

/// 随机选号 (R-RND-01 … 09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draw {
    /// Rounds for a vehicle.
    pub(crate) quota: u16,
    /// Numbers of one round.
    pub(crate) count: u16,
    /// Whether 不包含4 is offered.
    pub(crate) exclude_four: bool,
    /// Whether candidates are kept; without a basket a number is confirmed from the column.
    pub(crate) basket: bool,
    /// Life of the column in seconds.
    pub(crate) column_ttl_s: u16,
    /// Life of the basket in seconds, from its last restart.
    pub(crate) basket_ttl_s: u16,
}

/// The SMS check before selecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Challenge {
    /// Seconds from asking for the code until it may be sent in (R-AUTH-02).
    pub(crate) confirm_delay_s: u16,
}

/// How long a confirmed number waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Validity {
    /// Working days from the day after the decision (R-DONE-04).
    pub(crate) working_days: WorkingDays,
}

/// What a missed deadline leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lapse {
    /// Years of the ban (R-BLK-01); 0 for none.
    pub(crate) blacklist_years: u16,
    /// Civil days after the deadline in which late proof is waited for (P10).
    pub(crate) late_proof_days: u16,
}

/// How an ended number comes back: after a random delay, first by random only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Return {
    /// Shortest delay in hours.
    pub(crate) delay_min_h: u16,
    /// Longest delay in hours.
    pub(crate) delay_max_h: u16,
    /// Days in which the number is drawn only.
    pub(crate) random_only_days: u16,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The preset's text.
    pub(crate) const GUANGDONG: &str = include_str!("../../../presets/guangdong-2023.yaml");

    /// The preset.
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
        assert_eq!(policy.registration.min_level, Level::Online);
        assert_eq!(
            policy.eligible.classes,
            [PlateClass::Small, PlateClass::NevSmall]
        );
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
            (
                "min_level: online",
                "min_level: known",
                "registration.min_level",
            ),
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
}
