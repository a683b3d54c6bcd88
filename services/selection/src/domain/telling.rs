//! What citizens are told by message, and at what time of day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::clock::{civil_day, shanghai, start_of_day};
use xuanhao_vocabulary::{PlateNumber, Vin};

/// Most characters of a reason in a message; the whole of it stands in the portal.
const LONGEST_REASON: usize = 60;

/// Something a citizen is told. Nothing of it names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Telling {
    /// The deadline is near.
    DeadlineReminder { plate: PlateNumber, date: Date },
    /// The vehicle was registered with its number (R-DONE-05).
    SelectionRegistered { plate: PlateNumber },
    /// The deadline passed (R-BLK-01).
    SelectionExpired { plate: PlateNumber, until: Date },
    /// A ban began (R-BLK-01).
    Blacklisted { until: Date },
    /// A ban ended, by itself or before its time.
    BanLifted,
    /// An officer ended the application.
    ApplicationVoided { reason: String },
    /// The vehicle may take part.
    VerificationPassed { vin: Vin },
    /// It may not.
    VerificationFailed { vin: Vin, reason: String },
    /// A review was opened and wants evidence.
    EvidenceWanted { vin: Vin },
    /// An appeal was decided.
    AppealDecided { upheld: bool, reason: String },
    /// The citizen took the number back.
    SelectionUndone { plate: PlateNumber },
}

impl Telling {
    /// The template at notification.
    pub(crate) fn template(&self) -> &'static str {
        match self {
            Self::DeadlineReminder { .. } => "deadline_reminder",
            Self::SelectionRegistered { .. } => "selection_registered",
            Self::SelectionExpired { .. } => "selection_expired",
            Self::Blacklisted { .. } => "blacklisted",
            Self::BanLifted => "ban_lifted",
            Self::ApplicationVoided { .. } => "application_voided",
            Self::VerificationPassed { .. } => "verification_passed",
            Self::VerificationFailed { .. } => "verification_failed",
            Self::EvidenceWanted { .. } => "review_evidence_wanted",
            Self::AppealDecided { upheld: true, .. } => "appeal_upheld",
            Self::AppealDecided { upheld: false, .. } => "appeal_dismissed",
            Self::SelectionUndone { .. } => "selection_undone",
        }
    }

    /// Values of the template's places.
    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, String> {
        match self {
            Self::DeadlineReminder { plate, date } => {
                [("plate", plate.to_string()), ("date", date.to_string())].into()
            }
            Self::SelectionRegistered { plate } | Self::SelectionUndone { plate } => {
                [("plate", plate.to_string())].into()
            }
            Self::SelectionExpired { plate, until } => {
                [("plate", plate.to_string()), ("until", until.to_string())].into()
            }
            Self::Blacklisted { until } => [("until", until.to_string())].into(),
            Self::BanLifted => BTreeMap::new(),
            Self::ApplicationVoided { reason } | Self::AppealDecided { reason, .. } => {
                [("reason", short(reason))].into()
            }
            Self::VerificationPassed { vin } | Self::EvidenceWanted { vin } => {
                [("vin_tail", tail(vin))].into()
            }
            Self::VerificationFailed { vin, reason } => {
                [("vin_tail", tail(vin)), ("reason", short(reason))].into()
            }
        }
    }

    /// Whether it comes from a clock rather than from somebody's act: then it waits for daytime.
    pub(crate) fn waits_for_daytime(&self) -> bool {
        matches!(
            self,
            Self::DeadlineReminder { .. }
                | Self::SelectionExpired { .. }
                | Self::Blacklisted { .. }
                | Self::BanLifted
        )
    }
}

impl Telling {
    /// No use in telling it later: a reminder on its own day, anything else for a week.
    pub(crate) fn useful_until(&self, now: Timestamp) -> Timestamp {
        let week = SignedDuration::from_hours(24 * 7);
        let until = match self {
            Self::DeadlineReminder { .. } => civil_day(now).tomorrow().and_then(start_of_day),
            _ => now.checked_add(week),
        };
        until.unwrap_or(Timestamp::MAX)
    }
}

fn tail(vin: &Vin) -> String {
    let text = vin.as_str();
    text[text.len().saturating_sub(6)..].to_owned()
}

fn short(reason: &str) -> String {
    // The text goes on after it with its own full stop.
    let reason = reason.trim_end_matches(['。', '.']);
    if reason.chars().count() <= LONGEST_REASON {
        return reason.to_owned();
    }
    let kept: String = reason.chars().take(LONGEST_REASON - 1).collect();
    format!("{kept}…")
}

/// Hours of the day (Asia/Shanghai) in which messages go out that nobody waits for: from (inclusive) to
/// (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Daytime {
    pub(crate) from_hour: u8,
    pub(crate) to_hour: u8,
}

impl Daytime {
    /// The first instant from `now` on within these hours.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        let local = now.to_zoned(shanghai().clone());
        let hour = u8::try_from(local.hour()).unwrap_or(0);
        if (self.from_hour..self.to_hour).contains(&hour) {
            return now;
        }
        let day = if hour < self.from_hour {
            Ok(local.date())
        } else {
            local.date().tomorrow()
        };
        let opens = day.and_then(start_of_day).and_then(|start| {
            start.checked_add(jiff::SignedDuration::from_hours(self.from_hour.into()))
        });
        opens.unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_goes_out_by_day() {
        let day = Daytime {
            from_hour: 8,
            to_hour: 21,
        };
        for (now, expected) in [
            // 00:01 in Shanghai: at eight the same day.
            ("2026-11-26T16:01:00Z", "2026-11-27T00:00:00Z"),
            ("2026-11-27T04:00:00Z", "2026-11-27T04:00:00Z"),
            // 21:00: the next morning.
            ("2026-11-27T13:00:00Z", "2026-11-28T00:00:00Z"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(day.from(now), expected.parse().unwrap(), "{now}");
        }
    }

    #[test]
    fn a_message_names_the_end_of_a_vin_and_no_more() {
        let vin: Vin = "1M8GDM9AXKP042788".parse().unwrap();
        let told = Telling::VerificationFailed {
            vin,
            reason: "因".repeat(80),
        };
        assert_eq!(told.parameters()["vin_tail"], "042788");
        assert_eq!(told.parameters()["reason"].chars().count(), LONGEST_REASON);
    }
}
