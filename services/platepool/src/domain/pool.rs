//! The numbers of one plate class: who may draw or compose which of them now.
//!
//! Each number has a place in bitmaps that run through the segments in the order of their ids. Its
//! state costs about six bits, whatever happens to it: free, and free under each of the registered
//! filters (without a 4; of new-energy classes, each energy group with 4 and without), permitted by
//! the rules, open for composing at this time, allocated. A number that is neither free nor allocated
//! is held or away; who holds it, the applications know.

mod filter;
mod fresh;

use jiff::Timestamp;
use xuanhao_vocabulary::{PlateClass, PlateKey};

pub(crate) use filter::Filter;
use filter::Filtered;

use super::bitmap::{Bits, Ranks, count, filled, words_for};
use super::command::{DrawFrom, NewSegment};
use super::hashing::IdMap;
use super::ids::SegmentId;
use super::rule::ComposeRule;
use super::segment::Segment;

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
    /// In the order of their ids, which is that of their places.
    segments: Vec<Segment>,
    by_beginning: IdMap<u64, Vec<SegmentId>>,
    rules: Vec<ComposeRule>,
    free: Bits,
    ranks: Ranks,
    filters: Vec<Filtered>,
    permitted: Bits,
    open: Bits,
    allocated: Bits,
    released: u64,
    free_to_compose: u64,
    allocated_count: u64,
}

impl Pool {
    pub(crate) fn new(class: PlateClass) -> Self {
        let filters = Filter::registered(class).into_iter();
        Self {
            class,
            segments: Vec::new(),
            by_beginning: IdMap::default(),
            rules: Vec::new(),
            free: Bits::default(),
            ranks: Ranks::default(),
            filters: filters.map(Filtered::new).collect(),
            permitted: Bits::default(),
            open: Bits::default(),
            allocated: Bits::default(),
            released: 0,
            free_to_compose: 0,
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
        let at = base / 64;
        self.free.insert(at, &filled(segment.count));
        let free = &self.free;
        self.ranks.recount(at, free.len(), |at| free.word(at));
        let admitted = fresh::admitted(&segment, self.class);
        for (filtered, admitted) in self.filters.iter_mut().zip(admitted) {
            filtered.insert(at, &admitted, &self.free);
        }
        let permitted = fresh::permitted(&segment, &self.rules);
        self.permitted.insert(at, &permitted);
        self.open.insert(at, &vec![0; words]);
        self.allocated.insert(at, &vec![0; words]);
        self.released += segment.count as u64;
        for beginning in segment.beginnings(self.class) {
            let segments = self.by_beginning.entry(beginning).or_default();
            segments.push(segment.id);
        }
        let drawn_only = segment.is_random_only(now);
        self.segments.insert(index, segment);
        if !drawn_only {
            self.open_to_composing(index);
            self.free_to_compose += count(&permitted);
        }
    }

    /// Opens what the rules permit of a segment, and of nothing else.
    fn open_to_composing(&mut self, index: usize) {
        let segment = &self.segments[index];
        let permitted = self.permitted.words(segment.places());
        self.open.replace(segment.base / 64, permitted);
    }

    fn recount(&mut self) {
        self.free_to_compose = self.open.count_common(&self.free);
    }

    /// Where a number is, if it is released.
    pub(crate) fn place_of(&self, plate: PlateKey) -> Option<usize> {
        let candidates = self.by_beginning.get(&plate.beginning())?;
        let (_, number) = plate.unpack();
        candidates
            .iter()
            .find_map(|id| self.segment(*id)?.place_of(&number))
    }

    fn index_of(&self, id: SegmentId) -> Result<usize, usize> {
        self.segments
            .binary_search_by_key(&id, |segment| segment.id)
    }

    fn segment(&self, id: SegmentId) -> Option<&Segment> {
        self.segments.get(self.index_of(id).ok()?)
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
        self.filtered(filter)
            .map_or(self.ranks.count(), Filtered::count)
    }

    /// The place of the free number of a rank under a filter.
    pub(crate) fn select(&self, filter: Filter, rank: u64) -> Option<usize> {
        match self.filtered(filter) {
            Some(filtered) => filtered.select(rank, &self.free),
            None => self.ranks.select(rank, |at| self.free.word(at)),
        }
    }

    /// None for the filter that keeps no number out.
    fn filtered(&self, filter: Filter) -> Option<&Filtered> {
        self.filters
            .iter()
            .find(|filtered| filtered.filter == filter)
    }

    /// Whether a draw under a filter may pick the number at a place once it is free.
    pub(crate) fn matches(&self, place: usize, filter: Filter) -> bool {
        self.filtered(filter)
            .is_none_or(|filtered| filtered.admits(place))
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
        if !self.free.put(place, free) {
            return;
        }
        self.ranks.put(place, free);
        for filtered in &mut self.filters {
            filtered.set_free(place, free);
        }
        if self.open.get(place) {
            self.count_to_compose(free);
        }
    }

    fn count_to_compose(&mut self, more: bool) {
        if more {
            self.free_to_compose += 1;
        } else {
            self.free_to_compose -= 1;
        }
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
        if self.open.put(place, open) && self.free.get(place) {
            self.count_to_compose(open);
        }
    }

    /// A segment is random-only no more. Numbers that are for their own sake have to be told again.
    pub(crate) fn open_segment_to_composing(&mut self, id: SegmentId) {
        if let Ok(index) = self.index_of(id) {
            self.open_to_composing(index);
            self.recount();
        }
    }

    pub(crate) fn is_segment_random_only(&self, place: usize, now: Timestamp) -> bool {
        let after = self
            .segments
            .partition_point(|segment| segment.base <= place);
        self.segments[after - 1].is_random_only(now)
    }

    /// Puts other rules in force. Numbers that are random-only for their own sake have to be told
    /// again.
    pub(crate) fn set_rules(&mut self, rules: Vec<ComposeRule>, now: Timestamp) {
        self.rules = rules;
        for index in 0..self.segments.len() {
            let segment = &self.segments[index];
            let permitted = fresh::permitted(segment, &self.rules);
            self.permitted.replace(segment.base / 64, &permitted);
            if segment.is_random_only(now) {
                let none = vec![0; permitted.len()];
                self.open.replace(segment.base / 64, &none);
            } else {
                self.open_to_composing(index);
            }
        }
        self.recount();
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
            free: self.ranks.count(),
            free_without_four: self.free_count(Filter::new(
                self.class,
                DrawFrom::WithoutFour,
                None,
            )),
            free_to_compose: self.free_to_compose,
            allocated: self.allocated_count,
        }
    }

