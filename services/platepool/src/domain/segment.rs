//! An open segment: a run of places in its pool's bitmaps.

use jiff::Timestamp;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateKey, PlateMask, PlateNumber};

use super::command::NewSegment;
use super::ids::SegmentId;

/// A segment of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    pub(crate) code: IssuingCode,
    pub(crate) mask: PlateMask,
    pub(crate) random_only_until: Option<Timestamp>,
    /// Its first place. A multiple of 64, so that segments share no word.
    pub(crate) base: usize,
    /// How many numbers it has.
    pub(crate) count: usize,
}

impl Segment {
    pub(crate) fn new(new: &NewSegment, base: usize) -> Self {
        Self {
            id: new.id,
            code: new.code,
            mask: new.mask.clone(),
            random_only_until: new.random_only_until,
            base,
            count: usize::try_from(new.mask.count()).expect("masks hold at most some millions"),
        }
    }

    /// The place of a number, if it is one of this segment's.
    pub(crate) fn place_of(&self, number: &PlateNumber) -> Option<usize> {
        if number.code() != self.code {
            return None;
        }
        let rank = self.mask.rank(&number.serial())?;
        Some(self.base + usize::try_from(rank).ok()?)
    }

    /// The key of the number at a place of this segment.
    pub(crate) fn key_at(&self, class: PlateClass, place: usize) -> PlateKey {
        let rank = (place - self.base) as u64;
        let serial = self
            .mask
            .unrank(rank)
            .expect("places of a segment are below its count");
        PlateKey::pack(class, PlateNumber::new(self.code, serial))
            .expect("a segment's mask fits its class")
    }

    /// All its places.
    pub(crate) fn places(&self) -> std::ops::Range<usize> {
        self.base..self.base + self.count
    }

    /// Whether its numbers can only be drawn.
    pub(crate) fn is_random_only(&self, now: Timestamp) -> bool {
        self.random_only_until.is_some_and(|until| until > now)
    }

    /// What its numbers may begin with; see [`PlateKey::beginning`]. Few segments have the same
    /// beginning, so finding a number's segment is a look-up and a short walk, even where a pool has
    /// thousands of segments of a hundred numbers.
    pub(crate) fn beginnings(&self, class: PlateClass) -> impl Iterator<Item = u64> + use<> {
        let issue = self.key_at(class, self.base).place_of_issue();
        let beginnings: Vec<_> = self.mask.beginnings().collect();
        beginnings.into_iter().map(move |start| issue + start)
    }
}
