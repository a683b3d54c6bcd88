//! How a provider does, from its answers, its speed and its receipts: one that fails or is slow is
//! passed over, and tried again with single messages after a while.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// When a provider is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switching {
    /// So many bad calls in a row are trouble, however long apart.
    pub in_a_row: u32,
    /// Calls within this time are looked at together.
    pub window: SignedDuration,
    /// Fewer bad ones are no trouble.
    pub least: u32,
    /// This share of bad ones is trouble, in percent.
    pub percent: u32,
    /// A call that takes longer is slow.
    pub slow: Duration,
    /// Receipts within this time are looked at together, with the same share.
    pub receipts_window: SignedDuration,
    /// Fewer bad receipts are no trouble.
    pub receipts_least: u32,
    /// A receipt that has not come by then is a bad one.
    pub receipt_late: SignedDuration,
    /// A provider in trouble is tried again with one message after this time.
    pub again: SignedDuration,
}

/// Why a provider is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It answers late.
    Slow,
    /// It does not take messages, or those it takes do not arrive.
    Failing,
}

impl Trouble {
    /// The word for people and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Failing => "failing",
        }
    }
}

/// One call, as it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// It answered in time.
    Well,
    /// It answered late.
    Slowly,
    /// It did not answer, or cannot take what it should.
    Wrong,
}

/// What is known of one provider.
#[derive(Debug, Default)]
pub struct Health {
    calls: VecDeque<(Timestamp, Went)>,
    receipts: VecDeque<(Timestamp, bool)>,
    bad_in_a_row: u32,
    trouble: Option<Troubled>,
}

#[derive(Debug, Clone, Copy)]
struct Troubled {
    by: Trouble,
    since: Timestamp,
    again_at: Timestamp,
    /// A message is on its way to find out.
    trying: bool,
}

/// The newest calls and receipts are enough to judge by.
const MOST: usize = 256;

impl Health {
    /// Why it is passed over, and since when.
    pub fn trouble(&self) -> Option<(Trouble, Timestamp)> {
        self.trouble.map(|troubled| (troubled.by, troubled.since))
    }

    /// Whether a message may go there now: it is well, or it is time to try it with one.
    pub fn admits(&mut self, now: Timestamp, rules: &Switching) -> bool {
        let Some(troubled) = &mut self.trouble else {
            return true;
        };
        if now < troubled.again_at {
            return false;
        }
        // The others wait for what becomes of this one.
        troubled.again_at = later(now, rules.again);
        troubled.trying = true;
        true
    }

    /// Takes note of a call.
    pub fn saw_call(&mut self, went: Went, now: Timestamp, rules: &Switching) {
        if let Some(troubled) = &mut self.trouble {
            match went {
                Went::Well if troubled.trying => *self = Self::default(),
                // An answer to a message from before says nothing new.
                Went::Well => {}
                Went::Slowly | Went::Wrong => {
                    troubled.trying = false;
                    troubled.again_at = later(now, rules.again);
                }
            }
            return;
        }
        remember(&mut self.calls, (now, went), now, rules.window);
        self.bad_in_a_row = match went {
            Went::Well => 0,
            Went::Slowly | Went::Wrong => self.bad_in_a_row + 1,
        };
        let bad = self.calls.iter().filter(|(_, went)| *went != Went::Well);
        let wrong = self.calls.iter().filter(|(_, went)| *went == Went::Wrong);
        let (bad, wrong) = (bad.count(), wrong.count());
        if self.bad_in_a_row >= rules.in_a_row || rules.too_many(bad, self.calls.len(), rules.least)
        {
            let failing = went == Went::Wrong || 2 * wrong >= bad;
            let by = if failing {
                Trouble::Failing
            } else {
                Trouble::Slow
            };
            self.fall_into(by, now, rules);
        }
    }

    /// Takes note of a receipt, or of one that did not come in time.
    pub fn saw_receipt(&mut self, arrived: bool, now: Timestamp, rules: &Switching) {
        remember(
            &mut self.receipts,
            (now, arrived),
            now,
            rules.receipts_window,
        );
        let bad = self.receipts.iter().filter(|(_, arrived)| !arrived).count();
        if self.trouble.is_none() && rules.too_many(bad, self.receipts.len(), rules.receipts_least)
        {
            self.fall_into(Trouble::Failing, now, rules);
        }
    }

