//! Decisions, from the request to the row and the fact.

use xuanhao_chassis::grpc::call;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind as Proof;

use crate::house::{BUYER, House, any_id, reason, refusal, request};

fn reasons(assessment: &pb::Assessment) -> Vec<&str> {
    assessment
        .reasons
        .iter()
        .map(|told| told.reason.as_str())
        .collect()
}

/// R-INF-02, R-ACC-08: a new car with the buyer's own invoice is eligible; what is kept names
/// neither VIN nor invoice nor buyer in clear.
#[tokio::test]
async fn a_new_car_is_eligible() {
    let house = House::new().await;
    let asked = request("0001", "3456");
    let vin = asked.vin.clone();
    let assessment = house.assess(asked).await.unwrap();
    assert_eq!(assessment.eligibility(), pb::Eligibility::Eligible);
    assert_eq!(
        (assessment.vin.as_str(), assessment.plate_class()),
        (&*vin, PlateClass::Small)
    );
    assert_eq!(assessment.vehicle_key.len(), 32);
    assert_eq!(assessment.energy(), pb::Energy::Unspecified);
    assert_eq!(assessment.purchase_proof_masked, "纸质发票 ****3456");
    assert!(!assessment.description.is_empty());

    let mut rows = house.rows("assessments").await;
    assert_eq!(rows.len(), 1);
    rows.extend(house.rows("idempotency_keys").await);
    let facts = house.rows("outbox").await;
    assert!(
        facts.len() == 1 && facts[0].starts_with("vehicle.accepted "),
        "{facts:?}"
    );
    rows.extend(facts);
    // Bytes print as hexadecimal digits, so the plain texts are looked for in both forms.
    for private in [vin.as_str(), BUYER, "144002621660", "00123456"] {
        let bytes: String = private.bytes().map(|byte| format!("{byte:02x}")).collect();
        for row in &rows {
            assert!(
                !row.contains(private) && !row.contains(&bytes),
                "{private} in {row}"
            );
        }
    }

    let get = pb::GetAssessmentRequest {
        assessment_id: assessment.assessment_id.clone(),
    };
    let found = house
        .client("selection")
        .get_assessment(call(get))
        .await
        .unwrap();
    assert_eq!(found.into_inner().assessment.unwrap(), assessment);
    let missing = pb::GetAssessmentRequest {
        assessment_id: any_id(),
    };
    let refused = house
        .client("selection")
        .get_assessment(call(missing))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::NotFound);
}

/// R-INF-04: a VIN that breaks a rule is refused with the rule and the position.
#[tokio::test]
async fn a_wrong_vin_is_refused_with_its_reason() {
    let house = House::new().await;
    for (vin, reason, position) in [
        ("LSGPC52U6AF10255", Reason::VinLength, None),
        ("LSGPC52U6AFI02554", Reason::VinCharacter, Some("12")),
        ("LSGPC52U6AF1025*4", Reason::VinCharacter, Some("16")),
        ("LSGPC52U7AF102554", Reason::VinCheckDigit, Some("9")),
        ("LSGPC52U6UF102554", Reason::VinModelYear, Some("10")),
        ("LSGPC52U6AF10255A", Reason::VinSerial, Some("17")),
        ("11111111111111111", Reason::VinCheckDigit, Some("9")),
        (" ", Reason::FieldRequired, None),
    ] {
        let mut asked = request("0001", "3456");
        asked.vin = vin.into();
        let told = refusal(&house.assess(asked).await.unwrap_err());
        assert_eq!(
            (told.reason(), told.field()),
            (reason, Some("vin")),
            "{vin}"
        );
        assert_eq!(
            told.params().get("position").map(String::as_str),
            position,
            "{vin}"
        );
    }
    assert!(house.rows("assessments").await.is_empty());
}

