//! A realistic mix: 60 % draws, 15 % wishes, 15 % keyboards, 10 % candidates confirmed.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tonic::Status;
use xuanhao_chassis::grpc::call;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;

use super::super::client::{Application, Applications, DRAWN, Desk, column};
use super::super::load::{Caller, Run, Window, closed};
use super::super::numbers::{self, MILLION};
use super::super::target::Target;
use crate::measure::Ticks;

const CITIZENS: usize = 8_192;
const WISHES: usize = 5;
/// Numbers that people wish for, the first most of all.
const POPULAR: usize = 100_000;
const EXPONENT: f64 = 1.1;
const IN_FLIGHT: usize = 64;

/// Chances by Zipf's law.
#[derive(Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Over so many ranks.
    #[must_use]
    pub fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let up_to = (1..=ranks).map(|rank| {
            sum += (rank as f64).powf(-EXPONENT);
            sum
        });
        Self(up_to.collect())
    }

    /// A rank, from 0.
    pub fn rank(&self, random: &mut StdRng) -> usize {
        let point = random.random::<f64>() * self.0.last().copied().unwrap_or_default();
        self.0
            .partition_point(|up_to| *up_to < point)
            .min(self.0.len() - 1)
    }
}

#[derive(Debug)]
struct Citizen {
    application: Application,
    column: Vec<String>,
    random: StdRng,
    all: Arc<Common>,
}

#[derive(Debug)]
struct Common {
    applications: Applications,
    popular: Vec<String>,
    zipf: Zipf,
}

impl Caller for Citizen {
    async fn step(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        match self.random.random_range(0..100) {
            0..60 => self.draw(desk).await,
            60..75 => self.compose(desk).await,
            75..90 => self.type_in(desk).await,
            _ if self.column.is_empty() => self.draw(desk).await,
            _ => self.confirm(desk).await,
        }
    }
}

impl Citizen {
    async fn draw(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        let without_four = self.random.random_range(0..3) == 0;
        let request = self.application.drawing(DRAWN, without_four);
        let answer = desk.pool.draw(call(request)).await?;
        self.column = column(answer.into_inner().outcome);
        Ok(1)
    }

    async fn compose(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        let mut wishes = BTreeSet::new();
        while wishes.len() < WISHES {
            wishes.insert(self.all.zipf.rank(&mut self.random));
        }
        let request = pb::ComposeRequest {
            operation: Some(self.application.operation()),
            wishes: wishes
                .into_iter()
                .map(|rank| self.all.popular[rank].clone())
                .collect(),
            hold_ttl_s: 0,
        };
        let answer = desk.pool.compose(call(request)).await?.into_inner().outcome;
        if let Some(Became::Allocated(_)) = answer.and_then(|outcome| outcome.result) {
            self.begin_anew();
        }
        Ok(1)
    }

    async fn type_in(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        let number = &self.all.popular[self.all.zipf.rank(&mut self.random)];
        let typed = self.random.random_range(0..4);
        let request = pb::GetKeyboardRequest {
            office: MILLION.office.to_owned(),
            plate_class: PlateClass::Small.into(),
            issuing_code: MILLION.code.to_owned(),
            partial: number.chars().skip(2).take(typed).collect(),
        };
        desk.publication.get_keyboard(call(request)).await?;
        Ok(1)
    }

    async fn confirm(&mut self, desk: &mut Desk) -> Result<u64, Status> {
        let plate = self.column.pop().unwrap_or_default();
        let keep = pb::KeepRequest {
            operation: Some(self.application.operation()),
            plate: plate.clone(),
            basket_ttl_s: self.application.column_s,
        };
        desk.pool.keep(call(keep)).await?;
        let confirm = pb::ConfirmRequest {
            operation: Some(self.application.operation()),
            plate,
            from_column: false,
        };
        desk.pool.confirm(call(confirm)).await?;
        self.begin_anew();
        Ok(2)
    }

    /// Who has a number needs no other: somebody new comes.
    fn begin_anew(&mut self) {
        self.application = self.all.applications.one(MILLION.office);
        self.column.clear();
    }
}

/// Runs it on every connection.
///
/// # Errors
/// When a call fails.
pub async fn run(engine: &mut Target, window: Window) -> Result<(Run, f64)> {
    engine.program.empty_log()?;
    let all = Arc::new(Common {
        applications: Applications::default(),
        popular: numbers::all(&MILLION)?
            .step_by(7)
            .take(POPULAR)
            .map(|key| key.unpack().1.to_string())
            .collect(),
        zipf: Zipf::new(POPULAR),
    });
    let citizen = |seed: usize| Citizen {
        application: all.applications.one(MILLION.office),
        column: Vec::new(),
        random: StdRng::seed_from_u64(seed as u64),
        all: Arc::clone(&all),
    };
    let mut citizens: Vec<_> = (0..CITIZENS).map(citizen).collect();
    let look = || engine.ticks();
    let (run, [first, last]) =
        closed(&engine.desks, IN_FLIGHT, &mut citizens, window, look).await?;
    let used: Ticks = [0, 1]
        .map(|part| last[part] - first[part])
        .into_iter()
        .sum();
    let run = run.without_failures()?;
    let each = used.micros_each(run.count);
    Ok((run, each))
}
