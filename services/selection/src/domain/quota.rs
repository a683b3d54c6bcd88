//! What remains for a vehicle: counters that belong to the VIN (R-INF-09), two for the internet and two
//! for the window.

use super::Refused;
use super::operation::Channel;

/// A number of chances of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Charge {
    /// Wishes.
    pub(crate) compose: u16,
    /// Draws.
    pub(crate) draws: u16,
}

impl Charge {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        compose: 0,
        draws: 0,
    };
}

/// One counter. `used + reserved` never exceeds `quota`; the schema checks it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counter {
    /// What the vehicle was given at its first lock.
    pub(crate) quota: u16,
    /// What settled operations cost.
    pub(crate) used: u16,
    /// What the pending operation may cost.
    pub(crate) reserved: u16,
}

impl Counter {
    /// A counter nothing was taken from.
    pub(crate) fn fresh(quota: u16) -> Self {
        Self {
            quota,
            used: 0,
            reserved: 0,
        }
    }

    /// What may still be reserved. A way is offered while this is above 0, whatever became of the other
    /// (R-SEL-13, R-RND-10).
    pub(crate) fn left(self) -> u16 {
        self.quota
            .saturating_sub(self.used)
            .saturating_sub(self.reserved)
    }

    fn reserve(self, wanted: u16) -> Result<Self, Refused> {
        let remaining = self.left();
        if wanted > remaining {
            return Err(Refused::QuotaExceeded { remaining });
        }
        Ok(Self {
            reserved: self.reserved + wanted,
            ..self
        })
    }

    fn credit(self, given: u16, field: &'static str) -> Result<Self, Refused> {
        let used = self.used.checked_sub(given);
        let used = used.ok_or(Refused::CreditExceedsUse { field })?;
        Ok(Self { used, ..self })
    }

    fn settle(self, reserved: u16, charged: u16) -> Self {
        // An operation never costs more than it reserved, whatever a peer says.
        let charged = charged.min(reserved);
        Self {
            reserved: self.reserved.saturating_sub(reserved),
            used: self.used + charged,
            ..self
        }
    }
}

/// Chances of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chances {
    /// 自编.
    pub(crate) compose: Counter,
    /// 随机.
    pub(crate) draws: Counter,
}

impl Chances {
    /// Chances nothing was taken from.
    pub(crate) fn fresh(compose: u16, draws: u16) -> Self {
        Self {
            compose: Counter::fresh(compose),
            draws: Counter::fresh(draws),
        }
    }

    fn reserve(self, charge: Charge) -> Result<Self, Refused> {
        Ok(Self {
            compose: self.compose.reserve(charge.compose)?,
            draws: self.draws.reserve(charge.draws)?,
        })
    }

    fn settle(self, reserved: Charge, charged: Charge) -> Self {
        Self {
            compose: self.compose.settle(reserved.compose, charged.compose),
            draws: self.draws.settle(reserved.draws, charged.draws),
        }
    }
}

/// What remains for a vehicle. The counters outlive applications, accounts and offices, and keep the
/// quota of the vehicle's first lock: moving to another office buys no chance. The window has counters
/// of its own, whose quota is the policy in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VehicleQuota {
    /// 自编 on the internet.
    pub(crate) compose: Counter,
    /// 随机 on the internet.
    pub(crate) draws: Counter,
    /// At the window (R-SEL-12).
    pub(crate) window: Chances,
    /// A held hit took the chances to compose with it (R-SEL-10).
    pub(crate) compose_forfeited: bool,
}

impl VehicleQuota {
    /// The counters of a vehicle that is locked for the first time.
    pub(crate) fn fresh(compose: u16, draws: u16) -> Self {
        Self {
            compose: Counter::fresh(compose),
            draws: Counter::fresh(draws),
            window: Chances::fresh(0, 0),
            compose_forfeited: false,
        }
    }

    /// With the window's quota of the policy in force. What was used stays used.
    pub(crate) fn at_window(&self, wishes: u16, draws: u16) -> Self {
        let renewed = |counter: Counter, quota: u16| Counter {
            quota: quota.max(counter.used + counter.reserved),
            ..counter
        };
        Self {
            window: Chances {
                compose: renewed(self.window.compose, wishes),
                draws: renewed(self.window.draws, draws),
            },
            ..*self
        }
    }

    /// Whether neither counter has anything left.
    pub(crate) fn used_up(&self) -> bool {
        self.compose.left() == 0 && self.draws.left() == 0
    }

    fn on(&self, channel: Channel) -> Chances {
        match channel {
            Channel::Internet => Chances {
                compose: self.compose,
                draws: self.draws,
            },
            Channel::Window => self.window,
        }
    }

    fn with(&self, channel: Channel, chances: Chances) -> Self {
        match channel {
            Channel::Internet => Self {
                compose: chances.compose,
                draws: chances.draws,
                ..*self
            },
            Channel::Window => Self {
                window: chances,
                ..*self
            },
        }
    }

    /// Sets a charge aside before the pool is asked (P1).
    ///
    /// # Errors
    /// [`Refused::ComposeForfeited`]; [`Refused::QuotaExceeded`] with what remains.
    pub(crate) fn reserve(&self, channel: Channel, charge: Charge) -> Result<Self, Refused> {
        if channel == Channel::Internet && charge.compose > 0 && self.compose_forfeited {
            return Err(Refused::ComposeForfeited);
        }
        Ok(self.with(channel, self.on(channel).reserve(charge)?))
    }

