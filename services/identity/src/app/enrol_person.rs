//! Enrolling a natural person at the counter (R-ACC-05, R-ACC-06).

use jiff::Timestamp;
use prost::Message;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{PersonId, RequestId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{Mobile, ResidentId};

use super::App;
use super::enrol::{Desk, Enrolling};
use super::messages::Draft;
use crate::domain::FullName;
use crate::domain::document::OF_PERSON;
use crate::domain::ids::{DocumentId, EnrolmentId, ServicePointId};
use crate::domain::level::Level;
use crate::error::Error;
use crate::store::account::{self, Account};

/// An officer enrols a person.
#[derive(Debug)]
pub struct EnrolPerson {
    /// Caller's request.
    pub request_id: RequestId,
    /// Where.
    pub service_point_id: ServicePointId,
    /// As printed on the identity card.
    pub full_name: FullName,
    /// GB 11643.
    pub resident_id: ResidentId,
    /// Where messages go.
    pub mobile: Mobile,
    /// What was scanned and photographed.
    pub document_ids: Vec<DocumentId>,
    /// Language of messages.
    pub locale: Locale,
    /// Why.
    pub reason: String,
}

impl App {
    /// Enrols a person by what the officer saw: who has no account gets one of level face to face, with
    /// credentials by message; an account of the same identity number rises in level, keeps its
    /// credentials, and takes over name and number from the papers.
    ///
    /// # Errors
    /// `SERVICE_POINT_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`, `DOCUMENT_MISSING`, `NOT_FOUND{document}`,
    /// `RESIDENT_ID_INVALID`, `MOBILE_IN_USE`.
    pub async fn enrol_person(
        &self,
        actor: &Principal,
        command: EnrolPerson,
        request: &impl Message,
    ) -> Result<pb::EnrolPersonResponse, Error> {
        let now = self.clock.now();
        let officer = actor.staff().ok_or(Reason::PermissionDenied)?;
        let scope = Scope::Staff(officer);
        let key = Key::new(&scope, "identity.enrol_person", command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let outcome = self.enrol_seen_person(actor, &command, &key, request, now);
        let outcome = outcome.await;
        self.or_answered(&key, request, outcome).await
    }

    async fn enrol_seen_person(
        &self,
        actor: &Principal,
        command: &EnrolPerson,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::EnrolPersonResponse, Error> {
        let desk = self.desk(actor, command.service_point_id).await?;
        self.check_birth(&command.resident_id, "resident_id")?;
        let index = self.keyed.resident_id(&command.resident_id);
        match account::find_person(self.db.pool(), &index).await? {
            Some(account) => {
                self.raise_person(&desk, &account, command, key, request, now)
                    .await
            }
            None => {
                let person: PersonId = self.ids.next();
                let admitted = self
                    .admit_person(&desk, person, command, key, request, now)
                    .await;
                if let Err(Error::Refused(_)) = admitted {
                    // This person's key seals nothing. What fails here stays as a key without data.
                    self.erase(person).await.ok();
                }
                admitted
            }
        }
    }

    async fn admit_person(
        &self,
        desk: &Desk,
        person: PersonId,
        command: &EnrolPerson,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::EnrolPersonResponse, Error> {
        let (ids, office) = (&command.document_ids, desk.office());
        let papers = self
            .take_papers(desk.officer, ids, OF_PERSON, person)
            .await?;
        let credentials = self.new_credentials(None, office.province(), now).await?;
        let sealed = self
            .seal_person(
                person,
                &command.full_name,
                &command.resident_id,
                &command.mobile,
            )
            .await?;
        let next = Account {
            account_id: self.ids.next(),
            person_id: person,
            province: office.province(),
            office: Some(office),
            login_name: credentials.login.as_str().to_owned(),
            login_key: credentials.login.key().to_owned(),
            full_name: sealed.full_name,
            resident_id: sealed.resident_id,
            mobile: sealed.mobile,
            resident_id_index: self.keyed.resident_id(&command.resident_id).to_vec(),
            mobile_index: self.keyed.mobile(&command.mobile).to_vec(),
            level: Level::FaceToFace,
            password_hash: credentials.hash.clone(),
            version: 1,
            registered_at: now,
            contact_request_id: self.ids.next(),
            contact_locale: command.locale.tag().to_owned(),
            organisation: None,
            initial_password_until: Some(credentials.until),
            residence: None,
        };
        let message = self
            .credentials_message(&next, Some(office), &command.mobile, &credentials, now)
            .await?;
        let enrolment_id: EnrolmentId = self.ids.next();
        let answer = pb::EnrolPersonResponse {
            account_id: next.account_id.to_string(),
            enrolment_id: enrolment_id.to_string(),
            login_name: next.login_name.clone(),
            credentials_until: Some(timestamp(credentials.until)),
        };
        let enrolling = Enrolling {
            desk,
            seen: None,
            next: &next,
            papers: &papers,
            enrolment_id,
            authorised_until: None,
            messages: vec![message],
            act: "enrol_person",
            reason: &command.reason,
            ends_sessions: false,
            now,
        };
        self.commit_enrolment("identity.enrol_person", key, request, enrolling, answer)
            .await
    }

    async fn raise_person(
        &self,
        desk: &Desk,
        seen: &Account,
        command: &EnrolPerson,
        key: &Key,
        request: &impl Message,
        now: Timestamp,
    ) -> Result<pb::EnrolPersonResponse, Error> {
        let (person, office) = (seen.person_id, desk.office());
        let papers = self
            .take_papers(desk.officer, &command.document_ids, OF_PERSON, person)
            .await?;
        let sealed = self
            .seal_person(
                person,
                &command.full_name,
                &command.resident_id,
                &command.mobile,
            )
            .await?;
        let moves = seen.mobile_index != self.keyed.mobile(&command.mobile);
        let still = match moves {
            true => self.moved(seen, &command.mobile).await?,
            false => seen.clone(),
        };
        let next = Account {
            office: Some(office),
            // The card says how the name is written; online it was only typed.
            full_name: sealed.full_name,
            level: seen.level.enrolled(),
            version: seen.version + 1,
            ..still
        };
        let enrolled = Draft::enrolled(&next, &desk.point.name, now);
        let mut messages = vec![self.pending(&next, Some(office), enrolled, now).await?];
        if moves {
            let old = self.open_mobile(seen).await?;
            let told = Draft::mobile_changed(&old, &command.mobile, now);
            messages.push(self.pending(&next, Some(office), told, now).await?);
        }
        let enrolment_id: EnrolmentId = self.ids.next();
        let answer = pb::EnrolPersonResponse {
            account_id: next.account_id.to_string(),
            enrolment_id: enrolment_id.to_string(),
            ..Default::default()
        };
        let enrolling = Enrolling {
            desk,
            seen: Some(seen),
            next: &next,
            papers: &papers,
            enrolment_id,
            authorised_until: None,
            messages,
            act: "enrol_person",
            reason: &command.reason,
            ends_sessions: moves,
            now,
        };
        self.commit_enrolment("identity.enrol_person", key, request, enrolling, answer)
            .await
    }
}
