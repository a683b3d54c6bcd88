//! Applying calendars of working days.

use std::collections::BTreeSet;

use jiff::civil::Date;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_vocabulary::Calendar;
use xuanhao_vocabulary::workday::Year;

use super::acts::check_reason;
use super::{Act, App, Done, Staff};
use crate::error::Error;
use crate::store::{audit, calendars};

/// An operator's wish: one year of his province.
#[derive(Debug, Clone)]
pub(crate) struct ApplyCalendar {
    pub(crate) year: i32,
    pub(crate) holidays: Vec<Date>,
    pub(crate) make_up_days: Vec<Date>,
    pub(crate) reason: String,
}

impl App {
    /// Applies a year. Deadlines that are frozen stay as they are.
    ///
    /// # Errors
    /// `FIELD_INVALID`, `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`.
    pub(crate) async fn apply_calendar(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &ApplyCalendar,
    ) -> Result<(), Error> {
        let reason = check_reason(&wish.reason)?;
        let province = staff.whole_province()?;
        let number = i16::try_from(wish.year)
            .ok()
            .filter(|year| (2000..=2999).contains(year))
            .ok_or_else(|| Refusal::invalid("year", "out_of_range"))?;
        let days = |days: &[Date]| days.iter().copied().collect::<BTreeSet<_>>();
        let year = Year {
            off: days(&wish.holidays),
            work: days(&wish.make_up_days),
        };
        // The vocabulary knows what a year may say; its finding is about one of the days.
        Calendar::default()
            .insert(number, year.clone())
            .map_err(|_| Refusal::invalid("holidays", "out_of_range"))?;
        let key = act.key(&Scope::Staff(staff.id), "ApplyCalendar", self.clock.now());
        self.db
            .run_once("selection.apply_calendar", &key, &act.fingerprint, async |tx: &mut Tx| {
                let now = self.clock.now();
                let by = staff.id.as_uuid();
                calendars::put(tx, province, number, &year, now, by).await?;
                let entry = audit::Entry {
                    id: self.entry_id(),
                    province,
                    office: None,
                    act: "calendar.applied",
                    subject: number.to_string(),
                    actor: by,
                    on_behalf_of: None,
                    reason: reason.clone(),
                    details: serde_json::json!({ "holidays": year.off, "make_up_days": year.work }),
                };
                audit::add(tx, &entry, now).await?;
                Ok::<_, Error>(Done::default())
            })
            .await?;
        Ok(())
    }

    /// Years a deadline may fall in, for the operator's province.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub(crate) async fn list_calendars(&self, staff: &Staff) -> Result<Vec<i32>, Error> {
        let province = xuanhao_vocabulary::ProvinceId::parse(&staff.province)
            .map_err(|_| Error::from(xuanhao_chassis::reason::Reason::OutsideYourOffice))?;
        let calendar = calendars::of_province(self.db.pool(), province).await?;
        Ok(calendar.years().map(i32::from).collect())
    }
}
