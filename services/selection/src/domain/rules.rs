//! The rules one application goes by: frozen ones from the policy it was locked under, live ones
//! from the policy in force.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use xuanhao_chassis::clock::shanghai;
use xuanhao_vocabulary::WorkingDays;

use super::Refused;
use super::operation::Channel;
use super::policy::{ChargeOnMiss, Level, Policy, Window};

/// Two policies behind one question each. Whoever asks cannot take the wrong one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    frozen: &'a Policy,
    live: &'a Policy,
    more_time: bool,
}

impl<'a> Rules<'a> {
    /// Rules of an application locked under `frozen`.
    pub(crate) fn new(frozen: &'a Policy, live: &'a Policy) -> Self {
        Self {
            frozen,
            live,
            more_time: false,
        }
    }

    /// The same for a citizen who said that he needs more time.
    #[must_use]
    pub(crate) fn with_more_time(self, more_time: bool) -> Self {
        Self { more_time, ..self }
    }

    /// How many times as long a number waits for whoever says that he needs more time; 1 where nobody
    /// is given more.
    pub(crate) fn more_time_factor(&self) -> u16 {
        self.live.more_time.factor
    }

    /// A time of policy, longer for who needs more. An officer at the window waits for nobody's clock.
    fn time(&self, channel: Channel, seconds: u16) -> u16 {
        match channel {
            Channel::Internet if self.more_time => seconds.saturating_mul(self.more_time_factor()),
            Channel::Internet | Channel::Window => seconds,
        }
    }

    /// Wishes of one round at most.
    pub(crate) fn batch_max(&self, channel: Channel) -> u16 {
        match channel {
            Channel::Internet => self.frozen.compose.batch_max,
            Channel::Window => self.live.window.wishes,
        }
    }

    /// What a round of missed wishes costs. The window counts wishes.
    pub(crate) fn charge_on_miss(&self, channel: Channel) -> ChargeOnMiss {
        match channel {
            Channel::Internet => self.frozen.compose.charge_on_miss,
            Channel::Window => ChargeOnMiss::PerWish,
        }
    }

    /// How long a hit is held; 0 when it is confirmed at once, as at the window (R-SEL-09, R-SEL-10).
    pub(crate) fn hold_ttl_s(&self, channel: Channel) -> u16 {
        match channel {
            Channel::Internet => self.time(channel, self.frozen.compose.hold_ttl_s),
            Channel::Window => 0,
        }
    }

    /// Whether an abandoned hit takes all chances to compose with it (R-SEL-10).
    pub(crate) fn forfeits(&self) -> bool {
        self.frozen.compose.forfeit_on_lapse
    }

    /// Whether a captcha stands before every compose round (R-AUTH-03).
    pub(crate) fn compose_captcha(&self) -> bool {
        self.live.compose.captcha
    }

    /// Whether a captcha stands before every draw (R-AUTH-03, R-RND-11).
    pub(crate) fn draw_captcha(&self) -> bool {
        self.live.draw.captcha
    }

    /// Time between compose rounds (R-SEL-05).
    pub(crate) fn compose_interval(&self) -> Duration {
        Duration::from_secs(self.live.compose.interval_s.into())
    }

    /// Numbers of one draw.
    pub(crate) fn draw_count(&self, channel: Channel) -> u16 {
        match channel {
            Channel::Internet => self.frozen.draw.count,
            Channel::Window => self.live.window.draw_count,
        }
    }

    /// Whether 不包含4 is offered (R-RND-05).
    pub(crate) fn offers_exclude_four(&self) -> bool {
        self.frozen.draw.exclude_four
    }

    /// Whether candidates are kept.
    pub(crate) fn has_basket(&self) -> bool {
        self.frozen.draw.basket
    }

    /// Life of the column in seconds (R-RND-04).
    pub(crate) fn column_ttl_s(&self, channel: Channel) -> u16 {
        match channel {
            Channel::Internet => self.time(channel, self.frozen.draw.column_ttl_s),
            Channel::Window => self.live.window.draw_ttl_s,
        }
    }

    /// Life of the basket in seconds (R-RND-06).
    pub(crate) fn basket_ttl_s(&self) -> u16 {
        self.time(Channel::Internet, self.frozen.draw.basket_ttl_s)
    }

    /// Whether a code is asked for before selecting (R-AUTH-01).
    pub(crate) fn checks_before_selecting(&self) -> bool {
        self.frozen.challenge.before_selecting
    }

    /// Whether a code is asked for after choosing (R-AUTH-04, R-CNF-01).
    pub(crate) fn checks_after_choosing(&self) -> bool {
        self.frozen.challenge.after_choosing
    }

    /// How long a chosen number waits for its code, in seconds (R-CNF-02).
    pub(crate) fn choice_ttl_s(&self) -> u16 {
        self.time(Channel::Internet, self.frozen.challenge.choice_ttl_s)
    }

    /// Time from asking for the code until it may be sent in (R-AUTH-02).
    pub(crate) fn confirm_delay(&self) -> Duration {
        Duration::from_secs(self.live.challenge.confirm_delay_s.into())
    }

    /// How long a confirmed number waits (R-DONE-04).
    pub(crate) fn validity(&self) -> WorkingDays {
        self.frozen.validity.working_days
    }

    /// Whether the keyboard is laid out at random (R-SEL-02).
    pub(crate) fn scrambles_keyboard(&self) -> bool {
        self.live.keyboard.scramble
    }

    /// Whether composing used up leads on to drawing by itself (R-SEL-11).
    pub(crate) fn jumps_to_draw(&self) -> bool {
        self.live.tab.auto_jump
    }

