//! A flash crowd: 50,000 numbers, four times as many citizens at once as can be served, most of whom
//! decide, some of whom walk away, some of whom press the button again and again.
//!
//! Time runs six times as fast as in life, so that holds of a minute last ten seconds. What is judged
//! is the log's own order: no number in two holds that live, none allocated twice, none lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use futures::future::join_all;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::{Code, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{call, read};
use xuanhao_chassis::reason::Reason;
use xuanhao_operator::Operator;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;

use super::super::client::{Application, Applications, DRAWN, Desk};
use super::super::numbers::FIFTY_THOUSAND;
use super::super::site::Site;
use super::super::target::Target;

const SESSIONS: u64 = 20_000;
/// Arrivals thin out by a factor of e in this time: 10 s of life.
const ARRIVING: f64 = 10.0 / 6.0;
/// How long the crowd presses: a minute of life, and a fifth.
const LASTS: Duration = Duration::from_secs(12);
const HOLD_S: i32 = 10;
/// Deciding takes 20 s of life on average, lognormally.
const DECIDING_MEAN: f64 = 20.0 / 6.0;
const DECIDING_SIGMA: f64 = 0.5;
const WALK_AWAY: f64 = 0.3;
const PRESS_AGAIN: f64 = 0.2;
/// Who found none free comes again after this on average.
const AGAIN: f64 = 10.0 / 6.0;

/// After the end, who has no answer still asks for one. Before `not_after` of the last operation.
const ANSWERED_WITHIN: Duration = Duration::from_secs(8);

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flash {
    /// Numbers that two held at once, or that were given away twice.
    pub duplicates: u64,
    /// Numbers that nobody has and nobody can have.
    pub leaked: i64,
    /// Repeats that got another answer than the first.
    pub contradictions: u64,
    /// Numbers confirmed, and that a second.
    pub confirmed: u64,
    /// As above.
    pub confirmed_per_s: f64,
    /// Of the numbers, in per cent, free while people waited: 0 is best.
    pub idle: f64,
    /// Citizens that had a hold at least once.
    pub served: u64,
    /// Calls answered.
    pub calls: u64,
    /// Calls refused at once because too many were there, which came again.
    pub shed: u64,
    /// Calls without an answer, which came again as well.
    pub unanswered: u64,
    /// Operations that never got an answer.
    pub failed: u64,
}

/// A row of the log, as its caller learnt of it.
#[derive(Debug)]
struct Row {
    key: (i64, i64),
    at: Timestamp,
    who: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Held(Vec<String>, Timestamp),
    Confirmed(String),
}

#[derive(Debug, Default)]
struct Told {
    rows: Vec<Row>,
    flash: Flash,
}

/// Runs it.
///
/// # Errors
/// When the pool cannot be prepared or looked at.
pub async fn run(site: &Site, engine: &mut Target) -> Result<Flash> {
    let office = FIFTY_THOUSAND.office;
    let operator = site.operator(engine.address)?;
    operator.open(office).await?;
    operator.release(&FIFTY_THOUSAND.release(&[])).await?;
    engine.program.empty_log()?;
    let (told, applications) = (
        Arc::new(Mutex::new(Told::default())),
        Applications::default(),
    );
    let (begin, mut sessions) = (Instant::now(), JoinSet::new());
    for who in 0..SESSIONS {
        let mut application = applications.one(office);
        application.column_s = HOLD_S;
        let desk = engine.desks[who as usize % engine.desks.len()].clone();
        let random = StdRng::seed_from_u64(who);
        let session = Session {
            who,
            application,
            desk,
            random,
            told: Arc::clone(&told),
            end: begin + LASTS,
        };
        sessions.spawn(session.go(begin));
    }
    let mut idle = Vec::new();
    while begin.elapsed() < LASTS {
        sleep(Duration::from_millis(500)).await;
        if begin.elapsed() > LASTS / 4 {
            // A crowd that is shed sheds those who look on as well.
            if let Ok(figures) = figures(&operator).await {
                idle.push(figures.free as f64 * 100.0 / figures.released as f64);
            }
        }
    }
    while let Some(ended) = sessions.join_next().await {
        ended?;
    }
    // The last holds lapse.
    sleep(Duration::from_secs(HOLD_S.unsigned_abs().into()) + Duration::from_secs(1)).await;
    let last = figures(&operator).await?;
    let mut told = std::mem::take(&mut *told.lock().expect("no panic while it is held"));
    let mut flash = told.flash;
    flash.duplicates = duplicates(&mut told.rows);
    flash.leaked = last.released as i64 - last.free as i64 - flash.confirmed as i64;
    flash.confirmed_per_s = flash.confirmed as f64 / LASTS.as_secs_f64();
    flash.idle = idle.iter().sum::<f64>() / idle.len().max(1) as f64;
    Ok(flash)
}

