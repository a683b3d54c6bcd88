//! `OutcomeService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::lookup_selection_request as lookup;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeService;
use xuanhao_vocabulary::{PlateNumber, Vin, VoucherNumber};

use super::{read, write};
use crate::app::{App, By, CreditChances, MarkRegistered, RecordAct, VoidApplication};
use crate::domain::office_acts::OfficeAct;
use crate::domain::quota::Charge;
use crate::peers::class_from_proto;

/// Largest page of a window's list.
const LARGEST_PAGE: u16 = 100;
/// Page of a window's list that asks for none.
const USUAL_PAGE: u16 = 50;

/// What became of selections.
#[derive(Debug, Clone)]
pub struct Outcomes(pub Arc<App>);

#[tonic::async_trait]
impl OutcomeService for Outcomes {
    async fn lookup_selection(
        &self,
        request: Request<wire::LookupSelectionRequest>,
    ) -> Result<Response<wire::LookupSelectionResponse>, Status> {
        let reader = read::reader(&request)?;
        let by = match request.into_inner().by {
            Some(lookup::By::Vin(vin)) => {
                By::Vin(Vin::parse(&vin).map_err(|_| Refusal::invalid("vin", "wrong_format"))?)
            }
            Some(lookup::By::Plate(plate)) => {
                let class = class_from_proto(plate.plate_class)
                    .ok_or_else(|| Refusal::invalid("plate_class", "unknown_value"))?;
                let number = PlateNumber::parse_as(class, &plate.plate)
                    .map_err(|_| Refusal::new(Reason::PlateMalformed).on_field("plate"))?;
                By::Plate(class, number)
            }
            Some(lookup::By::VoucherNumber(number)) => {
                let invalid = |_| Refusal::new(Reason::VoucherInvalid).on_field("voucher_number");
                By::Voucher(VoucherNumber::parse(&number).map_err(invalid)?)
            }
            None => return Err(Refusal::required("vin").into()),
        };
        let view = self.0.lookup_selection(&reader, &by).await?;
        let selection = Some(write::selection(&view));
        Ok(Response::new(wire::LookupSelectionResponse { selection }))
    }

    async fn record_arrival(
        &self,
        request: Request<wire::RecordArrivalRequest>,
    ) -> Result<Response<wire::RecordArrivalResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = RecordAct {
            application: read::application(&message.application_id)?,
            act: OfficeAct::Arrival,
            on: read::some_date("arrived_on", &message.arrived_on)?,
            reason: message.reason,
        };
        let view = self.0.record_act(&staff, &act, &wish).await?;
        let selection = Some(write::selection(&view));
        Ok(Response::new(wire::RecordArrivalResponse { selection }))
    }

    async fn record_inspection(
        &self,
        request: Request<wire::RecordInspectionRequest>,
    ) -> Result<Response<wire::RecordInspectionResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = RecordAct {
            application: read::application(&message.application_id)?,
            act: OfficeAct::Inspection {
                passed: message.passed,
            },
            on: read::some_date("inspected_on", &message.inspected_on)?,
            reason: message.reason,
        };
        let view = self.0.record_act(&staff, &act, &wish).await?;
        let selection = Some(write::selection(&view));
        Ok(Response::new(wire::RecordInspectionResponse { selection }))
    }

    async fn record_collection(
        &self,
        request: Request<wire::RecordCollectionRequest>,
    ) -> Result<Response<wire::RecordCollectionResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = RecordAct {
            application: read::application(&message.application_id)?,
            act: OfficeAct::Collection,
            on: read::some_date("collected_on", &message.collected_on)?,
            reason: message.reason,
        };
        let view = self.0.record_act(&staff, &act, &wish).await?;
        let selection = Some(write::selection(&view));
        Ok(Response::new(wire::RecordCollectionResponse { selection }))
    }

    async fn list_selections(
        &self,
        request: Request<wire::ListSelectionsRequest>,
    ) -> Result<Response<wire::ListSelectionsResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.get_ref();
        let office = read::office(&message.office)?;
        let size = read::page_size(message.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let listed =
            self.0
                .list_selections(&staff, office, &message.state, size, &message.page_token);
        let page = listed.await?;
        Ok(Response::new(wire::ListSelectionsResponse {
            selections: page.items.iter().map(write::selection).collect(),
            next_page_token: page.next,
        }))
    }

    async fn mark_registered(
        &self,
        request: Request<wire::MarkRegisteredRequest>,
    ) -> Result<Response<wire::MarkRegisteredResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = MarkRegistered {
            application: read::application(&message.application_id)?,
            registered_on: read::date("registered_on", &message.registered_on)?,
            reason: message.reason,
        };
        let view = self.0.mark_registered(&staff, &act, &wish).await?;
        let selection = Some(write::selection(&view));
        Ok(Response::new(wire::MarkRegisteredResponse { selection }))
    }

    async fn void_application(
        &self,
        request: Request<wire::VoidApplicationRequest>,
    ) -> Result<Response<wire::VoidApplicationResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = VoidApplication {
            application: read::application(&message.application_id)?,
            reason: message.reason,
        };
        self.0.void_application(&staff, &act, &wish).await?;
        Ok(Response::new(wire::VoidApplicationResponse {}))
    }

    async fn credit_chances(
        &self,
        request: Request<wire::CreditChancesRequest>,
    ) -> Result<Response<wire::CreditChancesResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = CreditChances {
            application: read::application(&message.application_id)?,
            given: Charge {
                compose: read::chances("compose", message.compose)?,
                draws: read::chances("draws", message.draws)?,
            },
            reason: message.reason,
        };
        let quota = self.0.credit_chances(&staff, &act, &wish).await?;
        let counters = Some(write::counters(&quota));
        Ok(Response::new(wire::CreditChancesResponse { counters }))
    }

    async fn list_outcomes(
        &self,
        request: Request<wire::ListOutcomesRequest>,
    ) -> Result<Response<wire::ListOutcomesResponse>, Status> {
        let reader = read::reader(&request)?;
        let message = request.get_ref();
        let listed = self
            .0
            .list_outcomes(&reader, message.after, message.page_size);
        let (outcomes, position) = listed.await?;
        let outcomes = outcomes.into_iter().map(|outcome| wire::PositionedOutcome {
            position: outcome.position,
            r#type: outcome.kind,
            occurred_at: Some(timestamp(outcome.occurred_at)),
            selection: outcome.selection.as_ref().map(write::selection),
        });
        Ok(Response::new(wire::ListOutcomesResponse {
            outcomes: outcomes.collect(),
            position,
        }))
    }
}
