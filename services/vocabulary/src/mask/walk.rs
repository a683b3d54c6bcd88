//! Questions about a mask that go position by position: which characters are possible where, and
//! whether two masks share a serial.
//!
//! A mask is walked as a small automaton. The state says whether the digits of the current run have
//! so far been those of its lower or upper bound; outside runs it is [`FREE`]. Everything is
//! counted, not searched, so that serials taken out by a minus-list can be counted off exactly.

use super::part::Part;
use super::{CharSet, PlateMask};
use crate::plate::Serial;
use crate::plate::symbol::index;

const FREE: usize = 0;
const AT_LOW: usize = 1;
const AT_HIGH: usize = 2;
const STATES: usize = 4;

type Counts = [u64; STATES];

/// The automaton of a mask, without its minus-list.
struct Walk {
    /// For each position its part, and its index within that part.
    places: Vec<(Part, usize)>,
}

impl Walk {
    fn of(mask: &PlateMask) -> Self {
        let places = mask
            .parts
            .iter()
            .flat_map(|part| (0..part.positions()).map(|i| (*part, i)));
        Self {
            places: places.collect(),
        }
    }

    /// The state in which a position is entered that begins a part.
    fn entry(&self, position: usize) -> usize {
        match self.places.get(position) {
            Some((Part::Run(_), _)) => AT_LOW | AT_HIGH,
            _ => FREE,
        }
    }

    /// The state after a character, or none if the mask does not allow it here.
    fn step(&self, position: usize, state: usize, character: u8) -> Option<usize> {
        match self.places[position] {
            (Part::Set(set), _) => {
                set.rank(character)?;
                Some(self.entry(position + 1))
            }
            (Part::Run(run), index) => {
                let (low, high) = run.bounds_at(index);
                let low_kept = if character == low { state & AT_LOW } else { 0 };
                let high_kept = if character == high {
                    state & AT_HIGH
                } else {
                    0
                };
                let below = state & AT_LOW != 0 && character < low;
                let above = state & AT_HIGH != 0 && character > high;
                if character > 9 || below || above {
                    None
                } else if index + 1 == usize::from(run.positions) {
                    Some(self.entry(position + 1))
                } else {
                    Some(low_kept | high_kept)
                }
            }
        }
    }

    /// For each position and state, how many ways lead there from the beginning.
    fn forward(&self, allowed: &[CharSet]) -> Vec<Counts> {
        let mut table = vec![[0; STATES]; self.places.len() + 1];
        table[0][self.entry(0)] = 1;
        for position in 0..self.places.len() {
            for state in 0..STATES {
                for character in allowed[position].indices() {
                    if let Some(next) = self.step(position, state, character) {
                        table[position + 1][next] += table[position][state];
                    }
                }
            }
        }
        table
    }

    /// For each position and state, how many ways lead from there to the end.
    fn backward(&self, allowed: &[CharSet]) -> Vec<Counts> {
        let mut table = vec![[0; STATES]; self.places.len() + 1];
        table[self.places.len()] = [1; STATES];
        for position in (0..self.places.len()).rev() {
            for state in 0..STATES {
                let characters = allowed[position].indices();
                let next = characters.filter_map(|c| self.step(position, state, c));
                table[position][state] = next.map(|next| table[position + 1][next]).sum();
            }
        }
        table
    }
}

/// What is possible where any combination is: all of a position's characters, as long as every
/// other position has one that is allowed.
fn possible_in(sets: &[CharSet], allowed: &[CharSet]) -> Vec<CharSet> {
    let places = sets.iter().zip(allowed);
    let fits = |(set, allowed): (&CharSet, &CharSet)| !(*set & *allowed).is_empty();
    let misfits = places.clone().filter(|place| !fits(*place)).count();
    let possible = places.map(|(set, allowed)| {
        let others = misfits - usize::from(!fits((set, allowed)));
        if others == 0 { *set } else { CharSet::EMPTY }
    });
    possible.collect()
}