/// R-INF-02: a purchase proof that cannot be one is refused at its field.
#[tokio::test]
async fn a_wrong_purchase_proof_is_refused_at_its_field() {
    let house = House::new().await;
    let paper = |code: &str, number: &str| {
        Some(Proof::PaperInvoice(pb::PaperInvoice {
            code: code.into(),
            number: number.into(),
        }))
    };
    let electronic = |number: &str| Some(Proof::ElectronicInvoice(number.into()));
    for (kind, field) in [
        (
            paper("144002311660", "00123456"),
            "purchase_proof.paper_invoice.code",
        ),
        (
            paper("144002321660", "0012345"),
            "purchase_proof.paper_invoice.number",
        ),
        (paper("144002721660", "00123456"), "purchase_proof"),
        (
            electronic("26002000000012345678"),
            "purchase_proof.electronic_invoice",
        ),
        (electronic("27442000000012345678"), "purchase_proof"),
        (None, "purchase_proof"),
    ] {
        let wanted = if kind.is_some() {
            Reason::PurchaseProofInvalid
        } else {
            Reason::FieldRequired
        };
        let mut asked = request("0001", "3456");
        asked.purchase_proof = Some(pb::PurchaseProof { kind });
        let told = refusal(&house.assess(asked).await.unwrap_err());
        assert_eq!((told.reason(), told.field()), (wanted, Some(field)));
    }
}

/// R-INF-03: an import whose VIN is odd needs a second look and the import certificate.
#[tokio::test]
async fn an_odd_import_needs_a_second_look_and_a_certificate() {
    let house = House::new().await;
    let mut asked = request("0001", "3456");
    asked.vin = "WP0ZZZ99ZTS392124".into();
    let told = refusal(&house.assess(asked.clone()).await.unwrap_err());
    assert_eq!(
        (told.reason(), told.field()),
        (Reason::VinNeedsConfirmation, Some("vin"))
    );
    asked.import_confirmed = true;
    assert_eq!(
        reason(&house.assess(asked.clone()).await.unwrap_err()),
        Reason::VinNeedsConfirmation
    );
    asked.import_certificate_number = "XX1234567".into();
    let accepted = house.assess(asked.clone()).await.unwrap();
    assert_eq!(accepted.eligibility(), pb::Eligibility::Eligible);

    asked.request_id = any_id();
    asked.import_certificate_number = "XX1239994".into();
    let other = house.assess(asked).await.unwrap();
    assert_eq!(reasons(&other), ["VEHICLE_MISMATCH"]);
}

/// R-ACC-08, R-ENT-09, R-ENT-10, R-INF-04: a refusal names every reason, and is a fact.
#[tokio::test]
async fn a_refused_vehicle_is_told_every_reason() {
    let house = House::new().await;
    for (vin, invoice, wanted) in [
        ("9991", "0001", &["VEHICLE_ALREADY_REGISTERED"][..]),
        ("9992", "0002", &["VEHICLE_NOT_ELIGIBLE"]),
        ("9994", "0003", &["VEHICLE_NOT_ELIGIBLE"]),
        ("9995", "0004", &["VEHICLE_NOT_ELIGIBLE"]),
        ("0001", "9991", &["PURCHASE_PROOF_INVALID"]),
        ("0002", "9992", &["BUYER_MISMATCH"]),
        ("0003", "9994", &["VEHICLE_MISMATCH"]),
        ("0004", "9995", &["VEHICLE_NOT_ELIGIBLE"]),
        ("0005", "9996", &["PURCHASE_PROOF_INVALID"]),
        (
            "9991",
            "9992",
            &["BUYER_MISMATCH", "VEHICLE_ALREADY_REGISTERED"],
        ),
    ] {
        let refused = house.assess(request(vin, invoice)).await.unwrap();
        assert_eq!(refused.eligibility(), pb::Eligibility::Refused);
        assert_eq!(reasons(&refused), wanted, "{vin} {invoice}");
        let claimed = house
            .claim(&refused.assessment_id, &any_id())
            .await
            .unwrap_err();
        assert_eq!(
            reason(&claimed),
            Reason::NotFound,
            "another application's decision"
        );
    }
    let used = house.assess(request("0006", "9995")).await.unwrap();
    assert_eq!(used.reasons[0].parameters["rule"], "not_a_new_purchase");
    let facts = house.rows("outbox").await;
    assert_eq!(facts.len(), 11);
    assert!(
        facts
            .iter()
            .all(|fact| fact.starts_with("vehicle.rejected "))
    );
}

