//! One office driven by hand: an engine, a store, a clock that is set.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_platepool::domain::command::{
    Channel, Choose, Command, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, Input, Keep,
    NewSegment, OnHit, Operation, Release, Request, Resolve, UsedNumbers,
};
use xuanhao_platepool::domain::draw::{Day, DayKey};
use xuanhao_platepool::domain::engine::{Need, Settled};
use xuanhao_platepool::domain::hold::HoldSet;
use xuanhao_platepool::domain::ids::{ApplicationId, BatchId, RequestHash, SegmentId, VehicleKey};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::rows::{Answer, Batch, Outcome, Receipt};
use xuanhao_platepool::domain::state::Office;
use xuanhao_platepool::domain::{Effect, Engine, Error};
use xuanhao_vocabulary::{IssuingCode, OfficeId, PlateClass, PlateKey, PlateMask, PlateNumber};

use crate::store::Store;

pub(crate) type Told = Result<Answer, Error>;

pub(crate) const COLUMN: SignedDuration = SignedDuration::from_secs(90);
pub(crate) const BASKET: SignedDuration = SignedDuration::from_secs(120);

pub(crate) fn zhanjiang() -> Office {
    let codes = BTreeSet::from([code("粤G")]);
    Office {
        id: OfficeId::parse("gd-zhanjiang").unwrap(),
        codes,
    }
}

pub(crate) fn code(text: &str) -> IssuingCode {
    IssuingCode::parse(text).unwrap()
}

pub(crate) fn plate(text: &str) -> PlateKey {
    PlateKey::pack(PlateClass::Small, PlateNumber::parse(text).unwrap()).unwrap()
}

pub(crate) fn application(n: u128) -> ApplicationId {
    ApplicationId(Uuid::from_u128(n))
}

pub(crate) fn vehicle(n: u8) -> VehicleKey {
    VehicleKey([n; 32])
}

pub(crate) fn segment(id: u128, mask: &str) -> NewSegment {
    NewSegment {
        id: SegmentId(Uuid::from_u128(id)),
        code: code("粤G"),
        class: PlateClass::Small,
        mask: PlateMask::parse(mask).unwrap(),
        used: UsedNumbers::Closed { count: 0 },
        random_only_until: None,
        opens_at: None,
    }
}

pub(crate) fn release(id: u128, segments: Vec<NewSegment>) -> Command {
    Command::Release(Release {
        batch: BatchId(Uuid::from_u128(id)),
        segments,
    })
}

/// The morning of 1 February 2026, in Shanghai.
pub(crate) fn morning() -> Timestamp {
    "2026-02-01T01:00:00Z".parse().unwrap()
}

/// The days the tests live on.
pub(crate) fn days() -> [Day; 2] {
    [date(2026, 2, 1), date(2026, 2, 2)].map(|date| Day {
        date,
        key: DayKey([u8::try_from(date.day()).unwrap(); 32]),
        public_value: b"08 15 21 27 30 33 + 06".to_vec(),
    })
}

pub(crate) fn drawing(count: u32) -> Input {
    draw_from(count, DrawFrom::Any)
}

pub(crate) fn draw_from(count: u32, from: DrawFrom) -> Input {
    let class = PlateClass::Small;
    Input::Draw(Draw {
        class,
        count,
        from,
        energy: None,
        column_ttl: COLUMN,
        basket_ttl: BASKET,
    })
}

pub(crate) fn keeping(plate: PlateKey) -> Input {
    Input::Keep(Keep {
        plate,
        basket_ttl: BASKET,
    })
}

pub(crate) fn composing(wishes: &[&str], vehicle: VehicleKey) -> Input {
    let wishes = wishes.iter().map(|wish| plate(wish)).collect();
    Input::Compose(Compose {
        wishes,
        energy: None,
        on_hit: OnHit::Allocate(vehicle),
    })
}

pub(crate) fn holding(wish: &str, seconds: i64) -> Input {
    Input::Compose(Compose {
        wishes: vec![plate(wish)],
        energy: None,
        on_hit: OnHit::Hold {
            ttl: SignedDuration::from_secs(seconds),
        },
    })
}

pub(crate) fn choosing(plate: PlateKey, seconds: i64) -> Input {
    let ttl = SignedDuration::from_secs(seconds);
    Input::Choose(Choose { plate, ttl })
}

pub(crate) fn confirming(plate: PlateKey, vehicle: VehicleKey) -> Input {
    Input::Confirm(Confirm {
        plate,
        vehicle,
        from: ConfirmFrom::ColumnOrBasket,
    })
}

/// An office with its engine idle.
pub(crate) struct Counter {
    pub(crate) engine: Engine<u32>,
    pub(crate) store: Store,
    pub(crate) now: Timestamp,
    pub(crate) told: BTreeMap<u32, Told>,
    pub(crate) needs: Vec<Need>,
    next_token: u32,
}