    /// All free numbers of a filter, and all allocated ones, for audits and comparisons.
    pub(crate) fn free_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        self.free.ones().map(|place| self.key_at(place))
    }

    /// See [`Self::free_keys`].
    pub(crate) fn open_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        let open = |place: &usize| self.open.get(*place);
        let places = self.free.ones().filter(open);
        places.map(|place| self.key_at(place))
    }

    /// See [`Self::free_keys`].
    pub(crate) fn allocated_keys(&self) -> impl Iterator<Item = PlateKey> + '_ {
        self.allocated.ones().map(|place| self.key_at(place))
    }

    /// Checks that every bitmap says the same as the one it is derived from.
    pub(crate) fn is_consistent(&self) -> bool {
        let agree = self.segments.iter().flat_map(Segment::places).all(|place| {
            let free = self.free.get(place);
            !(free && self.allocated.get(place))
                && (self.permitted.get(place) || !self.open.get(place))
        });
        let mut ranks = Ranks::default();
        ranks.recount(0, self.free.len(), |at| self.free.word(at));
        agree
            && ranks == self.ranks
            && self.filters.iter().all(|one| one.counts(&self.free))
            && self.allocated.count() == self.allocated_count
            && self.open.count_common(&self.free) == self.free_to_compose
    }

    /// Memory its numbers take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let plain = [&self.free, &self.permitted, &self.open, &self.allocated];
        let look_up = size_of::<(u64, Vec<SegmentId>)>() + size_of::<SegmentId>() * 4;
        self.ranks.bytes()
            + plain.iter().map(|bits| bits.bytes()).sum::<usize>()
            + self.filters.iter().map(Filtered::bytes).sum::<usize>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.by_beginning.capacity() * look_up
    }
}

#[cfg(test)]
mod tests;
