//! Publishing notices (业务须知, R-ENT-04).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::OfficeId;

use super::acts::check_reason;
use super::policies::check_offices;
use super::{Act, App, Done, Staff};
use crate::error::Error;
use crate::store::audit;
use crate::store::notices::{self, Notice};

const LONGEST_TITLE: usize = 100;
const LONGEST_BODY: usize = 20_000;

/// An operator's wish.
#[derive(Debug, Clone)]
pub(crate) struct PublishNotice {
    pub(crate) offices: Vec<OfficeId>,
    pub(crate) title_zh: String,
    pub(crate) body_zh: String,
    pub(crate) title_en: String,
    pub(crate) body_en: String,
    pub(crate) reason: String,
}

impl App {
    /// The notice in force at an office.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn get_notice(&self, office: OfficeId) -> Result<Notice, Error> {
        let found = notices::find_in_force(self.db.pool(), office).await?;
        found.ok_or_else(|| Error::not_found("notice"))
    }

    /// Publishes a notice as a new version; who has not locked yet agrees anew.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`, `FIELD_REQUIRED`, `FIELD_TOO_LONG`,
    /// `STAFF_REASON_REQUIRED`.
    pub(crate) async fn publish_notice(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &PublishNotice,
    ) -> Result<i32, Error> {
        let reason = check_reason(&wish.reason)?;
        check_offices(staff, &wish.offices)?;
        check_text("title_zh", &wish.title_zh, LONGEST_TITLE, true)?;
        check_text("body_zh", &wish.body_zh, LONGEST_BODY, true)?;
        check_text("title_en", &wish.title_en, LONGEST_TITLE, false)?;
        check_text("body_en", &wish.body_en, LONGEST_BODY, false)?;
        let key = act.key(&Scope::Staff(staff.id), "PublishNotice", self.clock.now());
        let done = self
            .db
            .run_once(
                "selection.publish_notice",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let now = self.clock.now();
                    let mut highest = 0;
                    for office in &wish.offices {
                        let before = notices::find_in_force(&mut **tx, *office).await?;
                        let version = before.map_or(0, |before| before.version) + 1;
                        let added = Notice {
                            version,
                            title_zh: wish.title_zh.clone(),
                            body_zh: wish.body_zh.clone(),
                            title_en: wish.title_en.clone(),
                            body_en: wish.body_en.clone(),
                            published_at: now,
                        };
                        notices::add(tx, *office, &added, staff.id.as_uuid()).await?;
                        let details = serde_json::json!({ "version": version });
                        let entry = self.entry(
                            staff,
                            *office,
                            "notice.published",
                            office,
                            &reason,
                            details,
                        );
                        audit::add(tx, &entry, now).await?;
                        highest = highest.max(version);
                    }
                    Ok::<_, Error>(Done {
                        version: highest,
                        ..Done::default()
                    })
                },
            )
            .await?;
        Ok(done.version)
    }
}

fn check_text(
    field: &'static str,
    text: &str,
    longest: usize,
    required: bool,
) -> Result<(), Error> {
    if required && text.trim().is_empty() {
        return Err(Refusal::required(field).into());
    }
    if text.chars().count() > longest {
        let refusal = Refusal::new(Reason::FieldTooLong).param("field", field);
        return Err(refusal.param("max", longest).on_field(field).into());
    }
    Ok(())
}
