//! `xuanctl service-point`, `document`, `enrol` and `account`.

use serde_json::json;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::find_account_request::By;

use crate::fake_enrolment::{ACCOUNT, DOCUMENT, SERVICE_POINT};
use crate::house::{House, mode_of};

const RESIDENT_ID: &str = "11010519491231002X";
const CREDIT_CODE: &str = "91350100M000100Y43";

#[test]
fn service_points_are_added_listed_and_closed() {
    let house = House::signed_in();
    let add = [
        "service-point",
        "add",
        "--office",
        "gd-zhanjiang",
        "--kind",
        "police_brigade",
        "--name",
        "赤坎大队",
        "--address",
        "湛江市赤坎区",
        "--reason",
        "opened",
    ];
    assert_eq!(house.fine(&add).stdout, format!("{SERVICE_POINT}\n"));
    let asked: pb::AddServicePointRequest = house.log.one("AddServicePoint");
    assert_eq!(asked.kind(), pb::ServicePointKind::PoliceBrigade);
    assert_eq!(
        (asked.name.as_str(), asked.office.as_str()),
        ("赤坎大队", "gd-zhanjiang")
    );
    let run = house.fine(&["service-point", "list", "--province", "gd"]);
    assert!(run.stdout.contains("赤坎大队"), "{}", run.stdout);
    let run = house.fine(&[
        "service-point",
        "list",
        "--office",
        "gd-zhanjiang",
        "--output",
        "json",
    ]);
    assert_eq!(run.json()["service_points"][0]["kind"], "police_brigade");
    let asked: Vec<pb::ListServicePointsRequest> = house.log.all("ListServicePoints");
    assert_eq!(
        (asked[0].province.as_str(), asked[0].office.as_str()),
        ("gd", "")
    );
    assert_eq!(asked[1].province, "gd");
    assert_eq!(house.run(&["service-point", "list"]).code, Some(2));
    house.fine(&["service-point", "close", SERVICE_POINT, "--reason", "moved"]);
    let asked: pb::CloseServicePointRequest = house.log.one("CloseServicePoint");
    assert_eq!(asked.reason, "moved");
}

