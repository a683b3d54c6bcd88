//! The counter: officers and operators of the tests, a service point, and papers.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::ids::{SessionId, StaffId};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::signed::SigningKey;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;
use xuanhao_proto::identity::v1::enrolment_service_client::EnrolmentServiceClient;

use crate::house::{House, uuid};
use crate::people::{mobile, resident_id};
use crate::staff::by;

/// A small file that is told as a photograph.
pub(crate) const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a photograph";

pub(crate) const PERSON: [pb::DocumentKind; 3] = [
    pb::DocumentKind::IdentityCard,
    pb::DocumentKind::ApplicationForm,
    pb::DocumentKind::Portrait,
];

pub(crate) const ORGANISATION: [pb::DocumentKind; 5] = [
    pb::DocumentKind::CodeCertificate,
    pb::DocumentKind::PowerOfAttorney,
    pb::DocumentKind::IdentityCard,
    pb::DocumentKind::ApplicationForm,
    pb::DocumentKind::Portrait,
];

/// A member of staff of one office.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    id: StaffId,
    role: Role,
    office: String,
}

impl Member {
    pub(crate) fn of(role: Role, office: &str) -> Self {
        Self {
            id: uuid().parse().unwrap(),
            role,
            office: office.to_owned(),
        }
    }

    pub(crate) fn officer() -> Self {
        Self::of(Role::Officer, "gd-zhanjiang")
    }

    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }
}

impl House {
    /// A principal of the member, as identity makes them, good for the next five minutes.
    pub(crate) fn acting(&self, member: &Member) -> String {
        let now = self.clock.now().as_second();
        let key = SigningKey::from_pkcs8_file(&self.signing_key_file()).unwrap();
        let principal = Principal {
            sub: member.id.as_uuid(),
            kind: Kind::Staff,
            session: SessionId::from_uuid(member.id.as_uuid()),
            level: None,
            roles: vec![member.role],
            province: member.office[..2].to_owned(),
            offices: vec![member.office.clone()],
            iat: now,
            exp: now + 300,
        };
        principal.sign(&key).unwrap()
    }

    pub(crate) fn enrolments(&self) -> EnrolmentServiceClient<ClientChannel> {
        EnrolmentServiceClient::new(self.channel("xuanctl"))
    }

    pub(crate) fn documents(&self) -> DocumentServiceClient<ClientChannel> {
        DocumentServiceClient::new(self.patient_channel("edge")).max_decoding_message_size(16 << 20)
    }

    /// An open window of the office.
    pub(crate) async fn window(&self, office: &str) -> String {
        let operator = Member::of(Role::Operator, office);
        let request = by(&self.acting(&operator), window_of(office));
        let added = self.enrolments().add_service_point(request).await.unwrap();
        added.into_inner().service_point.unwrap().service_point_id
    }

    pub(crate) async fn try_document(
        &self,
        principal: &str,
        kind: pb::DocumentKind,
        content: &[u8],
    ) -> Result<pb::Document, Status> {
        let request = pb::AddDocumentRequest {
            request_id: uuid(),
            kind: kind.into(),
            content: content.to_vec(),
        };
        let added = self
            .documents()
            .add_document(by(principal, request))
            .await?;
        Ok(added.into_inner().document.unwrap())
    }

    /// Documents an officer scanned just now.
    pub(crate) async fn papers(&self, officer: &Member, kinds: &[pb::DocumentKind]) -> Vec<String> {
        let principal = self.acting(officer);
        let mut ids = Vec::new();
        for kind in kinds {
            let added = self.try_document(&principal, *kind, PHOTO).await.unwrap();
            ids.push(added.document_id);
        }
        ids
    }

    pub(crate) async fn try_enrol(
        &self,
        officer: &Member,
        request: pb::EnrolPersonRequest,
    ) -> Result<pb::EnrolPersonResponse, Status> {
        let request = by(&self.acting(officer), request);
        Ok(self.enrolments().enrol_person(request).await?.into_inner())
    }

