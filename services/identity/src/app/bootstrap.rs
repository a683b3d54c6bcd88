//! The first administrator, made by the operator at the server. Everybody else is added by an
//! administrator.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{Ids, PersonId, StaffId};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::Sealer;
use xuanhao_vocabulary::ProvinceId;

use super::credentials::chosen;
use super::keyed::row_id;
use super::passwords::Passwords;
use crate::domain::FullName;
use crate::domain::login_name::LoginName;
use crate::domain::staff::{Grant, Scope};
use crate::error::Error;
use crate::store::audit::{self, Entry};
use crate::store::role_grant;
use crate::store::staff::{self, Staff};

/// Who is to be the first administrator.
pub struct FirstAdministrator {
    /// The name to sign in with.
    pub login_name: LoginName,
    /// The person's name.
    pub full_name: FullName,
    /// To be replaced at the first sign-in.
    pub initial_password: String,
    /// Where; at least one province.
    pub provinces: Vec<ProvinceId>,
    /// Why, for the audit entry.
    pub reason: String,
}

impl std::fmt::Debug for FirstAdministrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstAdministrator")
            .field("provinces", &self.provinces)
            .finish_non_exhaustive()
    }
}

/// What the bootstrap stands on.
#[derive(Debug)]
pub struct Means<'a> {
    /// Identity's own database.
    pub db: &'a Db,
    /// The service's clock.
    pub clock: &'a Clock,
    /// Personal data.
    pub sealer: &'a Sealer,
    /// Cost of passwords.
    pub passwords: &'a Passwords,
}

/// Makes the first administrator; once for ever, and only while there is no staff.
///
/// # Errors
/// `ALREADY_EXISTS` when there is any member of staff, `PASSWORD_TOO_WEAK`, `FIELD_REQUIRED`.
pub async fn add_first(means: Means<'_>, first: FirstAdministrator) -> Result<StaffId, Error> {
    let now = means.clock.now();
    let ids = Ids::new(means.clock.clone(), SecureRandom::system());
    let whole = |province: &ProvinceId| Scope {
        province: *province,
        office: None,
    };
    let scope = first
        .provinces
        .first()
        .map(whole)
        .ok_or_else(|| Refusal::required("province"))?;
    if first.reason.trim().is_empty() {
        return Err(Reason::StaffReasonRequired.into());
    }
    let password = chosen(&first.initial_password, &first.login_name)?;
    let person_id: PersonId = ids.next();
    let name = first.full_name.expose();
    let new = Staff {
        staff_id: ids.next(),
        person_id,
        scope,
        login_name: first.login_name.as_str().to_owned(),
        login_key: first.login_name.key().to_owned(),
        full_name: means
            .sealer
            .seal(person_id, super::personal::STAFF_NAME, name)
            .await?,
        password_hash: means.passwords.hash(&password).await?,
        must_change_password: true,
        added_at: now,
    };
    means
        .db
        .run_tx("identity.bootstrap", async |tx: &mut Tx| {
            if staff::exists_any(tx).await? {
                return Err(exists());
            }
            staff::add_bootstrap(tx, now).await.map_err(bootstrapped)?;
            staff::add(tx, &new).await?;
            for province in &first.provinces {
                let grant = Grant {
                    role: Role::Administrator,
                    scope: whole(province),
                };
                role_grant::add(tx, new.staff_id, &grant, now).await?;
                let entry = Entry {
                    entry_id: row_id(&ids),
                    scope: grant.scope,
                    acted_at: now,
                    actor: None,
                    reason: first.reason.clone(),
                    act: "bootstrap",
                    subject: new.staff_id.as_uuid(),
                    on_behalf_of: None,
                    detail: grant.role.as_str().to_owned(),
                };
                audit::add(tx, &entry).await?;
            }
            Ok(())
        })
        .await?;
    Ok(new.staff_id)
}

fn exists() -> Error {
    Refusal::new(Reason::AlreadyExists)
        .param("kind", "staff")
        .into()
}

fn bootstrapped(error: db::Error) -> Error {
    if error.is_unique_violation(staff::BOOTSTRAPPED) {
        exists()
    } else {
        error.into()
    }
}
