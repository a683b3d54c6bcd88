//! What remains for a vehicle: two counters that belong to the VIN (R-INF-09).

use super::Refused;

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

    /// What may still be reserved.
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

/// Both counters of a vehicle. They outlive applications, accounts and offices, and keep the quota
/// of the vehicle's first lock: moving to another office buys no chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VehicleQuota {
    /// 自编.
    pub(crate) compose: Counter,
    /// 随机.
    pub(crate) draws: Counter,
}

impl VehicleQuota {
    /// The counters of a vehicle that is locked for the first time.
    pub(crate) fn fresh(compose: u16, draws: u16) -> Self {
        Self {
            compose: Counter::fresh(compose),
            draws: Counter::fresh(draws),
        }
    }

    /// Whether neither counter has anything left.
    pub(crate) fn used_up(&self) -> bool {
        self.compose.left() == 0 && self.draws.left() == 0
    }

    /// Sets a charge aside before the pool is asked (P1).
    ///
    /// # Errors
    /// [`Refused::QuotaExceeded`] with what remains.
    pub(crate) fn reserve(&self, charge: Charge) -> Result<Self, Refused> {
        Ok(Self {
            compose: self.compose.reserve(charge.compose)?,
            draws: self.draws.reserve(charge.draws)?,
        })
    }

    /// Gives chances back that an outage of ours cost (P5). No vehicle gets more than its quota.
    ///
    /// # Errors
    /// [`Refused::CreditExceedsUse`].
    pub(crate) fn credit(&self, given: Charge) -> Result<Self, Refused> {
        Ok(Self {
            compose: self.compose.credit(given.compose, "compose")?,
            draws: self.draws.credit(given.draws, "draws")?,
        })
    }

    /// Gives a reservation back and takes what the operation cost (P5).
    pub(crate) fn settle(&self, reserved: Charge, charged: Charge) -> Self {
        Self {
            compose: self.compose.settle(reserved.compose, charged.compose),
            draws: self.draws.settle(reserved.draws, charged.draws),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R-SEL-06: a round larger than what remains is refused and tells what remains.
    #[test]
    fn more_than_what_remains_is_refused() {
        let quota = VehicleQuota::fresh(3, 1);
        let four = Charge {
            compose: 4,
            draws: 0,
        };
        assert_eq!(
            quota.reserve(four),
            Err(Refused::QuotaExceeded { remaining: 3 })
        );
        let three = Charge {
            compose: 3,
            draws: 0,
        };
        let reserved = quota.reserve(three).unwrap();
        assert_eq!(reserved.compose.left(), 0);
        assert_eq!(reserved.settle(three, Charge::NONE), quota);
        let charged = reserved.settle(three, three);
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
        let used = VehicleQuota::fresh(20, 5).reserve(five).unwrap();
        let used = used.settle(five, five);
        assert_eq!(used.credit(five), Ok(VehicleQuota::fresh(20, 5)));
        for (given, field) in [((6, 0), "compose"), ((0, 1), "draws")] {
            let (compose, draws) = given;
            let refused = used.credit(Charge { compose, draws });
            assert_eq!(refused, Err(Refused::CreditExceedsUse { field }));
        }
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