    fn fall_into(&mut self, by: Trouble, now: Timestamp, rules: &Switching) {
        self.calls.clear();
        self.receipts.clear();
        self.trouble = Some(Troubled {
            by,
            since: now,
            again_at: later(now, rules.again),
            trying: false,
        });
    }
}

impl Switching {
    fn too_many(&self, bad: usize, all: usize, least: u32) -> bool {
        let (bad, all) = (bad as u64, all as u64);
        bad >= u64::from(least).max(1) && bad * 100 >= u64::from(self.percent) * all
    }
}

fn remember<T>(
    seen: &mut VecDeque<(Timestamp, T)>,
    new: (Timestamp, T),
    now: Timestamp,
    window: SignedDuration,
) {
    while seen.len() >= MOST
        || seen
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > window)
    {
        seen.pop_front();
    }
    seen.push_back(new);
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Switching {
        Switching {
            in_a_row: 3,
            window: SignedDuration::from_secs(60),
            least: 5,
            percent: 50,
            slow: Duration::from_secs(3),
            receipts_window: SignedDuration::from_secs(900),
            receipts_least: 10,
            receipt_late: SignedDuration::from_secs(300),
            again: SignedDuration::from_secs(60),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn seen(calls: &[Went]) -> Health {
        let mut health = Health::default();
        for (second, went) in (0..).zip(calls) {
            health.saw_call(*went, at(second), &rules());
        }
        health
    }

    #[test]
    fn bad_calls_in_a_row_are_trouble() {
        use Went::{Slowly, Well, Wrong};
        assert_eq!(seen(&[Wrong, Wrong, Well, Wrong, Wrong]).trouble(), None);
        let failing = seen(&[Wrong, Wrong, Wrong]);
        assert_eq!(failing.trouble(), Some((Trouble::Failing, at(2))));
        let slow = seen(&[Slowly, Slowly, Slowly]);
        assert_eq!(slow.trouble(), Some((Trouble::Slow, at(2))));
        // Far apart they are trouble all the same.
        let mut rare = Health::default();
        for hour in 0..3 {
            rare.saw_call(Wrong, at(3_600 * hour), &rules());
        }
        assert!(rare.trouble().is_some());
    }

    #[test]
    fn a_large_share_of_bad_calls_is_trouble() {
        use Went::{Well, Wrong};
        let half = [Wrong, Wrong, Well, Wrong, Wrong, Well, Wrong, Well];
        assert!(seen(&half).trouble().is_some());
        let few = [Well, Well, Well, Well, Wrong, Well, Well, Wrong];
        assert_eq!(seen(&few).trouble(), None);
    }

    /// It is tried again with one message, and is well when that goes well.
    #[test]
    fn one_message_finds_out() {
        let (mut health, rules) = (seen(&[Went::Wrong; 3]), rules());
        assert!(!health.admits(at(61), &rules));
        health.saw_call(Went::Well, at(61), &rules);
        assert!(health.trouble().is_some(), "that was an old message");
        assert!(health.admits(at(62), &rules) && !health.admits(at(62), &rules));
        health.saw_call(Went::Wrong, at(63), &rules);
        assert!(!health.admits(at(122), &rules) && health.admits(at(123), &rules));
        health.saw_call(Went::Well, at(124), &rules);
        assert_eq!(health.trouble(), None);
        assert!(health.admits(at(124), &rules));
    }

    #[test]
    fn receipts_that_fail_are_trouble() {
        let mut health = Health::default();
        for second in 0..9 {
            health.saw_receipt(false, at(second), &rules());
            assert_eq!(health.trouble(), None);
        }
        health.saw_receipt(false, at(9), &rules());
        assert_eq!(health.trouble(), Some((Trouble::Failing, at(9))));
        let mut good = Health::default();
        for second in 0..40 {
            good.saw_receipt(second % 3 != 0, at(second), &rules());
        }
        assert_eq!(good.trouble(), None);
    }
}
