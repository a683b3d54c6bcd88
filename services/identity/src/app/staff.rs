//! Members of staff and their roles. Every act carries a reason and commits with its audit entry.

use jiff::Timestamp;
use prost::Message;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope as Asker};
use xuanhao_chassis::ids::{PersonId, RequestId, StaffId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use super::App;
use super::credentials::chosen;
use super::keyed::row_id;
use crate::domain::FullName;
use crate::domain::login_name::LoginName;
use crate::domain::staff::Grant;
use crate::error::Error;
use crate::store::audit::{self, Entry};
use crate::store::staff::{self, Staff};
use crate::store::{role_grant, staff_session};

/// Members a page shows unless told.
const PAGE: i64 = 50;

/// An administrator adds a member.
#[derive(Debug)]
pub struct AddStaff {
    /// Caller's request.
    pub request_id: RequestId,
    /// The name to sign in with.
    pub login_name: LoginName,
    /// The member's name.
    pub full_name: FullName,
    /// To be replaced at the first sign-in.
    pub initial_password: String,
    /// What the member may do; at least one.
    pub grants: Vec<Grant>,
    /// Why.
    pub reason: String,
}

/// An administrator gives or takes a role.
#[derive(Debug)]
pub struct RoleChange {
    /// Caller's request.
    pub request_id: RequestId,
    /// Whose.
    pub staff_id: StaffId,
    /// Which.
    pub grant: Grant,
    /// Why.
    pub reason: String,
}

/// A member as administrators see it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member's id.
    pub staff_id: StaffId,
    /// The name to sign in with.
    pub login_name: String,
    /// The member's name.
    pub full_name: String,
    /// What the member may do in the province.
    pub grants: Vec<Grant>,
    /// When added.
    pub added_at: Timestamp,
}

impl App {
    /// Adds a member within the administrator's own province and offices.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `LOGIN_NAME_TAKEN`, `PASSWORD_TOO_WEAK`.
    pub async fn add_staff(
        &self,
        actor: &Principal,
        command: AddStaff,
        request: &impl Message,
    ) -> Result<pb::AddStaffResponse, Error> {
        let now = self.clock.now();
        let actor_id = require_within(actor, &command.grants)?;
        let key = Key::new(
            &Asker::Staff(actor_id),
            "identity.add_staff",
            command.request_id,
            now,
        );
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let first = command
            .grants
            .first()
            .ok_or_else(|| Refusal::required("grants"))?;
        let password = chosen(&command.initial_password, &command.login_name)?;
        let person_id: PersonId = self.ids.next();
        let new = Staff {
            staff_id: self.ids.next(),
            person_id,
            scope: first.scope,
            login_name: command.login_name.as_str().to_owned(),
            login_key: command.login_name.key().to_owned(),
            password_hash: self.passwords.hash(&password).await?,
            full_name: self.seal_staff_name(person_id, &command.full_name).await?,
            must_change_password: true,
            added_at: now,
        };
        self.db
            .run_once("identity.add_staff", &key, request, async |tx: &mut Tx| {
                staff::add(tx, &new).await.map_err(login_name_taken)?;
                for grant in &command.grants {
                    role_grant::add(tx, new.staff_id, grant, now).await?;
                    let entry = self.entry(
                        "add_staff",
                        actor_id,
                        new.staff_id,
                        grant,
                        &command.reason,
                        now,
                    );
                    audit::add(tx, &entry).await?;
                }
                Ok::<_, Error>(pb::AddStaffResponse {
                    staff_id: new.staff_id.to_string(),
                })
            })
            .await
    }

    /// Gives a role; one that is held already stays as it is.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `NOT_FOUND`.
    pub async fn grant_role(
        &self,
        actor: &Principal,
        command: RoleChange,
        request: &impl Message,
    ) -> Result<pb::GrantRoleResponse, Error> {
        let now = self.clock.now();
        let actor_id = require_within(actor, &[command.grant])?;
        let key = Key::new(
            &Asker::Staff(actor_id),
            "identity.grant_role",
            command.request_id,
            now,
        );
        self.db
            .run_once("identity.grant_role", &key, request, async |tx: &mut Tx| {
                let RoleChange {
                    staff_id,
                    grant,
                    reason,
                    ..
                } = &command;
                staff::lock_hash(tx, *staff_id)
                    .await?
                    .ok_or_else(|| Refusal::not_found("staff"))?;
                if role_grant::add(tx, *staff_id, grant, now).await? {
                    let entry = self.entry("grant_role", actor_id, *staff_id, grant, reason, now);
                    audit::add(tx, &entry).await?;
                }
                Ok::<_, Error>(pb::GrantRoleResponse {})
            })
            .await
    }

