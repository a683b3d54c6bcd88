//! What the engine's core costs: draws at every degree of scarcity, look-ups, opening, rebuilding.
//!
//! ```text
//! cargo bench -p xuanhao-platepool --bench engine
//! ```
//!
//! A measuring tool without limits of its own: it prints, and `e2e/bench` judges. Costs are CPU time
//! of one core, with the engine's bookkeeping and without the database; Linux counts them.

#![expect(
    clippy::disallowed_macros,
    reason = "it is read by whoever runs it, and by nobody else"
)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_platepool::domain::command::{
    Channel, Command, Compose, Draw, DrawFrom, Input, NewSegment, OnHit, Operation, Request,
    UsedNumbers,
};
use xuanhao_platepool::domain::draw::{Day, DayKey, day_of};
use xuanhao_platepool::domain::engine::Settled;
use xuanhao_platepool::domain::hold::{Column, HoldSet};
use xuanhao_platepool::domain::ids::{ApplicationId, RequestHash, RowKey, SegmentId, VehicleKey};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::record::History;
use xuanhao_platepool::domain::rows::{Entry, Outcome};
use xuanhao_platepool::domain::state::{Office, Restore, State};
use xuanhao_platepool::domain::{Effect, Engine};
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, OfficeId, PlateClass, PlateKey, PlateMask, PlateNumber};

/// Two million ordinary numbers, as an office of a province has them.
const ORDINARY: [&str; 8] = [
    "DDDDD",
    "LDDDD",
    "DLDDD",
    "DDLDD",
    "DDDLD",
    "DDDDL",
    "LLDDD",
    "[ABCDEF]DLDD",
];
/// Two million new-energy numbers.
const NEW_ENERGY: [&str; 2] = ["[ABCDEFGHJK]DDDDD", "[ABFG]LDDDD"];
const FIFTY_THOUSAND: [&str; 1] = ["[ABCDE]DDDD"];

/// Applications that draw at the same time, each in one batch after the other.
const DRAWERS: u64 = 32;
const ROUNDS: u64 = 1_000;

fn main() {
    println!("opening            numbers      ms   bytes/number");
    for (name, class, masks) in [
        ("50 k", PlateClass::Small, &FIFTY_THOUSAND[..]),
        ("2 M", PlateClass::Small, &ORDINARY[..]),
        ("2 M, new energy", PlateClass::NevSmall, &NEW_ENERGY[..]),
    ] {
        let begun = Cpu::now();
        let state = pool(class, masks, 0).finish();
        let took = begun.elapsed();
        let released = state.figures(class).released;
        let bytes = bytes_per_number(&state, class);
        println!("{name:<16}{released:>10}{:>8.1}{bytes:>15.2}", millis(took));
    }
    rebuild();
    draws();
    look_ups();
}

/// Draws of ten through the engine, with so many in a thousand numbers free.
fn draws() {
    println!("\nµs per draw of 10            free: 100 %     10 %      1 %    0.1 %");
    let ordinary = [(DrawFrom::Any, None), (DrawFrom::WithoutFour, None)];
    let groups = [None, Some(Energy::Battery), Some(Energy::NotPurelyBattery)];
    let new_energy: Vec<_> = groups
        .into_iter()
        .flat_map(|energy| [DrawFrom::Any, DrawFrom::WithoutFour].map(|from| (from, energy)))
        .collect();
    for (class, masks, filters) in [
        (PlateClass::Small, &ORDINARY[..], &ordinary[..]),
        (PlateClass::NevSmall, &NEW_ENERGY[..], &new_energy[..]),
    ] {
        let states = [1000, 100, 10, 1].map(|free| pool(class, masks, 1000 - free).finish());
        for (from, energy) in filters {
            let costs = states
                .each_ref()
                .map(|state| draw_cost(state.clone(), class, *from, *energy));
            let name = format!("{class} {from:?} {energy:?}");
            let [full, tenth, hundredth, thousandth] = costs;
            println!("{name:<42}{full:>5.2}{tenth:>9.2}{hundredth:>9.2}{thousandth:>9.2}");
        }
    }
}

fn draw_cost(state: State, class: PlateClass, from: DrawFrom, energy: Option<Energy>) -> f64 {
    let mut driver = Driver::new(state);
    let ttl = SignedDuration::from_secs(90);
    let draw = Draw {
        class,
        count: 10,
        from,
        energy,
        column_ttl: ttl,
        basket_ttl: ttl,
    };
    driver.rounds(50, |_| Input::Draw(draw));
    let took = driver.rounds(ROUNDS, |_| Input::Draw(draw));
    assert_eq!(driver.held, DRAWERS * 10, "every draw gets ten");
    micros(took) / (ROUNDS * DRAWERS) as f64
}

