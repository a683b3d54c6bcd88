//! Enrolling an organisation (单位用户) and its agent at the counter, the only way one comes into being
//! (R-ACC-09).

use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{PersonId, RequestId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};

use super::App;
use super::enrol::{Credentials, Desk, Enrolling};
use super::messages::Draft;
use crate::domain::FullName;
use crate::domain::document::OF_ORGANISATION;
use crate::domain::holder::OrganisationName;
use crate::domain::ids::{DocumentId, EnrolmentId, ServicePointId};
use crate::domain::level::Level;
use crate::domain::login_name::LoginName;
use crate::error::Error;
use crate::store::account::{self, Account, Organisation};

/// An officer enrols an organisation.
#[derive(Debug)]
pub struct EnrolOrganisation {
    /// Caller's request.
    pub request_id: RequestId,
    /// Where.
    pub service_point_id: ServicePointId,
    /// As on the code certificate.
    pub organisation_name: OrganisationName,
    /// GB 32100.
    pub credit_code: CreditCode,
    /// As printed on the agent's identity card.
    pub agent_full_name: FullName,
    /// GB 11643.
    pub agent_resident_id: ResidentId,
    /// Where messages go.
    pub agent_mobile: Mobile,
    /// Last civil day of the power of attorney.
    pub authorised_until: Date,
    /// What was scanned and photographed.
    pub document_ids: Vec<DocumentId>,
    /// Language of messages.
    pub locale: Locale,
    /// Why.
    pub reason: String,
}

/// What does not depend on whether the organisation has an account.
struct Prepared {
    desk: Desk,
    person: PersonId,
    next: Account,
    credentials: Option<Credentials>,
}

