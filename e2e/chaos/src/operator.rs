//! What an operator does before anybody can draw, and the engines' counts afterwards.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status};
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{CallExt as _, ClientChannel, call};
use xuanhao_chassis::ids::{Ids, RequestId};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_client::PoolAdminServiceClient;

use crate::evidence::Figures;
use crate::site::{OFFICES, Site};

/// Batches of any size open at once, and every number may be composed.
const RULES: &str = include_str!("../../../services/platepool/presets/trial.yaml");
/// The longest something may need to become possible.
const PATIENCE: Duration = Duration::from_secs(60);
const REASON: &str = "chaos";
/// Serials that are in use already, of the office with the most numbers.
const USED: std::ops::Range<u32> = 100..300;

type Admin = PoolAdminServiceClient<ClientChannel>;

/// An operator of every office, at every replica.
#[derive(Debug)]
pub struct Operator {
    key: SigningKey,
    ids: Ids,
    clock: Clock,
    replicas: Vec<Admin>,
}

impl Operator {
    /// At these replicas.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn new(site: &Site, replicas: impl IntoIterator<Item = ClientChannel>) -> Result<Self> {
        let clock = Clock::system();
        Ok(Self {
            key: SigningKey::from_pkcs8_file(&site.principals_key_file())?,
            ids: Ids::new(clock.clone(), SecureRandom::system()),
            clock,
            replicas: replicas.into_iter().map(Admin::new).collect(),
        })
    }

    /// Rules, the day's value, batches with imports, releases: every office is open.
    ///
    /// # Errors
    /// When the pool refuses for good.
    pub async fn open_all(&self) -> Result<()> {
        for (office, code, masks) in OFFICES {
            self.open(office).await?;
            let used = match masks {
                ["DDDDA"] => USED.map(|serial| format!("{code}{serial:04}A")).collect(),
                _ => Vec::new(),
            };
            self.release(office, code, masks, used).await?;
        }
        Ok(())
    }

    async fn open(&self, office: &str) -> Result<()> {
        let rules = pb::ApplyPoolRulesRequest {
            request_id: self.request_id(),
            offices: vec![office.to_owned()],
            yaml: RULES.to_owned(),
            reason: REASON.to_owned(),
            dry_run: false,
        };
        self.ask(office, rules, |mut at, rules| async move {
            at.apply_pool_rules(rules).await
        })
        .await?;
        let today = self.clock.today();
        for day in [today, today.tomorrow()?] {
            let value = pb::FixPublicValueRequest {
                request_id: self.request_id(),
                office: office.to_owned(),
                day: day.to_string(),
                value: format!("chaos {day}"),
                source: REASON.to_owned(),
            };
            self.ask(office, value, |mut at, value| async move {
                at.fix_public_value(value).await
            })
            .await?;
        }
        Ok(())
    }

    async fn release(
        &self,
        office: &str,
        code: &str,
        masks: &[&str],
        used: Vec<String>,
    ) -> Result<()> {
        let segment = |mask: &&str| pb::NewSegment {
            issuing_code: code.to_owned(),
            plate_class: PlateClass::Small.into(),
            mask: (*mask).to_owned(),
        };
        let add = pb::AddBatchRequest {
            request_id: self.request_id(),
            office: office.to_owned(),
            name: REASON.to_owned(),
            segments: masks.iter().map(segment).collect(),
            reason: REASON.to_owned(),
        };
        let added = self.ask(
            office,
            add,
            |mut at, add| async move { at.add_batch(add).await },
        );
        let batch_id = added.await?.batch.context("a batch was added")?.batch_id;
        let expected = used.len() as u64;
        if !used.is_empty() {
            let import = pb::ImportUsedNumbersRequest {
                batch_id: batch_id.clone(),
                chunk_no: 0,
                plates: used,
            };
            self.ask(office, import, |mut at, one| async move {
                at.import_used_numbers(one).await
            })
            .await?;
        }
        let close = pb::CloseImportRequest {
            request_id: self.request_id(),
            batch_id: batch_id.clone(),
            expected,
            reason: REASON.to_owned(),
        };
        self.ask(office, close, |mut at, one| async move {
            at.close_import(one).await
        })
        .await?;
        let release = pb::ReleaseBatchRequest {
            request_id: self.request_id(),
            batch_id,
            reason: REASON.to_owned(),
            opens_at: None,
        };
        self.ask(office, release, |mut at, one| async move {
            at.release_batch(one).await
        })
        .await
        .map(drop)
    }

    /// The counts of every office.
    ///
    /// # Errors
    /// When no replica tells them.
    pub async fn figures(&self) -> Result<Vec<Figures>> {
        let mut all = Vec::new();
        for (office, ..) in OFFICES {
            let ask = pb::GetPoolFiguresRequest {
                office: office.to_owned(),
            };
            let told = self.ask(office, ask, |mut at, one| async move {
                at.get_pool_figures(one).await
            });
            let told = told.await?;
            let sum = |of: fn(&pb::ClassFigures) -> u64| told.classes.iter().map(of).sum();
            all.push(Figures {
                office: office.to_owned(),
                released: sum(|class| class.released),
                free: sum(|class| class.free),
                held: sum(|class| class.held),
                allocated: sum(|class| class.allocated),
                returning: sum(|class| class.returning),
                counted_at: self.clock.now().as_microsecond(),
            });
        }
        Ok(all)
    }

    /// Asks one replica after the other until one answers: the operators' requests are idempotent.
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
                    Err(_) => sleep(Duration::from_millis(100)).await,
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
