//! Asking the other replicas.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use tonic::{Code, Request as Call, Response, Status};
use tracing::warn;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::grpc::{CallExt, ClientChannel, ClientConfig, call, connect, never_sent};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::tls::Identity;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_peer_service_client::PoolPeerServiceClient;
use xuanhao_vocabulary::OfficeId;

use super::directory::Replica;
use super::metrics;
use super::office::Told;
use super::passing;
use crate::domain::command::Request;
use crate::domain::error::Error;

/// The longest a call may take that answers nobody else's; others end with the call they answer.
const TIMEOUT_MS: u64 = 30_000;
const CONNECT_TIMEOUT_MS: u64 = 1_000;
/// Whoever hands over lets its callers wait no longer for the successor.
const TAKE_LIMIT: Duration = Duration::from_secs(5);
/// A day that is fixed is found by its writer too.
const DAY_LIMIT: Duration = Duration::from_secs(1);

type Client = PoolPeerServiceClient<ClientChannel>;

/// The channels to the other replicas, made at their first use.
#[derive(Debug)]
pub struct Peers {
    identity: Option<Identity>,
    channels: Mutex<HashMap<String, ClientChannel>>,
}

/// What became of a request that was passed on.
#[derive(Debug)]
pub(super) enum Passed {
    /// The peer's engine answered.
    Told(Told),
    /// The peer does not write for the office, or never heard of the request.
    Nowhere,
    /// The request was sent, and no answer came.
    Lost,
}

impl Peers {
    /// Calls them under this certificate.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            channels: Mutex::default(),
        }
    }

    /// For a process that is alone: it reaches nobody.
    pub fn none() -> Self {
        Self {
            identity: None,
            channels: Mutex::default(),
        }
    }

    fn client(&self, replica: &Replica) -> Option<Client> {
        let identity = self.identity.as_ref()?;
        if replica.address.is_empty() {
            return None;
        }
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&*replica.address) {
            return Some(PoolPeerServiceClient::new(channel.clone()));
        }
        let config = ClientConfig {
            timeout_ms: TIMEOUT_MS,
            connect_timeout_ms: CONNECT_TIMEOUT_MS,
            ..ClientConfig::at(format!("https://{}", replica.address))
        };
        let channel = connect(&config, Caller::Platepool, identity)
            .inspect_err(|error| {
                warn!(
                    replica = &*replica.name,
                    error = chain(error),
                    "a replica's address"
                );
            })
            .ok()?;
        channels.insert(replica.address.to_string(), channel.clone());
        Some(PoolPeerServiceClient::new(channel))
    }

    /// Forgets the channels to addresses of which none of these is.
    pub(super) fn keep_only<'a>(&self, addresses: impl Iterator<Item = &'a str>) {
        let addresses: Vec<&str> = addresses.collect();
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|address, _| addresses.contains(&address.as_str()));
    }

    /// Passes a request on to the writer of an office.
    pub(super) async fn ask(
        &self,
        replica: &Replica,
        office: OfficeId,
        request: &Request,
    ) -> Passed {
        let Some(mut client) = self.client(replica) else {
            return Passed::Nowhere;
        };
        let passed = match client.ask(call(passing::ask(office, request))).await {
            Ok(response) => match passing::told(response.into_inner()) {
                Ok(Some(told)) => Passed::Told(told),
                Ok(None) => Passed::Nowhere,
                Err(error) => {
                    warn!(%office, replica = &*replica.name, error = chain(&error), "an answer that cannot be read");
                    Passed::Lost
                }
            },
            Err(status) => failed(&status),
        };
        metrics::count_forwarded(office, &passed);
        passed
    }

    /// How the engine of an office is; none if the replica does not write for it.
    pub(super) async fn view(
        &self,
        replica: &Replica,
        office: OfficeId,
    ) -> Option<pb::ViewEngineResponse> {
        let request = pb::ViewEngineRequest {
            office: office.to_string(),
        };
        let told = self.client(replica)?.view_engine(again(request)).await;
        told.map(Response::into_inner).ok()
    }

    /// Tells the writer of an office that a day is fixed. It finds that out by itself if it never
    /// hears of it.
    pub(super) async fn open_day(&self, replica: &Replica, office: OfficeId, day: Date) {
        let request = pb::OpenDayRequest {
            office: office.to_string(),
            day: day.to_string(),
        };
        let Some(mut client) = self.client(replica) else {
            return;
        };
        if let Err(status) = client.open_day(again(request).deadline(DAY_LIMIT)).await {
            warn!(%office, %day, replica = &*replica.name, code = ?status.code(), "not told of a fixed day");
        }
    }

    /// Has a successor prepare for an office.
    pub(super) async fn prepare(&self, replica: &Replica, office: OfficeId) -> Result<(), Status> {
        let request = pb::PrepareOfficeRequest {
            office: office.to_string(),
        };
        let mut client = self.client(replica).ok_or_else(unreached)?;
        client.prepare_office(call(request)).await.map(drop)
    }

    /// Has a successor take an office that was let go; the epoch in which it writes.
    pub(super) async fn take(
        &self,
        replica: &Replica,
        office: OfficeId,
        epoch: u64,
    ) -> Result<u64, Status> {
        let request = pb::TakeOfficeRequest {
            office: office.to_string(),
            epoch,
        };
        let mut client = self.client(replica).ok_or_else(unreached)?;
        let taken = client.take_office(call(request).deadline(TAKE_LIMIT)).await;
        taken.map(|taken| taken.into_inner().epoch)
    }
}

/// A call that may be sent again.
fn again<T>(message: T) -> Call<T> {
    call(message).idempotent()
}

fn unreached() -> Status {
    Refusal::new(Reason::Unavailable).into()
}

/// What a failed call means for the request.
fn failed(status: &Status) -> Passed {
    if never_sent(status) {
        return Passed::Nowhere;
    }
    let reason = Refusal::from_status(status).map(|refusal| refusal.reason());
    match (reason, status.code()) {
        // It was turned away at the door.
        (Some(Reason::Overloaded), _) => Passed::Told(Err(Error::Overloaded {
            retry_after: jiff::SignedDuration::from_secs(1),
        })),
        (_, Code::PermissionDenied | Code::Unauthenticated | Code::Unimplemented) => {
            Passed::Nowhere
        }
        _ => Passed::Lost,
    }
}