/// Finding numbers, and the keys that a keyboard leaves enabled.
fn look_ups() {
    println!();
    let state = pool(PlateClass::Small, &ORDINARY, 1000).finish();
    let wishes: Vec<_> = numbers(PlateClass::Small, &ORDINARY)
        .step_by(19_997)
        .take(100)
        .collect();
    let on_hit = OnHit::Allocate(VehicleKey([1; 32]));
    let mut driver = Driver::new(state);
    let compose = |_| {
        Input::Compose(Compose {
            wishes: wishes.clone(),
            energy: None,
            on_hit,
        })
    };
    let took = driver.rounds(ROUNDS, compose);
    let each = nanos(took) / (ROUNDS * DRAWERS * wishes.len() as u64) as f64;
    println!("a wish looked up        {each:>8.0} ns");

    let masks = ORDINARY.map(|mask| PlateMask::parse(mask).expect("a mask"));
    let typed: [&[Option<u8>]; 4] = [
        &[],
        &[Some(b'A')],
        &[None, Some(b'8'), None, Some(b'8')],
        &[Some(b'A'), Some(b'1'), Some(b'2'), Some(b'3'), None],
    ];
    let begun = Cpu::now();
    for _ in 0..ROUNDS * 5 {
        for known in typed {
            for mask in &masks {
                black_box(mask.possible_next(black_box(known)));
            }
        }
    }
    let asked = ROUNDS * 5 * (typed.len() * masks.len()) as u64;
    println!(
        "the keys of one segment {:>8.0} ns",
        nanos(begun.elapsed()) / asked as f64
    );
    let begun = Cpu::now();
    let found = numbers(PlateClass::Small, &ORDINARY).map(black_box).count();
    println!(
        "a number from its place {:>8.0} ns",
        nanos(begun.elapsed()) / found as f64
    );
}

/// Two million numbers, of which 200,000 are allocated and 50,000 applications hold ten each.
fn rebuild() {
    let class = PlateClass::Small;
    let plates: Vec<_> = numbers(class, &ORDINARY).collect();
    let held: Vec<_> = plates.iter().step_by(4).take(500_000).copied().collect();
    let histories: Vec<_> = held
        .chunks(10)
        .zip(1..)
        .map(|(ten, who)| holding(ten, who))
        .collect();
    let allocated: Vec<_> = plates
        .iter()
        .skip(1)
        .step_by(10)
        .take(200_000)
        .copied()
        .collect();
    let begun = Cpu::now();
    let mut restore = pool(class, &ORDINARY, 0);
    let opened = begun.elapsed();
    for plate in &allocated {
        restore.allocated(*plate);
    }
    let taken = begun.elapsed();
    for history in &histories {
        restore.application(history);
    }
    let state = restore.finish();
    let took = begun.elapsed();
    println!(
        "\nrebuild: {:.0} ms (numbers {:.0}, {} allocations {:.0}, {} holds of ten {:.0}), {:.2} bytes/number",
        millis(took),
        millis(opened),
        allocated.len(),
        millis(taken - opened),
        histories.len(),
        millis(took - taken),
        bytes_per_number(&state, class),
    );
}

fn holding(plates: &[PlateKey], who: u64) -> History {
    let until = now() + SignedDuration::from_secs(60);
    let application = application(who);
    let column = Column {
        plates: plates.to_vec(),
        until,
        chosen: false,
    };
    let entry = Entry {
        key: RowKey { epoch: 1, seq: who },
        decided_at: now(),
        command: Command::Operate(operation(application, 1, now(), Input::GiveUp)),
        outcome: Outcome::Held { until },
        op_no: 1,
        set: HoldSet {
            column: Some(column),
            basket: None,
        },
    };
    History {
        application,
        last: Some(entry),
        allocation: None,
    }
}

/// CPU time that the process has used. Other processes on the machine do not lengthen it.
struct Cpu(u64);

impl Cpu {
    fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
        let spent = stat.split_whitespace().next().map(str::parse);
        Self(spent.and_then(Result::ok).expect("nanoseconds come first"))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(Self::now().0 - self.0)
    }
}

/// An engine whose every statement commits, and the applications that ask it.
struct Driver {
    engine: Engine<u64>,
    now: Timestamp,
    op_no: u64,
    held: u64,
}

