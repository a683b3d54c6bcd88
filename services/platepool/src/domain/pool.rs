//! The numbers of one plate class: who may draw or compose which of them now.
//!
//! Each number has a place in bitmaps that run through the segments in the order of their ids. Its
//! state costs about seven bits, whatever happens to it: free, and free under each of the registered
//! filters (without a 4; of new-energy classes, each energy group with 4 and without), permitted by
//! the rules, open for composing at this time, allocated. A number that is neither free nor allocated
//! is held or away; who holds it, the applications know.

mod filter;

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;
use xuanhao_vocabulary::{PlateClass, PlateKey, PlateNumber};

pub(crate) use filter::Filter;
use filter::Filtered;

use super::bitmap::{Bits, RankedBits, words_for};
use super::command::{DrawFrom, NewSegment};
use super::ids::SegmentId;
use super::rule::ComposeRule;
use super::segment::{Beginning, Segment};

/// How many numbers there are, and of which kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// In open segments.
    pub released: u64,
    /// Free.
    pub free: u64,
    /// Free and without a digit 4.
    pub free_without_four: u64,
    /// Free and open for composing.
    pub free_to_compose: u64,
    /// Allocated, of the released.
    pub allocated: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Pool {
    class: PlateClass,
    segments: Vec<Segment>,
    by_beginning: HashMap<Beginning, Vec<SegmentId>>,
    rules: Vec<ComposeRule>,
    free: RankedBits,
    filters: Vec<Filtered>,
    free_to_compose: RankedBits,
    permitted: Bits,
    open: Bits,
    allocated: Bits,
    released: u64,
    allocated_count: u64,
}

impl Pool {
    pub(crate) fn new(class: PlateClass) -> Self {
        Self {
            class,
            segments: Vec::new(),
            by_beginning: HashMap::new(),
            rules: Vec::new(),
            free: RankedBits::default(),
            filters: Filter::registered(class)
                .into_iter()
                .map(Filtered::new)
                .collect(),
            free_to_compose: RankedBits::default(),
            permitted: Bits::default(),
            open: Bits::default(),
            allocated: Bits::default(),
            released: 0,
            allocated_count: 0,
        }
    }

    /// Opens a segment at its place in the order of ids, with all its numbers free.
    pub(crate) fn open_segment(&mut self, new: &NewSegment, now: Timestamp) {
        let index = self.segments.partition_point(|segment| segment.id < new.id);
        let base = index.checked_sub(1).map_or(0, |before| {
            let before = &self.segments[before];
            before.base + words_for(before.count) * 64
        });
        let segment = Segment::new(new, base);
        let words = words_for(segment.count);
        for later in &mut self.segments[index..] {
            later.base += words * 64;
        }
        let (mut fresh, random_only) = (Fresh::new(words, self.class), segment.is_random_only(now));
        for place in segment.places() {
            fresh.add(
                place - base,
                &segment.number_at(place),
                &self.rules,
                random_only,
            );
        }
        let at = base / 64;
        self.free.insert(at, &fresh.free);
        self.free_to_compose.insert(at, &fresh.free_to_compose);
        for (filtered, (_, admitted)) in self.filters.iter_mut().zip(&fresh.filters) {
            filtered.insert(at, admitted);
        }
        self.permitted.insert(at, &fresh.permitted);
        self.open.insert(at, &fresh.open);
        self.allocated.insert(at, &vec![0; words]);
        self.released += segment.count as u64;
        for beginning in segment.beginnings() {
            self.by_beginning
                .entry(beginning)
                .or_default()
                .push(segment.id);
        }
        self.segments.insert(index, segment);
    }

    /// Where a number is, if it is released.
    pub(crate) fn place_of(&self, number: &PlateNumber) -> Option<usize> {
        let candidates = self.by_beginning.get(&Beginning::of(number))?;
        candidates
            .iter()
            .find_map(|id| self.segment(*id)?.place_of(number))
    }

    fn segment(&self, id: SegmentId) -> Option<&Segment> {
        let index = self
            .segments
            .binary_search_by_key(&id, |segment| segment.id)
            .ok()?;
        self.segments.get(index)
    }

    /// The number at a place.
    pub(crate) fn key_at(&self, place: usize) -> PlateKey {
        let after = self
            .segments
            .partition_point(|segment| segment.base <= place);
        self.segments[after - 1].key_at(self.class, place)
    }

    /// How many numbers a draw can pick from.
    pub(crate) fn free_count(&self, filter: Filter) -> u64 {
        self.free_under(filter).count()
    }

    /// The place of the free number of a rank under a filter.
    pub(crate) fn select(&self, filter: Filter, rank: u64) -> Option<usize> {
        self.free_under(filter).select(rank)
    }

    fn filtered(&self, filter: Filter) -> Option<&Filtered> {
        self.filters
            .iter()
            .find(|filtered| filtered.filter == filter)
    }

    fn free_under(&self, filter: Filter) -> &RankedBits {
        self.filtered(filter)
            .map_or(&self.free, |filtered| &filtered.free)
    }

    /// Whether a draw under a filter may pick the number at a place once it is free.
    pub(crate) fn matches(&self, place: usize, filter: Filter) -> bool {
        self.filtered(filter)
            .is_none_or(|filtered| filtered.admitted.get(place))
    }

    pub(crate) fn is_free(&self, place: usize) -> bool {
        self.free.get(place)
    }

    pub(crate) fn is_open(&self, place: usize) -> bool {
        self.open.get(place)
    }

