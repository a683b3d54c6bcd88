//! `xuanctl apply`: policies, pool rules, notices and calendars from documents, as they should be.
//!
//! Each document is compared with what is in force first. What already is so is left alone, because a
//! new version of a notice makes citizens agree anew.

mod documents;
mod shown;

use std::path::PathBuf;

use clap::Args;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::policy_service_client::PolicyServiceClient;
use xuanhao_vocabulary::workday::Year;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use self::documents::{Document, Notice, Wish};
use self::shown::{Applied, Difference, Done};
use crate::args::{Request, Scope};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::{Output, bilingual};

/// The reason a dry run gives; it leaves no audit entry.
const DRY_RUN: &str = "dry run";

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// YAML 文件，可含多个文档 · YAML files; a file may hold several documents
    #[arg(short = 'f', long = "file", required = true, num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// 只显示差异，不作更改 · Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// 办理理由，记入审计 · Why; kept with the audit entry
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    reason: Option<String>,
    #[command(flatten)]
    request: Request,
}

impl Apply {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let mut documents = Vec::new();
        for file in &self.files {
            documents.extend(documents::read(file)?);
        }
        if self.request.given().is_some() && documents.len() != 1 {
            return Err(Failure::Usage(bilingual(
                "--request-id 只能用于一个文档",
                "--request-id is for one document",
            )));
        }
        let mut run = Run {
            to,
            client: to.policies()?,
            dry_run: self.dry_run,
            reason: self.reason.unwrap_or_else(|| DRY_RUN.to_owned()),
            request: self.request,
        };
        let (mut applied, mut failed) = (Applied::default(), None);
        for document in documents {
            match run.document(document).await {
                Ok(done) => applied.documents.push(done),
                Err(failure) => {
                    failed = Some(failure);
                    break;
                }
            }
        }
        // What was done before a failure stays done, so it is told.
        output.show(&applied)?;
        failed.map_or(Ok(()), Err)
    }
}

struct Run<'a> {
    to: &'a Connection,
    client: PolicyServiceClient<ClientChannel>,
    dry_run: bool,
    reason: String,
    request: Request,
}

/// What a document came to, before it is named.
struct Became {
    kind: &'static str,
    version: Option<i32>,
    differences: Vec<Difference>,
}