impl Driver {
    fn new(state: State) -> Self {
        let mut engine = Engine::new(Limits::default());
        let day = Day {
            date: day_of(now()),
            key: DayKey([7; 32]),
            public_value: b"08 15 21 27 30 33 + 06".to_vec(),
        };
        engine.open_day(day).expect("a fresh engine");
        engine.restore(state);
        Self {
            engine,
            now: now(),
            op_no: 0,
            held: 0,
        }
    }

    /// Lets everybody ask so many times, a batch a round, and tells how long the engine took.
    fn rounds(&mut self, rounds: u64, input: impl Fn(u64) -> Input) -> Duration {
        let begin = self.now;
        let mut asked = Vec::new();
        for _ in 0..rounds {
            self.op_no += 1;
            self.now += SignedDuration::from_micros(500);
            let ask = |who| {
                let operation = operation(application(who), self.op_no, self.now, input(who));
                (who, Request::Command(Command::Operate(operation)))
            };
            asked.push((1..=DRAWERS).map(ask).collect::<Vec<_>>());
        }
        self.now = begin;
        let begun = Cpu::now();
        for requests in asked {
            self.now += SignedDuration::from_micros(500);
            self.round(requests);
        }
        begun.elapsed()
    }

    fn round(&mut self, requests: Vec<(u64, Request)>) {
        for (who, request) in requests {
            for effect in self.engine.submit(request, who) {
                if let Effect::Need { epoch, .. } = effect {
                    let history = History {
                        application: application(who),
                        last: None,
                        allocation: None,
                    };
                    self.engine.learn(epoch, &history);
                }
            }
        }
        let effects = self.engine.decide(self.now);
        self.held = 0;
        for effect in &effects {
            let Effect::Commit(batch) = effect else {
                panic!("{effect:?}")
            };
            let sets = batch.entries.iter().map(|entry| entry.set.plates().count());
            self.held = sets.sum::<usize>() as u64;
        }
        drop(effects);
        let conflicts = Vec::new();
        drop(self.engine.settle(Settled::Committed { conflicts }));
    }
}

fn operation(application: ApplicationId, op_no: u64, now: Timestamp, input: Input) -> Operation {
    Operation {
        application,
        op_no,
        not_after: now + SignedDuration::from_secs(20),
        request_hash: RequestHash([3; 16]),
        channel: Channel::Internet,
        input,
    }
}

fn application(who: u64) -> ApplicationId {
    // As their makers do: time first, then chance.
    let chance = who.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ApplicationId(Uuid::from_u64_pair(0x0192_0000_0000_7000 + who, chance))
}

fn now() -> Timestamp {
    "2026-02-01T01:00:00Z".parse().expect("an instant")
}

/// A pool of these segments, with so many in a thousand numbers allocated, spread by a hash.
fn pool(class: PlateClass, masks: &[&str], allocated: u64) -> Restore {
    let office = Office {
        id: OfficeId::parse("gd-zhanjiang").expect("an office"),
        codes: BTreeSet::from([code()]),
    };
    let mut restore = Restore::new(office, Limits::default(), 1, now(), None);
    for (mask, id) in masks.iter().zip(1..) {
        restore.segment(&NewSegment {
            id: SegmentId(Uuid::from_u128(id)),
            code: code(),
            class,
            mask: PlateMask::parse(mask).expect("a mask"),
            used: UsedNumbers::Closed { count: 0 },
            random_only_until: None,
            opens_at: None,
        });
    }
    if allocated > 0 {
        let spread = |index: u64| index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        for (plate, index) in numbers(class, masks).zip(0..) {
            if spread(index) % 1000 < allocated {
                restore.allocated(plate);
            }
        }
    }
    restore
}

fn numbers(class: PlateClass, masks: &[&str]) -> impl Iterator<Item = PlateKey> {
    masks.iter().flat_map(move |mask| {
        let mask = PlateMask::parse(mask).expect("a mask");
        let number = |rank| PlateNumber::new(code(), mask.unrank(rank).expect("below the count"));
        let key = |rank| PlateKey::pack(class, number(rank)).expect("of the class");
        (0..mask.count()).map(key).collect::<Vec<_>>()
    })
}

fn code() -> IssuingCode {
    IssuingCode::parse("粤G").expect("a code")
}

fn bytes_per_number(state: &State, class: PlateClass) -> f64 {
    let audit = state.audit().expect("a sound memory");
    audit.bytes as f64 / state.figures(class).released as f64
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

fn nanos(took: Duration) -> f64 {
    took.as_secs_f64() * 1e9
}