async fn figures(operator: &Operator) -> Result<pb::ClassFigures> {
    let told = operator.figures(FIFTY_THOUSAND.office).await?;
    Ok(told.classes.into_iter().next().unwrap_or_default())
}

struct Session {
    who: u64,
    application: Application,
    desk: Desk,
    random: StdRng,
    told: Arc<Mutex<Told>>,
    end: Instant,
}

impl Session {
    async fn go(mut self, begin: Instant) {
        let arrives = -ARRIVING * (1.0 - self.random.random::<f64>()).ln();
        sleep_until(begin + Duration::from_secs_f64(arrives)).await;
        let mut served = false;
        while Instant::now() < self.end {
            let Some(column) = self.draw().await else {
                let pause = AGAIN * self.random.random_range(0.5..1.5);
                sleep(Duration::from_secs_f64(pause)).await;
                continue;
            };
            if !std::mem::replace(&mut served, true) {
                self.note(|told| told.flash.served += 1);
            }
            if self.random.random::<f64>() < WALK_AWAY {
                return;
            }
            sleep(self.deciding_time()).await;
            if self.confirm(&column[0]).await {
                return;
            }
        }
    }

    fn deciding_time(&mut self) -> Duration {
        // The sum of twelve uniform numbers is normal enough.
        let normal = (0..12).map(|_| self.random.random::<f64>()).sum::<f64>() - 6.0;
        let mu = DECIDING_MEAN.ln() - DECIDING_SIGMA * DECIDING_SIGMA / 2.0;
        Duration::from_secs_f64((mu + DECIDING_SIGMA * normal).exp())
    }

    /// Draws; pressing again asks for the very same thing and must get the very same answer. A call
    /// without an answer may have left a row, so the same is asked until there is one.
    async fn draw(&mut self) -> Option<Vec<String>> {
        let request = self.application.drawing(DRAWN, false);
        let presses = 1 + usize::from(self.random.random::<f64>() < PRESS_AGAIN);
        let outcome = loop {
            let press = |_| {
                let (mut desk, request) = (self.desk.clone(), request.clone());
                async move { desk.pool.draw(call(request)).await }
            };
            let told = join_all((0..presses).map(press)).await;
            self.note(|all| all.flash.calls += presses as u64);
            let (mut rows, mut failure) = (Vec::new(), None);
            for told in told {
                match told {
                    Ok(answer) => rows.extend(answer.into_inner().outcome),
                    Err(status) => failure = Some(status),
                }
            }
            rows.retain(|outcome| outcome.seq > 0);
            if let Some(first) = rows.pop() {
                let others = rows.iter().filter(|other| **other != first).count() as u64;
                self.note(|all| all.flash.contradictions += others);
                break Some(first);
            }
            let Some(failure) = failure else {
                break None;
            };
            if !self.comes_again(&failure).await {
                break None;
            }
        };
        let Some(outcome) = outcome else {
            // None was free: no row, and the number of the operation is still to be used.
            self.application.op_no -= 1;
            return None;
        };
        let Some(Became::Held(holding)) = outcome.result.clone() else {
            return None;
        };
        let until = read::instant("column_until", holding.column_until).ok()?;
        self.row(&outcome, What::Held(holding.column.clone(), until));
        Some(holding.column)
    }

