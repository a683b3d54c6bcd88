//! Sealing and opening the personal data of accounts and staff.

use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{AccountId, PersonId};
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};
use zeroize::Zeroizing;

use super::App;
use crate::domain::FullName;
use crate::domain::holder::{HolderKind, OrganisationName, authorisation_ended};
use crate::domain::level::Level;
use crate::error::Error;
use crate::store::{self, account::Account};

const FULL_NAME: &str = "accounts.full_name";
const RESIDENT_ID: &str = "accounts.resident_id";
pub(super) const MOBILE: &str = "accounts.mobile";
const ORGANISATION_NAME: &str = "accounts.organisation_name";
const CREDIT_CODE: &str = "accounts.credit_code";
const RESIDENCE: &str = "accounts.residence";
pub(super) const STAFF_NAME: &str = "staff.full_name";

/// The personal data of a new account, sealed.
pub(super) struct SealedPerson {
    pub(super) full_name: Vec<u8>,
    pub(super) resident_id: Vec<u8>,
    pub(super) mobile: Vec<u8>,
}

/// An account as its owner sees it: personal data masked.
#[derive(Debug, Clone)]
pub struct View {
    /// Its id.
    pub account_id: AccountId,
    /// As its owner wrote it.
    pub login_name: String,
    /// `张**`.
    pub full_name_masked: String,
    /// First two and last two characters.
    pub resident_id_masked: String,
    /// `138****8000`.
    pub mobile_masked: String,
    /// How far the person is known.
    pub level: Level,
    /// Where it was registered.
    pub province: String,
    /// Whose it is; name and numbers above are an organisation's agent's.
    pub kind: HolderKind,
    /// Name and masked credit code of an organisation.
    pub organisation: Option<(String, String)>,
}

/// The holder of an account in clear, for services that print or compare it.
pub struct Holding {
    /// Key in the store of data keys.
    pub person_id: PersonId,
    /// What a ban is kept under (C4).
    pub person_key: Vec<u8>,
    /// As printed on the identity card.
    pub full_name: Zeroizing<String>,
    /// GB 11643.
    pub resident_id: Zeroizing<String>,
    /// E.164.
    pub mobile: Zeroizing<String>,
    /// How far the person is known.
    pub level: Level,
    /// Whose the account is; name, number and mobile above are an organisation's agent's.
    pub kind: HolderKind,
    /// Name and credit code of an organisation.
    pub organisation: Option<(Zeroizing<String>, Zeroizing<String>)>,
    /// Full residential address.
    pub residence: Option<Zeroizing<String>>,
    /// Language of messages.
    pub locale: String,
}

impl std::fmt::Debug for Holding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holding")
            .field("person_id", &self.person_id)
            .finish_non_exhaustive()
    }
}

impl App {
    pub(super) async fn seal_person(
        &self,
        person: PersonId,
        full_name: &FullName,
        resident_id: &ResidentId,
        mobile: &Mobile,
    ) -> Result<SealedPerson, Error> {
        Ok(SealedPerson {
            full_name: self
                .sealer
                .seal(person, FULL_NAME, full_name.expose())
                .await?,
            resident_id: self
                .sealer
                .seal(person, RESIDENT_ID, resident_id.expose())
                .await?,
            mobile: self.sealer.seal(person, MOBILE, mobile.e164()).await?,
        })
    }

    /// Name and credit code of an organisation, sealed.
    pub(super) async fn seal_organisation(
        &self,
        person: PersonId,
        name: &OrganisationName,
        credit_code: &CreditCode,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let name = self.sealer.seal(person, ORGANISATION_NAME, name.expose());
        let code = self.sealer.seal(person, CREDIT_CODE, credit_code.as_str());
        Ok((name.await?, code.await?))
    }

    /// Refuses a transaction for an organisation whose power of attorney has ended; looking is still
    /// allowed (R-ACC-03, R-ACC-09).
    ///
    /// # Errors
    /// `AUTHORISATION_EXPIRED`.
    pub(super) fn require_authority(&self, account: &Account) -> Result<(), Error> {
        let until = account
            .organisation
            .as_ref()
            .map(|own| own.authorised_until);
        match authorisation_ended(until, self.clock.today()) {
            Some(date) => Err(Refusal::new(Reason::AuthorisationExpired)
                .param("date", date)
                .into()),
            None => Ok(()),
        }
    }

    /// Keeps an account's full residential address (R-INF-01); another one replaces it.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such account.
    pub async fn keep_residence(
        &self,
        account_id: AccountId,
        residence: &str,
    ) -> Result<(), Error> {
        let account = store::account::lookup(self.db.pool(), account_id)
            .await?
            .ok_or_else(|| Refusal::not_found("account"))?;
        let sealed = self
            .sealer
            .seal(account.person_id, RESIDENCE, residence)
            .await?;
        self.db
            .run_tx("identity.residence.keep", async |tx: &mut Tx| {
                store::account_change::set_residence(tx, account_id, &sealed).await
            })
            .await?;
        Ok(())
    }