    /// What the window offers.
    ///
    /// # Errors
    /// [`Refused::CounterNotOffered`] where both quotas are 0.
    pub(crate) fn window(&self) -> Result<&'a Window, Refused> {
        let window = &self.live.window;
        if window.wishes == 0 && window.draw_quota == 0 {
            return Err(Refused::CounterNotOffered);
        }
        Ok(window)
    }

    /// Whether selecting is served at that instant (R-ENT-08). Hours are those of the internet: who
    /// stands at the window is served.
    ///
    /// # Errors
    /// [`Refused::Paused`] or [`Refused::OutsideServiceHours`].
    pub(crate) fn check_open(&self, channel: Channel, now: Timestamp) -> Result<(), Refused> {
        if self.live.service.paused {
            return Err(Refused::Paused);
        }
        let Some(hours) = self
            .live
            .service
            .hours
            .filter(|_| channel == Channel::Internet)
        else {
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

    /// Whether a holder known so far may use a service (R-ACC-03, R-ACC-04).
    ///
    /// # Errors
    /// [`Refused::LevelTooLow`].
    pub(crate) fn check_permission(
        &self,
        permission: Permission,
        level: Level,
    ) -> Result<(), Refused> {
        let least = match permission {
            Permission::Preselect => self.live.permissions.preselect,
            Permission::Query => self.live.permissions.query,
            Permission::Appeal => self.live.permissions.appeal,
        };
        (level >= least).then_some(()).ok_or(Refused::LevelTooLow)
    }
}

/// A service that asks for a registration level (R-ACC-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Selecting, from the notice on.
    Preselect,
    /// Looking at one's own applications.
    Query,
    /// Appealing.
    Appeal,
}

#[cfg(test)]
mod tests {
    use super::super::policy::tests::{guangdong, hebei};
    use super::*;
    use crate::domain::policy::Hours;

    /// Who says that he needs more time gets it where policy gives any, on the internet (WCAG 2.2.1).
    #[test]
    fn more_time_is_for_those_who_say_that_they_need_it() {
        let (gives, gives_none) = (guangdong(), hebei());
        let times = |rules: &Rules<'_>| {
            [
                rules.column_ttl_s(Channel::Internet),
                rules.basket_ttl_s(),
                rules.choice_ttl_s(),
            ]
        };
        let rules = Rules::new(&gives, &gives);
        assert_eq!(times(&rules), [90, 90, 180]);
        assert_eq!(times(&rules.with_more_time(true)), [180, 180, 360]);
        let at_window = rules.with_more_time(true).column_ttl_s(Channel::Window);
        assert_eq!(at_window, rules.column_ttl_s(Channel::Window));

        let rules = Rules::new(&gives_none, &gives_none);
        assert_eq!(times(&rules.with_more_time(true)), times(&rules));
        let hit = rules.with_more_time(true).hold_ttl_s(Channel::Internet);
        assert_eq!(hit, rules.hold_ttl_s(Channel::Internet));
    }

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
            (
                rules.batch_max(Channel::Internet),
                rules.draw_count(Channel::Internet),
                rules.column_ttl_s(Channel::Internet)
            ),
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
        let open = |live: &Policy, now: &str| {
            Rules::new(&frozen, live).check_open(Channel::Internet, now.parse().unwrap())
        };
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

    /// R-SEL-12, R-ENT-08: the window has its own figures and no hours, but can be paused.
    #[test]
    fn the_window_has_rules_of_its_own() {
        let (frozen, mut live) = (hebei(), hebei());
        let night = "2026-11-23T18:00:00Z".parse().unwrap();
        let rules = Rules::new(&frozen, &live);
        assert_eq!(rules.check_open(Channel::Window, night), Ok(()));
        assert_eq!(
            (
                rules.draw_count(Channel::Window),
                rules.column_ttl_s(Channel::Window),
                rules.hold_ttl_s(Channel::Window),
                rules.charge_on_miss(Channel::Window)
            ),
            (50, 180, 0, ChargeOnMiss::PerWish)
        );
        assert_eq!(
            (
                rules.draw_count(Channel::Internet),
                rules.column_ttl_s(Channel::Internet),
                rules.hold_ttl_s(Channel::Internet),
                rules.charge_on_miss(Channel::Internet)
            ),
            (5, 60, 60, ChargeOnMiss::PerCheck)
        );
        rules.window().unwrap();
        live.service.paused = true;
        let refused = Rules::new(&frozen, &live).check_open(Channel::Window, night);
        assert_eq!(refused, Err(Refused::Paused));
        live.window.wishes = 0;
        live.window.draw_quota = 0;
        let refused = Rules::new(&frozen, &live).window();
        assert_eq!(refused, Err(Refused::CounterNotOffered));
    }

    /// R-ACC-03, R-ACC-04: each service asks for its own level, by both presets.
    #[test]
    fn each_service_asks_for_its_level() {
        use Level::*;
        use Permission::*;
        for (policy, table) in [
            (
                guangdong(),
                [
                    (Preselect, Online, Ok(())),
                    (Query, Online, Ok(())),
                    (Appeal, Online, Ok(())),
                ],
            ),
            (
                hebei(),
                [
                    (Preselect, Online, Err(Refused::LevelTooLow)),
                    (Preselect, FaceToFace, Ok(())),
                    (Query, Online, Ok(())),
                ],
            ),
        ] {
            let rules = Rules::new(&policy, &policy);
            for (permission, level, expected) in table {
                let answer = rules.check_permission(permission, level);
                assert_eq!(answer, expected, "{} {permission:?} {level:?}", policy.name);
            }
            assert_eq!(rules.check_permission(Preselect, RealPerson), Ok(()));
        }
    }
}
