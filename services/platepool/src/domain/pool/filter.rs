//! The registered filters: which free numbers somebody sees, found by rank.

use xuanhao_vocabulary::plate::{Energy, Form};
use xuanhao_vocabulary::{PlateClass, PlateNumber};

use crate::domain::bitmap::{Bits, RankedBits};
use crate::domain::command::DrawFrom;

/// Which numbers of a class somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filter {
    from: DrawFrom,
    energy: Option<Energy>,
}

impl Filter {
    /// What a vehicle of an energy group sees. Numbers without energy letters are of no group.
    pub(crate) fn new(class: PlateClass, from: DrawFrom, energy: Option<Energy>) -> Self {
        let energy = energy.filter(|_| has_groups(class));
        Self { from, energy }
    }

    pub(super) fn admits(self, number: &PlateNumber) -> bool {
        let with_four = self.from == DrawFrom::Any || !number.contains_digit_four();
        let of_group = self.energy.is_none() || number.serial().energy() == self.energy;
        with_four && of_group
    }

    /// Whether it keeps no number out.
    pub(super) fn is_open(self) -> bool {
        self.from == DrawFrom::Any && self.energy.is_none()
    }

    /// All there are for a class, but for the one that keeps no number out.
    pub(super) fn registered(class: PlateClass) -> Vec<Self> {
        let groups: &[_] = if has_groups(class) {
            &[None, Some(Energy::Battery), Some(Energy::NotPurelyBattery)]
        } else {
            &[None]
        };
        let all = groups.iter().flat_map(|energy| {
            let of = move |from| Self {
                from,
                energy: *energy,
            };
            [DrawFrom::Any, DrawFrom::WithoutFour].map(of)
        });
        all.filter(|filter| !filter.is_open()).collect()
    }
}

fn has_groups(class: PlateClass) -> bool {
    class.form() != Form::Ordinary
}

/// One filter of a pool: which numbers it admits, and those of them that are free.
#[derive(Debug, Clone)]
pub(super) struct Filtered {
    pub(super) filter: Filter,
    pub(super) admitted: Bits,
    pub(super) free: RankedBits,
}

impl Filtered {
    pub(super) fn new(filter: Filter) -> Self {
        Self {
            filter,
            admitted: Bits::default(),
            free: RankedBits::default(),
        }
    }

    pub(super) fn set_free(&mut self, place: usize, free: bool) {
        self.free.put(place, free && self.admitted.get(place));
    }

    /// Makes room for numbers that are all free.
    pub(super) fn insert(&mut self, at: usize, admitted: &[u64]) {
        self.admitted.insert(at, admitted);
        self.free.insert(at, admitted);
    }

    pub(super) fn bytes(&self) -> usize {
        self.admitted.bytes() + self.free.bytes()
    }
}
