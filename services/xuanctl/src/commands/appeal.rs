//! `xuanctl appeal`: appeals (申诉) of citizens, for reviewers.

use clap::{Args, Subcommand, ValueEnum};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::selection::v1 as pb;

use super::whole;
use crate::args::{Act, Acting, Place};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::cases::{Appeal as Shown, Appeals};

/// The most appeals a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Appeal {
    /// 列出申诉，先提出的在前 · List appeals, the oldest first
    List {
        #[command(flatten)]
        place: Place,
        /// 状态，默认待处理 · State; else those waiting
        #[arg(long, value_enum)]
        state: Option<State>,
    },
    /// 查看一件申诉 · Show one appeal
    Show {
        /// 申诉编号 · The appeal's id
        appeal_id: String,
        #[command(flatten)]
        place: Place,
    },
    /// 处理申诉；支持则立即解除限制 · Decide an appeal; upheld, the ban is lifted at once
    Decide {
        /// 申诉编号 · The appeal's id
        appeal_id: String,
        #[command(flatten)]
        decision: Decision,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// 待处理 · To be decided
    Waiting,
    /// 支持 · Upheld
    Upheld,
    /// 驳回 · Dismissed
    Dismissed,
}

impl State {
    fn wire(self) -> pb::AppealState {
        match self {
            Self::Waiting => pb::AppealState::Waiting,
            Self::Upheld => pb::AppealState::Upheld,
            Self::Dismissed => pb::AppealState::Dismissed,
        }
    }
}

/// The reason is told to the citizen.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Decision {
    /// 支持申诉 · Uphold it
    #[arg(long)]
    uphold: bool,
    /// 驳回申诉 · Dismiss it
    #[arg(long)]
    dismiss: bool,
}

impl Appeal {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List { place, state } => {
                let state = state.map_or(pb::AppealState::Unspecified, State::wire);
                let appeals = list(to, &place, state).await?;
                Ok(output.show(&Appeals::from(appeals))?)
            }
            Self::Show { appeal_id, place } => {
                let appeal = find(to, &place, &appeal_id).await?;
                Ok(output.show(&Shown::from(appeal))?)
            }
            Self::Decide {
                appeal_id,
                decision,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::DecideAppealRequest {
                    request_id: id.to_string(),
                    appeal_id,
                    uphold: decision.uphold,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let decided = to.appeals()?.decide_appeal(request).await;
                let decided = decided.map_err(|status| Failure::of_write(status, id))?;
                let appeal = whole(decided.into_inner().appeal)?;
                Ok(output.show(&Shown::from(appeal))?)
            }
        }
    }
}

/// Every page. A principal may end between two, so each gets its own.
async fn list(
    to: &Connection,
    place: &Place,
    state: pb::AppealState,
) -> Result<Vec<pb::Appeal>, Failure> {
    let mut client = to.appeals()?;
    let (mut appeals, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(place.scope()).await?;
        let (province, office) = place.texts();
        let request = call(pb::ListAppealsRequest {
            province,
            office,
            state: state.into(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_appeals(request).await?.into_inner();
        appeals.extend(page.appeals);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(appeals);
        }
    }
}

/// Staff have lists only; a single appeal by its id is the citizen's own.
async fn find(to: &Connection, place: &Place, appeal_id: &str) -> Result<pb::Appeal, Failure> {
    for state in [State::Waiting, State::Upheld, State::Dismissed] {
        let appeals = list(to, place, state.wire()).await?;
        let found = appeals.into_iter().find(|one| one.appeal_id == appeal_id);
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(Failure::Refused(Refusal::not_found("appeal")))
}
