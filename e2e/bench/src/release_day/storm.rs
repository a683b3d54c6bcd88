//! The release itself: everybody comes at the time that was fixed beforehand, whatever the platform
//! does.
//!
//! A step's intended start is the arrival plus all the thinking before it (and pauses that the platform
//! asked for), so a slow answer is charged to every step it delays: nothing is left out because
//! somebody had to wait.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, sleep_until};
use xuanhao_chassis::clock::Clock;
use xuanhao_local::Citizen;
use xuanhao_local::citizen::{Application, Error, Holding, Outcome, Selected};
use xuanhao_local::new_id;

use super::holds::Shown;
use super::prepare::{CHECK, CODE, Ready};
use super::script::Script;
use super::steps::{Kind, Step, Tally};

/// How often a call is repeated that was shed or found nothing free.
const TRIES: usize = 60;
/// After an answer that names no pause.
const PAUSE: Duration = Duration::from_secs(1);
/// By so much our clock may be ahead of the services'.
const CLOCKS: SignedDuration = SignedDuration::from_millis(20);
/// By so much two who come back differ.
const SPREAD: Duration = Duration::from_millis(10);

/// How a journey ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// With a number and its voucher.
    Confirmed,
    /// As planned, in between.
    WalkedAway,
    /// The numbers were free again before they were confirmed.
    Lapsed,
    /// All wishes were missed and all draws used up, or nothing was free to the end.
    Nothing,
    /// A call failed, was lost or was refused for a reason that nobody expects.
    Broken,
}

/// One citizen's way.
#[derive(Debug)]
pub(super) struct Journey {
    /// How it ended.
    pub(super) end: End,
    /// When its calls went out.
    pub(super) calls: Vec<Instant>,
    /// What became of them.
    pub(super) tally: Tally,
    /// When the first and the last answer of interest came.
    pub(super) ended: Instant,
    /// Rounds whose wishes were all missed.
    pub(super) missed: u64,
}

/// Why a journey ends before its script.
enum Stop {
    End(End),
}

type Go<T> = Result<T, Stop>;

struct Walk<'a> {
    who: usize,
    ready: &'a Ready,
    script: &'a Script,
    shown: &'a Shown,
    intended: Instant,
    answers: usize,
    held: Vec<String>,
    journey: Journey,
}

/// Goes one citizen's way.
pub(super) async fn walk(
    who: usize,
    ready: &Ready,
    script: &Script,
    shown: &Shown,
    opening: Instant,
    cold: bool,
) -> Journey {
    let arrival = Duration::from_secs_f64(script.arrival_s.abs());
    let intended = if script.arrival_s < 0.0 {
        opening - arrival
    } else {
        opening + arrival
    };
    let mut walk = Walk {
        who,
        ready,
        script,
        shown,
        intended,
        answers: 0,
        held: Vec::new(),
        journey: Journey {
            end: End::Broken,
            calls: Vec::new(),
            tally: Tally::default(),
            ended: intended,
            missed: 0,
        },
    };
    let Stop::End(end) = match walk.whole(cold).await {
        Ok(never) => match never {},
        Err(stop) => stop,
    };
    walk.journey.end = end;
    walk.journey.ended = Instant::now();
    walk.journey
}

enum Never {}

