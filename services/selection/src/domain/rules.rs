//! The rules one application goes by: frozen ones from the policy it was locked under, live ones
//! from the policy in force.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use xuanhao_chassis::clock::shanghai;
use xuanhao_vocabulary::WorkingDays;

use super::Refused;
use super::policy::{Level, Policy};

/// Two policies behind one question each. Whoever asks cannot take the wrong one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    frozen: &'a Policy,
    live: &'a Policy,
}

impl<'a> Rules<'a> {
    /// Rules of an application locked under `frozen`.
    pub(crate) fn new(frozen: &'a Policy, live: &'a Policy) -> Self {
        Self { frozen, live }
    }

    /// Wishes of one round at most.
    pub(crate) fn batch_max(&self) -> u16 {
        self.frozen.compose.batch_max
    }

    /// Time between compose rounds.
    pub(crate) fn compose_interval(&self) -> Duration {
        Duration::from_secs(self.live.compose.interval_s.into())
    }

    /// Numbers of one draw.
    pub(crate) fn draw_count(&self) -> u16 {
        self.frozen.draw.count
    }

    /// Whether 不包含4 is offered.
    pub(crate) fn offers_exclude_four(&self) -> bool {
        self.frozen.draw.exclude_four
    }

    /// Whether candidates are kept.
    pub(crate) fn has_basket(&self) -> bool {
        self.frozen.draw.basket
    }

    /// Life of the column in seconds.
    pub(crate) fn column_ttl_s(&self) -> u16 {
        self.frozen.draw.column_ttl_s
    }

    /// Life of the basket in seconds.
    pub(crate) fn basket_ttl_s(&self) -> u16 {
        self.frozen.draw.basket_ttl_s
    }

    /// Time from asking for the code until it may be sent in.
    pub(crate) fn confirm_delay(&self) -> Duration {
        Duration::from_secs(self.live.challenge.confirm_delay_s.into())
    }

    /// How long a confirmed number waits.
    pub(crate) fn validity(&self) -> WorkingDays {
        self.frozen.validity.working_days
    }

    /// Whether selecting is served at that instant (R-ENT-08).
    ///
    /// # Errors
    /// [`Refused::Paused`] or [`Refused::OutsideServiceHours`].
    pub(crate) fn check_open(&self, now: Timestamp) -> Result<(), Refused> {
        if self.live.service.paused {
            return Err(Refused::Paused);
        }
        let Some(hours) = self.live.service.hours else {
            return Ok(());
        };
        let zone: &TimeZone = shanghai();
        if hours.contain(zone.to_datetime(now).time()) {
            Ok(())
        } else {
            Err(Refused::OutsideServiceHours {
                from: hours.from,
                to: hours.to,
            })
        }
    }

    /// Whether a person known so far may take part (R-ACC-04).
    ///
    /// # Errors
    /// [`Refused::LevelTooLow`].
    pub(crate) fn check_level(&self, level: Level) -> Result<(), Refused> {
        (level >= self.live.registration.min_level)
            .then_some(())
            .ok_or(Refused::LevelTooLow)
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::tests::guangdong;
    use super::*;
    use crate::domain::policy::Hours;

    /// Quotas and timers are frozen; hours, the kill switch and intervals apply live.
    #[test]
    fn frozen_and_live_fields_come_from_their_own_policy() {
        let frozen = guangdong();
        let mut live = guangdong();
        live.compose.batch_max = 1;
        live.compose.interval_s = 99;
        live.draw.count = 3;
        live.draw.column_ttl_s = 11;
        live.validity.working_days = WorkingDays::new(9).unwrap();
        live.challenge.confirm_delay_s = 30;
        let rules = Rules::new(&frozen, &live);
        assert_eq!(
            (rules.batch_max(), rules.draw_count(), rules.column_ttl_s()),
            (5, 10, 90)
        );
        assert_eq!(rules.validity().get(), 3);
        assert_eq!(rules.compose_interval(), Duration::from_secs(99));
        assert_eq!(rules.confirm_delay(), Duration::from_secs(30));
    }

    /// R-ENT-08: hours are those of Asia/Shanghai.
    #[test]
    fn selecting_is_served_within_hours_and_unless_paused() {
        let frozen = guangdong();
        let mut live = guangdong();
        let (from, to) = (
            jiff::civil::time(9, 0, 0, 0),
            jiff::civil::time(22, 0, 0, 0),
        );
        let open =
            |live: &Policy, now: &str| Rules::new(&frozen, live).check_open(now.parse().unwrap());
        assert_eq!(open(&live, "2026-11-23T18:00:00Z"), Ok(()));
        live.service.hours = Some(Hours { from, to });
        assert_eq!(open(&live, "2026-11-23T01:00:00Z"), Ok(()));
        assert_eq!(open(&live, "2026-11-23T13:59:59Z"), Ok(()));
        let closed = Err(Refused::OutsideServiceHours { from, to });
        assert_eq!(open(&live, "2026-11-23T14:00:00Z"), closed);
        assert_eq!(open(&live, "2026-11-23T00:59:59Z"), closed);
        live.service.paused = true;
        assert_eq!(open(&live, "2026-11-23T01:00:00Z"), Err(Refused::Paused));
    }

    #[test]
    fn a_level_below_the_least_is_refused() {
        let frozen = guangdong();
        let mut live = guangdong();
        assert_eq!(
            Rules::new(&frozen, &live).check_level(Level::Online),
            Ok(())
        );
        live.registration.min_level = Level::FaceToFace;
        let rules = Rules::new(&frozen, &live);
        assert_eq!(rules.check_level(Level::Online), Err(Refused::LevelTooLow));
        assert_eq!(rules.check_level(Level::RealPerson), Ok(()));
    }
}
