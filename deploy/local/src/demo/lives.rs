//! Tangshan in 2016: two lives, each from enrolment on, played on a moved clock. One registers in time;
//! the other misses the deadline, is barred, appeals, and is let in again.

mod enrolment;
mod selecting;
mod term;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use serde_json::Value;
use xuanhao_local::citizen::Confirmed;
use xuanhao_local::seed;
use xuanhao_local::{Citizen, Person, Platform, Staff};

use super::{Facts, voucher};
use crate::show::Steps;
use crate::{day, window};

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
        match day::to_wait_for(self.platform)? {
            Some(day) => self.go_to(day, steps),
            None => Ok(()),
        }
    }

    /// Moves the clock to a day's morning, where it is not past it.
    fn go_to(&self, day: Date, steps: &mut Steps) -> Result<()> {
        let to = day::morning_of(day)?;
        if self.platform.now() >= to {
            return Ok(());
        }
        let words = format!("时钟拨到 {day} 09:30 · the clock goes to that morning");
        steps.blocking(&words, || day::go_to(self.platform, to))
    }

    fn as_staff(&self, staff: Staff, words: &[&str]) -> Result<Value> {
        window::as_staff(self.platform, staff, words)
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
