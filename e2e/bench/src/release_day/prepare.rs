//! The office of the day, and citizens who are ready before the clock starts: all through the API and
//! `xuanctl`, as operators and citizens would.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Semaphore;
use xuanhao_local::citizen::{Error, Purpose};
use xuanhao_local::{Citizen, Person, Platform, Staff, Vehicle};
use xuanhao_servers::secret;

use super::script::MASK;

/// Nothing else was ever released here.
pub(super) const OFFICE: &str = "gd-jiangmen";
/// Its issuing code.
pub(super) const CODE: &str = "粤J";
const PROVINCE: &str = "gd";
const REASON: &str = "release day";
/// Of so many on their way one is between visiting and signing in: each of those costs two slow hashes.
const JOINING_PART: usize = 32;
/// How often somebody else is sent in somebody's place.
const TRIES: usize = 5;
const TELL_EVERY: Duration = Duration::from_secs(10);

const POLICY: &str = "kind: Policy\noffices: [gd-jiangmen]\npolicy_file: guangdong-2023.yaml\n";
const POOL_RULES: &str =
    "kind: PoolRules\noffices: [gd-jiangmen]\nrules_file: pool-rules-trial.yaml\n";
const NOTICE: &str = "kind: Notice\noffices: [gd-jiangmen]\ntitle_zh: 业务须知\nbody_zh: 请阅读并同意。\n\
                      title_en: Notice\nbody_en: Read it and agree.\n";

/// Somebody who is ready.
#[derive(Debug)]
pub(super) struct Ready {
    /// The browser.
    pub(super) citizen: Citizen,
    /// Who it is.
    pub(super) person: Person,
    /// The application.
    pub(super) application: String,
}

/// An office with rules, without numbers: drawing is open today and tomorrow.
///
/// # Errors
/// When `xuanctl` fails.
pub(super) fn furnish(platform: &Platform) -> Result<()> {
    let folder = platform.folders().base().join("staff/documents");
    let operator = |words: &[&str]| platform.xuanctl(Staff::Operator, words);
    platform.sign_in(Staff::Operator)?;
    for (name, content) in [
        ("policy", POLICY),
        ("pool-rules", POOL_RULES),
        ("notice", NOTICE),
    ] {
        let file = folder.join(format!("release-day-{name}.yaml"));
        fs::write(&file, content).with_context(|| format!("writing {}", file.display()))?;
        let file = file.display().to_string();
        operator(&["apply", "--file", &file, "--reason", REASON])?;
    }
    let today = platform.today()?;
    for day in [today, today.tomorrow()?] {
        let (day, value) = (day.to_string(), secret()?);
        let fix = ["public-value", "fix", "--office", OFFICE, "--day", &day];
        let what = ["--value", &value, "--source", "this machine's random bytes"];
        operator(&[&fix[..], &what].concat())?;
    }
    Ok(())
}

/// Prepares the batch of the day and announces its opening. Returns how many numbers it has.
///
/// # Errors
/// When `xuanctl` fails.
pub(super) fn announce(platform: &Platform, opens_at: Timestamp) -> Result<u64> {
    let operator = |words: &[&str]| {
        let words = [&["--output", "json"], words].concat();
        platform.xuanctl(Staff::Operator, &words)
    };
    let segment = format!("{CODE}:small:{MASK}");
    let add = ["batch", "add", "--office", OFFICE, "--name", "首批号段"];
    let what = ["--segment", &segment, "--reason", REASON];
    let added: Value = serde_json::from_str(&operator(&[&add[..], &what].concat())?)?;
    let batch = text_of(&added, "batch_id").context("a batch's id")?;
    let here = ["--office", OFFICE, "--reason", REASON];
    let close = ["batch", "close", &batch, "--expected", "0"];
    operator(&[&close[..], &here].concat())?;
    let opens_at = opens_at.to_string();
    let release = ["batch", "release", &batch, "--at", &opens_at];
    operator(&[&release[..], &here].concat())?;
    Ok(xuanhao_vocabulary::PlateMask::parse(MASK)?.count())
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(fields) => match fields.get(name).and_then(Value::as_str) {
            Some(text) => Some(text.to_owned()),
            None => fields.values().find_map(|value| text_of(value, name)),
        },
        Value::Array(items) => items.iter().find_map(|value| text_of(value, name)),
        _ => None,
    }
}

