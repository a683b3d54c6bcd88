//! A log carried out again, told as it goes.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, stream};
use tonic::{Request, Response, Status};
use xuanhao_chassis::grpc::CallContext;
use xuanhao_proto::platepool::v1 as pb;

use super::{Administration, read, write};
use crate::app::{Contradiction, Replayed, Replaying, Step};

/// What is told while it goes on.
pub(super) type Told = Pin<Box<dyn Stream<Item = Result<pb::ReplayDayResponse, Status>> + Send>>;

impl Administration {
    pub(super) async fn replay(
        &self,
        request: Request<pb::ReplayDayRequest>,
    ) -> Result<Response<Told>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let day = read::date("day", &request.day)?;
        let actor = context.require_principal()?;
        let begun = Some(Box::new(self.0.replay(office, day, actor).await?));
        let app = Arc::clone(&self.0);
        // Nobody reads on, nothing is carried out: the stream pulls each step.
        let steps = stream::try_unfold(begun, move |left: Option<Box<Replaying>>| {
            let app = Arc::clone(&app);
            async move {
                let Some(replaying) = left else {
                    return Ok(None);
                };
                let told = match app.replay_on(replaying).await? {
                    Step::Going(so_far, rest) => (response(so_far, None), Some(rest)),
                    Step::Done(so_far, contradiction) => {
                        (response(so_far, Some(verdict(contradiction))), None)
                    }
                };
                Ok(Some(told))
            }
        });
        Ok(Response::new(Box::pin(steps)))
    }
}

fn response(so_far: Replayed, verdict: Option<pb::ReplayVerdict>) -> pb::ReplayDayResponse {
    pb::ReplayDayResponse {
        rows: so_far.rows,
        rows_of_day: so_far.rows_of_day,
        draws_of_day: so_far.draws_of_day,
        picks_of_day: so_far.picks_of_day,
        verdict,
    }
}

fn verdict(contradiction: Option<Contradiction>) -> pb::ReplayVerdict {
    match contradiction {
        None => pb::ReplayVerdict {
            holds: true,
            ..Default::default()
        },
        Some(Contradiction { key, why }) => pb::ReplayVerdict {
            holds: false,
            epoch: write::signed(key.epoch),
            seq: write::signed(key.seq),
            mismatch: why,
        },
    }
}
