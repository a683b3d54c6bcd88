//! A citizen: one application after the other, until the run is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;
use xuanhao_chassis::random::SecureRandom;

use super::calls::{Request, SOON, is_for_now};
use super::{Load, Popular};
use crate::history::{Answer, Ask, Held, Micros, Outcome, What};
use crate::site::OFFICES;

/// How long an operation may take until the pool refuses it (P3).
const NOT_AFTER: Micros = 20_000_000;
/// Applications that walk away without a number try so often at most.
const MOST_OPERATIONS: u64 = 12;

struct Citizen {
    load: Arc<Load>,
    client: u32,
    random: SecureRandom,
    /// The vehicle of the application before: some try to get a second number for it.
    last_vehicle: [u8; 32],
}

/// An application.
struct Application {
    id: Uuid,
    office: usize,
    vehicle: [u8; 32],
    op_no: u64,
    held: Held,
}

/// Goes on until the load is over and the last operation's outcome is known.
pub async fn citizen(load: Arc<Load>, client: u32, seed: u64) {
    let random = SecureRandom::seeded(seed);
    let last_vehicle = random.bytes();
    let citizen = Citizen {
        load,
        client,
        random,
        last_vehicle,
    };
    citizen.live().await;
}

impl Citizen {
    async fn live(mut self) {
        while !self.load.is_over() {
            self.load.pause(&self.random).await;
            let office = usize::try_from(self.random.below(OFFICES.len() as u64)).unwrap_or(0);
            let popular = Popular::of(numbers(office));
            let vehicle = match self.chance(10) {
                true => self.last_vehicle,
                false => self.random.bytes(),
            };
            self.last_vehicle = vehicle;
            let id: xuanhao_chassis::ids::ApplicationId = self.load.ids.next();
            let application = Application {
                id: id.as_uuid(),
                office,
                vehicle,
                op_no: 0,
                held: Held::default(),
            };
            self.apply(application, &popular).await;
        }
    }

    /// One application, to a number or until it walks away.
    async fn apply(&self, mut application: Application, popular: &Popular) {
        while application.op_no < MOST_OPERATIONS && !self.load.is_over() {
            application.held = application.held.at(self.load.now());
            let Some(what) = self.choose(&application, popular) else {
                return;
            };
            if what == What::Close {
                return self.leave(&application, false).await;
            }
            application.op_no += 1;
            let outcome = self.operate(&application, what).await;
            match outcome {
                Some(Outcome::Held(held)) => application.held = held,
                Some(Outcome::Allocated(_)) => {
                    if self.chance(40) {
                        self.load.pause(&self.random).await;
                        self.leave(&application, true).await;
                    }
                    return;
                }
                Some(Outcome::GivenUp | Outcome::TooLittleTime) => {
                    application.held = Held::default()
                }
                Some(_) => {}
                // It is over, and the outcome is not known.
                None => return,
            }
            self.load.pause(&self.random).await;
        }
    }

    /// What to do next; none is to walk away.
    fn choose(&self, application: &Application, popular: &Popular) -> Option<What> {
        let draw = |count| What::Draw {
            count,
            exclude_four: self.chance(30),
        };
        let count = i32::try_from(self.random.below(50)).unwrap_or(0) + 1;
        let column = self.random.pick(&application.held.column).cloned();
        let any: Vec<_> = application
            .held
            .plates()
            .map(|(plate, _)| plate.to_owned())
            .collect();
        let any = self.random.pick(&any).cloned();
        let (_, code, masks) = OFFICES[application.office];
        let wish = || {
            let serial = popular.pick(&self.random);
            match masks {
                ["DDDDA"] => format!("{code}{serial:04}A"),
                _ => format!("{code}{:03}{}A", serial % 1_000, serial / 1_000),
            }
        };
        let compose = || {
            let mut wishes: Vec<_> = (0..5).map(|_| wish()).collect();
            wishes.sort_unstable();
            wishes.dedup();
            What::Compose {
                wishes,
                hold: self.chance(50),
            }
        };
        Some(match (self.random.below(100), column, any) {
            (0..15, ..) => compose(),
            (15..25, Some(plate), _) => What::Keep { plate },
            (25..38, _, Some(plate)) => What::Confirm { plate },
            (38..42, _, Some(plate)) => What::Choose { plate },
            (42..48, _, Some(_)) => What::GiveUp,
            (48..54, _, Some(_)) => return None,
            (54..56, ..) => What::Close,
            // What is not held any more is asked for too.
            (56, None, None) => What::Confirm { plate: wish() },
            _ => draw(count),
        })
    }

