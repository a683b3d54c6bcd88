//! Keys and public values of days (E10): made and published in time, fixed once, revealed after.

use std::collections::HashSet;

use jiff::SignedDuration;
use jiff::civil::Date;
use xuanhao_chassis::clock::{civil_day, start_of_day};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{Office, OfficeId};

use super::{Act, App, Shared, require_office};
use crate::domain::draw::{Day, DayKey};
use crate::error::Error;
use crate::store::audit;
use crate::store::day_key::{self, DrawDay, PublicValue};

/// Keys revealed by one run of the job.
const RUN: i64 = 500;

/// Where a key is sealed for.
fn place(office: OfficeId, day: Date) -> String {
    format!("day_keys.sealed/{office}/{day}")
}

fn unseal(shared: &Shared, day: &DrawDay) -> Result<DayKey, Error> {
    let key = shared.kek.open(&place(day.office, day.day), &day.sealed)?;
    let key = key
        .as_slice()
        .try_into()
        .map_err(|source| db::Error::corrupt("day's key", source))?;
    Ok(DayKey(key))
}

fn day_of(shared: &Shared, stored: &DrawDay) -> Result<Option<Day>, Error> {
    let Some(value) = &stored.value else {
        return Ok(None);
    };
    let (date, key) = (stored.day, unseal(shared, stored)?);
    Ok(Some(Day {
        date,
        key,
        public_value: value.value.clone().into_bytes(),
    }))
}

/// A day as it was made public after its end; none if nothing was drawn on it.
pub(super) fn revealed(stored: &DrawDay) -> Result<Option<Day>, db::Error> {
    let (Some(value), Some(key)) = (&stored.value, &stored.revealed_key) else {
        return Ok(None);
    };
    let key = key.as_slice().try_into();
    let key = DayKey(key.map_err(|source| db::Error::corrupt("day's key", source))?);
    Ok(Some(Day {
        date: stored.day,
        key,
        public_value: value.value.clone().into_bytes(),
    }))
}

/// The days on which an office draws, from yesterday on: rows near midnight may still be of it.
pub(super) async fn open_days(shared: &Shared, office: OfficeId) -> Result<Vec<Day>, Error> {
    let from = yesterday(shared.clock.today());
    let stored = day_key::fixed_from(shared.db.pool(), Some(office), from).await?;
    stored
        .iter()
        .filter_map(|stored| day_of(shared, stored).transpose())
        .collect()
}