impl App {
    /// Enrols an organisation by what the officer saw. Enrolling it again replaces its agent and power
    /// of attorney and ends the account's sessions; another agent gets credentials of the own, for the
    /// former one knows the password.
    ///
    /// # Errors
    /// `SERVICE_POINT_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`, `DOCUMENT_MISSING`, `NOT_FOUND{document}`,
    /// `RESIDENT_ID_INVALID`, `MOBILE_IN_USE`.
    pub async fn enrol_organisation(
        &self,
        actor: &Principal,
        command: EnrolOrganisation,
        request: &impl Message,
    ) -> Result<pb::EnrolOrganisationResponse, Error> {
        let now = self.clock.now();
        let officer = actor.staff().ok_or(Reason::PermissionDenied)?;
        let scope = Scope::Staff(officer);
        let method = "identity.enrol_organisation";
        let key = Key::new(&scope, method, command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let outcome = self.enrol_seen_organisation(actor, &command, &key, request, now);
        let outcome = outcome.await;
        self.or_answered(&key, request, outcome).await
    }

    async fn enrol_seen_organisation(
        &self,
        actor: &Principal,
        command: &EnrolOrganisation,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::EnrolOrganisationResponse, Error> {
        let desk = self.desk(actor, command.service_point_id).await?;
        self.check_birth(&command.agent_resident_id, "agent_resident_id")?;
        let index = self.keyed.credit_code(&command.credit_code);
        let seen = account::find_organisation(self.db.pool(), &index).await?;
        let person = match &seen {
            Some(account) => account.person_id,
            None => self.ids.next(),
        };
        let done = async {
            let (next, credentials) = self
                .organisation(&desk, seen.as_ref(), person, command, now)
                .await?;
            let prepared = Prepared {
                desk,
                person,
                next,
                credentials,
            };
            self.commit_organisation(prepared, seen.as_ref(), command, key, request, now)
                .await
        };
        let done = done.await;
        if let (None, Err(Error::Refused(_))) = (&seen, &done) {
            // This organisation's key seals nothing. What fails here stays as a key without data.
            self.erase(person).await.ok();
        }
        done
    }

    /// The account as it will be, and the credentials its agent gets if it is new or another's.
    async fn organisation(
        &self,
        desk: &Desk,
        seen: Option<&Account>,
        person: PersonId,
        command: &EnrolOrganisation,
        now: Timestamp,
    ) -> Result<(Account, Option<Credentials>), Error> {
        let (office, province) = (desk.office(), desk.office().province());
        let agent = self.keyed.resident_id(&command.agent_resident_id).to_vec();
        let login = seen
            .map(|seen| LoginName::parse(&seen.login_name))
            .transpose()
            .map_err(|_| Reason::Internal)?;
        let credentials = match seen {
            Some(seen) if seen.resident_id_index == agent => None,
            _ => Some(self.new_credentials(login, province, now).await?),
        };
        let sealed = self
            .seal_person(
                person,
                &command.agent_full_name,
                &command.agent_resident_id,
                &command.agent_mobile,
            )
            .await?;
        let (name, credit_code) = self
            .seal_organisation(person, &command.organisation_name, &command.credit_code)
            .await?;
        let organisation = Some(Organisation {
            name,
            credit_code,
            credit_code_index: self.keyed.credit_code(&command.credit_code).to_vec(),
            authorised_until: command.authorised_until,
        });
        let mobile_index = self.keyed.mobile(&command.agent_mobile).to_vec();
        let next = match (seen, &credentials) {
            (Some(seen), _) => Account {
                office: Some(office),
                full_name: sealed.full_name,
                resident_id: sealed.resident_id,
                resident_id_index: agent,
                contact_request_id: match seen.mobile_index == mobile_index {
                    true => seen.contact_request_id,
                    false => self.ids.next(),
                },
                mobile: sealed.mobile,
                mobile_index,
                level: seen.level.enrolled(),
                version: seen.version + 1,
                organisation,
                password_hash: credentials
                    .as_ref()
                    .map_or(&seen.password_hash, |own| &own.hash)
                    .clone(),
                initial_password_until: credentials
                    .as_ref()
                    .map_or(seen.initial_password_until, |own| Some(own.until)),
                ..seen.clone()
            },
            (None, Some(credentials)) => Account {
                account_id: self.ids.next(),
                person_id: person,
                province,
                office: Some(office),
                login_name: credentials.login.as_str().to_owned(),
                login_key: credentials.login.key().to_owned(),
                full_name: sealed.full_name,
                resident_id: sealed.resident_id,
                mobile: sealed.mobile,
                resident_id_index: agent,
                mobile_index,
                level: Level::FaceToFace,
                password_hash: credentials.hash.clone(),
                version: 1,
                registered_at: now,
                contact_request_id: self.ids.next(),
                contact_locale: command.locale.tag().to_owned(),
                organisation,
                initial_password_until: Some(credentials.until),
                residence: None,
            },
            // A new account always gets credentials.
            (None, None) => return Err(Reason::Internal.into()),
        };
        Ok((next, credentials))
    }

    async fn commit_organisation(
        &self,
        prepared: Prepared,
        seen: Option<&Account>,
        command: &EnrolOrganisation,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::EnrolOrganisationResponse, Error> {
        let Prepared {
            desk,
            person,
            next,
            credentials,
        } = prepared;
        let (ids, office) = (&command.document_ids, Some(desk.office()));
        let papers = self
            .take_papers(desk.officer, ids, OF_ORGANISATION, person)
            .await?;
        let mut messages = Vec::new();
        match &credentials {
            Some(own) => messages.push(
                self.credentials_message(&next, office, &command.agent_mobile, own, now)
                    .await?,
            ),
            None => {
                let enrolled = Draft::enrolled(&next, &desk.point.name, now);
                messages.push(self.pending(&next, office, enrolled, now).await?);
            }
        }
        if let Some(seen) = seen.filter(|seen| seen.mobile_index != next.mobile_index) {
            let old = self.open_mobile(seen).await?;
            let told = Draft::mobile_changed(&old, &command.agent_mobile, now);
            messages.push(self.pending(&next, office, told, now).await?);
        }
        let enrolment_id: EnrolmentId = self.ids.next();
        let answer = pb::EnrolOrganisationResponse {
            account_id: next.account_id.to_string(),
            enrolment_id: enrolment_id.to_string(),
            login_name: credentials
                .as_ref()
                .map(|own| own.login.as_str().to_owned())
                .unwrap_or_default(),
            credentials_until: credentials.as_ref().map(|own| timestamp(own.until)),
        };
        let enrolling = Enrolling {
            desk: &desk,
            seen,
            next: &next,
            papers: &papers,
            enrolment_id,
            authorised_until: Some(command.authorised_until),
            messages,
            act: "enrol_organisation",
            reason: &command.reason,
            ends_sessions: true,
            now,
        };
        let name = "identity.enrol_organisation";
        self.commit_enrolment(name, key, request, enrolling, answer)
            .await
    }
}
