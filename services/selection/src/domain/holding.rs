//! What an application holds: the column 随机号牌栏 and the basket 备选号牌栏.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::PlateNumber;

/// One of the two sets with the instant at which it is void (R-RND-04, R-RND-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timed {
    /// The numbers, in the pool's order.
    pub(crate) plates: Vec<PlateNumber>,
    /// Void from then on.
    pub(crate) until: Timestamp,
}

/// The whole current set, as the pool last told it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Holding {
    /// The last draw's numbers.
    pub(crate) column: Option<Timed>,
    /// Candidates.
    pub(crate) basket: Option<Timed>,
}

impl Holding {
    /// What of it still lives.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        let live = |set: &Option<Timed>| {
            set.clone()
                .filter(|set| set.until > now && !set.plates.is_empty())
        };
        Self {
            column: live(&self.column),
            basket: live(&self.basket),
        }
    }

    /// The instant from which nothing is held; `None` when nothing ever was.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        let sets = [&self.column, &self.basket];
        let filled = sets
            .into_iter()
            .flatten()
            .filter(|set| !set.plates.is_empty());
        filled.map(|set| set.until).max()
    }

    /// Whether anything is held.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at().is_some_and(|end| end > now)
    }

    /// Whether nothing was ever put in.
    pub(crate) fn is_empty(&self) -> bool {
        self.column.is_none() && self.basket.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(plate: &str, until: &str) -> Option<Timed> {
        Some(Timed {
            plates: vec![plate.parse().unwrap()],
            until: until.parse().unwrap(),
        })
    }

    /// R-RND-04, R-RND-06: column and basket end by their own timers.
    #[test]
    fn each_part_ends_by_its_own_timer() {
        let holding = Holding {
            column: timed("粤GA1235", "2026-11-23T01:01:30Z"),
            basket: timed("粤GA1236", "2026-11-23T01:02:00Z"),
        };
        let at = |text: &str| holding.at(text.parse().unwrap());
        assert_eq!(at("2026-11-23T01:01:29Z"), holding);
        let later = at("2026-11-23T01:01:30Z");
        assert_eq!((later.column, later.basket), (None, holding.basket.clone()));
        assert!(holding.is_live("2026-11-23T01:01:59Z".parse().unwrap()));
        assert!(!holding.is_live("2026-11-23T01:02:00Z".parse().unwrap()));
        assert_eq!(at("2026-11-23T01:02:00Z"), Holding::default());
    }
}
