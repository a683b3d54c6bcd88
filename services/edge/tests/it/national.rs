//! The national gateway: who may open its door, and what passes.

use tonic::{Request, Response, Status};
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::grpc::{ClientChannel, ClientConfig, connect};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::tls::Identity;
use xuanhao_edge::authz;
use xuanhao_proto::national::v1 as national;
use xuanhao_proto::national::v1::lookup_selection_request::By;
use xuanhao_proto::national::v1::national_gateway_service_client::NationalGatewayServiceClient;
use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeService;

use crate::fakes::{APPLICATION, Peers, at};
use crate::house::{House, files};

/// Outcomes that the fake has, by position.
const OUTCOMES: std::ops::RangeInclusive<i64> = 1..=5;

fn confirmed() -> selection::Selection {
    selection::Selection {
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        vin: "LSGPC52U6AF102554".to_owned(),
        plate_class: 2,
        plate: "粤G12345".to_owned(),
        decided_at: at(0),
        deadline: "2026-11-26".to_owned(),
        voucher_number: "QLUD-AB5A-PMSN".to_owned(),
        state: "confirmed".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl OutcomeService for Peers {
    async fn lookup_selection(
        &self,
        request: Request<selection::LookupSelectionRequest>,
    ) -> Result<Response<selection::LookupSelectionResponse>, Status> {
        let answer = |_: &_, _: &mut _| {
            let selection = Some(confirmed());
            Ok(selection::LookupSelectionResponse { selection })
        };
        self.answer("LookupSelection", request, answer).await
    }

    async fn list_outcomes(
        &self,
        request: Request<selection::ListOutcomesRequest>,
    ) -> Result<Response<selection::ListOutcomesResponse>, Status> {
        let answer = |asked: &selection::ListOutcomesRequest, _: &mut _| {
            let size = usize::try_from(asked.page_size).unwrap();
            let positions = OUTCOMES
                .filter(|position| *position > asked.after)
                .take(size);
            let outcomes: Vec<_> = positions
                .map(|position| selection::PositionedOutcome {
                    position,
                    r#type: "selection.v1.selection.confirmed".to_owned(),
                    occurred_at: at(position),
                    selection: (position % 2 == 1).then(confirmed),
                })
                .collect();
            let position = outcomes.last().map_or(asked.after, |last| last.position);
            Ok(selection::ListOutcomesResponse { outcomes, position })
        };
        self.answer("ListOutcomes", request, answer).await
    }

    async fn record_arrival(
        &self,
        request: Request<selection::RecordArrivalRequest>,
    ) -> Result<Response<selection::RecordArrivalResponse>, Status> {
        self.answer("RecordArrival", request, never).await
    }

    async fn record_inspection(
        &self,
        request: Request<selection::RecordInspectionRequest>,
    ) -> Result<Response<selection::RecordInspectionResponse>, Status> {
        self.answer("RecordInspection", request, never).await
    }

    async fn record_collection(
        &self,
        request: Request<selection::RecordCollectionRequest>,
    ) -> Result<Response<selection::RecordCollectionResponse>, Status> {
        self.answer("RecordCollection", request, never).await
    }

    async fn list_selections(
        &self,
        request: Request<selection::ListSelectionsRequest>,
    ) -> Result<Response<selection::ListSelectionsResponse>, Status> {
        self.answer("ListSelections", request, never).await
    }

    async fn mark_registered(
        &self,
        request: Request<selection::MarkRegisteredRequest>,
    ) -> Result<Response<selection::MarkRegisteredResponse>, Status> {
        self.answer("MarkRegistered", request, never).await
    }

    async fn void_application(
        &self,
        request: Request<selection::VoidApplicationRequest>,
    ) -> Result<Response<selection::VoidApplicationResponse>, Status> {
        self.answer("VoidApplication", request, never).await
    }

    async fn credit_chances(
        &self,
        request: Request<selection::CreditChancesRequest>,
    ) -> Result<Response<selection::CreditChancesResponse>, Status> {
        self.answer("CreditChances", request, never).await
    }
}

/// What the edge never asks.
fn never<T, N, R>(_: &T, _: &mut N) -> Result<R, Status> {
    Err(Status::unimplemented("the edge reads only"))
}

type Client = NationalGatewayServiceClient<ClientChannel>;

impl House {
    /// The gateway, as the holder of a certificate reaches it.
    fn gateway_as(&self, caller: &str) -> Client {
        let identity = Identity::load(&files(&self.certs, caller)).unwrap();
        let config = ClientConfig::at(format!("https://{}", self.gateway));
        Client::new(connect(&config, Caller::Edge, &identity).unwrap())
    }
}

fn lookup(by: By) -> national::LookupSelectionRequest {
    national::LookupSelectionRequest { by: Some(by) }
}

fn feed(after: i64, page_size: i32) -> national::ListOutcomesRequest {
    national::ListOutcomesRequest { after, page_size }
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(answer: Result<T, Status>, reason: Reason) -> Refusal {
    let status = answer.expect_err("it should be refused");
    let refusal = Refusal::from_status(&status);
    let refusal = refusal.unwrap_or_else(|| panic!("no refusal of ours: {status:?}"));
    assert_eq!(refusal.reason(), reason);
    refusal
}

#[test]
fn every_rpc_has_a_row_and_every_row_an_rpc() {
    let covered = authz::table().covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES);
    assert_eq!(covered, Ok(()));
}

#[tokio::test]
async fn only_the_national_platforms_certificate_opens_the_gateway() {
    let house = House::new().await;
    for caller in Caller::ALL {
        let mut client = house.gateway_as(caller.as_str());
        let found = client
            .lookup_selection(lookup(By::Vin("LSGPC52U6AF102554".to_owned())))
            .await;
        let page = client.list_outcomes(feed(0, 10)).await;
        if *caller == Caller::National {
            found.unwrap();
            page.unwrap();
        } else {
            assert_refused(found, Reason::PermissionDenied);
            assert_refused(page, Reason::PermissionDenied);
        }
    }
    assert_eq!(house.peers.asked(), ["LookupSelection", "ListOutcomes"]);
}

#[tokio::test]
async fn a_selection_is_found_by_vin_plate_or_voucher() {
    let house = House::new().await;
    let mut client = house.gateway_as("national");
    let plate = national::PlateReference {
        plate_class: 2,
        plate: "粤G12345".to_owned(),
    };
    let own_plate = selection::PlateReference {
        plate_class: 2,
        plate: "粤G12345".to_owned(),
    };
    let (vin, number) = ("LSGPC52U6AF102554".to_owned(), "QLUD-AB5A-PMSN".to_owned());
    use selection::lookup_selection_request::By as Own;
    for (asked, passed) in [
        (By::Vin(vin.clone()), Own::Vin(vin)),
        (By::Plate(plate), Own::Plate(own_plate)),
        (
            By::VoucherNumber(number.clone()),
            Own::VoucherNumber(number),
        ),
    ] {
        let found = client.lookup_selection(lookup(asked)).await.unwrap();
        let own = confirmed();
        let expected = national::Selection {
            office: own.office,
            vin: own.vin,
            plate_class: own.plate_class,
            plate: own.plate,
            decided_at: own.decided_at,
            deadline: own.deadline,
            voucher_number: own.voucher_number,
            state: own.state,
        };
        assert_eq!(found.into_inner().selection, Some(expected));
        let asked: selection::LookupSelectionRequest = house.peers.last("LookupSelection");
        assert_eq!(asked.by, Some(passed));
    }
    assert_eq!(house.peers.last_account("LookupSelection"), None);
}

#[tokio::test]
async fn refusals_about_the_question_pass_and_ours_do_not() {
    let house = House::new().await;
    let mut client = house.gateway_as("national");
    let vin = || lookup(By::Vin("LSGPC52U6AF102554".to_owned()));
    house
        .peers
        .refuse("LookupSelection", Refusal::not_found("voucher"));
    let refusal = assert_refused(client.lookup_selection(vin()).await, Reason::NotFound);
    assert_eq!(refusal.params()["kind"], "voucher");
    let plate = Refusal::new(Reason::PlateMalformed).on_field("plate");
    house.peers.refuse("LookupSelection", plate);
    let refusal = assert_refused(client.lookup_selection(vin()).await, Reason::PlateMalformed);
    assert_eq!(refusal.field(), Some("plate"));
    // That selection does not admit the edge is our fault, and no news for the nation.
    house
        .peers
        .refuse("LookupSelection", Refusal::new(Reason::Unauthenticated));
    assert_refused(client.lookup_selection(vin()).await, Reason::Internal);
    house
        .peers
        .refuse("ListOutcomes", error::unavailable("being moved"));
    assert_refused(client.list_outcomes(feed(0, 1)).await, Reason::Unavailable);
}

/// R1: whoever remembers the position misses nothing, whatever the size of a page.
#[tokio::test]
async fn the_feed_is_paged_by_position() {
    let house = House::new().await;
    let mut client = house.gateway_as("national");
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = client.list_outcomes(feed(after, 2)).await.unwrap();
        let page = page.into_inner();
        if page.outcomes.is_empty() {
            assert_eq!(page.position, after);
            break;
        }
        after = page.position;
        seen.extend(page.outcomes);
    }
    let positions: Vec<_> = seen.iter().map(|outcome| outcome.position).collect();
    assert_eq!(positions, OUTCOMES.collect::<Vec<_>>());
    assert_eq!(seen[0].selection.as_ref().unwrap().plate, "粤G12345");
    assert_eq!(seen[1].selection, None);
    assert_eq!(seen[1].occurred_at, at(2));
    assert_eq!(seen[0].r#type, "selection.v1.selection.confirmed");
    let asked: selection::ListOutcomesRequest = house.peers.last("ListOutcomes");
    assert_eq!((asked.after, asked.page_size), (5, 2));
}
