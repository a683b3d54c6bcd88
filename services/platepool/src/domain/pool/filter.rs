//! The registered filters: which free numbers somebody sees, found by rank.

use xuanhao_vocabulary::PlateClass;
use xuanhao_vocabulary::mask::{CharSet, SerialGroup};
use xuanhao_vocabulary::plate::{Energy, Form};

use crate::domain::bitmap::{Bits, Ranks};
use crate::domain::command::DrawFrom;
use crate::domain::rule::Digits;

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

    /// With which last characters it admits the serials of a group.
    pub(super) fn admitted_last(self, group: &SerialGroup, digits: &Digits) -> CharSet {
        let without_four = self.from == DrawFrom::WithoutFour;
        if without_four && digits.has_four() {
            return CharSet::EMPTY;
        }
        let last = match self.energy {
            Some(energy) => of_group(energy, group.head()),
            None => CharSet::ALL,
        };
        if without_four {
            last.without(CharSet::of('4'))
        } else {
            last
        }
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

/// With which last characters a serial that begins so is of an energy group. Its letter stands
/// first, or last behind five digits.
fn of_group(energy: Energy, head: &[u8]) -> CharSet {
    let letters = match energy {
        Energy::Battery => CharSet::BATTERY,
        Energy::NotPurelyBattery => CharSet::ENERGY.without(CharSet::BATTERY),
    };
    match head.first() {
        Some(first) if first.is_ascii_digit() => letters,
        Some(first) if letters.contains(char::from(*first)) => CharSet::ALL,
        _ => CharSet::EMPTY,
    }
}

fn has_groups(class: PlateClass) -> bool {
    class.form() != Form::Ordinary
}

/// One filter of a pool: which numbers it admits, and the ranks of those of them that are free.
#[derive(Debug, Clone)]
pub(super) struct Filtered {
    pub(super) filter: Filter,
    admitted: Bits,
    ranks: Ranks,
}

impl Filtered {
    pub(super) fn new(filter: Filter) -> Self {
        Self {
            filter,
            admitted: Bits::default(),
            ranks: Ranks::default(),
        }
    }

    pub(super) fn admits(&self, place: usize) -> bool {
        self.admitted.get(place)
    }

    pub(super) fn count(&self) -> u64 {
        self.ranks.count()
    }

    /// The place of the number of a rank among those that are free.
    pub(super) fn select(&self, rank: u64, free: &Bits) -> Option<usize> {
        self.ranks
            .select(rank, |at| free.word(at) & self.admitted.word(at))
    }

    /// A number is free now, or is not any more.
    pub(super) fn set_free(&mut self, place: usize, free: bool) {
        if self.admitted.get(place) {
            self.ranks.put(place, free);
        }
    }

    /// Takes in numbers for which room was made.
    pub(super) fn insert(&mut self, at: usize, admitted: &[u64], free: &Bits) {
        self.admitted.insert(at, admitted);
        let ranks = std::mem::take(&mut self.ranks);
        self.ranks = self.recounted(at, free, ranks);
    }

    /// Whether the ranks are those of the free numbers.
    pub(super) fn counts(&self, free: &Bits) -> bool {
        self.recounted(0, free, Ranks::default()) == self.ranks
    }

    fn recounted(&self, from: usize, free: &Bits, mut ranks: Ranks) -> Ranks {
        ranks.recount(from, free.len(), |at| {
            free.word(at) & self.admitted.word(at)
        });
        ranks
    }

    pub(super) fn bytes(&self) -> usize {
        self.admitted.bytes() + self.ranks.bytes()
    }
}
