//! `xuanctl review`: reviews of vehicles and purchase proofs that look wrong without being proven so.

use clap::{Args, Subcommand, ValueEnum};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::vehicle::v1 as pb;

use super::whole;
use crate::args::{Act, Acting, Place};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::cases::{Review as Shown, Reviews};

/// The most reviews a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// 列出核查，临期在前 · List reviews, those due first
    List {
        #[command(flatten)]
        place: Place,
        /// 状态，默认未结的 · State; else the open ones
        #[arg(long, value_enum)]
        state: Option<State>,
    },
    /// 对一件申请发起核查 · Open a review of an application's vehicle
    Open {
        /// 选号申请编号 · The application's id
        application_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 处理核查；发起人不得处理 · Decide a review; who opened it may not
    Decide {
        /// 核查编号 · The review's id
        review_id: String,
        #[command(flatten)]
        decision: Decision,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum State {
    /// 等待申请人补充材料 · Waits for the citizen's evidence
    EvidenceWanted,
    /// 等待处理 · Waits for an officer
    Waiting,
    /// 疑点排除 · The suspicion was unfounded
    Cleared,
    /// 疑点属实 · The suspicion was founded
    Confirmed,
}

impl State {
    fn wire(self) -> pb::ReviewState {
        match self {
            Self::EvidenceWanted => pb::ReviewState::EvidenceWanted,
            Self::Waiting => pb::ReviewState::Waiting,
            Self::Cleared => pb::ReviewState::Cleared,
            Self::Confirmed => pb::ReviewState::Confirmed,
        }
    }
}

/// The reason is told to the citizen.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Decision {
    /// 疑点排除 · The suspicion is unfounded
    #[arg(long)]
    clear: bool,
    /// 疑点属实，车辆不予选号 · The suspicion is founded; the vehicle is rejected
    #[arg(long)]
    confirm: bool,
}

impl Review {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List { place, state } => list(to, output, &place, state).await,
            Self::Open {
                application_id,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::OpenReviewRequest {
                    request_id: id.to_string(),
                    application_id,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let opened = to.reviews()?.open_review(request).await;
                let opened = opened.map_err(|status| Failure::of_write(status, id))?;
                let review = whole(opened.into_inner().review)?;
                Ok(output.show(&Shown::from(review))?)
            }
            Self::Decide {
                review_id,
                decision,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::DecideReviewRequest {
                    request_id: id.to_string(),
                    review_id,
                    clear: decision.clear,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let decided = to.reviews()?.decide_review(request).await;
                let decided = decided.map_err(|status| Failure::of_write(status, id))?;
                let review = whole(decided.into_inner().review)?;
                Ok(output.show(&Shown::from(review))?)
            }
        }
    }
}

/// Every page. A principal may end between two, so each gets its own.
async fn list(
    to: &Connection,
    output: &mut Output,
    place: &Place,
    state: Option<State>,
) -> Result<(), Failure> {
    let state = state.map_or(pb::ReviewState::Unspecified, State::wire);
    let mut client = to.reviews()?;
    let (mut reviews, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(place.scope()).await?;
        let (province, office) = place.texts();
        let request = call(pb::ListReviewsRequest {
            province,
            office,
            state: state.into(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_reviews(request).await?.into_inner();
        reviews.extend(page.reviews);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(output.show(&Reviews::from(reviews))?);
        }
    }
}
