//! `xuanctl pool replay`: the pool carries an office's log out again, and tells whether it holds.

use jiff::civil::Date;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::args::Scope;
use crate::commands::progress::Count;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::replaying::Replayed;
use crate::output::{Output, Verdict};

pub(super) async fn run(
    to: &Connection,
    office: OfficeId,
    day: Date,
    output: &mut Output,
) -> Result<Verdict, Failure> {
    let principal = to.principal(Scope::Office(office)).await?;
    let request = call(pb::ReplayDayRequest {
        office: office.to_string(),
        day: day.to_string(),
    });
    // A log of years takes its time; each message says how far it is.
    let request = request.principal(&principal).endless();
    let mut told = to.pool()?.replay_day(request).await?.into_inner();
    let mut count = Count::begin();
    while let Some(mut step) = told.message().await? {
        count.stands_at(step.rows);
        if let Some(verdict) = step.verdict.take() {
            count.end();
            let replayed = Replayed::new(day, &step, verdict);
            output.show(&replayed)?;
            return Ok(Verdict::fine_if(replayed.holds()));
        }
    }
    Err(Failure::incomplete())
}
