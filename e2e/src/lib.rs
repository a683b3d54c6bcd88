//! What stories stand on: a whole platform of their own, filled as operators would fill it.
//!
//! A story goes through the HTTP API like a citizen and through `xuanctl` like staff; it looks at
//! rows only to prove that something happened once.

use std::future::Future;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use sqlx::{Connection, PgConnection};
use xuanhao_local::seed::{self, OFFICES, SeededOffice, Segment};
use xuanhao_local::{Citizen, Options, Person, Platform, Service, Staff, Vehicle};

/// Zhanjiang: where most stories play.
pub const OFFICE: &str = "gd-zhanjiang";
/// The province whose portal citizens use.
pub const PROVINCE: &str = "gd";

const PRESET: &str = include_str!("../../services/selection/presets/guangdong-2023.yaml");

/// A platform for one story; it ends with the value.
#[derive(Debug)]
pub struct Stage {
    platform: Platform,
}

impl Stage {
    /// A filled platform under the policy that ships.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn open(story: &'static str) -> Result<Self> {
        Self::of(Options::of_story(story)?)
    }

    /// The same, running as these options say.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn of(options: Options) -> Result<Self> {
        let platform = Platform::start(options)?;
        seed::fill(&platform, |_| {})?;
        Ok(Self { platform })
    }

    /// The same with some of the policy's lines replaced.
    ///
    /// # Errors
    /// When it does not come up, or a line is not there.
    pub fn open_with(story: &'static str, replaced: &[(&str, &str)]) -> Result<Self> {
        Self::open(story)?.with_policy(replaced)
    }

    /// Replaces some of the policy's lines.
    ///
    /// # Errors
    /// When a line is not there.
    pub fn with_policy(self, replaced: &[(&str, &str)]) -> Result<Self> {
        let stage = self;
        let folder = stage.platform.folders().base();
        let mut policy = PRESET.to_owned();
        for (line, new) in replaced {
            anyhow::ensure!(policy.contains(line), "the policy has no `{line}`");
            policy = policy.replace(line, new);
        }
        std::fs::write(folder.join("story.yaml"), policy)?;
        let document = folder.join("policy-story.yaml");
        let content = format!("kind: Policy\noffices: [{OFFICE}]\npolicy_file: story.yaml\n");
        std::fs::write(&document, content)?;
        let document = document.display().to_string();
        let apply = ["apply", "--file", &document, "--reason", "a story"];
        stage.platform.xuanctl(Staff::Operator, &apply)?;
        Ok(stage)
    }

    /// The platform.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Plays a story on it.
    ///
    /// # Errors
    /// What the story says.
    pub fn play<'a, F>(&'a self, story: impl FnOnce(&'a Self) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(story(self))
            .inspect_err(|_| self.tell_logs())
    }

    /// The ends of all logs: the platform's folder goes with the story.
    fn tell_logs(&self) {
        const LINES: usize = 25;
        let mut stderr = std::io::stderr().lock();
        for service in Service::ALL {
            let log = std::fs::read_to_string(self.platform.folders().log(service));
            let log = log.unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(LINES)..].join("\n");
            // Nobody is left to be told if it is closed.
            let _ = writeln!(stderr, "--- {}\n{tail}", service.name());
        }
    }

    /// Somebody who has registered and signed in.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn citizen(&self) -> Result<(Citizen, Person)> {
        let (citizen, person) = (Citizen::of(&self.platform)?, Person::invent()?);
        citizen.join(PROVINCE, &person).await?;
        Ok((citizen, person))
    }

    /// Somebody who may select for a new car at [`OFFICE`].
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn selecting(&self) -> Result<Selecting> {
        let (citizen, person) = self.citizen().await?;
        let vehicle = Vehicle::small()?;
        let application = citizen.to_selecting(OFFICE, &person, &vehicle).await?;
        Ok(Selecting {
            id: application.application_id,
            citizen,
            person,
            vehicle,
        })
    }

    /// A connection to a service's database.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn rows(&self, service: Service) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.platform.database_url(service)).await?)
    }

    /// A number in a service's database.
    ///
    /// # Errors
    /// When the query is wrong.
    #[expect(
        clippy::disallowed_methods,
        reason = "stories look at rows of services they do not import"
    )]
    pub async fn count(&self, service: Service, sql: &'static str) -> Result<i64> {
        let mut connection = self.rows(service).await?;
        Ok(sqlx::query_scalar(sql).fetch_one(&mut connection).await?)
    }
}

/// A citizen in the middle of selecting.
#[derive(Debug)]
pub struct Selecting {
    /// The application.
    pub id: String,
    /// The browser.
    pub citizen: Citizen,
    /// The person.
    pub person: Person,
    /// The car.
    pub vehicle: Vehicle,
}

impl Selecting {
    /// What remains: wishes and draws.
    ///
    /// # Errors
    /// When the edge does not answer.
    pub async fn left(&self) -> Result<(i32, i32)> {
        let application = self.citizen.application(&self.id).await?;
        let left = application.counters.context("counters")?;
        Ok((left.compose_left, left.draws_left))
    }
}

/// What [`OFFICE`] has.
#[must_use]
pub fn seeded() -> &'static SeededOffice {
    static ALL: [SeededOffice; 3] = OFFICES;
    &ALL[0]
}

/// The segment of [`OFFICE`] that is open to wishes for small cars.
#[must_use]
pub fn segment() -> &'static Segment {
    &seeded().segments[0]
}

/// Free numbers of [`segment`] that are open to wishes, as many as wanted.
///
/// # Errors
/// When the segment has not so many.
pub fn free_numbers(count: usize) -> Result<Vec<String>> {
    let numbers = seed::free_numbers(seeded(), count)?;
    Ok(numbers.iter().map(ToString::to_string).collect())
}

/// A number of [`segment`] that was in use when the platform began.
///
/// # Errors
/// When the mask is malformed.
pub fn used_number() -> Result<String> {
    Ok(segment().number(0)?.to_string())
}
