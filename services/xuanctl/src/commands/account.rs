//! `xuanctl account`: accounts, for acts at the counter. Each look-up is audited.

use clap::{Args, Subcommand};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::find_account_request::By;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};

use super::document::add_all;
use super::whole;
use crate::args::{Act, Acting, DocumentText, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::enrolment::{Account as Shown, Enrolments, Reissued};

/// The most enrolments a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// 按证件查找账户，记入审计 · Find an account by identity number or credit code; audited
    Find {
        #[command(flatten)]
        key: Key,
        /// 查找理由，记入审计 · Why; kept with the audit entry
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// 当面变更手机号码 · Change the mobile number face to face
    ChangeMobile(ChangeMobile),
    /// 重发初始密码，结束其登录 · Send a new initial password; ends the account's sessions
    ReissueCredentials {
        /// 账户编号 · The account's id
        account_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 列出账户的面签记录 · List the enrolments of an account
    Enrolments {
        /// 账户编号 · The account's id
        account_id: String,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Key {
    /// 身份证号码 · By identity number
    #[arg(long, value_parser = word::<ResidentId>)]
    resident_id: Option<ResidentId>,
    /// 统一社会信用代码 · By unified social credit code
    #[arg(long, value_parser = word::<CreditCode>)]
    credit_code: Option<CreditCode>,
}

impl Key {
    fn by(&self) -> Option<By> {
        let person = self.resident_id.as_ref();
        let person = person.map(|id| By::ResidentId(id.expose().to_owned()));
        let organisation = self.credit_code.as_ref();
        person.or(organisation.map(|code| By::CreditCode(code.to_string())))
    }
}

#[derive(Debug, Args)]
pub(crate) struct ChangeMobile {
    /// 账户编号 · The account's id
    account_id: String,
    /// 新手机号码 · The new number
    #[arg(long, value_parser = word::<Mobile>)]
    mobile: Mobile,
    /// 受理点编号 · Id of the service point
    #[arg(long, value_name = "ID")]
    service_point: String,
    /// 材料：`identity_card`、`application_form` · A document KIND=FILE, added first; may be repeated
    #[arg(long = "document", required = true, value_name = "KIND=FILE")]
    documents: Vec<DocumentText>,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    acting: Acting,
}

impl Account {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Find {
                key,
                reason,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::FindAccountRequest {
                    by: key.by(),
                    reason,
                });
                let request = request.principal(&principal).idempotent();
                let found = to.enrolment()?.find_account(request).await?;
                let account = whole(found.into_inner().account)?;
                Ok(output.show(&Shown::from(account))?)
            }
            Self::ChangeMobile(change) => change.run(to, output).await,
            Self::ReissueCredentials {
                account_id,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::ReissueCredentialsRequest {
                    request_id: id.to_string(),
                    account_id,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let reissued = to.enrolment()?.reissue_credentials(request).await;
                let reissued = reissued.map_err(|status| Failure::of_write(status, id))?;
                Ok(output.show(&Reissued::from(reissued.into_inner()))?)
            }
            Self::Enrolments { account_id, acting } => {
                enrolments(to, output, &account_id, &acting).await
            }
        }
    }
}

impl ChangeMobile {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let principal = to.principal(self.acting.scope()).await?;
        let id = self.act.request.id();
        let document_ids = add_all(to, &principal, id, self.documents).await?;
        let request = call(pb::ChangeMobileFaceToFaceRequest {
            request_id: id.to_string(),
            service_point_id: self.service_point,
            account_id: self.account_id,
            mobile: self.mobile.expose().to_owned(),
            document_ids,
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let changed = to.enrolment()?.change_mobile_face_to_face(request).await;
        let changed = changed.map_err(|status| Failure::of_write(status, id))?;
        let account = whole(changed.into_inner().account)?;
        Ok(output.show(&Shown::from(account))?)
    }
}

/// Every page of an account. A principal may end between two, so each gets its own.
async fn enrolments(
    to: &Connection,
    output: &mut Output,
    account_id: &str,
    acting: &Acting,
) -> Result<(), Failure> {
    let mut client = to.enrolment()?;
    let (mut enrolments, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(acting.scope()).await?;
        let request = call(pb::ListEnrolmentsRequest {
            account_id: account_id.to_owned(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_enrolments(request).await?.into_inner();
        enrolments.extend(page.enrolments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(output.show(&Enrolments::from(enrolments))?);
        }
    }
}
