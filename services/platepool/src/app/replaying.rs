//! Carrying an office's log out again, from its first row to the end of a day (E6, E9): whether every
//! row comes to what it records, and every draw to its numbers.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::task::spawn_blocking;
use xuanhao_chassis::clock::start_of_day;
use xuanhao_chassis::db;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::principal::Principal;
use xuanhao_vocabulary::Office;

use super::{App, require_office};
use crate::domain::command::{Command, Input};
use crate::domain::draw::{Day, day_of};
use crate::domain::ids::RowKey;
use crate::domain::replay::Replay;
use crate::domain::rows::Entry;
use crate::domain::state;
use crate::error::Error;
use crate::store::day_key;
use crate::store::log::{self, Span};

/// Rows read at once.
const PAGE: i64 = 2_000;

/// How far a replay is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Rows carried out, from the office's first.
    pub rows: u64,
    /// Those of the day.
    pub rows_of_day: u64,
    /// Draws of the day.
    pub draws_of_day: u64,
    /// Numbers they picked.
    pub picks_of_day: u64,
}

/// Where a log first does not hold together, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The row.
    pub key: RowKey,
    /// In words.
    pub why: String,
}

/// What a step of a replay came to.
#[derive(Debug)]
pub enum Step {
    /// There is more; the replay goes on with this.
    Going(Replayed, Box<Replaying>),
    /// All of it was carried out, or as much as holds together.
    Done(Replayed, Option<Contradiction>),
}

/// A replay under way. It holds no connection between its steps.
#[derive(Debug)]
pub struct Replaying {
    office: &'static Office,
    day: Date,
    days: HashMap<Date, Day>,
    replay: Replay,
    so_far: Replayed,
    after: (Timestamp, RowKey),
    before: Timestamp,
}

impl App {
    /// Begins a replay of an office's log up to the end of a day.
    ///
    /// # Errors
    /// `NOT_FOUND` for a day whose key is not revealed, `OUTSIDE_YOUR_OFFICE`.
    pub async fn replay(
        &self,
        office: &'static Office,
        day: Date,
        actor: &Principal,
    ) -> Result<Replaying, Error> {
        require_office(actor, office.id)?;
        let revealed = day_key::revealed_until(self.db().pool(), office.id, day).await?;
        if !revealed.iter().any(|stored| stored.day == day) {
            return Err(Refusal::not_found("draw_day").into());
        }
        let mut days = HashMap::new();
        for stored in &revealed {
            if let Some(open) = super::days::revealed(stored)? {
                days.insert(stored.day, open);
            }
        }
        let end = day.tomorrow().and_then(start_of_day);
        let before = end.map_err(|source| db::Error::corrupt("day", source))?;
        let of = state::Office {
            id: office.id,
            codes: office.codes.iter().copied().collect(),
        };
        Ok(Replaying {
            office,
            day,
            days,
            replay: Replay::new(of, self.shared.limits.clone()),
            so_far: Replayed::default(),
            after: (Timestamp::UNIX_EPOCH, RowKey { epoch: 0, seq: 0 }),
            before,
        })
    }

    /// Carries the next rows out.
    ///
    /// # Errors
    /// When the database cannot be asked, or a row cannot be read.
    pub async fn replay_on(&self, replaying: Box<Replaying>) -> Result<Step, Error> {
        let span = Span {
            after: replaying.after,
            before: replaying.before,
            limit: PAGE,
        };
        let rows = log::list(self.db().pool(), replaying.office.id, span).await?;
        // Opening half a million numbers takes its time; the calls that others answer must not wait.
        let step = spawn_blocking(move || replaying.carry_out(&rows)).await;
        Ok(step.map_err(|source| db::Error::corrupt("replay", source))?)
    }
}

impl Replaying {
    fn carry_out(mut self: Box<Self>, rows: &[Entry]) -> Step {
        let Some(last) = rows.last() else {
            return Step::Done(self.so_far, None);
        };
        self.after = (last.decided_at, last.key);
        for row in rows {
            if let Err(why) = self.carry_out_one(row) {
                let key = row.key;
                return Step::Done(self.so_far, Some(Contradiction { key, why }));
            }
        }
        Step::Going(self.so_far, self)
    }

    fn carry_out_one(&mut self, row: &Entry) -> Result<(), String> {
        let day = day_of(row.decided_at);
        if let Some(opened) = self.days.remove(&day) {
            let opened = self.replay.reveal(opened);
            opened.map_err(|refused| refused.to_string())?;
        }
        self.replay
            .apply(row)
            .map_err(|mismatch| chain(&mismatch).to_string())?;
        self.so_far.rows += 1;
        if day == self.day {
            self.so_far.rows_of_day += 1;
            if let Some(picks) = picks(row) {
                self.so_far.draws_of_day += 1;
                self.so_far.picks_of_day += picks;
            }
        }
        Ok(())
    }
}

/// How many numbers a draw picked; none for rows that are no draws.
fn picks(row: &Entry) -> Option<u64> {
    let Command::Operate(operation) = &row.command else {
        return None;
    };
    let Input::Draw(_) = operation.input else {
        return None;
    };
    let column = row.set.column.as_ref();
    Some(column.map_or(0, |column| column.plates.len() as u64))
}
