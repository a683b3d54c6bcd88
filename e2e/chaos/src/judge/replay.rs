//! The log replayed on one thread: holds, claims, and what is left in the end.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{Index, Invariant, Verdict};
use crate::evidence::{Allocation, Figures, Row};
use crate::history::{Held, Micros};

/// The longest a hold may outlive its end (I5).
const LATEST_RETURN: Micros = 3_000_000;

pub(super) fn judge(index: &Index<'_>, verdict: &mut Verdict) {
    let lives = lives(index);
    one_claim(&lives, verdict);
    one_number(index, verdict);
    for (office, log) in &index.logs {
        Office::default().replay(office, log, index, &lives, verdict);
    }
    for figures in &index.evidence.figures {
        conserved(index, figures, &lives, verdict);
    }
}

/// While a number is nobody's to give: allocated, or on its way back.
#[derive(Debug, Clone, Copy)]
struct Life<'a> {
    allocation: &'a Allocation,
    /// The end of the allocation.
    ended_at: Micros,
    /// When it may be given again.
    free_at: Micros,
}

/// By office and number, in the order of their beginnings.
type Lives<'a> = HashMap<(&'a str, &'a str), Vec<Life<'a>>>;

fn lives<'a>(index: &Index<'a>) -> Lives<'a> {
    let mut back: HashMap<(&str, &str), Vec<(Micros, Micros)>> = HashMap::new();
    for sent in &index.evidence.returns {
        let times = back.entry((&sent.office, &sent.plate)).or_default();
        times.push((sent.decided_at, sent.available_at));
    }
    let mut lives = Lives::new();
    for allocation in &index.evidence.allocations {
        let number = (allocation.office.as_str(), allocation.plate.as_str());
        let ended_at = allocation.ended_at.unwrap_or(Micros::MAX);
        let sent = back.get(&number).into_iter().flatten();
        let free_at = sent.filter(|(decided_at, _)| *decided_at >= ended_at);
        lives.entry(number).or_default().push(Life {
            allocation,
            ended_at,
            free_at: free_at
                .map(|(_, free_at)| *free_at)
                .min()
                .unwrap_or(Micros::MAX),
        });
    }
    for lives in lives.values_mut() {
        lives.sort_by_key(|life| life.allocation.row);
        lives.sort_by_key(|life| life.allocation.row.decided_at);
    }
    lives
}

fn one_claim(lives: &Lives<'_>, verdict: &mut Verdict) {
    for ((office, plate), lives) in lives {
        verdict.check(Invariant::OneClaim, true, String::new);
        for pair in lives.windows(2) {
            let apart = pair[0].ended_at <= pair[1].allocation.row.decided_at;
            verdict.check(Invariant::OneClaim, apart, || {
                format!(
                    "{office}: {plate} is {:?}'s and {:?}'s",
                    pair[0].allocation.row, pair[1].allocation.row
                )
            });
            let back = pair[0].free_at <= pair[1].allocation.row.decided_at;
            verdict.check(Invariant::OneClaim, back, || {
                format!(
                    "{office}: {plate} is claimed at {:?} before it is back",
                    pair[1].allocation.row
                )
            });
        }
    }
}

fn one_number(index: &Index<'_>, verdict: &mut Verdict) {
    let mut applications: HashMap<Uuid, &str> = HashMap::new();
    let mut vehicles: HashMap<&str, Vec<(Micros, Micros)>> = HashMap::new();
    for allocation in &index.evidence.allocations {
        let Some(application) = allocation.application else {
            continue;
        };
        // Never a second one, even after the first has ended: the application is closed by then.
        let before = applications.insert(application, &allocation.plate);
        verdict.check(Invariant::OneNumber, before.is_none(), || {
            format!(
                "{application} has {} and {}",
                before.unwrap_or_default(),
                allocation.plate
            )
        });
        if let Some(vehicle) = &allocation.vehicle {
            let ended_at = allocation.ended_at.unwrap_or(Micros::MAX);
            let spans = vehicles.entry(vehicle).or_default();
            spans.push((allocation.row.decided_at, ended_at));
        }
    }
    for (vehicle, mut spans) in vehicles {
        spans.sort_unstable();
        let apart = spans.windows(2).all(|pair| pair[0].1 <= pair[1].0);
        verdict.check(Invariant::OneNumber, apart, || {
            format!("vehicle {vehicle} has two numbers at once")
        });
    }
}

/// One office as its log tells it.
#[derive(Default)]
struct Office<'a> {
    held: HashMap<Uuid, &'a Row>,
    holder: HashMap<&'a str, Uuid>,
}