/// `unavailable` is never `invalid`: the refusal invites to try again, and nothing is kept.
#[tokio::test]
async fn no_answer_is_no_decision() {
    let house = House::new().await;
    for (vin, invoice) in [("9993", "0001"), ("0001", "9993"), ("9991", "9993")] {
        let status = house.assess(request(vin, invoice)).await.unwrap_err();
        assert_eq!(reason(&status), Reason::CheckUnavailable);
        assert_eq!(status.code(), tonic::Code::Unavailable);
    }
    for table in ["assessments", "outbox", "idempotency_keys"] {
        assert!(house.rows(table).await.is_empty(), "{table}");
    }
}

/// P2: the same request is one decision; the same id with another vehicle is refused.
#[tokio::test]
async fn the_same_request_is_one_decision() {
    let house = House::new().await;
    let asked = request("0008", "3456");
    let first = house.assess(asked.clone()).await.unwrap();
    assert_eq!(first.plate_class(), PlateClass::NevSmall);
    let mut typed_otherwise = asked.clone();
    typed_otherwise.vin = asked.vin.to_lowercase();
    assert_eq!(house.assess(typed_otherwise).await.unwrap(), first);
    assert_eq!(house.rows("assessments").await.len(), 1);
    assert_eq!(house.rows("outbox").await.len(), 1);

    let other = pb::AssessVehicleRequest {
        vin: request("0009", "3456").vin,
        ..asked
    };
    assert_eq!(
        reason(&house.assess(other).await.unwrap_err()),
        Reason::RequestIdReused
    );
}

/// R-ENT-10: new energy is told with what drives it, because the letter of the number depends on it.
#[tokio::test]
async fn a_new_energy_vehicle_is_told_with_its_energy() {
    let house = House::new().await;
    for (vin, class, energy) in [
        ("0018", PlateClass::NevSmall, pb::Energy::Battery),
        ("9988", PlateClass::NevSmall, pb::Energy::NotPurelyBattery),
        ("9978", PlateClass::NevLarge, pb::Energy::Battery),
        ("9961", PlateClass::Large, pb::Energy::Unspecified),
    ] {
        let told = house.assess(request(vin, "3456")).await.unwrap();
        assert_eq!(
            (told.plate_class(), told.energy()),
            (class, energy),
            "{vin}"
        );
    }
}

/// R-ACC-08, R-ACC-09: an organisation buys under its credit code.
#[tokio::test]
async fn an_organisation_may_be_the_buyer() {
    let house = House::new().await;
    let mut asked = request("0001", "3456");
    asked.buyer_id = "91350100M000100Y43".into();
    asked.purchase_proof = Some(pb::PurchaseProof {
        kind: Some(Proof::ElectronicInvoice("26442000000012345678".into())),
    });
    let told = house.assess(asked.clone()).await.unwrap();
    assert_eq!(told.eligibility(), pb::Eligibility::Eligible);
    assert_eq!(told.purchase_proof_masked, "数电票 ****5678");
    asked.request_id = any_id();
    asked.purchase_proof = request("0001", "9992").purchase_proof;
    let told = house.assess(asked).await.unwrap();
    assert_eq!(reasons(&told), ["BUYER_MISMATCH"]);
}

/// C4: after a person was erased their decisions are gone.
#[tokio::test]
async fn an_erased_persons_decision_is_gone() {
    let house = House::new().await;
    let asked = request("0001", "3456");
    let person = asked.person_id.parse().unwrap();
    let assessment_id = house.assess(asked).await.unwrap().assessment_id;
    house.sealer.erase(person).await.unwrap();
    let get = pb::GetAssessmentRequest { assessment_id };
    let refused = house
        .client("selection")
        .get_assessment(call(get))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::NotFound);
}

#[tokio::test]
async fn only_selection_may_ask() {
    let house = House::new().await;
    for caller in ["edge", "identity", "platepool"] {
        let refused = house
            .client(caller)
            .assess_vehicle(call(request("0001", "3456")))
            .await;
        assert_eq!(
            reason(&refused.unwrap_err()),
            Reason::PermissionDenied,
            "{caller}"
        );
    }
    let mut nobody = request("0001", "3456");
    nobody.buyer_id = "110105194912310021".into();
    let told = refusal(&house.assess(nobody).await.unwrap_err());
    assert_eq!(
        (told.reason(), told.field()),
        (Reason::FieldInvalid, Some("buyer_id"))
    );
}
