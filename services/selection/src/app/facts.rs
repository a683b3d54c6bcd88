//! The facts selection publishes.

use jiff::civil::Date;
use prost::Message;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::ids::{ApplicationId, EventId};
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_vocabulary::OfficeId;

use super::App;
use crate::domain::application::{Application, Selection};
use crate::peers::class_to_proto;
use crate::store::blacklist;

impl App {
    fn fact(
        &self,
        kind: &'static str,
        office: OfficeId,
        aggregate: ApplicationId,
        version: i64,
        message: &impl Message,
    ) -> Event {
        Event {
            id: self.ids.next::<xuanhao_chassis::ids::kind::Event>(),
            kind: kind.into(),
            province: office.province().to_string(),
            office: Some(office.to_string()),
            aggregate_kind: "application".into(),
            aggregate_id: aggregate.to_string(),
            version,
            occurred_at: self.clock.now(),
            payload: message.encode_to_vec(),
        }
    }

    pub(super) fn confirmed_fact(
        &self,
        id: EventId,
        application: &Application,
        selection: &Selection,
    ) -> Event {
        let message = wire::SelectionConfirmed {
            application_id: application.id.to_string(),
            allocation_id: selection.allocation.id.to_string(),
            plate_class: class_to_proto(selection.allocation.class).into(),
            plate: selection.allocation.plate.to_string(),
            decided_at: Some(timestamp(selection.allocation.decided_at)),
            deadline: selection.deadline.to_string(),
        };
        let fact = self.fact(
            "selection.confirmed",
            application.office,
            application.id,
            application.version,
            &message,
        );
        Event { id, ..fact }
    }

    pub(super) fn registered_fact(
        &self,
        application: &Application,
        selection: &Selection,
        on: Date,
    ) -> Event {
        let message = wire::SelectionRegistered {
            application_id: application.id.to_string(),
            plate: selection.allocation.plate.to_string(),
            registered_on: on.to_string(),
        };
        self.fact(
            "selection.registered",
            application.office,
            application.id,
            application.version,
            &message,
        )
    }

    pub(super) fn expired_fact(&self, application: &Application, selection: &Selection) -> Event {
        let message = wire::SelectionExpired {
            application_id: application.id.to_string(),
            plate: selection.allocation.plate.to_string(),
            deadline: selection.deadline.to_string(),
        };
        self.fact(
            "selection.expired",
            application.office,
            application.id,
            application.version,
            &message,
        )
    }

    pub(super) fn voided_fact(&self, application: &Application, plate: String) -> Event {
        let message = wire::SelectionVoided {
            application_id: application.id.to_string(),
            plate,
        };
        self.fact(
            "selection.voided",
            application.office,
            application.id,
            application.version,
            &message,
        )
    }

    pub(super) fn ban_added_fact(&self, entry: &blacklist::Entry, version: i64) -> Event {
        let message = wire::BlacklistAdded {
            person_key: entry.person_key.clone(),
            until: entry.ban.until.to_string(),
            application_id: entry.application.to_string(),
        };
        self.fact(
            "blacklist.added",
            entry.office,
            entry.application,
            version,
            &message,
        )
    }

    pub(super) fn ban_lifted_fact(
        &self,
        entry: &blacklist::Entry,
        version: i64,
        cause: &str,
    ) -> Event {
        let message = wire::BlacklistLifted {
            person_key: entry.person_key.clone(),
            cause: cause.to_owned(),
        };
        self.fact(
            "blacklist.lifted",
            entry.office,
            entry.application,
            version,
            &message,
        )
    }
}
