//! Service points: windows of vehicle offices and traffic-police brigades where people are enrolled
//! (R-ACC-02). Operators add and close them; everybody may know them.

use prost::Message;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::idempotency::{Key, Scope as Asker};
use xuanhao_chassis::ids::{RequestId, StaffId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::App;
use super::keyed::row_id;
use crate::domain::enrolment::ServicePointKind;
use crate::domain::ids::ServicePointId;
use crate::domain::staff::Scope;
use crate::error::Error;
use crate::store::audit::{self, Entry};
use crate::store::service_point::{self, ServicePoint};

/// An operator adds a service point.
#[derive(Debug)]
pub struct AddServicePoint {
    /// Caller's request.
    pub request_id: RequestId,
    /// Office it belongs to.
    pub office: OfficeId,
    /// What it is.
    pub kind: ServicePointKind,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Why.
    pub reason: String,
}

/// An operator closes a service point.
#[derive(Debug)]
pub struct CloseServicePoint {
    /// Caller's request.
    pub request_id: RequestId,
    /// Which.
    pub service_point_id: ServicePointId,
    /// Why.
    pub reason: String,
}

impl App {
    /// Adds a service point of an office the operator works for.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`, `ALREADY_EXISTS{service_point}` while one of the name is open.
    pub async fn add_service_point(
        &self,
        actor: &Principal,
        command: AddServicePoint,
        request: &impl Message,
    ) -> Result<pb::AddServicePointResponse, Error> {
        let now = self.clock.now();
        let operator = require_office(actor, command.office)?;
        let (scope, method) = (Asker::Staff(operator), "identity.add_service_point");
        let key = Key::new(&scope, method, command.request_id, now);
        let point = ServicePoint {
            service_point_id: self.ids.next(),
            office: command.office,
            kind: command.kind,
            name: command.name,
            address: command.address,
            closed_at: None,
        };
        let entry = self.point_entry("add_service_point", operator, &point, command.reason);
        self.db
            .run_once(method, &key, request, async |tx: &mut Tx| {
                service_point::add(tx, &point, now)
                    .await
                    .map_err(name_taken)?;
                audit::add(tx, &entry).await?;
                Ok::<_, Error>(pb::AddServicePointResponse {
                    service_point: Some(wire(&point)),
                })
            })
            .await
    }

    /// Closes a service point; closing a closed one succeeds.
    ///
    /// # Errors
    /// `SERVICE_POINT_UNKNOWN`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn close_service_point(
        &self,
        actor: &Principal,
        command: CloseServicePoint,
        request: &impl Message,
    ) -> Result<pb::CloseServicePointResponse, Error> {
        let now = self.clock.now();
        let point = service_point::lookup(self.db.pool(), command.service_point_id).await?;
        let point = point.ok_or(Reason::ServicePointUnknown)?;
        let operator = require_office(actor, point.office)?;
        let (scope, method) = (Asker::Staff(operator), "identity.close_service_point");
        let key = Key::new(&scope, method, command.request_id, now);
        let entry = self.point_entry("close_service_point", operator, &point, command.reason);
        self.db
            .run_once(method, &key, request, async |tx: &mut Tx| {
                if service_point::mark_closed(tx, point.service_point_id, now).await? {
                    audit::add(tx, &entry).await?;
                }
                Ok::<_, Error>(pb::CloseServicePointResponse {})
            })
            .await
    }

    /// Open service points of a province or of one office, by office and name.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list_service_points(
        &self,
        province: ProvinceId,
        office: Option<OfficeId>,
    ) -> Result<Vec<pb::ServicePoint>, Error> {
        let open = service_point::list_open(self.db.pool(), province, office).await?;
        Ok(open.iter().map(wire).collect())
    }

    fn point_entry(
        &self,
        act: &'static str,
        operator: StaffId,
        point: &ServicePoint,
        reason: String,
    ) -> Entry {
        Entry {
            entry_id: row_id(&self.ids),
            scope: Scope {
                province: point.office.province(),
                office: Some(point.office),
            },
            acted_at: self.clock.now(),
            actor: Some(operator),
            reason,
            act,
            subject: point.service_point_id.as_uuid(),
            on_behalf_of: None,
            detail: point.kind.as_str().to_owned(),
        }
    }
}

fn require_office(actor: &Principal, office: OfficeId) -> Result<StaffId, Error> {
    let staff_id = actor.staff().ok_or(Reason::PermissionDenied)?;
    if actor.serves_office(office.province().as_str(), office.as_str()) {
        Ok(staff_id)
    } else {
        Err(Reason::OutsideYourOffice.into())
    }
}

fn name_taken(error: db::Error) -> Error {
    if error.is_unique_violation(service_point::NAME_KEY) {
        Refusal::new(Reason::AlreadyExists)
            .param("kind", "service_point")
            .into()
    } else {
        error.into()
    }
}

fn wire(point: &ServicePoint) -> pb::ServicePoint {
    let kind = match point.kind {
        ServicePointKind::OfficeWindow => pb::ServicePointKind::OfficeWindow,
        ServicePointKind::PoliceBrigade => pb::ServicePointKind::PoliceBrigade,
    };
    pb::ServicePoint {
        service_point_id: point.service_point_id.to_string(),
        office: point.office.to_string(),
        kind: kind.into(),
        name: point.name.clone(),
        address: point.address.clone(),
        closed_at: point.closed_at.map(timestamp),
    }
}
