//! Registering a natural person online (R-ACC-01). Organisations come into being at the counter only
//! (R-ACC-09).

use prost::Message;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{EventId, PersonId, PreSessionId, RequestId};
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{Mobile, ProvinceId, ResidentId};

use super::App;
use super::credentials::chosen;
use super::proofs::Claims;
use crate::domain::FullName;
use crate::domain::challenge::{Holder, Purpose};
use crate::domain::level::Level;
use crate::domain::login_name::LoginName;
use crate::error::Error;
use crate::events;
use crate::store::account::{self, Account};
use crate::store::proof;

/// A visitor who proved to hold a number registers.
#[derive(Debug)]
pub struct RegisterAccount {
    /// Caller's request.
    pub request_id: RequestId,
    /// Who proved it.
    pub pre_session: PreSessionId,
    /// Whose portal was used.
    pub province: ProvinceId,
    /// The name to sign in with.
    pub login_name: LoginName,
    /// As typed.
    pub password: String,
    /// As printed on the identity card.
    pub full_name: FullName,
    /// GB 11643.
    pub resident_id: ResidentId,
    /// The number that was proved.
    pub mobile: Mobile,
    /// Compact JWS.
    pub proof: String,
    /// Language of messages.
    pub locale: Locale,
}

impl App {
    /// Registers an account; one per person and per number. Notification is told afterwards.
    ///
    /// # Errors
    /// `LOGIN_NAME_TAKEN`, `ACCOUNT_EXISTS`, `PASSWORD_TOO_WEAK`, `PROOF_INVALID`, `PROOF_USED`.
    pub async fn register(
        &self,
        command: RegisterAccount,
        request: &impl Message,
    ) -> Result<pb::RegisterAccountResponse, Error> {
        let scope = Scope::PreSession(command.pre_session);
        let now = self.clock.now();
        let key = Key::new(&scope, "identity.register_account", command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        command
            .resident_id
            .check_birth(self.clock.today())
            .map_err(|_| {
                xuanhao_chassis::error::Refusal::new(Reason::ResidentIdInvalid)
                    .param("position", 7_u8)
                    .on_field("resident_id")
            })?;
        let mobile_index = self.keyed.mobile(&command.mobile);
        let claims = self.check_proof(
            &command.proof,
            Holder::PreSession(command.pre_session),
            Purpose::Register,
            &mobile_index,
        )?;
        let resident_id_index = self.keyed.resident_id(&command.resident_id);
        let login_key = command.login_name.key();
        let pool = self.db.pool();
        let taken = account::find_taken(pool, login_key, &resident_id_index, &mobile_index).await?;
        if taken.login || taken.person {
            let reason = if taken.login {
                Reason::LoginNameTaken
            } else {
                Reason::AccountExists
            };
            // Another try of the same request may have come first.
            return self
                .answered(&key, request)
                .await?
                .ok_or_else(|| reason.into());
        }
        let password_hash = self
            .passwords
            .hash(&chosen(&command.password, &command.login_name)?)
            .await?;
        let person_id: PersonId = self.ids.next();
        let (name, resident_id) = (&command.full_name, &command.resident_id);
        let sealed = self
            .seal_person(person_id, name, resident_id, &command.mobile)
            .await?;
        let event_id: EventId = self.ids.next();
        let new = Account {
            account_id: self.ids.next(),
            person_id,
            province: command.province,
            login_name: command.login_name.as_str().to_owned(),
            login_key: login_key.to_owned(),
            full_name: sealed.full_name,
            resident_id: sealed.resident_id,
            mobile: sealed.mobile,
            resident_id_index: resident_id_index.to_vec(),
            mobile_index: mobile_index.to_vec(),
            level: Level::Online,
            password_hash,
            version: 1,
            registered_at: now,
            contact_request_id: event_id,
            contact_locale: command.locale.tag().to_owned(),
            office: None,
            organisation: None,
            initial_password_until: None,
            residence: None,
        };
        let added = self.add_account(&key, request, &new, &claims).await;
        match &added {
            Ok(answer) if answer.account_id == new.account_id.to_string() => {
                self.contact_due.raise()
            }
            // Another try of the same request came first, or the account was refused: this person's
            // key seals nothing. What fails here stays as a key without data.
            Ok(_) | Err(Error::Refused(_)) => {
                if let Err(error) = self.sealer.erase(person_id).await {
                    tracing::warn!(%error, "an unused key was not erased");
                }
            }
            Err(_) => {}
        }
        added
    }

    async fn add_account(
        &self,
        key: &Key,
        request: &impl Message,
        new: &Account,
        claims: &Claims,
    ) -> Result<pb::RegisterAccountResponse, Error> {
        let event = events::account_registered(new);
        self.db
            .run_once(
                "identity.register_account",
                key,
                request,
                async |tx: &mut Tx| {
                    proof::add(tx, claims.jti, new.registered_at, claims.expires_at())
                        .await
                        .map_err(proof_used)?;
                    account::add(tx, new).await.map_err(taken)?;
                    outbox::append(tx, &event).await?;
                    Ok(pb::RegisterAccountResponse {
                        account_id: new.account_id.to_string(),
                    })
                },
            )
            .await
    }
}

/// A proof that was used before is `PROOF_USED`.
pub(super) fn proof_used(error: db::Error) -> Error {
    if error.is_unique_violation(proof::USED) {
        Reason::ProofUsed.into()
    } else {
        error.into()
    }
}

fn taken(error: db::Error) -> Error {
    if error.is_unique_violation(account::LOGIN_KEY) {
        return Reason::LoginNameTaken.into();
    }
    let person = [account::RESIDENT_ID_KEY, account::MOBILE_KEY];
    match person.into_iter().any(|key| error.is_unique_violation(key)) {
        true => Reason::AccountExists.into(),
        false => error.into(),
    }
}
