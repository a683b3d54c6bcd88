//! Citizens as the pool sees them: applications with operation numbers, over the channel that the
//! selection service uses.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use tonic::Status;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{ClientChannel, call, timestamp};
use xuanhao_chassis::ids::{ApplicationId, Ids};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_proto::platepool::v1::pool_service_client::PoolServiceClient;

use super::site::Site;

/// How long a column is held, in seconds: longer than applications pause here.
const COLUMN_S: i32 = 60;
/// Numbers in a draw.
pub const DRAWN: usize = 10;
const NOT_AFTER: Duration = Duration::from_secs(20);

/// One connection to a program that calls itself the pool.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Operations.
    pub pool: PoolServiceClient<ClientChannel>,
    /// What everybody may see.
    pub publication: PoolPublicationServiceClient<ClientChannel>,
}

impl Desk {
    /// So many connections.
    ///
    /// # Errors
    /// When the papers cannot be read.
    pub fn several(site: &Site, address: SocketAddr, count: usize) -> Result<Vec<Self>> {
        let one = |_| {
            let channel = site.channel("selection", address)?;
            Ok(Self {
                pool: PoolServiceClient::new(channel.clone()),
                publication: PoolPublicationServiceClient::new(channel),
            })
        };
        (0..count).map(one).collect()
    }
}

/// Makes applications.
#[derive(Debug, Clone)]
pub struct Applications {
    ids: Ids,
    clock: Clock,
}

impl Default for Applications {
    fn default() -> Self {
        let clock = Clock::system();
        let ids = Ids::new(clock.clone(), SecureRandom::system());
        Self { ids, clock }
    }
}

impl Applications {
    /// One at an office.
    #[must_use]
    pub fn one(&self, office: &str) -> Application {
        let id: ApplicationId = self.ids.next();
        Application {
            office: office.to_owned(),
            id: id.to_string(),
            actor: id.to_string(),
            vehicle_key: [id.as_uuid().into_bytes(), id.as_uuid().into_bytes()].concat(),
            op_no: 0,
            column_s: COLUMN_S,
            clock: self.clock.clone(),
        }
    }

    /// Several at an office.
    #[must_use]
    pub fn several(&self, office: &str, count: usize) -> Vec<Application> {
        (0..count).map(|_| self.one(office)).collect()
    }
}

/// A citizen's application.
#[derive(Debug, Clone)]
pub struct Application {
    /// Where.
    pub office: String,
    /// Its id.
    pub id: String,
    actor: String,
    vehicle_key: Vec<u8>,
    /// The number of its last operation.
    pub op_no: u64,
    /// How long it holds what it drew, in seconds.
    pub column_s: i32,
    clock: Clock,
}

impl Application {
    /// Its next operation.
    pub fn operation(&mut self) -> pb::Operation {
        self.op_no += 1;
        pb::Operation {
            office: self.office.clone(),
            application_id: self.id.clone(),
            op_no: self.op_no,
            not_after: Some(timestamp(self.clock.now() + NOT_AFTER)),
            plate_class: PlateClass::Small.into(),
            vehicle_key: self.vehicle_key.clone(),
            channel: pb::Channel::Internet.into(),
            actor: self.actor.clone(),
            on_behalf_of: String::new(),
            energy_group: pb::EnergyGroup::Unspecified.into(),
        }
    }

    /// A draw of `count`.
    pub fn drawing(&mut self, count: usize, exclude_four: bool) -> pb::DrawRequest {
        pb::DrawRequest {
            operation: Some(self.operation()),
            count: i32::try_from(count).unwrap_or(i32::MAX),
            exclude_four,
            column_ttl_s: self.column_s,
            basket_ttl_s: self.column_s,
        }
    }

    /// Draws, and tells what it got.
    ///
    /// # Errors
    /// The pool's refusal.
    pub async fn draw(&mut self, desk: &mut Desk, count: usize) -> Result<Vec<String>, Status> {
        let answer = desk.pool.draw(call(self.drawing(count, false))).await?;
        Ok(column(answer.into_inner().outcome))
    }
}

/// The numbers that an outcome holds; none when it holds none.
#[must_use]
pub fn column(outcome: Option<pb::Outcome>) -> Vec<String> {
    match outcome.and_then(|outcome| outcome.result) {
        Some(Became::Held(holding)) => holding.column,
        _ => Vec::new(),
    }
}
