//! The numbers an application holds: the column of the last draw and the basket of candidates.
//!
//! | part | made by | timer restarts | ends by |
//! |---|---|---|---|
//! | column | draw; a composed hit that is held; a choice | never | next draw, hit or choice, give-up, close, allocation, its time |
//! | basket | keep (one number a column) | keep, draw while it lives | held hit, choice, give-up, close, allocation, its time |

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;

/// A part of the set, with a timer of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The numbers of the last draw.
    Column,
    /// The candidates.
    Basket,
}

/// All numbers an application holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldSet {
    /// The numbers of the last draw.
    pub column: Option<Column>,
    /// The candidates.
    pub basket: Option<Basket>,
}

/// The numbers of the last draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// In the order they were drawn, without the one that went into the basket.
    pub plates: Vec<PlateKey>,
    /// Void from this instant on.
    pub until: Timestamp,
    /// Whether its one candidate went into the basket (R-RND-08).
    pub chosen: bool,
}

/// The candidates (备选).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    /// In the order they were chosen.
    pub plates: Vec<PlateKey>,
    /// Void from this instant on.
    pub until: Timestamp,
}

impl HoldSet {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.column.is_none() && self.basket.is_none()
    }

    /// All numbers in it.
    pub fn plates(&self) -> impl Iterator<Item = PlateKey> + '_ {
        let column = self.column.iter().flat_map(|column| &column.plates);
        let basket = self.basket.iter().flat_map(|basket| &basket.plates);
        column.chain(basket).copied()
    }

    /// Until when a part is held.
    pub fn until(&self, part: Part) -> Option<Timestamp> {
        match part {
            Part::Column => self.column.as_ref().map(|column| column.until),
            Part::Basket => self.basket.as_ref().map(|basket| basket.until),
        }
    }

    /// Memory that it takes beside its own size, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let column = self.column.as_ref().map(|column| column.plates.capacity());
        let basket = self.basket.as_ref().map(|basket| basket.plates.capacity());
        (column.unwrap_or(0) + basket.unwrap_or(0)) * size_of::<PlateKey>()
    }

    /// Takes a part away and gives its numbers.
    pub(crate) fn drop_part(&mut self, part: Part) -> Vec<PlateKey> {
        match part {
            Part::Column => self.column.take().map(|column| column.plates),
            Part::Basket => self.basket.take().map(|basket| basket.plates),
        }
        .unwrap_or_default()
    }
}

impl Part {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Column, Self::Basket];
}
