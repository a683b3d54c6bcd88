//! The steps of a citizen's way, and what became of each call.

use std::collections::BTreeMap;
use std::time::Duration;

use xuanhao_local::citizen::{Error, Problem};

use crate::measure::Latencies;

/// What a citizen does in one call; the first two belong to a cold start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// Signs in with name and password.
    SignIn,
    /// Has an SMS code sent.
    Code,
    /// Answers it.
    Verify,
    /// Enters selecting with its proof.
    Start,
    /// Looks at the application.
    Look,
    /// Has the keyboard laid out.
    Keyboard,
    /// Tries wishes.
    Compose,
    /// One random round.
    Draw,
    /// Makes a number a candidate.
    Keep,
    /// Confirms it.
    Confirm,
    /// Prints the voucher.
    Voucher,
    /// A draw that found nothing free: the cheapest answer.
    NoneFree,
}

impl Step {
    /// In the order they are gone through.
    pub(super) const ALL: [Self; 12] = [
        Self::SignIn,
        Self::Code,
        Self::Verify,
        Self::Start,
        Self::Look,
        Self::Keyboard,
        Self::Compose,
        Self::Draw,
        Self::Keep,
        Self::Confirm,
        Self::Voucher,
        Self::NoneFree,
    ];

    /// As it is told.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::Code => "SMS code",
            Self::Verify => "verify code",
            Self::Start => "start",
            Self::Look => "look",
            Self::Keyboard => "keyboard",
            Self::Compose => "compose",
            Self::Draw => "draw",
            Self::Keep => "keep",
            Self::Confirm => "confirm",
            Self::Voucher => "voucher",
            Self::NoneFree => "(none free)",
        }
    }

    /// Whether it changes what the pool holds for the citizen.
    #[must_use]
    pub(super) const fn is_of_the_pool(self) -> bool {
        matches!(
            self,
            Self::Compose | Self::Draw | Self::Keep | Self::Confirm
        )
    }

    /// Whether it goes out under a request id.
    #[must_use]
    pub(super) const fn is_write(self) -> bool {
        !matches!(self, Self::Look | Self::Keyboard | Self::Voucher)
    }
}

/// What an answer means to the one who tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None are free (yet): an answer, and uncharged.
    NoneFree,
    /// The platform protected itself and said when to come back.
    Shed,
    /// It was there and refused, by the rules.
    Refused,
    /// It failed: a status of 5xx.
    Failed,
    /// No answer, or none that is understood.
    Lost,
}

impl Kind {
    /// What an error means.
    #[must_use]
    pub(super) fn of(error: &Error) -> Self {
        match error.problem() {
            None => Self::Lost,
            Some(problem) => Self::of_problem(problem),
        }
    }

    fn of_problem(problem: &Problem) -> Self {
        match (problem.code.as_str(), problem.status) {
            ("NONE_FREE", _) => Self::NoneFree,
            ("OVERLOADED" | "RATE_LIMITED", _) | (_, 429) => Self::Shed,
            (_, status) if status >= 500 => Self::Failed,
            _ => Self::Refused,
        }
    }
}

/// What became of all calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// From the intended start to the answer, however often it had to be asked for.
    pub(super) intended: BTreeMap<Step, Latencies>,
    /// From sending to the answer, each call for itself.
    pub(super) sent: BTreeMap<Step, Latencies>,
    /// Draws before the opening and others that found nothing free.
    pub(super) none_free: u64,
    /// Calls answered with "come back later".
    pub(super) sheds: u64,
    /// Answers of 5xx.
    pub(super) failures: u64,
    /// Calls without an answer.
    pub(super) lost: u64,
    /// Refusals by their word, failures among them.
    pub(super) words: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a call's answer.
    pub(super) fn call(&mut self, step: Step, took: Duration, answer: Result<(), &Error>) {
        self.sent.entry(step).or_default().record(took);
        let Err(error) = answer else { return };
        match Kind::of(error) {
            Kind::Refused => {}
            Kind::NoneFree => self.none_free += 1,
            Kind::Shed => self.sheds += 1,
            Kind::Failed => self.failures += 1,
            Kind::Lost => self.lost += 1,
        }
        let word = match error.code() {
            Some(code) => format!("{}: {code}", step.name()),
            None => format!("{}: {error}", step.name()),
        };
        *self.words.entry(word).or_default() += 1;
    }

    /// Counts a step that ended.
    pub(super) fn step(&mut self, step: Step, since_intended: Duration) {
        self.intended
            .entry(step)
            .or_default()
            .record(since_intended);
    }

    /// Adds all of another.
    pub(super) fn add(&mut self, other: &Self) {
        for (step, latencies) in &other.intended {
            self.intended.entry(*step).or_default().add(latencies);
        }
        for (step, latencies) in &other.sent {
            self.sent.entry(*step).or_default().add(latencies);
        }
        for (word, count) in &other.words {
            *self.words.entry(word.clone()).or_default() += count;
        }
        self.none_free += other.none_free;
        self.sheds += other.sheds;
        self.failures += other.failures;
        self.lost += other.lost;
    }

    /// Calls there were.
    #[must_use]
    pub(super) fn calls(&self) -> u64 {
        self.sent.values().map(Latencies::count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Error {
        Error::Refused(Box::new(Problem {
            status,
            title: String::new(),
            code: code.to_owned(),
            detail: None,
            field: None,
            parameters: BTreeMap::new(),
            retry_after_s: None,
            trace: None,
        }))
    }

    #[test]
    fn protecting_oneself_is_no_failure_and_a_failure_is_one() {
        assert_eq!(Kind::of(&refused(503, "OVERLOADED")), Kind::Shed);
        assert_eq!(Kind::of(&refused(429, "SIGN_IN_LIMITED")), Kind::Shed);
        assert_eq!(Kind::of(&refused(503, "UNAVAILABLE")), Kind::Failed);
        assert_eq!(Kind::of(&refused(409, "COLUMN_EXPIRED")), Kind::Refused);
        assert_eq!(Kind::of(&refused(409, "NONE_FREE")), Kind::NoneFree);
        let mut tally = Tally::default();
        let error = refused(500, "INTERNAL");
        tally.call(Step::Draw, Duration::from_millis(3), Err(&error));
        tally.step(Step::Draw, Duration::from_millis(9));
        let mut all = Tally::default();
        all.add(&tally);
        assert_eq!((all.calls(), all.failures), (1, 1));
        assert_eq!(all.words["draw: INTERNAL"], 1);
        assert_eq!(all.intended[&Step::Draw].max().as_millis(), 9);
    }
}