fn yesterday(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

impl App {
    /// Makes the keys of today and the days ahead, where there are none, and publishes their hashes.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn publish_day_keys(&self) -> Result<(), Error> {
        let mut day = self.clock().today();
        for _ in 0..=self.day_keys.ahead_days {
            self.publish_keys_of(day).await?;
            day = day
                .tomorrow()
                .map_err(|source| db::Error::corrupt("day", source))?;
        }
        Ok(())
    }

    async fn publish_keys_of(&self, day: Date) -> Result<(), Error> {
        let known = day_key::offices_with(self.db().pool(), day).await?;
        let known: HashSet<&str> = known.iter().map(String::as_str).collect();
        let missing = self
            .served
            .iter()
            .filter(|office| !known.contains(office.id.as_str()));
        let new: Vec<DrawDay> = missing.map(|office| self.new_day(office, day)).collect();
        if new.is_empty() {
            return Ok(());
        }
        self.db()
            .run_tx("platepool.day_keys.publish", async |tx: &mut Tx| {
                for day in &new {
                    day_key::add(tx, day).await?;
                }
                Ok(())
            })
            .await
    }

    fn new_day(&self, office: &Office, day: Date) -> DrawDay {
        let key = DayKey(self.random.bytes());
        DrawDay {
            office: office.id,
            day,
            sealed: self
                .shared
                .kek
                .seal(&place(office.id, day), &key.0, &self.random),
            key_hash: key.commitment().to_vec(),
            hash_published_at: self.clock().now(),
            value: None,
            revealed_key: None,
        }
    }

    /// E10: fixes the public value of a day, once the hash of its key is published and before the
    /// day is over. Drawing opens with it.
    ///
    /// # Errors
    /// `PUBLIC_VALUE_FIXED`, `PUBLIC_VALUE_TOO_EARLY`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn fix_public_value(
        &self,
        office: &'static Office,
        day: Date,
        act: &Act,
        request_id: RequestId,
        request: &pb::FixPublicValueRequest,
    ) -> Result<pb::FixPublicValueResponse, Error> {
        require_office(&act.actor, office.id)?;
        let now = self.clock().now();
        if day < civil_day(now) {
            return Err(Refusal::invalid("day", "not_in_the_past").into());
        }
        let key = Key::new(
            &Scope::Staff(act.staff()?),
            "platepool.fix_public_value",
            request_id,
            now,
        );
        let entry = audit::Entry {
            subject: day.to_string(),
            detail: format!("source {}", request.source),
            ..self.entry(act, "fix_public_value", office.id)?
        };
        let (value, source) = (request.value.clone(), request.source.clone());
        let value = PublicValue {
            value,
            source,
            fixed_at: now,
        };
        let response = self
            .db()
            .run_once(
                "platepool.fix_public_value",
                &key,
                request,
                async |tx: &mut Tx| {
                    let stored = day_key::lookup(tx, office.id, day).await?;
                    let stored = stored
                        .filter(|stored| stored.hash_published_at < now)
                        .ok_or_else(|| Refusal::new(Reason::PublicValueTooEarly))?;
                    if stored.value.is_some() {
                        return Err(Error::from(Reason::PublicValueFixed));
                    }
                    day_key::fix_value(tx, office.id, day, &value).await?;
                    audit::add(tx, &entry).await?;
                    Ok(pb::FixPublicValueResponse {})
                },
            )
            .await?;
        self.open_fixed_days(Some(office.id)).await?;
        if let Some(writer) = self.shared.presence.other_writer(office.id) {
            self.shared.peers.open_day(&writer, office.id, day).await;
        }
        Ok(response)
    }

    /// Tells running engines of the days that are fixed. A value may have been fixed through another
    /// process.
    ///
    /// # Errors
    /// When the database cannot be asked, or a key cannot be opened.
    pub async fn open_fixed_days(&self, office: Option<OfficeId>) -> Result<(), Error> {
        let from = yesterday(self.clock().today());
        let running: HashSet<OfficeId> = self
            .offices
            .running()
            .into_iter()
            .map(|(office, _)| office)
            .collect();
        for stored in day_key::fixed_from(self.db().pool(), office, from).await? {
            if running.contains(&stored.office)
                && let Some(day) = day_of(&self.shared, &stored)?
            {
                self.offices.open_day(stored.office, day).await;
            }
        }
        Ok(())
    }

    /// Reveals the keys of days that are over.
    ///
    /// # Errors
    /// When the database cannot be asked, or a key cannot be opened.
    pub async fn reveal_day_keys(&self) -> Result<Progress, Error> {
        let after = SignedDuration::from_secs(i64::from(self.day_keys.reveal_after_s));
        let now = self.clock().now();
        let mut before = civil_day(now);
        let begun = start_of_day(before).map_err(|source| db::Error::corrupt("day", source))?;
        if now.duration_since(begun) < after {
            before = yesterday(before);
        }
        let over = day_key::unrevealed(self.db().pool(), before, RUN).await?;
        let more = i64::try_from(over.len()).is_ok_and(|count| count == RUN);
        let mut keys = Vec::with_capacity(over.len());
        for day in &over {
            keys.push((day.office, day.day, unseal(&self.shared, day)?));
        }
        self.db()
            .run_tx("platepool.day_keys.reveal", async |tx: &mut Tx| {
                for (office, day, key) in &keys {
                    day_key::reveal(tx, *office, *day, &key.0, now).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(if more { Progress::More } else { Progress::Idle })
    }

    /// Makes the log's partitions of today and the days ahead.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn extend_log(&self) -> Result<(), Error> {
        // The engine's clock may be a moment behind ours near midnight.
        let mut day = yesterday(self.clock().today());
        for _ in 0..=u16::from(self.log_ahead_days) + 1 {
            self.db()
                .run_tx("platepool.log.add_day", async |tx: &mut Tx| {
                    Ok::<_, Error>(crate::store::partition::add_day(tx, day).await?)
                })
                .await?;
            day = day
                .tomorrow()
                .map_err(|source| db::Error::corrupt("day", source))?;
        }
        Ok(())
    }
}