    /// An operation until its outcome is known (P1, P6); none if the run ended before.
    async fn operate(&self, application: &Application, what: What) -> Option<Outcome> {
        let request = self.request(application, application.op_no, what);
        let answer = loop {
            let answer = match self.chance(3) {
                true => self.twice(&request).await,
                false => {
                    self.load
                        .attempt(self.client, self.replica(), &request)
                        .await
                }
            };
            match answer {
                Answer::Refused { reason } if is_for_now(&reason) => {
                    if self.load.gives_up() || self.load.now() > request.not_after {
                        return Some(Outcome::NeverRecorded);
                    }
                    sleep(SOON).await;
                }
                answer => break answer,
            }
        };
        let outcome = match answer {
            Answer::Told { outcome, .. } => outcome,
            Answer::Refused { .. } => return Some(Outcome::AllMissed),
            Answer::Unknown { .. } => self.find_out(&request).await?,
        };
        // Repeats are answered from the record, and another input with this number never.
        if self.chance(6) {
            self.load
                .attempt(self.client, self.replica(), &request)
                .await;
        }
        if self.chance(2) {
            let mut other = request.clone();
            other.ask.what = What::Draw {
                count: 1,
                exclude_four: true,
            };
            if other.ask.what != request.ask.what {
                self.load.attempt(self.client, self.replica(), &other).await;
            }
        }
        Some(outcome)
    }

    /// To two replicas at once.
    async fn twice(&self, request: &Request) -> Answer {
        let (one, two) = futures::join!(
            self.load.attempt(self.client, self.replica(), request),
            self.load.attempt(self.client, self.replica(), request),
        );
        match (one, two) {
            (told @ Answer::Told { .. }, _) | (_, told @ Answer::Told { .. }) => told,
            (unknown @ Answer::Unknown { .. }, _) | (_, unknown @ Answer::Unknown { .. }) => {
                unknown
            }
            (for_now, Answer::Refused { reason }) if is_for_now(&reason) => for_now,
            (_, refused) => refused,
        }
    }

    /// P6: the same request once more, or a resolve, until somebody knows.
    async fn find_out(&self, request: &Request) -> Option<Outcome> {
        let mut resolve = request.clone();
        resolve.ask.what = What::Resolve;
        if self.chance(15) {
            let answer = self
                .load
                .attempt(self.client, self.replica(), request)
                .await;
            if let Answer::Told { outcome, .. } = answer {
                return Some(outcome);
            }
        }
        while !self.load.gives_up() {
            let answer = self
                .load
                .attempt(self.client, self.replica(), &resolve)
                .await;
            if let Answer::Told { outcome, .. } = answer {
                return Some(outcome);
            }
            sleep(SOON).await;
        }
        None
    }

    /// P9: closes the application, and sends its number back.
    async fn leave(&self, application: &Application, with_number: bool) {
        self.until_told(&self.request(application, 0, What::Close))
            .await;
        if with_number {
            self.until_told(&self.request(application, 0, What::Return))
                .await;
        }
    }

    /// Both are idempotent by what they are.
    async fn until_told(&self, request: &Request) {
        while !self.load.gives_up() {
            let answer = self
                .load
                .attempt(self.client, self.replica(), request)
                .await;
            match answer {
                Answer::Told { .. } => return,
                Answer::Refused { reason } if !is_for_now(&reason) => return,
                Answer::Refused { .. } | Answer::Unknown { .. } => sleep(SOON).await,
            }
        }
    }

    fn request(&self, application: &Application, op_no: u64, what: What) -> Request {
        let (office, ..) = OFFICES[application.office];
        Request {
            ask: Ask {
                office: office.to_owned(),
                application: application.id,
                vehicle: hex(&application.vehicle),
                op_no,
                what,
            },
            not_after: self.load.now() + NOT_AFTER,
            vehicle: application.vehicle,
            request_id: self.load.ids.next(),
            actor: self.load.ids.next(),
        }
    }

    fn replica(&self) -> usize {
        let count = self.load.replicas.len() as u64;
        usize::try_from(self.random.below(count)).unwrap_or(0)
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }
}

/// How many numbers an office has.
fn numbers(office: usize) -> u64 {
    match OFFICES[office].2 {
        ["DDDDA"] => 10_000,
        masks => 1_000 * masks.len() as u64,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Between two looks at something.
pub(crate) const LOOK: Duration = Duration::from_millis(200);
