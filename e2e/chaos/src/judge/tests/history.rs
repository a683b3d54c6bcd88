//! Histories made by hand.

use uuid::Uuid;

use crate::evidence::{Allocation, Evidence, Fact, Figures, Return, Row, Sample};
use crate::history::{Answer, Ask, Call, Held, Micros, Outcome, RowId, What};

const OFFICE: &str = "gd-zhanjiang";
pub(super) const SECOND: Micros = 1_000_000;

pub(super) fn plate(serial: u32) -> String {
    format!("粤G{serial:03}0A")
}

pub(super) fn who(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn id(seq: i64) -> RowId {
    RowId {
        epoch: 1,
        seq,
        decided_at: seq * SECOND,
    }
}

pub(super) fn column(serials: &[u32], until: Micros) -> Held {
    Held {
        column: serials.iter().map(|serial| plate(*serial)).collect(),
        column_until: until,
        ..Held::default()
    }
}

/// Ten numbers. The first application draws two, is answered, asks again and confirms one; the second
/// draws the other once the first has given it up; a third composes one, closes and returns it.
pub(super) struct History(pub(super) Evidence);

impl History {
    pub(super) fn good() -> Self {
        let mut history = Self(Evidence::default());
        history.row(1, "draw", who(1), 1, "held", column(&[1, 2], 60 * SECOND));
        let drawn = Outcome::Held(column(&[1, 2], 60 * SECOND));
        let draw = What::Draw {
            count: 2,
            exclude_four: false,
        };
        history.told(who(1), 1, draw.clone(), Some(id(1)), drawn.clone());
        history.told(who(1), 1, draw.clone(), Some(id(1)), drawn);
        history.row(2, "confirm", who(1), 2, "allocated", Held::default());
        history.allocated(2, who(1), 1);
        let confirm = What::Confirm { plate: plate(1) };
        history.told(
            who(1),
            2,
            confirm,
            Some(id(2)),
            Outcome::Allocated(plate(1)),
        );
        history.row(3, "draw", who(2), 1, "held", column(&[2], 13 * SECOND));
        history.told(
            who(2),
            1,
            draw.clone(),
            Some(id(3)),
            Outcome::Held(column(&[2], 13 * SECOND)),
        );
        history.unknown(who(2), 2, What::GiveUp);
        history.row(
            4,
            "resolve",
            who(2),
            2,
            "refused",
            column(&[2], 13 * SECOND),
        );
        history.told(
            who(2),
            2,
            What::Resolve,
            Some(id(4)),
            Outcome::NeverRecorded,
        );
        history.row(5, "compose", who(3), 1, "allocated", Held::default());
        history.allocated(5, who(3), 3);
        let wishes = vec![plate(3)];
        let compose = What::Compose {
            wishes,
            hold: false,
        };
        history.told(
            who(3),
            1,
            compose,
            Some(id(5)),
            Outcome::Allocated(plate(3)),
        );
        history.row(6, "close", who(3), 1, "closed", Held::default());
        history.told(
            who(3),
            0,
            What::Close,
            None,
            Outcome::Closed(Some(plate(3))),
        );
        history.0.allocations[1].ended_at = Some(7 * SECOND);
        history.fact("plate.returned", history.0.allocations[1].id);
        history.told(
            who(3),
            0,
            What::Return,
            None,
            Outcome::Returned(Some(plate(3))),
        );
        history.0.returns.push(Return {
            office: OFFICE.to_owned(),
            plate: plate(3),
            decided_at: 7 * SECOND,
            available_at: 9 * SECOND,
        });
        history.0.figures.push(Figures {
            office: OFFICE.to_owned(),
            released: 10,
            free: 9,
            held: 0,
            allocated: 1,
            returning: 0,
            counted_at: 30 * SECOND,
        });
        history.sample(1, 0);
        history
    }

    pub(super) fn row(
        &mut self,
        seq: i64,
        kind: &str,
        application: Uuid,
        op_no: u64,
        outcome: &str,
        held: Held,
    ) {
        self.0.rows.push(Row {
            office: OFFICE.to_owned(),
            id: id(seq),
            kind: kind.to_owned(),
            application: Some(application),
            op_no,
            outcome: outcome.to_owned(),
            held,
        });
    }

    pub(super) fn call(&mut self, application: Uuid, op_no: u64, what: What, answer: Answer) {
        self.0.calls.push(Call {
            client: 0,
            replica: 0,
            start: 0,
            end: SECOND,
            ask: Ask {
                office: OFFICE.to_owned(),
                application,
                vehicle: application.to_string(),
                op_no,
                what,
            },
            answer,
        });
    }

    pub(super) fn told(
        &mut self,
        application: Uuid,
        op_no: u64,
        what: What,
        row: Option<RowId>,
        outcome: Outcome,
    ) {
        self.call(application, op_no, what, Answer::Told { row, outcome });
    }

    pub(super) fn unknown(&mut self, application: Uuid, op_no: u64, what: What) {
        let why = "UNAVAILABLE".to_owned();
        self.call(application, op_no, what, Answer::Unknown { why });
    }

    pub(super) fn allocated(&mut self, seq: i64, application: Uuid, serial: u32) {
        let allocation = Uuid::from_u128(1_000 + self.0.allocations.len() as u128);
        self.0.allocations.push(Allocation {
            id: allocation,
            office: OFFICE.to_owned(),
            plate: plate(serial),
            application: Some(application),
            vehicle: Some(application.to_string()),
            row: id(seq),
            ended_at: None,
        });
        self.fact("plate.allocated", allocation);
    }

    pub(super) fn fact(&mut self, kind: &str, about: Uuid) {
        let event = Uuid::from_u128(2_000 + self.0.outbox.len() as u128);
        self.0.outbox.push(Fact {
            event,
            kind: kind.to_owned(),
            about: about.to_string(),
            is_published: true,
        });
        self.0.delivered.insert(event, 1);
    }

    pub(super) fn sample(&mut self, epoch: i64, earlier_rows: i64) {
        let office = OFFICE.to_owned();
        self.0.samples.push(Sample {
            office,
            epoch,
            earlier_rows,
        });
    }
}
