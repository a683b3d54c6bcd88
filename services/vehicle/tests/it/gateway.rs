//! The gateways' wire format, against an HTTP server that checks every question's form.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};
use xuanhao_testkit::{Scratch, temp_dir};
use xuanhao_vehicle::domain::binding::{EngineTail, FileNumber};
use xuanhao_vehicle::domain::buyer::Buyer;
use xuanhao_vehicle::domain::findings::{Energy, Invoice, Sale, Standing, Vehicle};
use xuanhao_vehicle::domain::import::Certificate;
use xuanhao_vehicle::outside::{
    Error, Gateway, GatewayConfig, InvoiceQuestion, Ownership, Purchase, Registry, TaxBureau,
    Unavailable, VehicleQuestion,
};
use xuanhao_vocabulary::{InvoiceNumber, PlateClass, PlateNumber, Vin};

use crate::house::BUYER;

const VIN: &str = "LSGPC52U6AF102554";

fn gateway(folder: &Scratch, endpoint: String) -> Result<Gateway, Error> {
    let token_file = folder.path().join("token");
    if !token_file.exists() {
        std::fs::write(&token_file, "example-token\n").unwrap();
    }
    Gateway::new(&GatewayConfig {
        endpoint,
        token_file,
        timeout_ms: 1_000,
    })
}

fn lookup() -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/v1/vehicles/lookup"))
        .and(header("authorization", "Bearer example-token"))
}

async fn registry(server: &MockServer) -> Registry {
    xuanhao_chassis::tls::choose_library();
    Registry::Gateway(gateway(&temp_dir(), server.uri()).unwrap())
}

async fn vehicle(server: &MockServer) -> Result<Option<Vehicle>, Unavailable> {
    registry(server)
        .await
        .vehicle(&VehicleQuestion::new(&VIN.parse().unwrap(), None))
        .await
}

fn new_vehicle() -> serde_json::Value {
    json!({"vin": VIN, "status": "new", "plate_type": "02", "description": "示例 轿车"})
}

#[tokio::test]
async fn a_vehicle_is_asked_for_and_read() {
    let server = MockServer::start().await;
    lookup()
        .and(body_json(
            json!({"vin": VIN, "import_certificate_number": "XX1234567"}),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "vin": VIN, "status": "new", "plate_type": "52", "energy": "not_purely_battery",
            "description": "示例 轿车", "certificate_matches": false, "suspicious": true,
            "something_newer": 1,
        })))
        .expect(1)
        .mount(&server)
        .await;
    let (vin, certificate): (Vin, _) = (VIN.parse().unwrap(), Certificate::parse("XX1234567"));
    let found = registry(&server)
        .await
        .vehicle(&VehicleQuestion::new(&vin, certificate.as_ref()))
        .await
        .unwrap();
    let wanted = Vehicle {
        standing: Standing::New,
        class: Some(PlateClass::NevSmall),
        energy: Some(Energy::NotPurelyBattery),
        description: "示例 轿车".into(),
        certificate_matches: Some(false),
        suspicious: true,
    };
    assert_eq!(found, Some(wanted));
}

/// P10: a registration is read with class, number and day.
#[tokio::test]
async fn a_registration_is_read() {
    let server = MockServer::start().await;
    lookup()
        .and(body_json(json!({"vin": VIN})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "vin": VIN, "status": "registered", "plate_type": "02",
            "registration":
                {"plate_type": "02", "plate": "粤GA1234", "registered_on": "2026-11-25"},
        })))
        .mount(&server)
        .await;
    let (vin, plate) = (
        VIN.parse().unwrap(),
        PlateNumber::parse("粤GA1234").unwrap(),
    );
    let registry = registry(&server).await;
    let found = registry
        .standing(&vin, PlateClass::Small, plate)
        .await
        .unwrap()
        .unwrap();
    let Standing::Registered(registration) = found else {
        panic!("{found:?}")
    };
    assert_eq!(registration.class, Some(PlateClass::Small));
    assert_eq!(registration.plate, Some(plate));
    assert_eq!(registration.registered_on.to_string(), "2026-11-25");
}

