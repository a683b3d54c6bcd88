//! Every other RPC of the three services, asked wrongly.

use tonic::{Request, Status};
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use super::Bad;
use super::fixture::{Fixture, i32_of};
use crate::house::{DAY, OFFICE, TRIAL, by_operator, by_selection, new_uuid, segment};

impl Fixture {
    pub(super) async fn ask_about(&self, bad: &Bad) -> Result<(), Status> {
        let pool = self.house.pool.operations();
        let or = |is_bad: bool, sound: &str| {
            if is_bad {
                bad.text.clone()
            } else {
                sound.to_owned()
            }
        };
        let holder = self.holder.to_string();
        let (first, second) = (bad.field.is_multiple_of(3), bad.field % 3 == 1);
        let office = or(first, OFFICE);
        let application_id = or(second, &holder);
        match bad.rpc {
            6 => {
                let op_no = if first || second { 9 } else { 0 };
                let request = pb::ResolveRequest {
                    office,
                    application_id,
                    op_no,
                };
                pool.resolve(by_selection(request)).await.map(drop)
            }
            7 => {
                let request = pb::CloseRequest {
                    request_id: or(!first && !second, &new_uuid()),
                    office,
                    application_id,
                    reason: bad.prose.clone(),
                };
                pool.close(by_selection(request)).await.map(drop)
            }
            8 => {
                let request = pb::GetHoldingRequest {
                    office,
                    application_id: or(!first, &holder),
                };
                pool.get_holding(by_selection(request)).await.map(drop)
            }
            9 => {
                use pb::get_allocation_request::By;
                let by = match bad.field % 3 {
                    1 => Some(By::ApplicationId(bad.text.clone())),
                    _ => Some(By::Plate(pb::PlateKey {
                        plate_class: WireClass::Small.into(),
                        plate: bad.text.clone(),
                    })),
                };
                let request = pb::GetAllocationRequest { office, by };
                pool.get_allocation(by_selection(request)).await.map(drop)
            }
            10 => {
                // It has no allocation to be registered.
                let request = pb::MarkAllocationRegisteredRequest {
                    request_id: new_uuid(),
                    office,
                    application_id,
                };
                pool.mark_allocation_registered(by_selection(request))
                    .await
                    .map(drop)
            }
            _ => {
                // It is not closed.
                let request = pb::ReturnAllocationRequest {
                    request_id: new_uuid(),
                    office,
                    application_id,
                    reason: bad.prose.clone(),
                    delay_min_s: bad.number,
                    delay_max_s: bad.number,
                    random_only_s: bad.number,
                };
                pool.return_allocation(by_selection(request))
                    .await
                    .map(drop)
            }
        }
    }

