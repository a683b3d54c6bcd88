//! The end of applications, and registration (P9, P10).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{ApplicationId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::Office;

use super::App;
use super::holdings::AllocationView;
use crate::domain::command::{Command, Request};
use crate::domain::ids;
use crate::error::Error;
use crate::store::allocation;

impl App {
    /// P9: refuses all later operations of the application, and names its live allocation. Doing it
    /// again changes nothing, so the request's id is not needed.
    ///
    /// # Errors
    /// When the engine cannot tell.
    pub async fn close(
        &self,
        office: &'static Office,
        application: ApplicationId,
    ) -> Result<Option<AllocationView>, Error> {
        let command = Command::Close(ids::ApplicationId(application.as_uuid()));
        self.offices.ask(office, Request::Command(command)).await?;
        self.allocation_of(office, application).await
    }

    /// P10: marks the live allocation of an application registered; it never ends then. The set of
    /// free numbers stays as it is, so this is no row of the log.
    ///
    /// # Errors
    /// `ALLOCATION_ENDED` when the application has no live allocation.
    pub async fn mark_registered(
        &self,
        office: &'static Office,
        application: ApplicationId,
        request_id: RequestId,
        request: &pb::MarkAllocationRegisteredRequest,
        answer: impl Fn(AllocationView) -> pb::MarkAllocationRegisteredResponse + Send + Sync,
    ) -> Result<pb::MarkAllocationRegisteredResponse, Error> {
        let now = self.clock().now();
        let scope = Scope::Service("selection");
        let key = Key::new(&scope, "platepool.mark_registered", request_id, now);
        let answer = &answer;
        self.db()
            .run_once(
                "platepool.mark_registered",
                &key,
                request,
                async |tx: &mut Tx| {
                    let ended = || Refusal::new(Reason::AllocationEnded);
                    let live = allocation::of_application(tx, application).await?;
                    let live = live
                        .filter(|live| live.office == office.id)
                        .ok_or_else(ended)?;
                    if !allocation::mark_registered(tx, live.id, now).await? {
                        return Err(Error::from(ended()));
                    }
                    Ok(answer(AllocationView {
                        is_registered: true,
                        ..live.into()
                    }))
                },
            )
            .await
    }
}
