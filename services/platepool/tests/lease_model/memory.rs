//! An owner's memory: from rows, and from one decision to the next.

use crate::state::{ALL, APPLICATIONS, Ask, Database, Memory, Outcome, Plates, Row, World};

/// What an owner comes to when it decides a request.
pub(crate) enum Decided {
    /// It writes this row.
    Row(Row),
    /// It is answered from a row: operation, outcome, what is held by that row.
    Recorded(Row),
    /// It is refused without a row, or nothing is free.
    Refused,
    /// The pool has refused this number for ever, or is past it.
    NeverWas,
}

impl Memory {
    /// The memory that the rows make (E3).
    pub(crate) fn read(database: &Database, epoch: u8, expired: [u8; APPLICATIONS]) -> Self {
        let mut memory = Self {
            epoch,
            rows: database.rows,
            allocated: database.allocated,
            free: 0,
        };
        memory.free = ALL & !memory.taken(expired);
        memory.drop_expired(expired);
        memory
    }

    /// Carries out the rows that came after `from`. What ran out goes first (E6): a row may have granted
    /// it again.
    pub(crate) fn follow(&mut self, database: &Database, from: u8, expired: [u8; APPLICATIONS]) {
        self.settle(expired);
        for (who, row) in database.rows.iter().enumerate() {
            let Some(mut row) = row.filter(|row| row.place >= from) else {
                continue;
            };
            if row.held_by <= expired[who] {
                row.set = 0;
            }
            let before = self.set(who) | self.allocated[who];
            self.rows[who] = Some(row);
            self.allocated[who] = database.allocated[who];
            self.free |= before;
        }
        for who in 0..APPLICATIONS {
            self.free &= !(self.set(who) | self.allocated[who]);
        }
    }

    /// Numbers that are held or allocated.
    fn taken(&self, expired: [u8; APPLICATIONS]) -> Plates {
        (0..APPLICATIONS).fold(0, |taken, who| {
            let row = self.rows[who].filter(|row| row.held_by > expired[who]);
            taken | row.map_or(0, |row| row.set) | self.allocated[who]
        })
    }

    pub(crate) fn set(&self, who: usize) -> Plates {
        self.rows[who].map_or(0, |row| row.set)
    }

    fn drop_expired(&mut self, expired: [u8; APPLICATIONS]) {
        for (row, expired) in self.rows.iter_mut().zip(expired) {
            if let Some(row) = row.as_mut().filter(|row| row.held_by <= expired) {
                row.set = 0;
            }
        }
    }

    /// Gives back what has run out, as at the beginning of every batch.
    pub(crate) fn settle(&mut self, expired: [u8; APPLICATIONS]) {
        for (row, expired) in self.rows.iter().zip(expired) {
            let ended = row.filter(|row| row.held_by <= expired);
            self.free |= ended.map_or(0, |row| row.set);
        }
        self.drop_expired(expired);
    }

    /// Decides a request. `pick` is what a draw picks; not free, it picks nothing.
    pub(crate) fn decide(&self, who: usize, op_no: u8, ask: Ask, pick: Plates) -> Decided {
        match self.rows[who] {
            Some(row) if row.op_no == op_no && row.outcome == Outcome::Refused => {
                return Decided::NeverWas;
            }
            Some(row) if row.op_no == op_no => return Decided::Recorded(row),
            Some(row) if row.op_no > op_no => return Decided::NeverWas,
            _ => {}
        }
        let (set, held_by) = (self.set(who), self.rows[who].map_or(0, |row| row.held_by));
        let row = |outcome, set, held_by| {
            Decided::Row(Row {
                epoch: self.epoch,
                place: 0,
                op_no,
                outcome,
                set,
                held_by,
            })
        };
        match ask {
            // It frees its own column before it picks (E6).
            Ask::Draw if pick != 0 && pick & !(self.free | set) == 0 => {
                row(Outcome::Held, pick, op_no)
            }
            Ask::GiveUp => row(Outcome::GivenUp(set), 0, held_by),
            Ask::Confirm(plate) if set & plate == plate => {
                row(Outcome::Allocated(plate), 0, held_by)
            }
            Ask::Return if self.allocated[who] != 0 => {
                row(Outcome::Returned(self.allocated[who]), 0, held_by)
            }
            Ask::Draw | Ask::Confirm(_) | Ask::Return => Decided::Refused,
        }
    }

    /// Decides a resolve (P6).
    pub(crate) fn resolve(&self, who: usize, op_no: u8) -> Decided {
        match self.rows[who] {
            Some(row) if row.op_no == op_no && row.outcome == Outcome::Refused => Decided::NeverWas,
            Some(row) if row.op_no == op_no => Decided::Recorded(row),
            Some(row) if row.op_no > op_no => Decided::NeverWas,
            last => Decided::Row(Row {
                epoch: self.epoch,
                place: 0,
                op_no,
                outcome: Outcome::Refused,
                set: self.set(who),
                held_by: last.map_or(0, |row| row.held_by),
            }),
        }
    }

    /// Takes over what a row says, before it is committed: whoever is decided next rests on it.
    pub(crate) fn carry_out(&mut self, who: usize, row: Row) {
        let before = self.set(who);
        match row.outcome {
            Outcome::Held => self.free = (self.free | before) & !row.set,
            Outcome::GivenUp(_) => self.free |= before,
            Outcome::Allocated(plate) => {
                self.free |= before & !plate;
                self.allocated[who] = plate;
            }
            Outcome::Returned(plate) => {
                self.free |= plate;
                self.allocated[who] = 0;
            }
            Outcome::Refused => {}
        }
        self.rows[who] = Some(row);
    }

    /// Whether every number is exactly one of free, held and allocated.
    pub(crate) fn is_whole(&self) -> bool {
        let parts = (0..APPLICATIONS).flat_map(|who| [self.set(who), self.allocated[who]]);
        let mut seen = self.free;
        for part in parts {
            if seen & part != 0 {
                return false;
            }
            seen |= part;
        }
        seen == ALL
    }
}

impl World {
    pub(crate) fn expired(&self) -> [u8; APPLICATIONS] {
        [self.applications[0].expired, self.applications[1].expired]
    }
}