    /// Takes a role away and ends the member's sessions, so that it ends with the principals that
    /// live, five minutes at most (C3).
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `NOT_FOUND`, `LAST_ADMINISTRATOR`.
    pub async fn revoke_role(
        &self,
        actor: &Principal,
        command: RoleChange,
        request: &impl Message,
    ) -> Result<pb::RevokeRoleResponse, Error> {
        let now = self.clock.now();
        let actor_id = require_within(actor, &[command.grant])?;
        let key = Key::new(
            &Asker::Staff(actor_id),
            "identity.revoke_role",
            command.request_id,
            now,
        );
        self.db
            .run_once(
                "identity.revoke_role",
                &key,
                request,
                async |tx: &mut Tx| {
                    let RoleChange {
                        staff_id,
                        grant,
                        reason,
                        ..
                    } = &command;
                    if grant.role == Role::Administrator && grant.scope.office.is_none() {
                        let all = role_grant::lock_administrators(tx, grant.scope.province).await?;
                        if all == [*staff_id] {
                            return Err(Error::from(Reason::LastAdministrator));
                        }
                    }
                    staff::lock_hash(tx, *staff_id)
                        .await?
                        .ok_or_else(|| Refusal::not_found("staff"))?;
                    if role_grant::delete(tx, *staff_id, grant).await? {
                        staff_session::mark_all_ended(tx, *staff_id, None, now).await?;
                        let entry =
                            self.entry("revoke_role", actor_id, *staff_id, grant, reason, now);
                        audit::add(tx, &entry).await?;
                    }
                    Ok(pb::RevokeRoleResponse {})
                },
            )
            .await
    }

    /// A page of the members who hold roles where the caller may look, and the last login name if
    /// there are more.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn list_staff(
        &self,
        actor: &Principal,
        province: ProvinceId,
        after: &str,
        page_size: Option<i64>,
    ) -> Result<(Vec<Member>, Option<String>), Error> {
        if actor.province != province.as_str() {
            return Err(Reason::OutsideYourOffice.into());
        }
        let pool = self.db.pool();
        let size = page_size.unwrap_or(PAGE);
        let mut page =
            staff::list_by_province(pool, province, &actor.offices, after, size + 1).await?;
        let more = i64::try_from(page.len()).is_ok_and(|found| found > size);
        if more {
            page.pop();
        }
        let next = page
            .last()
            .filter(|_| more)
            .map(|last| last.login_key.clone());
        let ids: Vec<StaffId> = page.iter().map(|member| member.staff_id).collect();
        let grants = role_grant::list(pool, &ids).await?;
        let mut members = Vec::with_capacity(page.len());
        for member in page {
            let own = grants
                .iter()
                .filter(|(staff_id, _)| *staff_id == member.staff_id);
            let here = own
                .map(|(_, grant)| *grant)
                .filter(|grant| grant.scope.province == province);
            members.push(Member {
                staff_id: member.staff_id,
                grants: here.collect(),
                full_name: self
                    .open_staff_name(member.person_id, &member.full_name)
                    .await?
                    .to_string(),
                login_name: member.login_name,
                added_at: member.added_at,
            });
        }
        Ok((members, next))
    }

    fn entry(
        &self,
        act: &'static str,
        actor: StaffId,
        subject: StaffId,
        grant: &Grant,
        reason: &str,
        now: Timestamp,
    ) -> Entry {
        Entry {
            entry_id: row_id(&self.ids),
            scope: grant.scope,
            acted_at: now,
            actor: Some(actor),
            reason: reason.to_owned(),
            act,
            subject: subject.as_uuid(),
            on_behalf_of: None,
            detail: grant.role.as_str().to_owned(),
        }
    }
}

/// The actor, if all grants lie where the actor administers.
fn require_within(actor: &Principal, grants: &[Grant]) -> Result<StaffId, Error> {
    let staff_id = actor.staff().ok_or(Reason::PermissionDenied)?;
    let within = grants.iter().all(|grant| {
        let scope = &grant.scope;
        let office = scope.office.map(|office| office.to_string());
        let offices_allow = actor.offices.is_empty()
            || office.is_some_and(|office| actor.offices.contains(&office));
        actor.province == scope.province.as_str() && offices_allow
    });
    if within {
        Ok(staff_id)
    } else {
        Err(Reason::OutsideYourOffice.into())
    }
}

fn login_name_taken(error: db::Error) -> Error {
    if error.is_unique_violation(staff::LOGIN_KEY) {
        Reason::LoginNameTaken.into()
    } else {
        error.into()
    }
}
