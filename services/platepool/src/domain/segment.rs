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

    /// The number at a place of this segment.
    pub(crate) fn number_at(&self, place: usize) -> PlateNumber {
        let rank = (place - self.base) as u64;
        let serial = self
            .mask
            .unrank(rank)
            .expect("places of a segment are below its count");
        PlateNumber::new(self.code, serial)
    }

    pub(crate) fn key_at(&self, class: PlateClass, place: usize) -> PlateKey {
        PlateKey::pack(class, self.number_at(place)).expect("a segment's mask fits its class")
    }

    /// All its places.
    pub(crate) fn places(&self) -> std::ops::Range<usize> {
        self.base..self.base + self.count
    }

    /// Whether its numbers can only be drawn.
    pub(crate) fn is_random_only(&self, now: Timestamp) -> bool {
        self.random_only_until.is_some_and(|until| until > now)
    }

    /// The first two characters its serials may begin with.
    pub(crate) fn beginnings(&self) -> impl Iterator<Item = Beginning> + use<> {
        let (first, second) = (self.mask.chars_at(1), self.mask.chars_at(2));
        let code = self.code;
        first.iter().flat_map(move |a| {
            second.iter().map(move |b| Beginning {
                code,
                start: [a, b],
            })
        })
    }
}

/// What numbers of few segments begin with: finding a number's segment is a look-up and a short
/// walk, even where a pool has thousands of segments of a hundred numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Beginning {
    code: IssuingCode,
    start: [char; 2],
}

impl Beginning {
    pub(crate) fn of(number: &PlateNumber) -> Self {
        let serial = number.serial();
        let mut characters = serial.as_str().chars();
        let mut next = || characters.next().unwrap_or_default();
        Self {
            code: number.code(),
            start: [next(), next()],
        }
    }
}