impl<'a> Office<'a> {
    fn replay(
        mut self,
        office: &str,
        log: &[&'a Row],
        index: &Index<'a>,
        lives: &Lives<'a>,
        verdict: &mut Verdict,
    ) {
        for row in log {
            let Some(application) = row.application else {
                continue;
            };
            let at = row.id.decided_at;
            let before = self
                .take(application)
                .map_or_else(Held::default, |held| held.at(at));
            for (plate, until) in row.held.plates() {
                self.one_hold(office, row, application, plate, verdict);
                verdict.check(Invariant::OneHold, until > at, || {
                    format!(
                        "{office}: {plate} is held at {:?} until {until} only",
                        row.id
                    )
                });
                let life = lives.get(&(office, plate)).into_iter().flatten();
                let taken =
                    life.filter(|life| life.allocation.row.decided_at <= at && at < life.free_at);
                let taken: Vec<_> = taken.map(|life| life.allocation.row).collect();
                verdict.check(Invariant::OneHold, taken.is_empty(), || {
                    format!(
                        "{office}: {plate} is held at {:?} and allocated at {taken:?}",
                        row.id
                    )
                });
                self.holder.insert(plate, application);
            }
            if !row.held.is_empty() {
                self.held.insert(application, row);
            }
            if row.outcome == "allocated" && row.kind != "resolve" {
                self.claim(office, row, &before, index, verdict);
            }
        }
    }

    /// The set that the application has had so far.
    fn take(&mut self, application: Uuid) -> Option<Held> {
        let row = self.held.remove(&application)?;
        for (plate, _) in row.held.plates() {
            if self.holder.get(plate) == Some(&application) {
                self.holder.remove(plate);
            }
        }
        Some(row.held.clone())
    }

    /// Nobody else holds it at this instant.
    fn one_hold(
        &self,
        office: &str,
        row: &Row,
        application: Uuid,
        plate: &str,
        verdict: &mut Verdict,
    ) {
        let other = self
            .holder
            .get(plate)
            .filter(|other| **other != application);
        let other = other.and_then(|other| self.held.get(other));
        let lives = other.is_some_and(|other| {
            let held = other.held.at(row.id.decided_at);
            held.plates().any(|(held, _)| held == plate)
        });
        verdict.check(Invariant::OneHold, !lives, || {
            let other = other.map(|other| (other.id, other.application));
            format!(
                "{office}: {plate} is held by {application} at {:?} and by {other:?}",
                row.id
            )
        });
    }

    fn claim(
        &self,
        office: &str,
        row: &Row,
        before: &Held,
        index: &Index<'a>,
        verdict: &mut Verdict,
    ) {
        let made = index.allocations.get(&(office, row.id.epoch, row.id.seq));
        let made = made.map_or(&[][..], Vec::as_slice);
        let [allocation] = made else {
            return verdict.check(Invariant::Durable, false, || {
                format!(
                    "{office}: the row {:?} has {} allocations",
                    row.id,
                    made.len()
                )
            });
        };
        let covered = before.plates().any(|(plate, _)| plate == allocation.plate);
        verdict.check(
            Invariant::ClaimHeld,
            covered || row.kind == "compose",
            || {
                format!(
                    "{office}: {} is claimed at {:?} and was not held",
                    allocation.plate, row.id
                )
            },
        );
        // Nobody else may hold what is claimed.
        let application = row.application.unwrap_or_default();
        self.one_hold(office, row, application, &allocation.plate, verdict);
    }
}

/// Everything held has come back, and nothing else has changed.
fn conserved(index: &Index<'_>, figures: &Figures, lives: &Lives<'_>, verdict: &mut Verdict) {
    let (office, at) = (figures.office.as_str(), figures.counted_at);
    let of_office = || {
        index
            .evidence
            .allocations
            .iter()
            .filter(|one| one.office == office)
    };
    let live = of_office().filter(|one| one.ended_at.is_none());
    let allocated: BTreeSet<&str> = live.map(|one| one.plate.as_str()).collect();
    let mut set: HashMap<Uuid, &Row> = HashMap::new();
    for row in index.logs.get(office).into_iter().flatten() {
        if let Some(application) = row.application {
            set.insert(application, row);
        }
    }
    let due = at - LATEST_RETURN;
    let still = set.values().flat_map(|row| row.held.plates());
    let still: BTreeSet<&str> = still
        .filter(|(_, until)| *until > due)
        .map(|(plate, _)| plate)
        .collect();
    let within = |count: u64, most: usize| count <= most as u64;
    verdict.check(
        Invariant::Conserved,
        within(figures.held, still.len()),
        || {
            format!(
                "{office}: {} are held, and {} at most may be: {figures:?}",
                figures.held,
                still.len()
            )
        },
    );
    let of_lives = lives.iter().filter(|((of, _), _)| *of == office);
    let ended = of_lives
        .flat_map(|(_, lives)| lives)
        .filter(|life| life.ended_at <= at);
    let away = ended.filter(|life| life.free_at > due).count();
    verdict.check(
        Invariant::Conserved,
        within(figures.returning, away),
        || {
            format!(
                "{office}: {} are on their way back, and {away} at most may be: {figures:?}",
                figures.returning
            )
        },
    );
    let sum = figures.free + figures.held + figures.allocated + figures.returning;
    verdict.check(Invariant::Conserved, sum == figures.released, || {
        format!(
            "{office}: {sum} of {} numbers are somewhere: {figures:?}",
            figures.released
        )
    });
    verdict.check(
        Invariant::Conserved,
        figures.allocated == allocated.len() as u64,
        || {
            format!(
                "{office}: {} allocations in the rows: {figures:?}",
                allocated.len()
            )
        },
    );
}
