//! Publishing notices (业务须知, R-ENT-04).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::OfficeId;

use super::acts::check_reason;
use super::policies::check_offices;
use super::view::Page;
use super::{Act, App, Done, Staff};
use crate::domain::warnings::{Warning, warnings};
use crate::error::Error;
use crate::store::notices::{self, Notice, Version};
use crate::store::{audit, policies};

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
    /// What must be shown beside an office's notice, by the policy in force (R-NOTE-01); nothing where
    /// none is.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn get_warnings(&self, office: OfficeId) -> Result<Vec<Warning>, Error> {
        let in_force = policies::find_in_force(self.db.pool(), office).await?;
        Ok(in_force.map_or_else(Vec::new, |in_force| warnings(&in_force.policy)))
    }

    /// Versions of an office's notice, newest first, with how many citizens agreed to each (R-ENT-04).
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_notice_versions(
        &self,
        staff: &Staff,
        office: OfficeId,
        size: u16,
        page_token: &str,
    ) -> Result<Page<Version>, Error> {
        staff.check_serves(office)?;
        let before = match page_token {
            "" => None,
            token => Some(token.parse().map_err(|_| Reason::PageTokenInvalid)?),
        };
        let limit = i64::from(size) + 1;
        let mut items = notices::list_versions(self.db.pool(), office, before, limit).await?;
        let more = items.len() > usize::from(size);
        items.truncate(size.into());
        let last = items.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| last.version.to_string());
        Ok(Page { items, next })
    }

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
                        notices::add(tx, *office, &added, staff.id.as_uuid(), &reason).await?;
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
