//! Vehicles and driving licences bound by their holders (R-ACC-07).

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::read::{id, request_id};
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::binding::Bound as WireBound;
use xuanhao_proto::vehicle::v1::binding_service_server::BindingService;
use xuanhao_vocabulary::PlateNumber;

use super::{Bindings, account, read_class, wire_class};
use crate::app::{Bind, Bound, BoundView};
use crate::domain::binding::{EngineTail, FileNumber};

#[tonic::async_trait]
impl BindingService for Bindings {
    async fn bind_vehicle(
        &self,
        request: Request<pb::BindVehicleRequest>,
    ) -> Result<Response<pb::BindVehicleResponse>, Status> {
        let (account, province) = (account(&request)?, province(&request)?);
        let request = request.into_inner();
        let class = read_class(request.plate_class())
            .ok_or_else(|| Refusal::invalid("plate_class", "unknown_value"))?;
        let plate = PlateNumber::parse_as(class, &request.plate)
            .map_err(|_| Refusal::new(Reason::PlateMalformed).on_field("plate"))?;
        let engine = EngineTail::parse(&request.engine_number_tail)
            .ok_or_else(|| Refusal::invalid("engine_number_tail", "wrong_format"))?;
        let recognised = pb::BindVehicleRequest {
            plate: self.0.fingerprint(&plate.to_string()),
            engine_number_tail: self.0.fingerprint(engine.as_str()),
            ..request.clone()
        };
        let command = Bind {
            account,
            province,
            request_id: request_id(&request.request_id)?,
            what: Bound::Vehicle {
                class,
                plate,
                engine,
            },
        };
        let bound = self.0.bind(command, &recognised).await?;
        Ok(Response::new(pb::BindVehicleResponse {
            binding: Some(wire(bound)),
        }))
    }

    async fn bind_licence(
        &self,
        request: Request<pb::BindLicenceRequest>,
    ) -> Result<Response<pb::BindLicenceResponse>, Status> {
        let (account, province) = (account(&request)?, province(&request)?);
        let request = request.into_inner();
        let number = FileNumber::parse(&request.file_number)
            .ok_or_else(|| Refusal::invalid("file_number", "wrong_format"))?;
        let recognised = pb::BindLicenceRequest {
            file_number: self.0.fingerprint(number.as_str()),
            ..request.clone()
        };
        let command = Bind {
            account,
            province,
            request_id: request_id(&request.request_id)?,
            what: Bound::Licence(number),
        };
        let bound = self.0.bind(command, &recognised).await?;
        Ok(Response::new(pb::BindLicenceResponse {
            binding: Some(wire(bound)),
        }))
    }

    async fn unbind(
        &self,
        request: Request<pb::UnbindRequest>,
    ) -> Result<Response<pb::UnbindResponse>, Status> {
        let account = account(&request)?;
        let request = request.into_inner();
        let (asked, binding) = (
            request_id(&request.request_id)?,
            id("binding_id", &request.binding_id)?,
        );
        let response = self.0.unbind(account, asked, binding, &request).await?;
        Ok(Response::new(response))
    }

    async fn list_bindings(
        &self,
        request: Request<pb::ListBindingsRequest>,
    ) -> Result<Response<pb::ListBindingsResponse>, Status> {
        let bindings = self.0.bindings(account(&request)?).await?;
        Ok(Response::new(pb::ListBindingsResponse {
            bindings: bindings.into_iter().map(wire).collect(),
        }))
    }
}

fn province<T>(request: &Request<T>) -> Result<String, Refusal> {
    let context = CallContext::of(request);
    Ok(context.require_principal()?.province.clone())
}

fn wire(view: BoundView) -> pb::Binding {
    let bound = match view.class {
        Some(class) => WireBound::Vehicle(pb::BoundVehicle {
            plate_class: wire_class(Some(class)).into(),
            plate: view.number,
            description: view.description,
        }),
        None => WireBound::Licence(pb::BoundLicence {
            file_number_masked: view.number,
            classes: view.description,
        }),
    };
    pb::Binding {
        binding_id: view.binding_id.to_string(),
        bound: Some(bound),
        bound_at: Some(timestamp(view.bound_at)),
    }
}