impl Walk<'_> {
    async fn whole(&mut self, cold: bool) -> Go<Never> {
        if cold {
            self.sign_in().await?;
        }
        let id = self.ready.application.as_str();
        self.step(Step::Look, async |citizen| citizen.application(id).await)
            .await?;
        self.think()?;
        if !self.script.wishes.is_empty() {
            self.compose().await?;
        }
        let plate = self.draw().await?;
        self.think()?;
        let confirmed = self
            .step(Step::Confirm, async |citizen| {
                citizen.confirm(id, &plate).await
            })
            .await?;
        self.finish(&confirmed).await
    }

    /// The cold form: the identity check counts for one session, so it is part of the storm.
    async fn sign_in(&mut self) -> Go<()> {
        let ready = self.ready;
        let (person, id) = (&ready.person, ready.application.as_str());
        self.step(Step::SignIn, async |citizen| {
            citizen.sign_in(&person.login_name, &person.password).await
        })
        .await?;
        let challenge = self
            .step(Step::Code, async |citizen| citizen.ask(CHECK, id).await)
            .await?;
        let code = self.ready.citizen.console().next_code(&person.mobile).await;
        let Ok(code) = code else {
            return Err(Stop::End(End::Broken));
        };
        let proof = self
            .step(Step::Verify, async |citizen| {
                citizen.verify(&challenge.challenge_id, &code).await
            })
            .await?;
        self.step(Step::Start, async |citizen| {
            citizen.start(id, &proof.proof).await
        })
        .await?;
        Ok(())
    }

    async fn compose(&mut self) -> Go<()> {
        let id = self.ready.application.as_str();
        self.step(Step::Keyboard, async |citizen| {
            citizen.keyboard(id, CODE).await
        })
        .await?;
        let mut first = true;
        for wishes in &self.script.wishes {
            self.think()?;
            if !first {
                self.wait_to_compose().await?;
            }
            first = false;
            let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
            let selected = self
                .step(Step::Compose, async |citizen| {
                    citizen.compose(id, &wishes).await
                })
                .await?;
            match &selected.outcome {
                Outcome::Allocated(_) => {
                    let Err(stop) = self.finish(&selected).await;
                    return Err(stop);
                }
                _ => self.journey.missed += 1,
            }
        }
        self.think()
    }

    /// R-SEL-05: until the next round may come; the intended start moves with it.
    async fn wait_to_compose(&mut self) -> Go<()> {
        let id = self.ready.application.as_str();
        let application = self
            .step(Step::Look, async |citizen| citizen.application(id).await)
            .await?;
        let wait = until(&application, application.compose_from);
        self.intended = self.intended.max(Instant::now() + wait);
        Ok(())
    }

    /// Draws as often as planned, and keeps a number of the last column.
    async fn draw(&mut self) -> Go<String> {
        let id = self.ready.application.as_str();
        let mut column = Vec::new();
        for round in 0..self.script.draws {
            if round > 0 {
                self.think()?;
            }
            let selected = self
                .step(Step::Draw, async |citizen| citizen.draw(id, true).await)
                .await?;
            let Some(holding) = selected.outcome.held() else {
                return Err(Stop::End(End::Broken));
            };
            self.show(holding, &selected.application);
            column.clone_from(&holding.column);
        }
        self.think()?;
        let index = self.script.pick % column.len().max(1);
        let Some(plate) = column.get(index).cloned() else {
            return Err(Stop::End(End::Nothing));
        };
        let kept = self
            .step(Step::Keep, async |citizen| citizen.keep(id, &plate).await)
            .await?;
        if let Some(holding) = kept.outcome.held() {
            self.show(holding, &kept.application);
        }
        Ok(plate)
    }

    async fn finish(&mut self, selected: &Selected) -> Go<Never> {
        let Some(confirmed) = selected.outcome.allocated() else {
            return Err(Stop::End(End::Broken));
        };
        self.shown.given(self.who, confirmed);
        let id = self.ready.application.as_str();
        self.step(Step::Voucher, async |citizen| citizen.voucher(id).await)
            .await?;
        Err(Stop::End(End::Confirmed))
    }

    fn show(&mut self, holding: &Holding, application: &Application) {
        if let Some(now) = application.now {
            self.shown.held(self.who, holding, now);
        }
        self.held = [&holding.column[..], &holding.basket].concat();
    }

    /// One call, at its time; repeated under its id while the platform says "later".
    async fn step<T>(
        &mut self,
        step: Step,
        call: impl AsyncFn(&Citizen) -> Result<T, Error>,
    ) -> Go<T> {
        sleep_until(self.intended).await;
        let (citizen, mut id) = (&self.ready.citizen, new_id());
        if step.is_of_the_pool() {
            let now = Clock::system()
                .now()
                .saturating_sub(CLOCKS)
                .unwrap_or_default();
            self.shown.let_go(self.who, &self.held, now);
        }
        for _ in 0..TRIES {
            let sent = Instant::now();
            self.journey.calls.push(sent);
            if step.is_write() {
                citizen.repeat_under(id);
            }
            let answer = call(citizen).await;
            let error = match answer {
                Ok(answer) => {
                    self.journey.tally.call(step, sent.elapsed(), Ok(()));
                    self.journey.tally.step(step, self.intended.elapsed());
                    self.answers += 1;
                    return Ok(answer);
                }
                Err(error) => error,
            };
            self.journey.tally.call(step, sent.elapsed(), Err(&error));
            let resume = Instant::now() + self.pause(&error);
            match (Kind::of(&error), error.code()) {
                (Kind::NoneFree, _) => {
                    // An answer for good: the next is another request, intended after the pause.
                    self.journey
                        .tally
                        .step(Step::NoneFree, self.intended.elapsed());
                    (self.intended, id) = (resume, new_id());
                }
                // R-AUTH-02: the rules let nobody enter sooner.
                (_, Some("CONFIRM_DELAY")) => (self.intended, id) = (resume, new_id()),
                (Kind::Shed, _) | (_, Some("OPERATION_PENDING")) => {}
                (
                    _,
                    Some("COLUMN_EXPIRED" | "HOLD_EXPIRED" | "BASKET_EXPIRED" | "PLATE_NOT_HELD"),
                ) => {
                    return Err(Stop::End(End::Lapsed));
                }
                _ => return Err(Stop::End(End::Broken)),
            }
            sleep_until(resume).await;
        }
        Err(Stop::End(End::Nothing))
    }

    /// As long as the answer asks for, and a little more, so that not everybody comes back at once.
    fn pause(&self, error: &Error) -> Duration {
        let asked = error.problem().and_then(|problem| problem.retry_after_s);
        let asked = asked.map_or(PAUSE, Duration::from_secs);
        asked + SPREAD * u32::try_from(self.who % 100).unwrap_or_default()
    }

    /// Thinks about an answer, or has seen enough.
    fn think(&mut self) -> Go<()> {
        if self
            .script
            .leaves_after
            .is_some_and(|most| self.answers >= most)
        {
            return Err(Stop::End(End::WalkedAway));
        }
        let thinking = &self.script.thinking;
        self.intended += thinking[self.answers % thinking.len()];
        Ok(())
    }
}

/// From the server's now to one of its instants.
fn until(application: &Application, at: Option<jiff::Timestamp>) -> Duration {
    let (Some(now), Some(at)) = (application.now, at) else {
        return Duration::ZERO;
    };
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