impl Run<'_> {
    async fn document(&mut self, document: Document) -> Result<Done, Failure> {
        let became = match document.wish {
            Wish::Policy { offices, yaml } => self.policy(&offices, yaml).await,
            Wish::PoolRules { offices, yaml } => self.pool_rules(&offices, yaml).await,
            Wish::Notice(notice) => self.notice(notice).await,
            Wish::Calendar {
                province,
                number,
                year,
            } => self.calendar(province, number, &year).await,
        }?;
        let outcome = match (became.differences.is_empty(), self.dry_run) {
            (true, _) => "unchanged",
            (false, true) => "would_change",
            (false, false) => "applied",
        };
        Ok(Done {
            document: document.source,
            kind: became.kind,
            outcome,
            version: became.version,
            differences: became.differences,
        })
    }

    async fn policy(&mut self, offices: &[OfficeId], yaml: String) -> Result<Became, Failure> {
        let principal = self.to.principal(Scope::of_offices(offices)?).await?;
        let id = self.request.id();
        let wanted = pb::ApplyPolicyRequest {
            request_id: id.to_string(),
            offices: offices.iter().map(ToString::to_string).collect(),
            yaml,
            reason: self.reason.clone(),
            dry_run: true,
        };
        let look = call(wanted.clone()).principal(&principal).idempotent();
        let told = self.client.apply_policy(look).await?.into_inner();
        let differences: Vec<_> = told.differences.into_iter().map(Difference::from).collect();
        let mut version = None;
        if !self.dry_run && !differences.is_empty() {
            let wanted = pb::ApplyPolicyRequest {
                dry_run: false,
                ..wanted
            };
            let request = call(wanted).principal(&principal).idempotent();
            let applied = self.client.apply_policy(request).await;
            let applied = applied.map_err(|status| Failure::of_write(status, id))?;
            version = Some(applied.into_inner().version);
        }
        Ok(Became {
            kind: "Policy",
            version,
            differences,
        })
    }

    async fn pool_rules(&mut self, offices: &[OfficeId], yaml: String) -> Result<Became, Failure> {
        let principal = self.to.principal(Scope::of_offices(offices)?).await?;
        let mut client = self.to.pool()?;
        let id = self.request.id();
        let wanted = pool::ApplyPoolRulesRequest {
            request_id: id.to_string(),
            offices: offices.iter().map(ToString::to_string).collect(),
            yaml,
            reason: self.reason.clone(),
            dry_run: true,
        };
        let look = call(wanted.clone()).principal(&principal).idempotent();
        let told = client.apply_pool_rules(look).await?.into_inner();
        let differences: Vec<_> = told.differences.into_iter().map(Difference::from).collect();
        let mut version = None;
        if !self.dry_run && !differences.is_empty() {
            let wanted = pool::ApplyPoolRulesRequest {
                dry_run: false,
                ..wanted
            };
            let request = call(wanted).principal(&principal).idempotent();
            let applied = client.apply_pool_rules(request).await;
            let applied = applied.map_err(|status| Failure::of_write(status, id))?;
            version = Some(applied.into_inner().version);
        }
        Ok(Became {
            kind: "PoolRules",
            version,
            differences,
        })
    }

    async fn notice(&mut self, notice: Notice) -> Result<Became, Failure> {
        let scope = Scope::of_offices(&notice.offices)?;
        let mut differences = Vec::new();
        for office in &notice.offices {
            differences.extend(self.compare(office, &notice).await?);
        }
        let mut version = None;
        if !self.dry_run && !differences.is_empty() {
            version = Some(self.publish(scope, notice).await?);
        }
        Ok(Became {
            kind: "Notice",
            version,
            differences,
        })
    }

    /// What a notice changes at an office.
    async fn compare(
        &mut self,
        office: &OfficeId,
        notice: &Notice,
    ) -> Result<Vec<Difference>, Failure> {
        let request = pb::GetNoticeRequest {
            office: office.to_string(),
        };
        let found = self.client.get_notice(call(request).idempotent()).await;
        let before = match found {
            Ok(found) => found.into_inner(),
            Err(status) if is_none(&status) => pb::GetNoticeResponse::default(),
            Err(status) => return Err(status.into()),
        };
        let fields = [
            ("title_zh", before.title_zh, &notice.title_zh),
            ("body_zh", before.body_zh, &notice.body_zh),
            ("title_en", before.title_en, &notice.title_en),
            ("body_en", before.body_en, &notice.body_en),
        ];
        let changed = fields
            .into_iter()
            .filter(|(_, before, after)| before != *after);
        Ok(changed
            .map(|(field, before, after)| Difference {
                office: office.to_string(),
                field: field.to_owned(),
                before,
                after: after.clone(),
            })
            .collect())
    }

    async fn publish(&mut self, scope: Scope, notice: Notice) -> Result<i32, Failure> {
        let principal = self.to.principal(scope).await?;
        let id = self.request.id();
        let request = call(pb::PublishNoticeRequest {
            request_id: id.to_string(),
            offices: notice.offices.iter().map(ToString::to_string).collect(),
            title_zh: notice.title_zh,
            body_zh: notice.body_zh,
            title_en: notice.title_en,
            body_en: notice.body_en,
            reason: self.reason.clone(),
        });
        let request = request.principal(&principal).idempotent();
        let published = self.client.publish_notice(request).await;
        let published = published.map_err(|status| Failure::of_write(status, id))?;
        Ok(published.into_inner().version)
    }

    /// A year in force cannot be looked at, only whether there is one, so a calendar is always applied.
    async fn calendar(
        &mut self,
        province: Option<ProvinceId>,
        number: i16,
        year: &Year,
    ) -> Result<Became, Failure> {
        let scope = province.map_or(Scope::Only, Scope::Province);
        let principal = self.to.principal(scope).await?;
        let years = call(pb::ListCalendarsRequest {})
            .principal(&principal)
            .idempotent();
        let years = self.client.list_calendars(years).await?.into_inner().years;
        let before = if years.contains(&i32::from(number)) {
            "covered"
        } else {
            ""
        };
        let difference = Difference {
            office: province
                .map(|province| province.to_string())
                .unwrap_or_default(),
            field: number.to_string(),
            before: before.to_owned(),
            after: format!("{} off, {} worked", year.off.len(), year.work.len()),
        };
        if !self.dry_run {
            self.put(number, year, &principal, self.request.id())
                .await?;
        }
        Ok(Became {
            kind: "Calendar",
            version: None,
            differences: vec![difference],
        })
    }

    async fn put(
        &mut self,
        number: i16,
        year: &Year,
        principal: &str,
        id: RequestId,
    ) -> Result<(), Failure> {
        let request = call(pb::ApplyCalendarRequest {
            request_id: id.to_string(),
            year: number.into(),
            holidays: year.off.iter().map(ToString::to_string).collect(),
            make_up_days: year.work.iter().map(ToString::to_string).collect(),
            reason: self.reason.clone(),
        });
        let request = request.principal(principal).idempotent();
        let applied = self.client.apply_calendar(request).await;
        applied
            .map(drop)
            .map_err(|status| Failure::of_write(status, id))
    }
}

fn is_none(status: &tonic::Status) -> bool {
    Refusal::from_status(status).is_some_and(|refusal| refusal.reason() == Reason::NotFound)
}