impl PlateMask {
    /// For each position, the characters that some serial of the mask has there, given what is
    /// already known at the *other* positions: the keys a keyboard may leave enabled.
    ///
    /// `known` holds one entry a position from the left, `None` where nothing is typed yet; missing
    /// entries at the end count as `None`. What is known at a position does not narrow that position
    /// itself, so a typed character can be typed over. With more entries than positions nothing is
    /// possible.
    pub fn possible_next(&self, known: &[Option<u8>]) -> Vec<CharSet> {
        let walk = Walk::of(self);
        let positions = walk.places.len();
        if known.len() > positions {
            return vec![CharSet::EMPTY; positions];
        }
        let allowed: Vec<CharSet> = (0..positions)
            .map(|position| match known.get(position) {
                Some(Some(byte)) => CharSet::of(char::from(byte.to_ascii_uppercase())),
                _ => CharSet::ALL,
            })
            .collect();
        if let Some(sets) = self.sets() {
            return possible_in(&sets, &allowed);
        }
        let (forward, backward) = (walk.forward(&allowed), walk.backward(&allowed));
        let taken = self.taken_out(&allowed);

        (0..positions)
            .map(|position| {
                let possible = |character: &u8| {
                    let ways = (0..STATES).filter_map(|state| {
                        let next = walk.step(position, state, *character)?;
                        Some(forward[position][state] * backward[position + 1][next])
                    });
                    ways.sum::<u64>() > taken[position][usize::from(*character)]
                };
                let characters = CharSet::ALL.indices().filter(possible);
                characters
                    .map(CharSet::of_index)
                    .fold(CharSet::EMPTY, |set, one| set | one)
            })
            .collect()
    }

    /// The characters of each position, if the mask allows any combination of them: it has no runs
    /// and no minus-list, as most have.
    fn sets(&self) -> Option<Vec<CharSet>> {
        let set = |part: &Part| match part {
            Part::Set(set) => Some(*set),
            Part::Run(_) => None,
        };
        let sets = self.parts.iter().map(set).collect::<Option<Vec<_>>>();
        sets.filter(|_| self.minus.is_empty())
    }

    /// For each position and character, how many serials of the minus-list have it there and fit
    /// what is allowed at the other positions.
    fn taken_out(&self, allowed: &[CharSet]) -> Vec<[u64; 34]> {
        let mut taken = vec![[0; 34]; allowed.len()];
        for serial in self.minus() {
            let fits = |position: usize, byte: u8| allowed[position].contains(char::from(byte));
            let misfits = serial
                .bytes()
                .iter()
                .enumerate()
                .filter(|(i, byte)| !fits(*i, **byte));
            let misfits: Vec<usize> = misfits.map(|(position, _)| position).collect();
            for (position, byte) in serial.bytes().iter().enumerate() {
                let others_fit = misfits.iter().all(|misfit| *misfit == position);
                if let (true, Some(character)) = (others_fit, index(*byte)) {
                    taken[position][usize::from(character)] += 1;
                }
            }
        }
        taken
    }

    /// The characters that the mask's serials have at a 1-based position; none beyond the last.
    pub fn chars_at(&self, position: usize) -> CharSet {
        let index = position.checked_sub(1);
        let sets = self.possible_next(&[]);
        index
            .and_then(|index| sets.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// The first two characters that its serials may have, as [`PlateKey::beginning`] counts them.
    ///
    /// [`PlateKey::beginning`]: crate::PlateKey::beginning
    pub fn beginnings(&self) -> impl Iterator<Item = u64> {
        let sets = self.possible_next(&[]);
        let (first, second) = (sets[0], sets[1]);
        let pair = move |a| {
            second
                .indices()
                .map(move |b| u64::from(a) * 34 + u64::from(b))
        };
        first.indices().flat_map(pair)
    }

    /// Whether some serial is in both masks, exactly.
    pub fn overlaps(&self, other: &PlateMask) -> bool {
        if self.form != other.form {
            return false;
        }
        let in_other = |serial: &Serial| other.rank_whole(serial).is_some();
        // Serials taken out of either, each counted once.
        let mine = self.minus().filter(in_other).count();
        let theirs = other.minus().filter(|serial| self.contains(serial)).count();
        self.shared_whole(other) > (mine + theirs) as u64
    }

    /// How many serials two masks share, their minus-lists left aside.
    fn shared_whole(&self, other: &PlateMask) -> u64 {
        let (left, right) = (Walk::of(self), Walk::of(other));
        let mut counts = [[0_u64; STATES]; STATES];
        counts[left.entry(0)][right.entry(0)] = 1;
        for position in 0..left.places.len() {
            let mut after = [[0; STATES]; STATES];
            for (state, row) in counts.iter().enumerate() {
                for (other_state, ways) in row.iter().enumerate().filter(|(_, ways)| **ways > 0) {
                    for character in CharSet::ALL.indices() {
                        let next = left.step(position, state, character);
                        let other_next = right.step(position, other_state, character);
                        if let (Some(next), Some(other_next)) = (next, other_next) {
                            after[next][other_next] += ways;
                        }
                    }
                }
            }
            counts = after;
        }
        counts.iter().flatten().sum()
    }
}