    pub(crate) async fn try_enrol_organisation(
        &self,
        officer: &Member,
        request: pb::EnrolOrganisationRequest,
    ) -> Result<pb::EnrolOrganisationResponse, Status> {
        let request = by(&self.acting(officer), request);
        let enrolled = self.enrolments().enrol_organisation(request).await?;
        Ok(enrolled.into_inner())
    }

    /// Enrols the `n`th person, the whole way.
    pub(crate) async fn enrol(
        &self,
        officer: &Member,
        window: &str,
        n: u32,
    ) -> pb::EnrolPersonResponse {
        let papers = self.papers(officer, &PERSON).await;
        let request = enrolment(n, window, papers);
        self.try_enrol(officer, request).await.unwrap()
    }

    /// Enrols an organisation through the `n`th person as its agent.
    pub(crate) async fn enrol_organisation(
        &self,
        officer: &Member,
        window: &str,
        n: u32,
    ) -> pb::EnrolOrganisationResponse {
        let papers = self.papers(officer, &ORGANISATION).await;
        let request = organisation(n, window, papers);
        self.try_enrol_organisation(officer, request).await.unwrap()
    }

    /// Both passes of the reconciler that tells notification.
    pub(crate) async fn tell(&self) {
        self.app.tell_contact_points().await.unwrap();
        self.app.tell_messages().await.unwrap();
    }

    /// Login name and password of the last message that brought some.
    pub(crate) fn credentials(&self) -> (String, String) {
        let sent = self.notification.of_template("initial_credentials");
        let last = sent.last().expect("credentials were sent");
        (
            last.parameters["login_name"].clone(),
            last.secret_parameters["password"].clone(),
        )
    }

    pub(crate) async fn replace_initial(
        &self,
        token: &str,
        current: &str,
        new: &str,
    ) -> Result<(), Status> {
        let request = pb::ReplaceInitialPasswordRequest {
            request_id: uuid(),
            session_token: token.to_owned(),
            current_password: current.to_owned(),
            new_password: new.to_owned(),
        };
        let replaced = self.identity().replace_initial_password(request).await;
        replaced.map(|_| ())
    }

    /// Signs in with what was sent, chooses a password, and gives the session.
    pub(crate) async fn first_sign_in(&self, chosen: &str) -> String {
        self.tell().await;
        let (login_name, password) = self.credentials();
        let signed_in = self
            .try_sign_in(&login_name, &password, "203.0.113.9")
            .await;
        let token = signed_in.unwrap().session_token;
        self.replace_initial(&token, &password, chosen)
            .await
            .unwrap();
        token
    }
}

pub(crate) fn window_of(office: &str) -> pb::AddServicePointRequest {
    pb::AddServicePointRequest {
        request_id: uuid(),
        office: office.to_owned(),
        kind: pb::ServicePointKind::OfficeWindow.into(),
        name: "车管所受理大厅".to_owned(),
        address: "湛江市赤坎区海田路1号".to_owned(),
        reason: "opens today".to_owned(),
    }
}

pub(crate) fn enrolment(n: u32, window: &str, papers: Vec<String>) -> pb::EnrolPersonRequest {
    pb::EnrolPersonRequest {
        request_id: uuid(),
        service_point_id: window.to_owned(),
        full_name: "张三丰".to_owned(),
        resident_id: resident_id(n),
        mobile: mobile(n),
        document_ids: papers,
        locale: String::new(),
        reason: "面签".to_owned(),
    }
}

pub(crate) const CREDIT_CODE: &str = "91350100M000100Y43";

pub(crate) fn organisation(
    n: u32,
    window: &str,
    papers: Vec<String>,
) -> pb::EnrolOrganisationRequest {
    pb::EnrolOrganisationRequest {
        request_id: uuid(),
        service_point_id: window.to_owned(),
        organisation_name: "湛江运输有限公司".to_owned(),
        credit_code: CREDIT_CODE.to_owned(),
        agent_full_name: "李代理".to_owned(),
        agent_resident_id: resident_id(n),
        agent_mobile: mobile(n),
        authorised_until: "2026-12-31".to_owned(),
        document_ids: papers,
        locale: String::new(),
        reason: "面签".to_owned(),
    }
}