impl Counter {
    /// Nothing is released, the memory is restored, two days are open.
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let mut engine = Engine::new(limits.clone());
        days()
            .into_iter()
            .for_each(|day| engine.open_day(day).unwrap());
        let store = Store::new(zhanjiang(), limits);
        let (told, needs) = (BTreeMap::new(), Vec::new());
        let mut counter = Self {
            engine,
            store,
            now: morning(),
            told,
            needs,
            next_token: 0,
        };
        counter.rebuild();
        counter
    }

    /// With one segment released.
    pub(crate) fn opened(mask: &str) -> Self {
        let mut counter = Self::new();
        counter.order(release(1, vec![segment(1, mask)])).unwrap();
        counter
    }

    pub(crate) fn rebuild(&mut self) {
        self.store.take_over();
        let memory = self.store.read(self.now);
        let effects = self.engine.restore(memory);
        assert!(effects.is_empty());
    }

    /// Lets time pass since the last row, or sets the clock back.
    pub(crate) fn pass(&mut self, seconds: i64) {
        if let Some(last) = self.store.log.last().filter(|_| seconds > 0) {
            self.now = self.now.max(last.decided_at);
        }
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Queues a request and gives its token.
    pub(crate) fn submit(&mut self, request: Request) -> u32 {
        self.next_token += 1;
        let effects = self.engine.submit(request, self.next_token);
        let batch = self.obey(effects);
        assert!(batch.is_none(), "nothing is decided by submitting");
        self.next_token
    }

    pub(crate) fn submit_operation(&mut self, who: u128, op_no: u64, input: Input) -> u32 {
        self.submit(Request::Command(self.operation(who, op_no, input)))
    }

    pub(crate) fn operation(&self, who: u128, op_no: u64, input: Input) -> Command {
        Command::Operate(Operation {
            application: application(who),
            op_no,
            not_after: self.now + SignedDuration::from_secs(20),
            request_hash: RequestHash([u8::try_from(op_no % 251).unwrap(); 16]),
            channel: Channel::Internet,
            input,
        })
    }

    /// Decides; gives the batch to be committed, if there is one.
    pub(crate) fn decide(&mut self) -> Option<Batch> {
        let effects = self.engine.decide(self.now);
        self.obey(effects)
    }

    /// Lets the store carry out a batch and the engine know.
    pub(crate) fn commit(&mut self, batch: &Batch) {
        let settled = self.store.execute(batch);
        self.settle(settled);
    }

    pub(crate) fn settle(&mut self, settled: Settled) {
        let effects = self.engine.settle(settled);
        assert!(self.obey(effects).is_none());
    }

    /// Does what the engine says, but for committing.
    fn obey(&mut self, effects: Vec<Effect<u32>>) -> Option<Batch> {
        let mut batch = None;
        for effect in effects {
            match effect {
                Effect::Commit(commit) => batch = Some(*commit),
                Effect::Answer { token, answer } => {
                    assert!(self.told.insert(token, answer).is_none(), "one answer each");
                }
                Effect::Need { epoch, need } => {
                    self.needs.push(need);
                    let effects = match need {
                        Need::History(who) => self.engine.learn(epoch, &self.store.history(who)),
                        Need::Operation(which) => {
                            let row = self.store.operation(which).cloned();
                            self.engine.learn_operation(epoch, which, row.as_ref())
                        }
                    };
                    assert!(self.obey(effects).is_none());
                }
                Effect::Rebuild(_) => self.rebuild(),
            }
        }
        batch
    }

    /// Decides and commits until nothing is left to do.
    pub(crate) fn run(&mut self) {
        loop {
            let batch = self.decide();
            if let Some(batch) = &batch {
                self.commit(batch);
            }
            if batch.is_none() && self.engine.waiting() == 0 {
                return;
            }
        }
    }

    pub(crate) fn ask(&mut self, request: Request) -> Told {
        let token = self.submit(request);
        self.run();
        self.told.remove(&token).expect("everybody is answered")
    }

    pub(crate) fn order(&mut self, command: Command) -> Told {
        self.ask(Request::Command(command))
    }

    /// An operation, expected to be recorded.
    pub(crate) fn operate(
        &mut self,
        who: u128,
        op_no: u64,
        input: Input,
    ) -> Result<Receipt, Error> {
        let command = self.operation(who, op_no, input);
        self.order(command).map(receipt)
    }

    pub(crate) fn resolve(&mut self, who: u128, op_no: u64) -> Told {
        self.order(Command::Resolve(Resolve {
            application: application(who),
            op_no,
        }))
    }

    pub(crate) fn standing(&mut self, who: u128) -> xuanhao_platepool::domain::rows::Standing {
        match self.ask(Request::Look(application(who))) {
            Ok(Answer::Standing(standing)) => standing,
            other => panic!("a look is answered by the standing, not {other:?}"),
        }
    }

    pub(crate) fn free(&self) -> u64 {
        self.engine
            .memory()
            .unwrap()
            .figures(PlateClass::Small)
            .free
    }
}

pub(crate) fn receipt(answer: Answer) -> Receipt {
    match answer {
        Answer::Recorded(receipt) => receipt,
        other => panic!("a row answers, not {other:?}"),
    }
}

pub(crate) fn column(set: &HoldSet) -> Vec<PlateKey> {
    set.column
        .as_ref()
        .map(|column| column.plates.clone())
        .unwrap_or_default()
}

pub(crate) fn basket(set: &HoldSet) -> Vec<PlateKey> {
    set.basket
        .as_ref()
        .map(|basket| basket.plates.clone())
        .unwrap_or_default()
}

pub(crate) fn allocated(receipt: &Receipt) -> PlateKey {
    match receipt.outcome {
        Outcome::Allocated { plate } => plate,
        ref other => panic!("allocated, not {other:?}"),
    }
}
