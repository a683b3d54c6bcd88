//! What a test asks for, and what it is answered.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use xuanhao_local::seed::{self, SeededOffice};
use xuanhao_local::{Citizen, Console, Person, Platform, Staff, Vehicle};
use xuanhao_vocabulary::PlateNumber;

use crate::arguments::Preset;
use crate::{day, window};

/// The platform and whose rules are tried on it.
#[derive(Debug)]
pub(super) struct Lab {
    platform: Platform,
    preset: Preset,
    office: &'static SeededOffice,
    /// Free numbers that were told to a test: each is told once.
    told: AtomicUsize,
}

impl Lab {
    pub(super) fn new(platform: Platform, preset: Preset) -> Result<Self> {
        let code = match preset {
            Preset::Guangdong2023 => "粤G",
            Preset::Hebei2016 => "冀B",
        };
        Ok(Self {
            platform,
            preset,
            office: seed::office_of(code).context("it is seeded")?,
            told: AtomicUsize::new(0),
        })
    }

    pub(super) fn platform(&self) -> &Platform {
        &self.platform
    }

    pub(super) fn office(&self) -> &'static SeededOffice {
        self.office
    }

    pub(super) fn stop(self) -> Result<()> {
        self.platform.stop()
    }
}

pub(super) fn all(lab: &Arc<Lab>) -> Router {
    Router::new()
        .route("/people", post(people))
        .route("/vehicles", post(vehicles))
        .route("/numbers", post(numbers))
        .route("/sms/{mobile}", get(sms))
        .route("/codes/{mobile}", get(code))
        .route("/captchas/{captcha_id}", get(captcha))
        .route("/staff", post(staff))
        .route("/clock", post(clock))
        .with_state(Arc::clone(lab))
}

type Told = Result<Json<Value>, Trouble>;

/// Whatever goes wrong here is the lab's fault or the test's, and told in words.
#[derive(Debug)]
struct Trouble(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let words = format!("{:#}", self.0);
        (axum::http::StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    account: Account,
}

/// What a person has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Account {
    /// Nothing.
    None,
    /// Enrolled at the window, with the initial password of the SMS.
    Initial,
    /// An account with an own password, as the preset's people get theirs.
    Own,
}

/// A new person.
async fn people(State(lab): State<Arc<Lab>>, Json(wanted): Json<Wanted>) -> Told {
    let mut person = Person::invent()?;
    let citizen = Citizen::of(&lab.platform)?;
    let (province, _) = lab.office.office.split_once('-').unwrap_or_default();
    match (wanted.account, lab.preset) {
        (Account::None, _) => {}
        (Account::Own, Preset::Guangdong2023) => {
            citizen.register(province, &person).await?;
        }
        (Account::Own | Account::Initial, _) => {
            let point = window::service_point(&citizen, lab.office.office).await?;
            let (shared, enrolled) = (Arc::clone(&lab), person.clone());
            spawn_blocking(move || {
                window::enrol(&shared.platform, shared.office.office, &point, &enrolled)
            })
            .await??;
            let credentials = citizen.console().next_credentials(&person.mobile).await?;
            if wanted.account == Account::Own {
                window::first_sign_in(&citizen, &credentials, &person.password).await?;
            } else {
                person.password = credentials.password;
            }
            person.login_name = credentials.login_name;
        }
    }
    Ok(Json(serde_json::to_value(person)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedVehicle {
    #[serde(default)]
    new_energy: bool,
    #[serde(default)]
    paper_invoice: bool,
    /// The last four digits of its VIN, by which the registry's simulator plays its special cases.
    ending: Option<String>,
}

/// A new vehicle with the proof that it was bought.
async fn vehicles(Json(wanted): Json<WantedVehicle>) -> Told {
    let vehicle = match &wanted.ending {
        Some(ending) => Vehicle::ending_in(ending)?,
        None if wanted.new_energy => Vehicle::new_energy()?,
        None => Vehicle::small()?,
    };
    let vehicle = if wanted.paper_invoice {
        vehicle.with_paper_invoice()?
    } else {
        vehicle
    };
    Ok(Json(serde_json::to_value(vehicle)?))
}

/// A number of the office that is free and open to wishes, and one that is in use.
async fn numbers(State(lab): State<Arc<Lab>>) -> Told {
    let nth = lab.told.fetch_add(1, Ordering::Relaxed);
    let free = seed::free_numbers(lab.office, nth + 1)?;
    let used = seed::used_numbers(lab.office)?;
    let last = |all: &[PlateNumber]| all.last().map(PlateNumber::to_string);
    Ok(Json(json!({ "free": last(&free), "used": last(&used) })))
}

/// Every message to a number, the oldest first.
async fn sms(State(lab): State<Arc<Lab>>, Path(mobile): Path<String>) -> Told {
    let messages = console(&lab).messages_to(&mobile)?;
    Ok(Json(serde_json::to_value(messages)?))
}

/// The next code to a number that was not told yet, as soon as it comes.
async fn code(State(lab): State<Arc<Lab>>, Path(mobile): Path<String>) -> Told {
    let code = console(&lab).next_code(&mobile).await?;
    Ok(Json(code.into()))
}

/// What stands on a picture code.
async fn captcha(State(lab): State<Arc<Lab>>, Path(captcha_id): Path<String>) -> Told {
    let answer = console(&lab).captcha_answer(&captcha_id).await?;
    Ok(Json(answer.into()))
}

fn console(lab: &Lab) -> Console {
    lab.platform.console()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    role: String,
    words: Vec<String>,
}

/// Runs `xuanctl` as a member of staff: releases numbers, decides an appeal, pauses a service.
async fn staff(State(lab): State<Arc<Lab>>, Json(order): Json<Order>) -> Told {
    let mut all = Staff::ALL.into_iter();
    let staff = all.find(|staff| staff.role() == order.role);
    let staff = staff.with_context(|| format!("no staff is {}", order.role))?;
    let told = spawn_blocking(move || {
        let words: Vec<&str> = order.words.iter().map(String::as_str).collect();
        window::as_staff(&lab.platform, staff, &words)
    });
    Ok(Json(told.await??))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    to: String,
}

/// Moves the clock of all services forward; whoever is signed in stays so as long as sessions last.
async fn clock(State(lab): State<Arc<Lab>>, Json(moved): Json<Moved>) -> Told {
    let to = Timestamp::from_str(&moved.to)?;
    spawn_blocking(move || day::go_to(&lab.platform, to)).await??;
    Ok(Json(Value::Null))
}
