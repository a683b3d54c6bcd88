//! Applying policies to offices.

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Office, OfficeId};

use super::acts::check_reason;
use super::view::Page;
use super::{Act, App, Done, Staff};
use crate::domain::deadline::check_covered;
use crate::domain::policy::{Difference, Field, Policy, describe, difference};
use crate::error::Error;
use crate::store::policies::{self, Versioned};
use crate::store::{audit, calendars};

/// An operator's wish.
#[derive(Debug, Clone)]
pub(crate) struct ApplyPolicy {
    pub(crate) offices: Vec<OfficeId>,
    pub(crate) yaml: String,
    pub(crate) reason: String,
    pub(crate) dry_run: bool,
}

/// A field that changes at an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfficeDifference {
    pub(crate) office: OfficeId,
    pub(crate) difference: Difference,
}

/// What applying a policy came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) differences: Vec<OfficeDifference>,
    /// The highest new version; 0 for a dry run.
    pub(crate) version: i32,
}

impl App {
    /// The policy in force at an office.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`.
    pub(crate) async fn get_policy(&self, office: OfficeId) -> Result<Versioned, Error> {
        let found = policies::find_in_force(self.db.pool(), office).await?;
        found.ok_or_else(|| Reason::OfficeUnknown.into())
    }

    /// Every field of the policy in force at an office, with its value.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`.
    pub(crate) async fn describe_policy(
        &self,
        office: OfficeId,
    ) -> Result<(Versioned, Vec<(&'static Field, String)>), Error> {
        let found = self.get_policy(office).await?;
        let fields = describe(&found.policy);
        Ok((found, fields))
    }

    /// Versions of an office's policy, newest first.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_policy_versions(
        &self,
        staff: &Staff,
        office: OfficeId,
        size: u16,
        page_token: &str,
    ) -> Result<Page<policies::Applied>, Error> {
        staff.check_serves(office)?;
        let below = match page_token {
            "" => None,
            token => {
                let read = token.parse::<i32>();
                Some(read.map_err(|_| Error::from(Reason::PageTokenInvalid))?)
            }
        };
        let limit = i64::from(size) + 1;
        let mut items = policies::list(self.db.pool(), office, below, limit).await?;
        let more = items.len() > usize::from(size);
        items.truncate(usize::from(size));
        let last = items.last().filter(|_| more);
        let next = last.map(|last| last.version.to_string());
        Ok(Page {
            next: next.unwrap_or_default(),
            items,
        })
    }

    /// Applies a document to offices as a new version, or tells what would change.
    ///
    /// # Errors
    /// `POLICY_INVALID`, `OFFICE_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`,
    /// `CALENDAR_NOT_COVERED`.
    pub(crate) async fn apply_policy(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &ApplyPolicy,
    ) -> Result<Applied, Error> {
        let reason = check_reason(&wish.reason)?;
        check_offices(staff, &wish.offices)?;
        let policy = Policy::from_yaml(&wish.yaml).map_err(|invalid| {
            Refusal::new(Reason::PolicyInvalid)
                .param("field", word(&invalid.field))
                .on_field("yaml")
        })?;
        let key = act.key(&Scope::Staff(staff.id), "ApplyPolicy", self.clock.now());
        if wish.dry_run {
            let differences = self.differences(wish, &policy).await?;
            return Ok(Applied {
                differences,
                version: 0,
            });
        }
        if let Some(done) = self.answered(&key, act).await? {
            // What changed then is history: the audit entries have it.
            return Ok(Applied {
                differences: Vec::new(),
                version: done.version,
            });
        }
        let differences = self.differences(wish, &policy).await?;
        let done = self
            .db
            .run_once(
                "selection.apply_policy",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_policy(tx, staff, wish, &policy, &reason).await,
            )
            .await?;
        Ok(Applied {
            differences,
            version: done.version,
        })
    }

    async fn differences(
        &self,
        wish: &ApplyPolicy,
        policy: &Policy,
    ) -> Result<Vec<OfficeDifference>, Error> {
        let mut differences = Vec::new();
        for office in &wish.offices {
            let before = policies::find_in_force(self.db.pool(), *office).await?;
            let changes = difference(before.as_ref().map(|before| &before.policy), policy);
            differences.extend(changes.into_iter().map(|difference| OfficeDifference {
                office: *office,
                difference,
            }));
        }
        Ok(differences)
    }

    async fn write_policy(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        wish: &ApplyPolicy,
        policy: &Policy,
        reason: &str,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let mut highest = 0;
        for office in &wish.offices {
            let calendar = calendars::of_province(&mut **tx, office.province()).await?;
            check_covered(now, policy.validity.working_days, &calendar)
                .map_err(|refused| self.no(refused))?;
            let version = self
                .add_policy(tx, staff, *office, wish, policy, reason, now)
                .await?;
            highest = highest.max(version);
        }
        Ok(Done {
            version: highest,
            ..Done::default()
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row with its audit entry, written once"
    )]
    async fn add_policy(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        office: OfficeId,
        wish: &ApplyPolicy,
        policy: &Policy,
        reason: &str,
        now: Timestamp,
    ) -> Result<i32, Error> {
        let before = policies::find_in_force(&mut **tx, office).await?;
        let version = before.as_ref().map_or(0, |before| before.version) + 1;
        let added = Versioned {
            version,
            policy: policy.clone(),
            yaml: wish.yaml.clone(),
            applied_at: now,
        };
        policies::add(tx, office, &added, staff.id.as_uuid(), reason).await?;
        let changes = difference(before.as_ref().map(|before| &before.policy), policy);
        let changes: Vec<_> = changes
            .iter()
            .map(|change| serde_json::json!([change.field, change.before, change.after]))
            .collect();
        let details = serde_json::json!({ "version": version, "changes": changes });
        let entry = self.entry(staff, office, "policy.applied", office, reason, details);
        audit::add(tx, &entry, now).await?;
        Ok(version)
    }
}

/// Offices of the national table that the operator works for, at least one.
pub(super) fn check_offices(staff: &Staff, offices: &[OfficeId]) -> Result<(), Error> {
    if offices.is_empty() {
        return Err(Refusal::required("offices").into());
    }
    for office in offices {
        if Office::by_id(*office).is_none() {
            return Err(Refusal::new(Reason::OfficeUnknown)
                .on_field("offices")
                .into());
        }
        staff.check_serves(*office)?;
    }
    Ok(())
}

/// A path that may be told: what somebody typed in place of a field's name may be anything.
fn word(path: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let known = !path.is_empty() && path.len() <= 64 && path.bytes().all(plain);
    if known { path } else { "yaml" }
}