    pub(super) async fn seal_staff_name(
        &self,
        person: PersonId,
        full_name: &FullName,
    ) -> Result<Vec<u8>, Error> {
        Ok(self
            .sealer
            .seal(person, STAFF_NAME, full_name.expose())
            .await?)
    }

    pub(super) async fn open_staff_name(
        &self,
        person: PersonId,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, Error> {
        Ok(self.sealer.open_text(person, STAFF_NAME, sealed).await?)
    }

    pub(super) async fn open_mobile(&self, account: &Account) -> Result<Mobile, Error> {
        let text = self
            .sealer
            .open_text(account.person_id, MOBILE, &account.mobile)
            .await?;
        Mobile::parse(&text).map_err(|source| db::Error::corrupt("mobile", source).into())
    }

    /// The caller's own account, masked.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such account.
    pub async fn view_of(&self, account_id: AccountId) -> Result<View, Error> {
        let account = store::account::lookup(self.db.pool(), account_id).await?;
        self.view(&account.ok_or_else(|| Refusal::not_found("account"))?)
            .await
    }

    pub(super) async fn view(&self, account: &Account) -> Result<View, Error> {
        let person = account.person_id;
        let full_name = self
            .sealer
            .open_text(person, FULL_NAME, &account.full_name)
            .await?;
        let resident_id = self
            .sealer
            .open_text(person, RESIDENT_ID, &account.resident_id)
            .await?;
        let corrupt = |what, source: Box<dyn std::error::Error + Send + Sync>| {
            Error::from(db::Error::corrupt(what, source))
        };
        let full_name =
            FullName::parse(&full_name).map_err(|error| corrupt("name", error.into()))?;
        let resident_id = ResidentId::parse(&resident_id)
            .map_err(|error| corrupt("resident id", error.into()))?;
        let organisation = match &account.organisation {
            Some(own) => {
                let name = self
                    .sealer
                    .open_text(person, ORGANISATION_NAME, &own.name)
                    .await?;
                let code = self
                    .sealer
                    .open_text(person, CREDIT_CODE, &own.credit_code)
                    .await?;
                let code = CreditCode::parse(&code)
                    .map_err(|error| corrupt("credit code", error.into()))?;
                Some((name.to_string(), code.masked().to_string()))
            }
            None => None,
        };
        Ok(View {
            account_id: account.account_id,
            login_name: account.login_name.clone(),
            full_name_masked: full_name.masked(),
            resident_id_masked: resident_id.masked().to_string(),
            mobile_masked: self.open_mobile(account).await?.masked().to_string(),
            level: account.level,
            province: account.province.to_string(),
            kind: account.kind(),
            organisation,
        })
    }

    /// The holder of an account in clear, for what transactions print and compare: the identity number
    /// is the one that must stand on the purchase invoice (R-ACC-08). Only services that the table
    /// names come here.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such account; `AUTHORISATION_EXPIRED` when the holder is asked for
    /// to transact, and an organisation's agent may not do so for it any more (R-ACC-09).
    pub async fn holder(&self, account_id: AccountId, to_transact: bool) -> Result<Holding, Error> {
        let account = store::account::lookup(self.db.pool(), account_id)
            .await?
            .ok_or_else(|| Refusal::not_found("account"))?;
        if to_transact {
            self.require_authority(&account)?;
        }
        let (person, person_key) = (account.person_id, account.holder_index().to_vec());
        let organisation = match &account.organisation {
            Some(own) => Some((
                self.sealer
                    .open_text(person, ORGANISATION_NAME, &own.name)
                    .await?,
                self.sealer
                    .open_text(person, CREDIT_CODE, &own.credit_code)
                    .await?,
            )),
            None => None,
        };
        let residence = match &account.residence {
            Some(sealed) => Some(self.sealer.open_text(person, RESIDENCE, sealed).await?),
            None => None,
        };
        Ok(Holding {
            person_id: person,
            full_name: self
                .sealer
                .open_text(person, FULL_NAME, &account.full_name)
                .await?,
            resident_id: self
                .sealer
                .open_text(person, RESIDENT_ID, &account.resident_id)
                .await?,
            mobile: self
                .sealer
                .open_text(person, MOBILE, &account.mobile)
                .await?,
            level: account.level,
            kind: account.kind(),
            organisation,
            residence,
            locale: account.contact_locale,
            // An organisation's ban is the organisation's, not its agent's.
            person_key,
        })
    }
}
