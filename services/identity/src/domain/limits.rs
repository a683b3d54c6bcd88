//! Rolling windows: how often something may happen, and when it may again.

use jiff::{SignedDuration, Timestamp};

/// At most `most` within `within`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// How often.
    pub most: u32,
    /// In which rolling time.
    pub within: SignedDuration,
}

impl Cap {
    /// When one more is allowed: `now`, or the instant at which enough of `past` has left the
    /// window. `None` when it never is, because `most` is 0.
    pub fn next_at(&self, past: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        let since = before(now, self.within);
        let mut recent: Vec<Timestamp> = past.iter().copied().filter(|at| *at > since).collect();
        recent.sort_unstable();
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        match recent.len().checked_sub(most) {
            None => Some(now),
            Some(surplus) => recent.get(surplus).map(|at| after(*at, self.within)),
        }
    }
}

/// When one more is allowed under all of `caps`.
pub fn next_at(caps: &[Cap], past: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    caps.iter()
        .try_fold(now, |latest, cap| Some(latest.max(cap.next_at(past, now)?)))
}

/// The instant `span` after `at`.
pub fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_add(span)
        .expect("an exact duration never fails to be added")
}

/// The instant `span` before `at`.
pub fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_sub(span)
        .expect("an exact duration never fails to be subtracted")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAP: Cap = Cap {
        most: 3,
        within: SignedDuration::from_mins(10),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_oldest_leaves_first() {
        let past = [at(0), at(100), at(200)];
        assert_eq!(CAP.next_at(&past[..2], at(300)), Some(at(300)));
        assert_eq!(CAP.next_at(&past, at(300)), Some(at(600)));
        assert_eq!(CAP.next_at(&past, at(599)), Some(at(600)));
        assert_eq!(CAP.next_at(&past, at(600)), Some(at(600)));
        assert_eq!(
            CAP.next_at(&[at(0), at(0), at(1), at(2)], at(3)),
            Some(at(600))
        );
        assert_eq!(Cap { most: 0, ..CAP }.next_at(&[], at(0)), None);
    }

    #[test]
    fn the_strictest_cap_decides() {
        let day = Cap {
            most: 3,
            within: SignedDuration::from_hours(24),
        };
        assert_eq!(
            next_at(&[CAP, day], &[at(0), at(1), at(2)], at(3)),
            Some(at(86_400))
        );
        assert_eq!(next_at(&[], &[at(0)], at(3)), Some(at(3)));
    }

    proptest! {
        /// Whoever waits as told never does more than allowed in any window.
        #[test]
        fn waiting_as_told_keeps_the_cap(gaps in prop::collection::vec(0_i64..400, 1..40)) {
            let mut past: Vec<Timestamp> = Vec::new();
            let mut now = at(0);
            for gap in gaps {
                now = after(now, SignedDuration::from_secs(gap));
                now = CAP.next_at(&past, now).unwrap();
                past.push(now);
                let window = past.iter().filter(|t| **t > before(now, CAP.within)).count();
                prop_assert!(window <= 3);
            }
        }
    }
}
