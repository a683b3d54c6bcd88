//! Memory and rebuild: what two million numbers take, and how soon a process that starts has them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use xuanhao_servers::ports;

use super::super::client::{Applications, Desk};
use super::super::numbers::{self, FIFTY_THOUSAND, Numbers, TWO_MILLION};
use super::super::program::{Program, Programs};
use super::super::site::{Site, execute};
use super::super::streams;

const ALLOCATIONS: usize = 200_000;
const HOLDS: usize = 50_000;
/// Holds that outlive what is measured with them, in seconds.
const HOLD_S: i32 = 600;
const CONNECTIONS: usize = 4;
const IN_FLIGHT: usize = 64;
/// The longest until a process answers, leases of former ones included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it takes.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Bytes of RAM for a number, all told.
    pub bytes_per_number: f64,
    /// From the start of the process to its first answer, without anything to rebuild.
    pub empty: Duration,
    /// The same with 2,000,000 numbers, 200,000 allocations and 50,000 live holds.
    pub full: Duration,
}

impl Taken {
    /// The rebuild alone.
    #[must_use]
    pub fn rebuild(&self) -> Duration {
        self.full.saturating_sub(self.empty)
    }
}

/// Fills two databases, and starts processes on them. Tells the address of the large one as well.
///
/// # Errors
/// When the pool refuses.
pub async fn run(site: &Site, programs: &Programs) -> Result<(Taken, String)> {
    let small = Place::make(site, programs, "small", &FIFTY_THOUSAND, &[]).await?;
    let (empty, little) = small.restart(site, programs).await?;

    let used: Vec<_> = numbers::all(&TWO_MILLION)?
        .step_by(10)
        .take(ALLOCATIONS)
        .map(|key| key.unpack().1.to_string())
        .collect();
    let large = Place::make(site, programs, "large", &TWO_MILLION, &used).await?;
    let (_, much) = large.restart(site, programs).await?;
    large.fill(site, programs).await?;
    let (full, _) = large.restart(site, programs).await?;
    let count = numbers::all(&TWO_MILLION)?.count() - numbers::all(&FIFTY_THOUSAND)?.count();
    let taken = Taken {
        bytes_per_number: much.saturating_sub(little) as f64 / count as f64,
        empty,
        full,
    };
    Ok((taken, large.url))
}

/// An office with a database of its own.
struct Place {
    name: &'static str,
    url: String,
    numbers: Numbers<'static>,
    config: Value,
}

impl Place {
    /// Releases the numbers, of which these are in use.
    async fn make(
        site: &Site,
        programs: &Programs,
        name: &'static str,
        numbers: &Numbers<'static>,
        used: &[String],
    ) -> Result<Self> {
        let url = site.database(&site.engine_postgres, name).await?;
        let mut config = site.pool_config(name, ports::free()?, &url)?;
        config["serves"] = json!({ "offices": [numbers.office] });
        streams::prepare(site, programs, &config)?;
        let place = Self {
            name,
            url,
            numbers: *numbers,
            config,
        };
        let (program, address) = place.start(site, programs)?;
        let operator = site.operator(address)?;
        operator.open(numbers.office).await?;
        operator.release(&numbers.release(used)).await?;
        place.end(program).await?;
        Ok(place)
    }

    fn start(&self, site: &Site, programs: &Programs) -> Result<(Program, std::net::SocketAddr)> {
        let command = |file: &std::path::Path| programs.xuanhao(&["platepool"], file);
        Program::ready(site, self.name, &self.config, command)
    }

    /// Ends it in order, so that nobody has to wait for its leases.
    async fn end(&self, mut program: Program) -> Result<()> {
        program.terminate();
        let begin = Instant::now();
        while program.runs()? {
            ensure!(begin.elapsed() < PATIENCE, "{} does not end", self.name);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts a process and draws from it once: how long that took, and its memory then.
    async fn restart(&self, site: &Site, programs: &Programs) -> Result<(Duration, u64)> {
        let begin = Instant::now();
        let (program, address) = self.start(site, programs)?;
        let mut desk = Desk::several(site, address, 1)?.remove(0);
        let mut application = Applications::default().one(self.numbers.office);
        loop {
            match application.draw(&mut desk, 1).await {
                Ok(_) => break,
                Err(status) if begin.elapsed() > PATIENCE => {
                    return Err(status).context("the first draw");
                }
                Err(_) => {
                    application.op_no -= 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
        let answered = begin.elapsed();
        let resident = program.process().resident()?;
        self.end(program).await?;
        Ok((answered, resident))
    }

    /// Makes the imported numbers those of citizens, and has others hold some.
    async fn fill(&self, site: &Site, programs: &Programs) -> Result<()> {
        execute(
            &self.url,
            "UPDATE allocations SET application = gen_random_uuid(), op_no = 2, channel = 'internet',
                                    vehicle_key = sha256(int8send(plate))",
        )
        .await?;
        let (program, address) = self.start(site, programs)?;
        let desks = Desk::several(site, address, CONNECTIONS)?;
        let mut all = Applications::default().several(self.numbers.office, HOLDS);
        let mut slots = JoinSet::new();
        let places = CONNECTIONS * IN_FLIGHT;
        for place in 0..places {
            let mut desk = desks[place % CONNECTIONS].clone();
            let own = all.split_off(all.len() - (all.len() / (places - place)));
            slots.spawn(async move {
                for mut application in own {
                    application.column_s = HOLD_S;
                    application
                        .draw(&mut desk, super::super::client::DRAWN)
                        .await?;
                }
                Ok::<_, tonic::Status>(())
            });
        }
        while let Some(ended) = slots.join_next().await {
            ended??;
        }
        self.end(program).await
    }
}
