//! A pool's operator, for programs that start pools of their own: rules, public values, batches and
//! figures, asked of the replicas themselves, under a principal that is signed here.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status};
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{CallExt as _, ClientChannel, ClientConfig, call, connect};
use xuanhao_chassis::ids::{Ids, RequestId};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_local::Papers;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;

/// Batches of any size open at once, and every number may be composed.
const RULES: &str = include_str!("../../../services/platepool/presets/trial.yaml");
/// Numbers in one piece of an import.
const PIECE: usize = 20_000;
/// The longest something may need to become possible. A value, say, counts only after the hash of the
/// day's key was there for a while.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// The name by which an operator's programs call.
pub const CALLER: &str = "xuanctl";

type Admin = PoolAdminServiceClient<ClientChannel>;

/// A channel to a program that calls itself the pool, as `caller`, whose calls take so long at most.
///
/// # Errors
/// When the certificates cannot be read.
pub fn channel(
    papers: &Papers,
    caller: &str,
    address: SocketAddr,
    timeout: Duration,
) -> Result<ClientChannel> {
    let files = papers.credentials(caller);
    let identity = Identity::load(&tls::Files {
        certificate_file: files.certificate,
        key_file: files.key,
        authority_file: files.authority,
    })?;
    let mut config = ClientConfig::at(format!("https://{address}"));
    config.timeout_ms = u64::try_from(timeout.as_millis())?;
    Ok(connect(&config, Caller::Platepool, &identity)?)
}

/// Numbers to be released.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// Whose they are.
    pub office: &'a str,
    /// What stands before the serials.
    pub code: &'a str,
    /// The serials; masks that have nothing in common.
    pub masks: &'a [&'a str],
    /// Of them, those in use already.
    pub used: &'a [String],
}

/// An operator of every office, at every replica.
#[derive(Debug)]
pub struct Operator {
    key: SigningKey,
    ids: Ids,
    clock: Clock,
    replicas: Vec<Admin>,
    reason: &'static str,
}

impl Operator {
    /// At these replicas, for a reason that is told in the audit.
    ///
    /// # Errors
    /// When the key that signs principals cannot be read.
    pub fn new(
        papers: &Papers,
        replicas: impl IntoIterator<Item = ClientChannel>,
        reason: &'static str,
    ) -> Result<Self> {
        let clock = Clock::system();
        Ok(Self {
            key: SigningKey::from_pkcs8_file(&papers.principals_key_file())?,
            ids: Ids::new(clock.clone(), SecureRandom::system()),
            clock,
            replicas: replicas.into_iter().map(Admin::new).collect(),
            reason,
        })
    }

    /// Makes an office ready for drawing: rules, and the public values of today and tomorrow.
    ///
    /// # Errors
    /// When the pool refuses for good.
    pub async fn open(&self, office: &str) -> Result<()> {
        let rules = pb::ApplyPoolRulesRequest {
            request_id: self.request_id(),
            offices: vec![office.to_owned()],
            yaml: RULES.to_owned(),
            reason: self.reason.to_owned(),
            dry_run: false,
        };
        let apply = |mut at: Admin, rules| async move { at.apply_pool_rules(rules).await };
        self.ask(office, rules, apply).await?;
        let today = self.clock.today();
        for day in [today, today.tomorrow()?] {
            let value = pb::FixPublicValueRequest {
                request_id: self.request_id(),
                office: office.to_owned(),
                day: day.to_string(),
                value: format!("{} {day}", self.reason),
                source: self.reason.to_owned(),
            };
            let fix = |mut at: Admin, value| async move { at.fix_public_value(value).await };
            self.ask(office, value, fix).await?;
        }
        Ok(())
    }

    /// Releases numbers.
    ///
    /// # Errors
    /// When the pool refuses for good.
    pub async fn release(&self, release: &Release<'_>) -> Result<()> {
        let office = release.office;
        let segment = |mask: &&str| pb::NewSegment {
            issuing_code: release.code.to_owned(),
            plate_class: PlateClass::Small.into(),
            mask: (*mask).to_owned(),
        };
        let new = pb::AddBatchRequest {
            request_id: self.request_id(),
            office: office.to_owned(),
            name: self.reason.to_owned(),
            segments: release.masks.iter().map(segment).collect(),
            reason: self.reason.to_owned(),
        };
        let add = |mut at: Admin, new| async move { at.add_batch(new).await };
        let added = self.ask(office, new, add).await?;
        let batch_id = added.batch.context("a batch was added")?.batch_id;
        for (chunk_no, piece) in (0_u32..).zip(release.used.chunks(PIECE)) {
            let piece = pb::ImportUsedNumbersRequest {
                batch_id: batch_id.clone(),
                chunk_no,
                plates: piece.to_vec(),
            };
            let import = |mut at: Admin, piece| async move { at.import_used_numbers(piece).await };
            self.ask(office, piece, import).await?;
        }
        let end = pb::CloseImportRequest {
            request_id: self.request_id(),
            batch_id: batch_id.clone(),
            expected: release.used.len() as u64,
            reason: self.reason.to_owned(),
        };
        let close = |mut at: Admin, end| async move { at.close_import(end).await };
        self.ask(office, end, close).await?;
        let order = pb::ReleaseBatchRequest {
            request_id: self.request_id(),
            batch_id,
            reason: self.reason.to_owned(),
            opens_at: None,
        };
        let release = |mut at: Admin, order| async move { at.release_batch(order).await };
        self.ask(office, order, release).await?;
        Ok(())
    }

    /// An office's counts, as the engine knows them.
    ///
    /// # Errors
    /// When no replica tells them.
    pub async fn figures(&self, office: &str) -> Result<pb::GetPoolFiguresResponse> {
        let question = pb::GetPoolFiguresRequest {
            office: office.to_owned(),
        };
        let ask = |mut at: Admin, question| async move { at.get_pool_figures(question).await };
        self.ask(office, question, ask).await
    }

    /// The address of the replica that writes for an office, once one does.
    ///
    /// # Errors
    /// When no replica tells.
    pub async fn writer_of(&self, office: &str) -> Result<Option<String>> {
        let question = pb::ListWritersRequest {
            offices: vec![office.to_owned()],
        };
        let ask = |mut at: Admin, question| async move { at.list_writers(question).await };
        let told = self.ask(office, question, ask).await?;
        let mut writers = told.writers.into_iter();
        let writer = writers.find(|writer| writer.office == office);
        Ok(writer.and_then(|writer| {
            let mut replicas = told.replicas.into_iter();
            let replica = replicas.find(|replica| replica.replica == writer.replica)?;
            Some(replica.address)
        }))
    }

    /// Asks one replica after the other until one answers: operators' requests are idempotent.
    async fn ask<T: Clone, A, F>(
        &self,
        office: &str,
        message: T,
        how: impl Fn(Admin, Request<T>) -> F,
    ) -> Result<A>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let begin = Instant::now();
        loop {
            for replica in &self.replicas {
                let request = self.signed(office, message.clone())?;
                match how(replica.clone(), request).await {
                    Ok(answer) => return Ok(answer.into_inner()),
                    Err(status) if begin.elapsed() > PATIENCE => return Err(status.into()),
                    Err(_) => sleep(PAUSE).await,
                }
            }
        }
    }

    fn signed<T>(&self, office: &str, message: T) -> Result<Request<T>> {
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