/// Only the system itself can say that it knows no such vehicle; a proxy's 404 is no answer.
#[tokio::test]
async fn unknown_is_an_answer_and_a_bare_404_is_none() {
    let server = MockServer::start().await;
    lookup()
        .respond_with(ResponseTemplate::new(404).set_body_json(json!({"code": "vehicle_unknown"})))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    assert_eq!(vehicle(&server).await, Ok(None));
    lookup()
        .respond_with(ResponseTemplate::new(404).set_body_string("<html>"))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(vehicle(&server).await, Err(Unavailable));
}

#[tokio::test]
async fn a_passing_fault_is_tried_once_more() {
    for trouble in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(429),
        ResponseTemplate::new(200)
            .set_body_json(new_vehicle())
            .set_delay(Duration::from_secs(2)),
    ] {
        let server = MockServer::start().await;
        lookup()
            .respond_with(trouble)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        lookup()
            .respond_with(ResponseTemplate::new(200).set_body_json(new_vehicle()))
            .expect(1)
            .mount(&server)
            .await;
        assert!(vehicle(&server).await.unwrap().is_some());
    }
}

/// `unavailable` is never `invalid`: whatever is not the agreed answer says nothing about a vehicle,
/// and is asked for twice at most.
#[tokio::test]
async fn anything_else_is_no_answer() {
    let odd = |answer: serde_json::Value| ResponseTemplate::new(200).set_body_json(answer);
    for (trouble, tries) in [
        (ResponseTemplate::new(500), 2),
        (
            ResponseTemplate::new(200).set_delay(Duration::from_secs(2)),
            2,
        ),
        (ResponseTemplate::new(401), 1),
        (
            ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
            1,
        ),
        (ResponseTemplate::new(200).set_body_string("<html>"), 1),
        (
            ResponseTemplate::new(200).set_body_string(" ".repeat(100_000)),
            1,
        ),
        (
            odd(json!({"vin": VIN, "status": "stolen", "plate_type": "02"})),
            1,
        ),
        (
            odd(json!({"vin": "LFWSRXSJ8HAB00616", "status": "new", "plate_type": "02"})),
            1,
        ),
        (
            odd(json!({"vin": VIN, "status": "registered", "plate_type": "02"})),
            1,
        ),
        // The letter of a new-energy number depends on it.
        (
            odd(json!({"vin": VIN, "status": "new", "plate_type": "52"})),
            1,
        ),
    ] {
        let server = MockServer::start().await;
        lookup()
            .respond_with(trouble)
            .expect(tries)
            .mount(&server)
            .await;
        assert_eq!(vehicle(&server).await, Err(Unavailable));
    }
    let nobody = gateway(&temp_dir(), "http://127.0.0.1:9".into()).unwrap();
    let nobody = Registry::Gateway(nobody);
    assert_eq!(
        nobody
            .vehicle(&VehicleQuestion::new(&VIN.parse().unwrap(), None))
            .await,
        Err(Unavailable)
    );
}

/// R-ACC-08: the bureau compares buyer and vehicle; paper and digital invoices are named as printed.
#[tokio::test]
async fn an_invoice_is_verified() {
    xuanhao_chassis::tls::choose_library();
    let server = MockServer::start().await;
    let answer = json!({"status": "valid", "sale": "new_vehicle", "buyer_matches": false,
                        "vin_matches": true, "issued_on": "2026-11-20"});
    for question in [
        json!({"invoice_code": "144002621660", "invoice_number": "00123456",
               "buyer_id": BUYER, "vin": VIN}),
        json!({"invoice_number": "26442000000012345678", "buyer_id": BUYER, "vin": VIN}),
    ] {
        Mock::given(method("POST"))
            .and(path("/v1/invoices/verify"))
            .and(body_json(question))
            .respond_with(ResponseTemplate::new(200).set_body_json(&answer))
            .expect(1)
            .mount(&server)
            .await;
    }
    let bureau = TaxBureau::Gateway(gateway(&temp_dir(), server.uri()).unwrap());
    let (buyer, vin) = (Buyer::parse(BUYER).unwrap(), VIN.parse().unwrap());
    for number in ["144002621660:00123456", "26442000000012345678"] {
        let invoice: InvoiceNumber = number.parse().unwrap();
        let purchase = Purchase {
            invoice: &invoice,
            buyer: &buyer,
            vin: &vin,
        };
        let wanted = Invoice {
            valid: true,
            sale: Sale::NewVehicle,
            buyer_matches: false,
            vin_matches: true,
            issued_on: "2026-11-20".parse().unwrap(),
            suspicious: false,
        };
        let question = InvoiceQuestion::new(purchase);
        assert_eq!(bureau.invoice(&question).await, Ok(Some(wanted)));
    }
    let other: InvoiceNumber = "26442000000012345679".parse().unwrap();
    let purchase = Purchase {
        invoice: &other,
        buyer: &buyer,
        vin: &vin,
    };
    let question = InvoiceQuestion::new(purchase);
    assert_eq!(
        bureau.invoice(&question).await,
        Err(Unavailable),
        "a bare 404"
    );
    Mock::given(path("/v1/invoices/verify"))
        .respond_with(ResponseTemplate::new(404).set_body_json(json!({"code": "invoice_unknown"})))
        .mount(&server)
        .await;
    assert_eq!(bureau.invoice(&question).await, Ok(None));
}