/// People and cars nobody else of this run has.
#[derive(Debug, Default)]
struct Invented(Mutex<HashSet<String>>);

impl Invented {
    fn person(&self) -> Result<Person> {
        loop {
            let person = Person::invent()?;
            if self.are_new([&person.resident_id, &person.mobile, &person.login_name]) {
                return Ok(person);
            }
        }
    }

    fn vehicle(&self) -> Result<Vehicle> {
        loop {
            let vehicle = Vehicle::small()?;
            if self.are_new([&vehicle.vin]) {
                return Ok(vehicle);
            }
        }
    }

    fn are_new<const N: usize>(&self, words: [&String; N]) -> bool {
        let mut known = self.0.lock().expect("no panic while it is held");
        let new = words.iter().all(|word| !known.contains(*word));
        known.extend(words.into_iter().filter(|_| new).cloned());
        new
    }
}

/// How many citizens are prepared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    /// The first so many only lock their information, and are signed out again.
    pub(super) cold: usize,
    /// All of them.
    pub(super) all: usize,
    /// So many are on their way at a time; most wait for the rules' delays.
    pub(super) at_once: usize,
}

/// Brings citizens to the point where only the opening is missing. In their order.
///
/// # Errors
/// When nobody can be brought there in somebody's place.
pub(super) async fn citizens(platform: &Platform, parts: &Parts) -> Result<Vec<Ready>> {
    let (begin, done) = (Instant::now(), AtomicUsize::new(0));
    let (joining, invented) = (
        Semaphore::new(1 + parts.at_once / JOINING_PART),
        Invented::default(),
    );
    let count = parts.all;
    let all = stream::iter(0..count)
        .map(async |index| {
            for _ in 0..TRIES {
                let error = match one(platform, &joining, &invented, index < parts.cold).await {
                    Ok(ready) => {
                        done.fetch_add(1, Ordering::Relaxed);
                        return Ok(ready);
                    }
                    Err(error) => error,
                };
                say(&format!("somebody else has to come: {error:#}"));
            }
            bail!("nobody could be prepared in somebody's place")
        })
        .buffered(parts.at_once)
        .try_collect::<Vec<Ready>>();
    let tell = async {
        loop {
            tokio::time::sleep(TELL_EVERY).await;
            let (done, past) = (done.load(Ordering::Relaxed), begin.elapsed().as_secs());
            say(&format!(
                "{done} of {count} citizens prepared after {past} s"
            ));
        }
    };
    tokio::select! {
        all = all => all,
        () = tell => unreachable!("it tells for ever"),
    }
}

async fn one(
    platform: &Platform,
    joining: &Semaphore,
    invented: &Invented,
    cold: bool,
) -> Result<Ready> {
    let (person, vehicle) = (invented.person()?, invented.vehicle()?);
    let citizen = Citizen::of(platform)?;
    {
        let _place = joining.acquire().await?;
        citizen
            .join(PROVINCE, &person)
            .await
            .map_err(|error| told("joining", error))?;
    }
    let way = async {
        if cold {
            let locked = citizen.to_info_confirmed(OFFICE, &person, &vehicle).await?;
            citizen.sign_out().await?;
            Ok(locked)
        } else {
            citizen.to_selecting(OFFICE, &person, &vehicle).await
        }
    };
    let application = way.await.map_err(|error| told("to selecting", error))?;
    Ok(Ready {
        citizen,
        person,
        application: application.application_id,
    })
}

fn told(what: &str, error: Error) -> anyhow::Error {
    anyhow::Error::from(error).context(what.to_owned())
}

/// What an SMS code for selecting is asked for.
pub(super) const CHECK: Purpose = Purpose::StartSelecting;

/// Tells how far we are.
pub(super) fn say(line: &str) {
    // Nobody is left to be told if it is closed.
    let _ = writeln!(std::io::stderr(), "release-day: {line}");
}