#[test]
fn a_document_is_added_and_saved_for_nobody_else_to_read() {
    let house = House::signed_in();
    let card = house.file("card.jpg", "a picture");
    let add = ["document", "add", &card, "--kind", "identity_card"];
    assert_eq!(house.fine(&add).stdout, format!("{DOCUMENT}\n"));
    let asked: pb::AddDocumentRequest = house.log.one("AddDocument");
    assert_eq!(asked.content, b"a picture");
    assert_eq!(asked.kind(), pb::DocumentKind::IdentityCard);
    let run = house.run(&["document", "add", &card, "--kind", "passport"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("appeal_evidence"), "{}", run.stderr);
    let run = house.run(&["document", "add", "/none", "--kind", "portrait"]);
    assert_eq!(run.code, Some(2));

    let out = house.path("seen.jpg");
    let get = [
        "document",
        "get",
        DOCUMENT,
        "-o",
        out.to_str().unwrap(),
        "--reason",
        "appeal 7",
    ];
    let run = house.fine(&get);
    assert!(run.stdout.contains("portrait"), "{}", run.stdout);
    assert_eq!(std::fs::read(&out).unwrap().len(), 5 * 1024 * 1024);
    assert_eq!(mode_of(&out), 0o600);
    let asked: pb::GetDocumentRequest = house.log.one("GetDocument");
    assert_eq!(asked.reason, "appeal 7");
    assert_eq!(house.run(&get).code, Some(1), "a file is never overwritten");
    let no_reason = &get[..5];
    assert_eq!(house.run(no_reason).code, Some(2));
}

/// R-ACC-05: papers first, then the act; repeated under its request id, each joins what was done.
#[test]
fn a_person_is_enrolled_with_papers_added_first() {
    let house = House::signed_in();
    let (card, form) = (
        house.file("card.jpg", "card"),
        house.file("form.pdf", "form"),
    );
    let card = format!("identity_card={card}");
    let form = format!("application_form={form}");
    let id = "0199e5a0-0000-7000-8000-0000000000f0";
    let enrol = |name: &str, id: &str| {
        house.run(&[
            "enrol",
            "person",
            "--service-point",
            SERVICE_POINT,
            "--full-name",
            name,
            "--resident-id",
            RESIDENT_ID,
            "--mobile",
            "13800138000",
            "--document",
            &card,
            "--document",
            &form,
            "--reason",
            "at the desk",
            "--request-id",
            id,
        ])
    };
    let run = enrol("张三", id).fine();
    assert!(run.stdout.contains("u4408031990"), "{}", run.stdout);
    let papers: Vec<pb::AddDocumentRequest> = house.log.all("AddDocument");
    assert_eq!(
        [papers[0].kind(), papers[1].kind()],
        [
            pb::DocumentKind::IdentityCard,
            pb::DocumentKind::ApplicationForm
        ]
    );
    let asked: pb::EnrolPersonRequest = house.log.one("EnrolPerson");
    assert_eq!(asked.document_ids, [DOCUMENT, DOCUMENT]);
    assert_eq!(asked.request_id, id);
    assert_eq!(
        (asked.resident_id.as_str(), asked.locale.as_str()),
        (RESIDENT_ID, "zh-CN")
    );
    assert_eq!(asked.service_point_id, SERVICE_POINT);

    let silent = enrol("away", id);
    assert_eq!(silent.code, Some(3), "{}", silent.stderr);
    assert!(silent.stderr.contains(id), "{}", silent.stderr);
    assert!(!silent.stderr.contains(RESIDENT_ID), "{}", silent.stderr);
    let again: Vec<pb::AddDocumentRequest> = house.log.all("AddDocument");
    assert_eq!(again[2].request_id, papers[0].request_id, "joins the first");
    assert_ne!(papers[0].request_id, papers[1].request_id);

    let gone = card.replace("card.jpg", "gone.jpg");
    let before = house.log.count("AddDocument");
    let run = house.run(&[
        "enrol",
        "person",
        "--service-point",
        SERVICE_POINT,
        "--full-name",
        "张三",
        "--resident-id",
        RESIDENT_ID,
        "--mobile",
        "13800138000",
        "--document",
        &form,
        "--document",
        &gone,
        "--reason",
        "x",
    ]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        house.log.count("AddDocument"),
        before,
        "files are read first"
    );
}

/// R-ACC-09: an organisation is enrolled with its agent.
#[test]
fn an_organisation_is_enrolled_with_its_agent() {
    let house = House::signed_in();
    let paper = format!("power_of_attorney={}", house.file("power.pdf", "power"));
    let run = house.fine(&[
        "enrol",
        "organisation",
        "--service-point",
        SERVICE_POINT,
        "--name",
        "湛江某公司",
        "--credit-code",
        CREDIT_CODE,
        "--agent-name",
        "张三",
        "--agent-resident-id",
        RESIDENT_ID,
        "--agent-mobile",
        "13800138000",
        "--authorised-until",
        "2027-12-31",
        "--document",
        &paper,
        "--reason",
        "at the desk",
        "--output",
        "json",
    ]);
    assert_eq!(
        run.json(),
        json!({ "account_id": ACCOUNT, "enrolment_id": SERVICE_POINT, "login_name": "",
            "credentials_until": null })
    );
    let asked: pb::EnrolOrganisationRequest = house.log.one("EnrolOrganisation");
    assert_eq!(
        (asked.credit_code.as_str(), asked.authorised_until.as_str()),
        (CREDIT_CODE, "2027-12-31")
    );
    assert_eq!(asked.agent_resident_id, RESIDENT_ID);
}

#[test]
fn accounts_are_found_and_served_at_the_counter() {
    let house = House::signed_in();
    let find = ["account", "find", "--reason", "at window 3"];
    let run = house.fine(&[&find[..], &["--resident-id", RESIDENT_ID]].concat());
    assert!(run.stdout.contains("face_to_face"), "{}", run.stdout);
    let asked: pb::FindAccountRequest = house.log.one("FindAccount");
    assert_eq!(asked.by, Some(By::ResidentId(RESIDENT_ID.to_owned())));
    assert_eq!(asked.reason, "at window 3");
    house.refused(
        &[&find[..], &["--credit-code", CREDIT_CODE]].concat(),
        "NOT_FOUND",
    );
    assert_eq!(house.run(&find).code, Some(2));
    assert_eq!(
        house
            .run(&["account", "find", "--resident-id", RESIDENT_ID])
            .code,
        Some(2),
        "a reason is wanted"
    );

    let card = format!("identity_card={}", house.file("card.jpg", "card"));
    let run = house.fine(&[
        "account",
        "change-mobile",
        ACCOUNT,
        "--mobile",
        "13900139000",
        "--service-point",
        SERVICE_POINT,
        "--document",
        &card,
        "--reason",
        "lost phone",
    ]);
    assert!(run.stdout.contains("139****9000"), "{}", run.stdout);
    let asked: pb::ChangeMobileFaceToFaceRequest = house.log.one("ChangeMobileFaceToFace");
    assert_eq!(asked.document_ids, [DOCUMENT]);
    assert_eq!(asked.account_id, ACCOUNT);

    house.fine(&[
        "account",
        "reissue-credentials",
        ACCOUNT,
        "--reason",
        "lost",
    ]);
    let asked: pb::ReissueCredentialsRequest = house.log.one("ReissueCredentials");
    assert_eq!(asked.account_id, ACCOUNT);
    let run = house.fine(&["account", "enrolments", ACCOUNT, "--output", "json"]);
    assert_eq!(run.json()["enrolments"].as_array().unwrap().len(), 2);
}
