//! Whose an account is.

use std::fmt;

use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::{AccountId, PersonId};
use xuanhao_proto::identity::v1 as wire;
use xuanhao_proto::identity::v1::challenge_service_client::ChallengeServiceClient;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;

use super::failure;
use crate::domain::policy::Level;
use crate::error::Error;

/// The holder of an account. Asked for when it is needed and kept nowhere.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) person: PersonId,
    /// Keyed blind index of the person.
    pub(crate) person_key: Vec<u8>,
    pub(crate) full_name: String,
    pub(crate) resident_id: String,
    pub(crate) level: Level,
    /// E.164.
    pub(crate) mobile: String,
    /// Full residential address; empty when none was given.
    pub(crate) residence: String,
    /// Of an organisation: its name and credit code; the name and identity number above are then its
    /// agent's. Empty for a person.
    pub(crate) organisation_name: String,
    pub(crate) credit_code: String,
    /// Language of messages: `zh-CN` or `en`.
    pub(crate) locale: String,
}

impl Holder {
    /// The number the purchase proof names as the buyer's (R-ACC-08).
    pub(crate) fn buyer_id(&self) -> &str {
        if self.credit_code.is_empty() {
            &self.resident_id
        } else {
            &self.credit_code
        }
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A captcha as it was answered.
#[derive(Clone, Default)]
pub(crate) struct Captcha {
    pub(crate) id: String,
    pub(crate) answer: String,
}

impl fmt::Debug for Captcha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captcha").finish_non_exhaustive()
    }
}

/// The identity service.
#[derive(Debug, Clone)]
pub(crate) struct Identity(
    IdentityServiceClient<ClientChannel>,
    ChallengeServiceClient<ClientChannel>,
);

impl Identity {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(
            IdentityServiceClient::new(channel.clone()),
            ChallengeServiceClient::new(channel),
        )
    }

    /// Checks and uses up a captcha of a signed-in account (R-AUTH-03).
    ///
    /// # Errors
    /// `CAPTCHA_REQUIRED`, `CAPTCHA_WRONG`, `CAPTCHA_EXPIRED`.
    pub(crate) async fn check_captcha(
        &self,
        account: AccountId,
        captcha: &Captcha,
    ) -> Result<(), Error> {
        let message = wire::CheckCaptchaRequest {
            account_id: account.to_string(),
            captcha_id: captcha.id.clone(),
            answer: captcha.answer.clone(),
        };
        // Sent once: a captcha that was used up by a lost call is no longer good.
        let checked = self.1.clone().check_captcha(call(message)).await;
        checked.map(drop).map_err(failure)
    }

    /// Has the full residential address of an account kept (R-INF-01).
    ///
    /// # Errors
    /// Identity's refusals.
    pub(crate) async fn keep_residence(
        &self,
        account: AccountId,
        residence: &str,
    ) -> Result<(), Error> {
        let message = wire::KeepResidenceRequest {
            account_id: account.to_string(),
            residence: residence.to_owned(),
        };
        let kept = self
            .0
            .clone()
            .keep_residence(call(message).idempotent())
            .await;
        kept.map(drop).map_err(failure)
    }

    /// The holder of an account, to look at or to write to.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn holder(&self, account: AccountId) -> Result<Holder, Error> {
        self.ask_holder(account, false).await
    }

    /// The holder of an account who is about to transact.
    ///
    /// # Errors
    /// `NOT_FOUND`; `AUTHORISATION_EXPIRED` when an organisation's agent may not any more (R-ACC-09).
    pub(crate) async fn transacting_holder(&self, account: AccountId) -> Result<Holder, Error> {
        self.ask_holder(account, true).await
    }

    async fn ask_holder(&self, account: AccountId, to_transact: bool) -> Result<Holder, Error> {
        let message = wire::GetHolderRequest {
            account_id: account.to_string(),
            to_transact,
        };
        let answer = self.0.clone().get_holder(call(message).idempotent()).await;
        let holder = answer.map_err(failure)?.into_inner();
        let level = match holder.level() {
            wire::RegistrationLevel::Unspecified | wire::RegistrationLevel::Online => Level::Online,
            wire::RegistrationLevel::FaceToFace => Level::FaceToFace,
            wire::RegistrationLevel::RealPerson => Level::RealPerson,
        };
        if holder.person_key.is_empty() {
            return Err(Error::PeerAnswer("person_key"));
        }
        Ok(Holder {
            person: holder
                .person_id
                .parse()
                .map_err(|_| Error::PeerAnswer("person_id"))?,
            person_key: holder.person_key,
            full_name: holder.full_name,
            resident_id: holder.resident_id,
            level,
            mobile: holder.mobile,
            residence: holder.residence,
            organisation_name: holder.organisation_name,
            credit_code: holder.credit_code,
            locale: holder.locale,
        })
    }
}