    /// Gives chances back that an outage of ours cost (P5). No vehicle gets more than its quota. Who
    /// gets wishes back may compose again.
    ///
    /// # Errors
    /// [`Refused::CreditExceedsUse`].
    pub(crate) fn credit(&self, given: Charge) -> Result<Self, Refused> {
        Ok(Self {
            compose: self.compose.credit(given.compose, "compose")?,
            draws: self.draws.credit(given.draws, "draws")?,
            compose_forfeited: self.compose_forfeited && given.compose == 0,
            ..*self
        })
    }

    /// Gives a reservation back and takes what the operation cost (P5).
    pub(crate) fn settle(&self, channel: Channel, reserved: Charge, charged: Charge) -> Self {
        self.with(channel, self.on(channel).settle(reserved, charged))
    }

    /// What a held hit costs that lapsed or was abandoned (R-SEL-10): every chance that is left where
    /// policy says so, else its own check.
    pub(crate) fn abandon_hit(&self, forfeits: bool) -> Self {
        let left = self.compose.left();
        let cost = if forfeits { left } else { left.min(1) };
        Self {
            compose: Counter {
                used: self.compose.used + cost,
                ..self.compose
            },
            compose_forfeited: self.compose_forfeited || forfeits,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R-SEL-13, R-RND-10: one way used up leaves the other as it is, and both used up leave none.
    #[test]
    fn each_way_has_its_own_end() {
        let mut quota = VehicleQuota::fresh(2, 1);
        let charge = |compose, draws| Charge { compose, draws };
        quota = quota.reserve(Channel::Internet, charge(2, 0)).unwrap();
        quota = quota.settle(Channel::Internet, charge(2, 0), charge(2, 0));
        assert!(quota.reserve(Channel::Internet, charge(1, 0)).is_err());
        assert!(!quota.used_up());
        quota = quota.reserve(Channel::Internet, charge(0, 1)).unwrap();
        quota = quota.settle(Channel::Internet, charge(0, 1), charge(0, 1));
        assert!(quota.used_up());
    }

    /// R-SEL-06: a round larger than what remains is refused and tells what remains.
    #[test]
    fn more_than_what_remains_is_refused() {
        let quota = VehicleQuota::fresh(3, 1);
        let four = Charge {
            compose: 4,
            draws: 0,
        };
        assert_eq!(
            quota.reserve(Channel::Internet, four),
            Err(Refused::QuotaExceeded { remaining: 3 })
        );
        let three = Charge {
            compose: 3,
            draws: 0,
        };
        let reserved = quota.reserve(Channel::Internet, three).unwrap();
        assert_eq!(reserved.compose.left(), 0);
        assert_eq!(
            reserved.settle(Channel::Internet, three, Charge::NONE),
            quota
        );
        let charged = reserved.settle(Channel::Internet, three, three);
        assert_eq!((charged.compose.left(), charged.draws.left()), (0, 1));
        assert!(!charged.used_up());
    }

    /// P5: what is given back was used, so that a credit never makes a quota.
    #[test]
    fn a_credit_gives_back_what_was_used_and_no_more() {
        let five = Charge {
            compose: 5,
            draws: 0,
        };
        let used = VehicleQuota::fresh(20, 5)
            .reserve(Channel::Internet, five)
            .unwrap();
        let used = used.settle(Channel::Internet, five, five);
        assert_eq!(used.credit(five), Ok(VehicleQuota::fresh(20, 5)));
        for (given, field) in [((6, 0), "compose"), ((0, 1), "draws")] {
            let (compose, draws) = given;
            let refused = used.credit(Charge { compose, draws });
            assert_eq!(refused, Err(Refused::CreditExceedsUse { field }));
        }
    }

    /// R-SEL-10: an abandoned hit takes all chances with it, or its own check; staff may give back.
    #[test]
    fn an_abandoned_hit_costs_what_policy_says() {
        let quota = VehicleQuota::fresh(20, 10);
        let one = quota.abandon_hit(false);
        assert_eq!((one.compose.left(), one.compose_forfeited), (19, false));
        let all = quota.abandon_hit(true);
        assert_eq!((all.compose.left(), all.draws.left()), (0, 10));
        let wish = Charge {
            compose: 1,
            draws: 0,
        };
        let refused = all.reserve(Channel::Internet, wish);
        assert_eq!(refused, Err(Refused::ComposeForfeited));
        let credited = all.credit(wish).unwrap();
        credited.reserve(Channel::Internet, wish).unwrap();
    }

    /// R-SEL-12: the window has its own chances; those of the internet stay untouched.
    #[test]
    fn the_window_counts_for_itself() {
        let wish = Charge {
            compose: 1,
            draws: 0,
        };
        let quota = VehicleQuota::fresh(0, 0).at_window(1, 1);
        let reserved = quota.reserve(Channel::Window, wish).unwrap();
        let charged = reserved.settle(Channel::Window, wish, wish);
        assert_eq!(
            charged.reserve(Channel::Window, wish),
            Err(Refused::QuotaExceeded { remaining: 0 })
        );
        assert_eq!(charged.at_window(3, 1).window.compose.left(), 2);
        assert_eq!(charged.at_window(0, 0).window.compose.left(), 0);
        assert!(charged.used_up());
    }

    proptest! {
        #[test]
        fn a_counter_never_runs_over(steps in prop::collection::vec((0u16..8, 0u16..12), 0..40)) {
            let mut counter = Counter::fresh(20);
            for (wanted, charged) in steps {
                let Ok(reserved) = counter.reserve(wanted) else { continue };
                prop_assert!(reserved.used + reserved.reserved <= reserved.quota);
                let settled = reserved.settle(wanted, charged);
                prop_assert_eq!(settled.reserved, 0);
                prop_assert!(settled.used >= counter.used);
                prop_assert!(settled.used <= settled.quota);
                counter = settled;
            }
        }
    }
}