/// R-ACC-07: the registry compares owner and engine number; unknown and another's are one answer.
#[tokio::test]
async fn what_is_bound_is_compared_by_the_registry() {
    let server = MockServer::start().await;
    let post = |to: &str, question: serde_json::Value, answer: ResponseTemplate| {
        Mock::given(method("POST"))
            .and(path(to))
            .and(header("authorization", "Bearer example-token"))
            .and(body_json(question))
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
    };
    let ok = |answer: serde_json::Value| ResponseTemplate::new(200).set_body_json(answer);
    let unknown = |code: &str| ResponseTemplate::new(404).set_body_json(json!({ "code": code }));
    let car = json!({"plate_type": "02", "plate": "粤GA1234", "engine_number_tail": "1A2B3C",
                     "owner_id": BUYER});
    let licence = json!({"file_number": "440800123456", "holder_id": BUYER});
    let registry = registry(&server).await;
    let buyer = Buyer::parse(BUYER).unwrap();
    let engine = EngineTail::parse("1a2b3c").unwrap();
    let asked = Ownership {
        class: PlateClass::Small,
        plate: PlateNumber::parse("粤GA1234").unwrap(),
        engine: &engine,
        owner: &buyer,
    };
    for (answer, wanted) in [
        (
            ok(json!({"matches": true, "description": "示例 轿车"})),
            Ok(Some("示例 轿车".to_owned())),
        ),
        (
            ok(json!({"matches": false, "description": "示例"})),
            Ok(None),
        ),
        (unknown("plate_unknown"), Ok(None)),
        (unknown("elsewhere"), Err(Unavailable)),
    ] {
        post("/v1/ownership/check", car.clone(), answer)
            .mount(&server)
            .await;
        assert_eq!(registry.owned(asked).await, wanted);
    }
    let number = FileNumber::parse("440800123456").unwrap();
    for (answer, wanted) in [
        (
            ok(json!({"matches": true, "classes": "C1"})),
            Ok(Some("C1".to_owned())),
        ),
        (ok(json!({"matches": false})), Ok(None)),
        (unknown("licence_unknown"), Ok(None)),
        (ok(json!({"matches": true})), Err(Unavailable)),
    ] {
        post("/v1/licences/check", licence.clone(), answer)
            .mount(&server)
            .await;
        assert_eq!(registry.licence(&number, &buyer).await, wanted);
    }
}

#[test]
fn a_wrong_address_or_token_is_noticed_at_start() {
    let folder = temp_dir();
    assert!(matches!(
        gateway(&folder, "ftp://x".into()),
        Err(Error::Endpoint)
    ));
    std::fs::write(folder.path().join("token"), "two words").unwrap();
    assert!(matches!(
        gateway(&folder, "http://x".into()),
        Err(Error::Token(_))
    ));
    let nowhere = GatewayConfig {
        endpoint: "http://x".into(),
        token_file: folder.path().join("missing"),
        timeout_ms: 1,
    };
    assert!(matches!(Gateway::new(&nowhere), Err(Error::Unreadable(..))));
}