    pub(super) async fn ask_admin(&self, bad: &Bad) -> Result<(), Status> {
        let admin = self.house.pool.admin();
        let way = bad.field % 4;
        let or = |is_bad: bool, sound: &str| {
            if is_bad {
                bad.text.clone()
            } else {
                sound.to_owned()
            }
        };
        let prose = |is_bad: bool| {
            if is_bad {
                bad.prose.clone()
            } else {
                "理由充分".to_owned()
            }
        };
        let request_id = or(way == 0, &new_uuid());
        match bad.rpc {
            12 => {
                let mut new = segment("D003A");
                match bad.field {
                    0..=3 => new.mask.clone_from(&bad.text),
                    4..=7 => new.issuing_code.clone_from(&bad.text),
                    _ => new.plate_class = i32_of(bad.number),
                }
                let request = pb::AddBatchRequest {
                    request_id,
                    office: OFFICE.to_owned(),
                    name: prose(way == 1),
                    segments: vec![new],
                    reason: prose(way == 2),
                };
                admin.add_batch(by_operator(request)).await.map(drop)
            }
            13 => {
                let request = pb::ImportUsedNumbersRequest {
                    batch_id: if way == 0 {
                        self.closed.clone()
                    } else {
                        or(way == 1, &self.open)
                    },
                    chunk_no: 0,
                    plates: vec![or(way > 1, "粤G1001A")],
                };
                admin
                    .import_used_numbers(by_operator(request))
                    .await
                    .map(drop)
            }
            14 => {
                let request = pb::CloseImportRequest {
                    request_id,
                    batch_id: or(way == 1, &self.open),
                    expected: u64::MAX,
                    reason: prose(way == 2),
                };
                admin.close_import(by_operator(request)).await.map(drop)
            }
            15 => {
                let at = prost_types::Timestamp {
                    seconds: bad.number,
                    nanos: i32_of(bad.number),
                };
                let request = pb::ReleaseBatchRequest {
                    request_id,
                    batch_id: if way == 3 {
                        self.closed.clone()
                    } else {
                        self.open.clone()
                    },
                    reason: prose(way == 2),
                    opens_at: Some(at).filter(|_| way == 3),
                };
                admin.release_batch(by_operator(request)).await.map(drop)
            }
            16 => {
                let request = pb::WithdrawReleaseRequest {
                    request_id,
                    batch_id: or(way == 1, &self.closed),
                    reason: prose(way == 2),
                };
                admin.withdraw_release(by_operator(request)).await.map(drop)
            }
            17 => {
                let mut request = pb::WithholdNumbersRequest {
                    request_id,
                    office: or(way == 1, OFFICE),
                    plate_class: WireClass::Small.into(),
                    plates: vec!["粤G1001A".to_owned()],
                    public_reason: prose(way == 2),
                };
                match bad.field {
                    3 => request.plates.push(bad.text.clone()),
                    7 => request.plates = vec![self.plate.clone(); 2_000],
                    11 => request.plates.clear(),
                    _ => {}
                }
                admin.withhold_numbers(by_operator(request)).await.map(drop)
            }
            18 => {
                let request = pb::EndWithholdingRequest {
                    request_id,
                    withholding_id: or(way == 1, &new_uuid()),
                    reason: prose(way == 2),
                };
                admin.end_withholding(by_operator(request)).await.map(drop)
            }
            19 => {
                let request = pb::ApplyPoolRulesRequest {
                    request_id,
                    offices: vec![or(way == 1, OFFICE)],
                    yaml: if way == 3 {
                        bad.prose.clone()
                    } else {
                        TRIAL.to_owned()
                    },
                    reason: prose(way == 2),
                    dry_run: bad.field > 5,
                };
                admin.apply_pool_rules(by_operator(request)).await.map(drop)
            }
            _ => {
                let request = pb::FixPublicValueRequest {
                    request_id,
                    office: OFFICE.to_owned(),
                    day: match bad.field {
                        0..=3 => bad.text.clone(),
                        4..=7 => "-009999-01-01".to_owned(),
                        // It is fixed.
                        _ => DAY.to_owned(),
                    },
                    value: prose(way == 1),
                    source: prose(way == 2),
                };
                admin.fix_public_value(by_operator(request)).await.map(drop)
            }
        }
    }

    pub(super) async fn ask_publication(&self, bad: &Bad) -> Result<(), Status> {
        let publication = self.house.pool.publication();
        let way = bad.field % 3;
        let office = if way == 0 {
            bad.text.clone()
        } else {
            OFFICE.to_owned()
        };
        let (day, number) = (bad.text.clone(), i32_of(bad.number));
        match bad.rpc {
            21 => {
                let office = bad.text.clone();
                let request = Request::new(pb::GetPoolRequest { office });
                publication.get_pool(request).await.map(drop)
            }
            22 => {
                let request = pb::GetKeyboardRequest {
                    office,
                    plate_class: WireClass::Small.into(),
                    issuing_code: if way == 1 {
                        bad.text.clone()
                    } else {
                        "粤G".to_owned()
                    },
                    partial: bad.text.clone(),
                };
                publication
                    .get_keyboard(Request::new(request))
                    .await
                    .map(drop)
            }
            23 => {
                let days = ["9999-12-31", "-009999-01-01", "0000-00-00", &day];
                let request = pb::GetDrawDayRequest {
                    office,
                    day: days[bad.field % 4].to_owned(),
                };
                publication
                    .get_draw_day(Request::new(request))
                    .await
                    .map(drop)
            }
            _ if bad.field < 6 => {
                // Its key is secret.
                let request = pb::ListDrawLogRequest {
                    office,
                    day: DAY.to_owned(),
                    page_size: if way == 1 { number } else { 0 },
                    page_token: day,
                };
                publication
                    .list_draw_log(Request::new(request))
                    .await
                    .map(drop)
            }
            _ => {
                let request = pb::ListPoolHistoryRequest {
                    office,
                    page_size: if way == 1 { number } else { 0 },
                    page_token: day,
                };
                publication
                    .list_pool_history(Request::new(request))
                    .await
                    .map(drop)
            }
        }
    }
}
