//! What an operator does before anybody can draw: rules, batches, used numbers, public values.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use tokio::time::{Instant, sleep};
use tonic::{Request, Status};
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{CallExt as _, ClientChannel, ClientConfig, call, connect};
use xuanhao_chassis::ids::{Ids, RequestId};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;
use xuanhao_vocabulary::PlateKey;

use super::numbers::Numbers;
use super::site::Site;

/// Batches of any size open at once, and every number may be composed.
const RULES: &str = include_str!("../../../../services/platepool/presets/trial.yaml");
/// Numbers in one piece of an import.
const PIECE: usize = 20_000;
/// The longest a figure of the prepared pool may need to become true.
const PATIENCE: Duration = Duration::from_secs(20);
const REASON: &str = "benchmark";

/// A channel to a program that calls itself the pool, as `caller`.
///
/// # Errors
/// When the certificates cannot be read.
pub fn channel(site: &Site, caller: &str, address: SocketAddr) -> Result<ClientChannel> {
    let files = site.papers().credentials(caller);
    let identity = Identity::load(&tls::Files {
        certificate_file: files.certificate,
        key_file: files.key,
        authority_file: files.authority,
    })?;
    let mut config = ClientConfig::at(format!("https://{address}"));
    config.timeout_ms = 10_000;
    Ok(connect(&config, Caller::Platepool, &identity)?)
}

/// An operator of every province, at one process.
#[derive(Debug)]
pub struct Operator {
    key: SigningKey,
    ids: Ids,
    clock: Clock,
    admin: PoolAdminServiceClient<ClientChannel>,
}

impl Operator {
    /// At the process that answers there.
    ///
    /// # Errors
    /// When the papers cannot be read.
    pub fn at(site: &Site, address: SocketAddr) -> Result<Self> {
        let clock = Clock::system();
        Ok(Self {
            key: SigningKey::from_pkcs8_file(&site.papers().principals_key_file())?,
            ids: Ids::new(clock.clone(), SecureRandom::system()),
            clock,
            admin: PoolAdminServiceClient::new(channel(site, "xuanctl", address)?),
        })
    }

    /// Makes an office ready for drawing: rules, and the public values of today and tomorrow.
    ///
    /// # Errors
    /// When the pool refuses.
    pub async fn open(&mut self, office: &str) -> Result<()> {
        let rules = pb::ApplyPoolRulesRequest {
            request_id: self.request_id(),
            offices: vec![office.to_owned()],
            yaml: RULES.to_owned(),
            reason: REASON.to_owned(),
            dry_run: false,
        };
        let request = self.by_operator(office, rules)?;
        self.admin.apply_pool_rules(request).await?;
        let today = self.clock.today();
        for day in [today, today.checked_add(1.day())?] {
            self.fix_public_value(office, &day.to_string()).await?;
        }
        Ok(())
    }

    /// A value counts only after the hash of the day's key was there for a while.
    async fn fix_public_value(&mut self, office: &str, day: &str) -> Result<()> {
        let begin = Instant::now();
        loop {
            let value = pb::FixPublicValueRequest {
                request_id: self.request_id(),
                office: office.to_owned(),
                day: day.to_owned(),
                value: format!("benchmark {day}"),
                source: REASON.to_owned(),
            };
            let request = self.by_operator(office, value)?;
            match self.admin.fix_public_value(request).await {
                Ok(_) => return Ok(()),
                Err(status) if begin.elapsed() > PATIENCE => return Err(status.into()),
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Releases numbers, of which these are in use already.
    ///
    /// # Errors
    /// When the pool refuses.
    pub async fn release(&mut self, numbers: &Numbers<'_>, used: &[PlateKey]) -> Result<()> {
        let office = numbers.office;
        let segment = |mask: &&str| pb::NewSegment {
            issuing_code: numbers.code.to_owned(),
            plate_class: PlateClass::Small.into(),
            mask: (*mask).to_owned(),
        };
        let add = pb::AddBatchRequest {
            request_id: self.request_id(),
            office: office.to_owned(),
            name: REASON.to_owned(),
            segments: numbers.masks.iter().map(segment).collect(),
            reason: REASON.to_owned(),
        };
        let request = self.by_operator(office, add)?;
        let added = self.admin.add_batch(request).await?.into_inner();
        let batch_id = added.batch.context("a batch was added")?.batch_id;
        for (chunk_no, piece) in (0_u32..).zip(used.chunks(PIECE)) {
            let import = pb::ImportUsedNumbersRequest {
                batch_id: batch_id.clone(),
                chunk_no,
                plates: piece.iter().map(|key| key.unpack().1.to_string()).collect(),
            };
            let request = self.by_operator(office, import)?;
            self.admin.import_used_numbers(request).await?;
        }
        let close = pb::CloseImportRequest {
            request_id: self.request_id(),
            batch_id: batch_id.clone(),
            expected: used.len() as u64,
            reason: REASON.to_owned(),
        };
        let request = self.by_operator(office, close)?;
        self.admin.close_import(request).await?;
        let release = pb::ReleaseBatchRequest {
            request_id: self.request_id(),
            batch_id,
            reason: REASON.to_owned(),
            opens_at: None,
        };
        let request = self.by_operator(office, release)?;
        self.admin.release_batch(request).await?;
        Ok(())
    }

    /// The office's figures, as the engine knows them.
    ///
    /// # Errors
    /// When the pool refuses.
    pub async fn figures(&mut self, office: &str) -> Result<pb::GetPoolFiguresResponse> {
        let ask = pb::GetPoolFiguresRequest {
            office: office.to_owned(),
        };
        let request = self.by_operator(office, ask)?;
        Ok(self.admin.get_pool_figures(request).await?.into_inner())
    }

    /// Where the process is that writes for an office.
    ///
    /// # Errors
    /// When the pool refuses.
    pub async fn writer_of(&mut self, office: &str) -> Result<Option<String>, Status> {
        let ask = pb::ListWritersRequest {
            offices: vec![office.to_owned()],
        };
        let request = self
            .by_operator(office, ask)
            .map_err(|error| Status::internal(error.to_string()))?;
        let told = self.admin.list_writers(request).await?.into_inner();
        let writer = told
            .writers
            .into_iter()
            .find(|writer| writer.office == office);
        Ok(writer.and_then(|writer| {
            let mut replicas = told.replicas.into_iter();
            let replica = replicas.find(|replica| replica.replica == writer.replica)?;
            Some(replica.address)
        }))
    }

    fn by_operator<T>(&self, office: &str, message: T) -> Result<Request<T>> {
        let now = self.clock.now().as_second();
        let province = office.split('-').next().unwrap_or_default();
        let principal = Principal {
            sub: uuid::Uuid::from_u128(1),
            kind: Kind::Staff,
            session: uuid::Uuid::from_u128(2).into(),
            level: None,
            roles: vec![Role::Operator],
            province: province.to_owned(),
            offices: Vec::new(),
            iat: now,
            exp: now + 240,
        };
        Ok(call(message).principal(&principal.sign(&self.key)?))
    }

    fn request_id(&self) -> String {
        let id: RequestId = self.ids.next();
        id.to_string()
    }
}
