//! Tangshan in 2016: two lives, each from enrolment on, played on a moved clock. One registers in time;
//! the other misses the deadline, is barred, appeals, and is let in again.

mod enrolment;
mod selecting;
mod term;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use serde_json::Value;
use xuanhao_local::citizen::Confirmed;
use xuanhao_local::seed;
use xuanhao_local::{Citizen, Person, Platform, Staff, people};

use super::{Facts, voucher};
use crate::show::Steps;

/// When the day's acts happen: within the hours of service.
const MORNING: Time = time(9, 30, 0, 0);
/// Afterwards no life is begun on that day: it could run past the closing hour.
const LAST_BEGIN: Time = time(20, 30, 0, 0);
/// The smallest picture: what a scanner at the window would give.
const PICTURE: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x00, 0x01, 0x00, 0x00,
    0x05, 0x00, 0x01, 0x0d, 0x0a, 0x2d, 0xb4, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];

/// Plays them on a platform, and keeps their vouchers in a folder.
pub(super) struct Lives<'a> {
    pub(super) platform: &'a Platform,
    pub(super) keep: PathBuf,
}

/// One who was enrolled and signed in.
struct Enrolled {
    citizen: Citizen,
    person: Person,
}

/// A number with the application it belongs to.
struct Chosen {
    application_id: String,
    result: Confirmed,
}

impl Lives<'_> {
    /// Both lives; answers with what came of them.
    pub(super) async fn tell(&self, steps: &mut Steps) -> Result<Facts> {
        let mut facts = Facts::new();
        let office = seed::office_of("冀B").context("冀B is seeded")?;
        self.open_the_day(steps)?;
        steps.chapter(&format!(
            "第一位：自编 · the first, by wish ({})",
            office.office
        ));
        let first = self.enrol(office, steps).await?;
        let in_time = self.by_wish(&first, office, steps, &mut facts).await?;
        steps.chapter(&format!(
            "第二位：随机 · the second, by draw ({})",
            office.office
        ));
        let second = self.enrol(office, steps).await?;
        let missed = self.by_draw(&second, office, steps, &mut facts).await?;
        self.the_term(&first, &in_time, &second, &missed, steps)
            .await?;
        self.barred_and_lifted(&second, &missed, office, steps, &mut facts)
            .await?;
        Ok(facts)
    }

    /// The platform's clock stands within the hours of service from then on.
    fn open_the_day(&self, steps: &mut Steps) -> Result<()> {
        let now = self.platform.now().to_zoned(people::shanghai()?);
        if now.time() >= MORNING && now.time() < LAST_BEGIN {
            return Ok(());
        }
        let day = if now.time() < MORNING {
            now.date()
        } else {
            now.date().tomorrow()?
        };
        self.go_to(day, steps)
    }

    /// Moves the clock to a day's morning, where it is not past it.
    fn go_to(&self, day: Date, steps: &mut Steps) -> Result<()> {
        let zone = people::shanghai()?;
        let to: Timestamp = day.to_datetime(MORNING).to_zoned(zone)?.timestamp();
        if self.platform.now() >= to {
            return Ok(());
        }
        let words = format!("时钟拨到 {day} 09:30 · the clock goes to that morning");
        steps.blocking(&words, || {
            self.platform.move_clock(to)?;
            seed::open_drawing(self.platform)
        })
    }

    fn as_staff(&self, staff: Staff, arguments: &[&str]) -> Result<Value> {
        self.platform.sign_in(staff)?;
        let all = [&["--output", "json"], arguments].concat();
        let answer = self.platform.xuanctl(staff, &all)?;
        Ok(serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    async fn sign_in(&self, who: &Enrolled) -> Result<()> {
        let person = &who.person;
        who.citizen.visit().await?;
        who.citizen
            .sign_in(&person.login_name, &person.password)
            .await?;
        Ok(())
    }

    fn kept<'b>(&'b self, who: &'b Enrolled) -> voucher::Keep<'b> {
        voucher::Keep {
            platform: self.platform,
            folder: &self.keep,
            citizen: &who.citizen,
            mobile: &who.person.mobile,
        }
    }
}