    pub(crate) fn is_allocated(&self, place: usize) -> bool {
        self.allocated.get(place)
    }

    pub(crate) fn set_free(&mut self, place: usize, free: bool) {
        self.free.put(place, free);
        for filtered in &mut self.filters {
            filtered.set_free(place, free);
        }
        self.free_to_compose
            .put(place, free && self.open.get(place));
    }

    pub(crate) fn set_allocated(&mut self, place: usize, allocated: bool) {
        if self.allocated.put(place, allocated) {
            if allocated {
                self.allocated_count += 1;
            } else {
                self.allocated_count -= 1;
            }
        }
    }

    /// Decides whether the number at a place may be composed, given whether it is random-only.
    pub(crate) fn set_random_only(&mut self, place: usize, random_only: bool) {
        let open = self.permitted.get(place) && !random_only;
        self.open.put(place, open);
        self.free_to_compose
            .put(place, open && self.free.get(place));
    }

    /// The places of a segment.
    pub(crate) fn places_of(&self, id: SegmentId) -> Option<Range<usize>> {
        self.segment(id).map(Segment::places)
    }

    pub(crate) fn is_segment_random_only(&self, place: usize, now: Timestamp) -> bool {
        let after = self
            .segments
            .partition_point(|segment| segment.base <= place);
        self.segments[after - 1].is_random_only(now)
    }

    /// Puts other rules in force. `random_only` tells which places are closed for their own sake.
    pub(crate) fn set_rules(
        &mut self,
        rules: Vec<ComposeRule>,
        now: Timestamp,
        mut random_only: impl FnMut(PlateKey) -> bool,
    ) {
        self.rules = rules;
        for index in 0..self.segments.len() {
            let closed = self.segments[index].is_random_only(now);
            for place in self.segments[index].places() {
                let number = self.segments[index].number_at(place);
                let key = self.segments[index].key_at(self.class, place);
                self.permitted.put(place, permits(&self.rules, &number));
                self.set_random_only(place, closed || random_only(key));
            }
        }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn rules(&self) -> &[ComposeRule] {
        &self.rules
    }

    pub(crate) fn figures(&self) -> Figures {
        Figures {
            released: self.released,
            free: self.free.count(),
            free_without_four: self.free_count(Filter::new(
                self.class,
                DrawFrom::WithoutFour,
                None,
            )),
            free_to_compose: self.free_to_compose.count(),
            allocated: self.allocated_count,
        }
    }

    /// All free numbers of a filter, and all allocated ones, for audits and comparisons.
    pub(crate) fn free_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        self.free.ones().map(|place| self.key_at(place))
    }

    /// See [`Self::free_keys`].
    pub(crate) fn open_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        self.free_to_compose.ones().map(|place| self.key_at(place))
    }

    /// See [`Self::free_keys`].
    pub(crate) fn allocated_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        self.allocated.ones().map(|place| self.key_at(place))
    }

    /// Checks that every bitmap says the same as the one it is derived from.
    pub(crate) fn is_consistent(&self) -> bool {
        let agree = self.segments.iter().flat_map(Segment::places).all(|place| {
            let free = self.free.get(place);
            self.filters
                .iter()
                .all(|one| one.free.get(place) == (free && one.admitted.get(place)))
                && self.free_to_compose.get(place) == (free && self.open.get(place))
                && !(free && self.allocated.get(place))
                && (self.permitted.get(place) || !self.open.get(place))
        });
        agree && self.allocated.count() == self.allocated_count
    }

    /// Memory its numbers take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let ranked = [&self.free, &self.free_to_compose];
        let plain = [&self.permitted, &self.open, &self.allocated];
        let look_up =
            size_of::<Beginning>() + size_of::<Vec<SegmentId>>() + size_of::<SegmentId>() * 4;
        ranked.iter().map(|bits| bits.bytes()).sum::<usize>()
            + plain.iter().map(|bits| bits.bytes()).sum::<usize>()
            + self.filters.iter().map(Filtered::bytes).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.by_beginning.capacity() * look_up
    }
}

fn permits(rules: &[ComposeRule], number: &PlateNumber) -> bool {
    !rules.iter().any(|rule| rule.denies(number))
}

/// The words of a segment that opens.
struct Fresh {
    free: Vec<u64>,
    filters: Vec<(Filter, Vec<u64>)>,
    free_to_compose: Vec<u64>,
    permitted: Vec<u64>,
    open: Vec<u64>,
}

impl Fresh {
    fn new(words: usize, class: PlateClass) -> Self {
        let zeros = || vec![0; words];
        let filters = Filter::registered(class).into_iter();
        Self {
            free: zeros(),
            filters: filters.map(|filter| (filter, zeros())).collect(),
            free_to_compose: zeros(),
            permitted: zeros(),
            open: zeros(),
        }
    }

    fn add(&mut self, at: usize, number: &PlateNumber, rules: &[ComposeRule], random_only: bool) {
        let permitted = permits(rules, number);
        let open = permitted && !random_only;
        put(&mut self.free, at, true);
        for (filter, admitted) in &mut self.filters {
            put(admitted, at, filter.admits(number));
        }
        put(&mut self.free_to_compose, at, open);
        put(&mut self.permitted, at, permitted);
        put(&mut self.open, at, open);
    }
}

fn put(words: &mut [u64], at: usize, value: bool) {
    words[at / 64] |= u64::from(value) << (at % 64);
}

#[cfg(test)]
mod tests;