    /// `true` when the number is ours.
    async fn confirm(&mut self, plate: &str) -> bool {
        let request = pb::ConfirmRequest {
            operation: Some(self.application.operation()),
            plate: plate.to_owned(),
            from_column: true,
        };
        loop {
            let told = self.desk.pool.confirm(call(request.clone())).await;
            self.note(|all| all.flash.calls += 1);
            let failure = match told {
                Ok(answer) => {
                    if let Some(outcome) = answer.into_inner().outcome {
                        self.row(&outcome, What::Confirmed(plate.to_owned()));
                    }
                    self.note(|all| all.flash.confirmed += 1);
                    return true;
                }
                Err(failure) => failure,
            };
            let reason = Refusal::from_status(&failure).map(|refusal| refusal.reason());
            let lapsed = matches!(reason, Some(Reason::HoldExpired | Reason::PlateNotHeld));
            if lapsed || !self.comes_again(&failure).await {
                // The hold lapsed while the citizen thought: no row.
                self.application.op_no -= 1;
                return false;
            }
        }
    }

    /// Waits a little after a call without an answer; `false` when it is too late to ask again.
    async fn comes_again(&mut self, failure: &Status) -> bool {
        if Instant::now() > self.end + ANSWERED_WITHIN {
            self.note(|all| all.flash.failed += 1);
            return false;
        }
        let shed = failure.code() == Code::ResourceExhausted;
        self.note(|all| {
            all.flash.shed += u64::from(shed);
            all.flash.unanswered += u64::from(!shed);
        });
        let pause = self.random.random_range(0.3..0.9);
        sleep(Duration::from_secs_f64(pause)).await;
        true
    }

    fn row(&self, outcome: &pb::Outcome, what: What) {
        let Ok(at) = read::instant("decided_at", outcome.decided_at) else {
            return;
        };
        let (key, who) = ((outcome.epoch, outcome.seq), self.who);
        self.note(|told| told.rows.push(Row { key, at, who, what }));
    }

    fn note(&self, write: impl FnOnce(&mut Told)) {
        write(&mut self.told.lock().expect("no panic while it is held"));
    }
}

/// Numbers that were somebody's when somebody else got them.
fn duplicates(rows: &mut [Row]) -> u64 {
    rows.sort_by_key(|row| row.key);
    let (mut holders, mut sets) = (
        HashMap::<&str, (u64, Timestamp)>::new(),
        HashMap::<u64, &[String]>::new(),
    );
    let mut twice = 0;
    for row in &*rows {
        for plate in sets.remove(&row.who).unwrap_or_default() {
            if holders
                .get(plate.as_str())
                .is_some_and(|(who, _)| *who == row.who)
            {
                holders.remove(plate.as_str());
            }
        }
        let (plates, until): (&[String], _) = match &row.what {
            What::Held(plates, until) => (plates, *until),
            What::Confirmed(plate) => (std::slice::from_ref(plate), Timestamp::MAX),
        };
        for plate in plates {
            let former = holders.insert(plate, (row.who, until));
            twice += u64::from(former.is_some_and(|(who, until)| who != row.who && until > row.at));
        }
        if until != Timestamp::MAX {
            sets.insert(row.who, plates);
        }
    }
    twice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: i64, second: i64, who: u64, what: What) -> Row {
        let at = Timestamp::from_second(second).unwrap();
        let key = (1, seq);
        Row { key, at, who, what }
    }

    fn held(plates: &[&str], until: i64) -> What {
        let plates = plates.iter().map(|plate| (*plate).to_owned()).collect();
        What::Held(plates, Timestamp::from_second(until).unwrap())
    }

    #[test]
    fn a_number_that_lives_in_two_holds_is_found_and_one_that_lapsed_is_not() {
        let mut rows = vec![
            row(3, 9, 2, held(&["b"], 20)),
            row(1, 0, 1, held(&["a", "b"], 10)),
            row(4, 11, 3, held(&["a"], 20)),
        ];
        assert_eq!(duplicates(&mut rows), 1);
    }

    #[test]
    fn what_was_confirmed_is_never_anybody_elses() {
        let mut rows = vec![
            row(1, 0, 1, held(&["a", "b"], 10)),
            row(2, 1, 1, What::Confirmed("a".to_owned())),
            row(3, 2, 2, held(&["b"], 12)),
            row(4, 90, 3, held(&["a"], 99)),
        ];
        assert_eq!(duplicates(&mut rows), 1);
    }
}
