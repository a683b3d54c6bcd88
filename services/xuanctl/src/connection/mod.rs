//! Reaching the services: mutual TLS under xuanctl's own certificate, and for staff acts a principal
//! that identity makes from the session for each call, so that signing out works at once (C3).

mod config;
mod session;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;

use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call, connect};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::tls::Identity;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;
use xuanhao_proto::identity::v1::enrolment_service_client::EnrolmentServiceClient;
use xuanhao_proto::identity::v1::staff_service_client::StaffServiceClient;
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_proto::selection::v1::appeal_service_client::AppealServiceClient;
use xuanhao_proto::selection::v1::counter_service_client::CounterServiceClient;
use xuanhao_proto::selection::v1::outcome_service_client::OutcomeServiceClient;
use xuanhao_proto::selection::v1::policy_service_client::PolicyServiceClient;
use xuanhao_proto::vehicle::v1::review_service_client::ReviewServiceClient;

pub(crate) use session::{Session, Store};

use crate::args::Scope;
use crate::connection::config::{Config, Peer};
use crate::failure::Failure;
use crate::output::{bilingual, complain};

/// An answer with a document or a page of the log in it. How large those may be, their services say;
/// this is beyond any.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The services, as the configuration names them.
#[derive(Debug)]
pub(crate) struct Connection {
    config: Config,
    identity: Identity,
    /// The session file.
    pub(crate) session: Store,
}

impl Connection {
    /// Reads the configuration and the certificate. Connects to nobody yet.
    ///
    /// # Errors
    /// When either cannot be used.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let config = Config::load(file)?;
        let identity = Identity::load(&config.tls).map_err(|error| {
            Failure::Usage(bilingual(
                "证书无法使用",
                &format!("the certificate cannot be used: {}", chain(&error)),
            ))
        })?;
        let session = Store::at(config.session_file.clone());
        Ok(Self {
            config,
            identity,
            session,
        })
    }

    /// Staff and their sessions.
    pub(crate) fn staff(&self) -> Result<StaffServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.identity, Caller::Identity)?;
        Ok(StaffServiceClient::new(channel))
    }

    /// Enrolment face to face, and service points.
    pub(crate) fn enrolment(&self) -> Result<EnrolmentServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.identity, Caller::Identity)?;
        Ok(EnrolmentServiceClient::new(channel))
    }

    /// Papers and pictures of persons.
    pub(crate) fn documents(&self) -> Result<DocumentServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.identity, Caller::Identity)?;
        Ok(DocumentServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER))
    }

    /// The pool's administration.
    pub(crate) fn pool(&self) -> Result<PoolAdminServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.platepool, Caller::Platepool)?;
        Ok(PoolAdminServiceClient::new(channel))
    }

    /// What everybody may read of the pool.
    pub(crate) fn published(&self) -> Result<PoolPublicationServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.platepool, Caller::Platepool)?;
        Ok(PoolPublicationServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER))
    }

    /// Policies, notices and calendars.
    pub(crate) fn policies(&self) -> Result<PolicyServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.selection, Caller::Selection)?;
        Ok(PolicyServiceClient::new(channel))
    }

    /// Outcomes of selections.
    pub(crate) fn outcomes(&self) -> Result<OutcomeServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.selection, Caller::Selection)?;
        Ok(OutcomeServiceClient::new(channel))
    }

    /// Selecting at the window.
    pub(crate) fn counter(&self) -> Result<CounterServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.selection, Caller::Selection)?;
        Ok(CounterServiceClient::new(channel))
    }

    /// Appeals.
    pub(crate) fn appeals(&self) -> Result<AppealServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.selection, Caller::Selection)?;
        Ok(AppealServiceClient::new(channel))
    }

    /// Reviews of vehicles, and what outside systems answered.
    pub(crate) fn reviews(&self) -> Result<ReviewServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.vehicle, Caller::Vehicle)?;
        Ok(ReviewServiceClient::new(channel))
    }

    /// Templates and providers of messages.
    pub(crate) fn messages(&self) -> Result<NotificationServiceClient<ClientChannel>, Failure> {
        let channel = self.channel(&self.config.notification, Caller::Notification)?;
        Ok(NotificationServiceClient::new(channel))
    }

    /// A principal of whoever is signed in, acting in `scope`.
    ///
    /// # Errors
    /// When nobody is signed in, or identity refuses.
    pub(crate) async fn principal(&self, scope: Scope) -> Result<String, Failure> {
        let session = self.session.require()?;
        let text = |id: Option<String>| id.unwrap_or_default();
        let request = call(pb::IssueStaffPrincipalRequest {
            session_token: session.token,
            province: text(scope.province().map(|province| province.to_string())),
            office: text(scope.office().map(|office| office.to_string())),
        });
        let mut client = self.staff()?;
        let issued = client.issue_staff_principal(request.idempotent()).await;
        let issued = issued.map_err(Failure::from);
        if let Err(Failure::Refused(refusal)) = &issued
            && (scope, refusal.reason()) == (Scope::Only, Reason::FieldRequired)
        {
            complain(&bilingual(
                "您在多处任职，请加上 --province 或 --office",
                "you have roles in several places: say --province or --office",
            ));
        }
        Ok(issued?.into_inner().principal)
    }

    /// Our own address as identity's throttles should know it: the one that a packet to identity
    /// leaves from. None is sent.
    pub(crate) fn own_address(&self) -> IpAddr {
        let outwards = || {
            let authority = self
                .config
                .identity
                .endpoint
                .strip_prefix("https://")?
                .trim_end_matches('/');
            let peer = authority.to_socket_addrs().ok()?.next()?;
            let any: SocketAddr = match peer {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(any).ok()?;
            socket.connect(peer).ok()?;
            Some(socket.local_addr().ok()?.ip())
        };
        outwards().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    fn channel(&self, peer: &Peer, service: Caller) -> Result<ClientChannel, Failure> {
        connect(&peer.client(), service, &self.identity).map_err(|error| {
            Failure::Usage(bilingual(
                &format!("配置中 {service} 的地址有误"),
                &format!("the configuration's {service}.endpoint: {error}"),
            ))
        })
    }
}
