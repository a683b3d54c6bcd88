//! Vehicles and driving licences bound to an account by its holder (R-ACC-07).

use jiff::Timestamp;
use prost::Message as _;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{AccountId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::{PlateClass, PlateNumber};

use super::App;
use crate::domain::binding::{BindingId, EngineTail, FileNumber};
use crate::error::Error;
use crate::outside::Ownership;
use crate::peers::Holder;
use crate::store::binding::{self, Binding};

/// What is to be bound.
#[derive(Debug)]
pub enum Bound {
    /// A registered vehicle.
    Vehicle {
        /// Class of its plate.
        class: PlateClass,
        /// Its number.
        plate: PlateNumber,
        /// The end of its engine number.
        engine: EngineTail,
    },
    /// A driving licence.
    Licence(FileNumber),
}

/// A binding to be made.
#[derive(Debug)]
pub struct Bind {
    /// Whose account.
    pub account: AccountId,
    /// The account's province.
    pub province: String,
    /// The request id.
    pub request_id: RequestId,
    /// What.
    pub what: Bound,
}

/// A binding as it is shown.
#[derive(Debug)]
pub struct BoundView {
    /// Its id.
    pub binding_id: BindingId,
    /// Class of the plate; none for a licence.
    pub class: Option<PlateClass>,
    /// The plate, or the file number masked.
    pub number: String,
    /// Make and model, or the classes a licence entitles to.
    pub description: String,
    /// When it was made.
    pub bound_at: Timestamp,
}

/// What is kept of the answer: it names the binding, so that no number stands beside request ids.
type Kept = pb::UnbindRequest;

impl App {
    /// Binds what is the holder's own. One answer tells unknown and another's.
    ///
    /// # Errors
    /// `ENROLMENT_REQUIRED`, `RATE_LIMITED`, `BINDING_MISMATCH`, `ALREADY_EXISTS`,
    /// `CHECK_UNAVAILABLE`.
    pub async fn bind(
        &self,
        command: Bind,
        recognised: &impl prost::Message,
    ) -> Result<BoundView, Error> {
        let now = self.clock.now();
        let scope = Scope::Account(command.account);
        let key = Key::new(&scope, "vehicle.bind", command.request_id, now);
        let kept = match self.bound_before(&key, recognised).await? {
            Some(kept) => kept,
            None => self.bind_new(&command, &key, recognised, now).await?,
        };
        let views = self.bindings(command.account).await?;
        let found = views
            .into_iter()
            .find(|view| view.binding_id.to_string() == kept.binding_id);
        found.ok_or_else(|| Refusal::not_found("binding").into())
    }

    async fn bind_new(
        &self,
        command: &Bind,
        key: &Key,
        recognised: &impl prost::Message,
        now: Timestamp,
    ) -> Result<Kept, Error> {
        let holder = self.identity.holder(command.account, true).await?;
        if holder
            .level
            .is_none_or(|level| level < self.limits.binding.min_level)
        {
            return Err(Refusal::new(Reason::EnrolmentRequired).into());
        }
        self.count_attempt(command.account, now).await?;
        let description = self.ask_owner(&command.what, &holder).await?;
        let description = description.ok_or_else(|| Refusal::new(Reason::BindingMismatch))?;
        let (class, number) = match &command.what {
            Bound::Vehicle { class, plate, .. } => (Some(*class), plate.to_string()),
            Bound::Licence(number) => (None, number.as_str().to_owned()),
        };
        let purpose_of = class.map_or("licence", PlateClass::as_str);
        let number_key = self
            .sealer
            .index()
            .of("vehicle.binding", &format!("{purpose_of}:{number}"));
        let sealed = self.sealer.seal(holder.person, binding::NUMBER, &number);
        let new = Binding {
            binding_id: self.ids.next(),
            person_id: holder.person,
            class,
            number: sealed.await?,
            description,
            bound_at: now,
        };
        self.db
            .run_once("vehicle.bind", key, recognised, async |tx: &mut Tx| {
                if binding::is_bound(tx, command.account, &number_key).await? {
                    let exists = Refusal::new(Reason::AlreadyExists).param("kind", "binding");
                    return Err(exists.into());
                }
                binding::add(tx, command.account, &command.province, &number_key, &new).await?;
                Ok::<_, Error>(Kept {
                    binding_id: new.binding_id.to_string(),
                    ..Default::default()
                })
            })
            .await
    }

    /// Each attempt counts, so that nobody tries engine numbers out.
    async fn count_attempt(&self, account: AccountId, now: Timestamp) -> Result<(), Error> {
        let limits = self.limits.binding;
        let over = now.saturating_sub(limits.within);
        let over = over.expect("minutes are always subtracted");
        let (started_at, attempts) = self
            .db
            .run_tx("vehicle.count_attempt", async |tx: &mut Tx| {
                binding::count_attempt(tx, account, over, now).await
            })
            .await?;
        if attempts.unsigned_abs() > limits.attempts {
            let wait = limits.within - now.duration_since(started_at);
            let wait = wait.unsigned_abs();
            let refusal = Refusal::new(Reason::RateLimited)
                .param("retry_after", wait.as_secs().max(1))
                .retry_after(wait);
            return Err(refusal.into());
        }
        Ok(())
    }

    async fn ask_owner(&self, what: &Bound, holder: &Holder) -> Result<Option<String>, Error> {
        let told = match what {
            Bound::Vehicle {
                class,
                plate,
                engine,
            } => {
                let asked = Ownership {
                    class: *class,
                    plate: *plate,
                    engine,
                    owner: &holder.number,
                };
                self.registry.owned(asked).await?
            }
            Bound::Licence(number) => self.registry.licence(number, &holder.number).await?,
        };
        Ok(told)
    }

    /// What was answered to the same request before, so that a repetition is no attempt.
    async fn bound_before(
        &self,
        key: &Key,
        recognised: &impl prost::Message,
    ) -> Result<Option<Kept>, Error> {
        let hash = idempotency::hash_of(recognised);
        let replay = self
            .db
            .run_tx("vehicle.bound_before", async |tx: &mut Tx| {
                idempotency::begin(tx, key, hash).await
            })
            .await?;
        match replay {
            Replay::New => Ok(None),
            Replay::Refused(refusal) => Err(refusal.into()),
            Replay::Response(bytes) => Kept::decode(bytes.as_slice())
                .map(Some)
                .map_err(|source| db::Error::corrupt("response", source).into()),
        }
    }

    /// Undoes a binding; an ended one succeeds.
    ///
    /// # Errors
    /// `NOT_FOUND` for one the account never had.
    pub async fn unbind(
        &self,
        account: AccountId,
        request_id: RequestId,
        binding_id: BindingId,
        request: &pb::UnbindRequest,
    ) -> Result<pb::UnbindResponse, Error> {
        let now = self.clock.now();
        let key = Key::new(&Scope::Account(account), "vehicle.unbind", request_id, now);
        self.db
            .run_once("vehicle.unbind", &key, request, async |tx: &mut Tx| {
                if binding::unbind(tx, account, binding_id, now).await? {
                    Ok::<_, Error>(pb::UnbindResponse {})
                } else {
                    Err(Refusal::not_found("binding").into())
                }
            })
            .await
    }

    /// The account's bindings, oldest first.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked.
    pub async fn bindings(&self, account: AccountId) -> Result<Vec<BoundView>, Error> {
        let mut views = Vec::new();
        for bound in binding::list(self.db.pool(), account).await? {
            let number = match self
                .sealer
                .open_text(bound.person_id, binding::NUMBER, &bound.number)
                .await
            {
                Ok(number) => number,
                // The person was erased, and with the key what they had bound.
                Err(sealed::Error::Erased) => continue,
                Err(error) => return Err(error.into()),
            };
            let number = match bound.class {
                Some(_) => number.to_string(),
                None => FileNumber::parse(&number).ok_or(Error::Form)?.masked(),
            };
            views.push(BoundView {
                binding_id: bound.binding_id,
                class: bound.class,
                number,
                description: bound.description,
                bound_at: bound.bound_at,
            });
        }
        Ok(views)
    }
}
