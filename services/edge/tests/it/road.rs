//! The road to a number: what is asked of selection, and how its answers read in JSON.

use reqwest::Method;
use serde_json::{Value, json};
use xuanhao_proto::platepool::v1 as platepool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind;

use crate::browser::{KEY, answer};
use crate::fakes::{ACCOUNT, APPLICATION};
use crate::house::House;

fn path(rest: &str) -> String {
    format!("/api/v1/applications/{APPLICATION}{rest}")
}

/// Large numbers are strings, instants RFC 3339 in UTC, enums small words; what is not there is left
/// out.
#[tokio::test]
async fn an_application_reads_as_documented() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = answer(citizen.get(&path(""))).await;
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(
        told.body,
        json!({
            "application_id": APPLICATION,
            "office": "gd-zhanjiang",
            "state": "selecting",
            "vin": "LSVAA49J132047371",
            "plate_class": "small",
            "counters": {"compose_left": 20, "draws_left": 4},
            "holding": {
                "column": ["粤G12A3B", "粤G88A8B"],
                "column_until": "2026-11-22T08:01:30Z",
                "basket": [],
            },
            "version": "9223372036854775807",
            "opened_at": "2026-11-22T08:00:00Z",
            "confirm_from": "2026-11-22T08:00:05Z",
            "now": "2026-11-22T08:00:10Z",
            "terms": {
                "policy": "guangdong-2023", "policy_version": 1, "compose_quota": 0,
                "compose_batch_max": 0, "compose_interval_s": 0, "draw_quota": 0, "draw_count": 0,
                "exclude_four": false, "column_ttl_s": 0, "basket_ttl_s": 0, "confirm_delay_s": 0,
                "validity_working_days": 0, "compose_hold_ttl_s": 0, "compose_forfeit": false,
                "compose_captcha": false, "draw_captcha": false, "basket": false,
                "check_before_selecting": false, "check_after_choosing": false, "choice_ttl_s": 0,
                "keyboard_scrambled": false, "tab_auto_jump": false, "undo_minutes": 0,
                "blacklist_years": 0, "address_required": false, "purchase_proof_kinds": [],
                "more_time_factor": 0,
            },
            "operation_pending": false,
            "checked_here": false,
            "more_time": false,
            "compose_forfeited": false,
        })
    );
    let asked = house
        .peers
        .last::<pb::GetApplicationRequest>("GetApplication");
    assert_eq!(asked.application_id, APPLICATION);
}

/// P2: the write's own id reaches selection, which knows a repeat by it.
#[tokio::test]
async fn every_step_passes_the_writes_id_and_the_citizen_on() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let opening = json!({"office": "gd-zhanjiang", "notice_version": 3});
    let opened = answer(citizen.post("/api/v1/applications", &opening)).await;
    assert_eq!(opened.status, 201);
    assert_eq!(opened.header("location"), path(""));
    let asked = house
        .peers
        .last::<pb::OpenApplicationRequest>("OpenApplication");
    assert_eq!((asked.request_id.as_str(), asked.notice_version), (KEY, 3));

    let paper = json!({
        "vin": "LSVAA49J132047371",
        "purchase_proof": {"kind": "paper_invoice", "code": "144001700000", "number": "00012345"},
        "import_confirmed": true,
        "import_certificate_number": null,
        "address": "湛江市赤坎区人民大道1号",
    });
    let submitted = citizen.write(Method::PUT, &path("/info"), &paper);
    assert_eq!(answer(submitted).await.status, 200);
    let asked = house.peers.last::<pb::SubmitInfoRequest>("SubmitInfo");
    assert!(asked.import_confirmed);
    assert_eq!(asked.address, "湛江市赤坎区人民大道1号");
    assert_eq!(asked.request_id, KEY);
    let Some(Kind::PaperInvoice(invoice)) = asked.purchase_proof.unwrap().kind else {
        panic!("it was a paper invoice");
    };
    assert_eq!(
        (invoice.code.as_str(), invoice.number.as_str()),
        ("144001700000", "00012345")
    );

    let proof = json!({"challenge_proof": "a.signed.proof"});
    for (rest, rpc) in [
        ("/info/confirm", "ConfirmInfo"),
        ("/start", "StartSelecting"),
    ] {
        let told = answer(citizen.post(&path(rest), &proof)).await;
        assert_eq!(told.status, 200, "{told:?}");
        assert_eq!(house.peers.last_account(rpc), Some(ACCOUNT));
    }
    let asked = house.peers.last::<pb::ConfirmInfoRequest>("ConfirmInfo");
    assert_eq!(
        (asked.request_id.as_str(), asked.challenge_proof.as_str()),
        (KEY, "a.signed.proof")
    );
    let given_up = citizen
        .request(Method::POST, &path("/give-up"))
        .header("Idempotency-Key", KEY);
    assert_eq!(answer(given_up).await.body["state"], "selecting");
    assert_eq!(
        house.peers.last::<pb::GiveUpRequest>("GiveUp").request_id,
        KEY
    );
}

/// P7: each outcome has its shape.
#[tokio::test]
async fn outcomes_read_as_documented() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let bare = citizen
        .request(Method::POST, &path("/draws"))
        .header("Idempotency-Key", KEY);
    let drawn = answer(bare).await;
    assert_eq!(
        drawn.body["outcome"],
        json!({
            "kind": "held", "column": ["粤G12A3B", "粤G88A8B"],
            "column_until": "2026-11-22T08:01:30Z", "basket": [],
        })
    );
    assert_eq!(drawn.body["application"]["application_id"], APPLICATION);
    assert!(!house.peers.last::<pb::DrawRequest>("Draw").exclude_four);
    answer(citizen.post(&path("/draws"), &json!({"exclude_four": true}))).await;
    assert!(house.peers.last::<pb::DrawRequest>("Draw").exclude_four);

    let plate = json!({"plate": "粤G12A3B"});
    let kept = answer(citizen.post(&path("/basket"), &plate)).await;
    assert_eq!(kept.body["outcome"]["kind"], "held");
    assert_eq!(
        house.peers.last::<pb::KeepRequest>("Keep").plate,
        "粤G12A3B"
    );
    let confirmed = answer(citizen.post(&path("/confirm"), &plate)).await;
    assert_eq!(
        confirmed.body["outcome"],
        json!({
            "kind": "allocated", "plate": "粤G12A3B", "decided_at": "2026-11-22T08:01:00Z",
            "deadline": "2026-11-27", "voucher_number": "7K3F-9QXM-2HTA",
        })
    );
    let wishes = json!({"wishes": ["粤G88A8B", "粤G12A3B"]});
    let missed = answer(citizen.post(&path("/compositions"), &wishes)).await;
    assert_eq!(
        missed.body["outcome"],
        json!({"kind": "all_missed", "wishes": ["粤G88A8B", "粤G12A3B"]})
    );
}

#[tokio::test]
async fn lists_have_pages() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = answer(citizen.get("/api/v1/applications?page_size=7&page_token=abc")).await;
    assert_eq!(told.body["applications"][0]["application_id"], APPLICATION);
    assert_eq!(told.body["next_page_token"], "more");
    let asked = house
        .peers
        .last::<pb::ListApplicationsRequest>("ListApplications");
    assert_eq!((asked.page_size, asked.page_token.as_str()), (7, "abc"));
    let told = answer(citizen.get("/api/v1/messages")).await;
    assert_eq!(told.body.get("next_page_token"), None);
    assert_eq!(told.body["messages"][0]["status"], "delivered");
    assert_eq!(told.body["messages"][0].get("provider"), None);
}

/// R-ENT-05: walking in ends an identity check, so it is an act and no reading.
#[tokio::test]
async fn walking_in_is_an_act() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let entry = "/api/v1/offices/gd-zhanjiang/entry";
    answer(citizen.get(entry))
        .await
        .refused(405, "METHOD_NOT_ALLOWED");
    let elsewhere = citizen
        .request(Method::POST, entry)
        .header("origin", "https://evil.example");
    answer(elsewhere).await.refused(403, "ORIGIN_REFUSED");
    assert_eq!(house.peers.times("EnterOffice"), 0);
    let told = answer(citizen.request(Method::POST, entry)).await;
    assert_eq!(told.body["step"], "explanation");
    assert_eq!(told.body["application"]["state"], "selecting");
    assert_eq!(house.peers.last_account("EnterOffice"), Some(ACCOUNT));
}

/// R-POOL-01, R-POOL-04, R-NOTE-01: what is the same for everybody needs no session and may be kept for
/// a moment, announced openings and the warnings beside a notice among it.
#[tokio::test]
async fn offices_and_pools_are_public() {
    let house = House::new().await;
    let browser = house.browser();
    let told = |rest: &str| answer(browser.get(&format!("/api/v1/offices{rest}")));
    let offices = told("?province=gd").await;
    assert_eq!(offices.header("cache-control"), "public, max-age=5");
    let zhanjiang = |offices: &Value| {
        let offices = offices["offices"].as_array().unwrap();
        offices
            .iter()
            .find(|office| office["office"] == "gd-zhanjiang")
            .cloned()
            .unwrap()
    };
    assert_eq!(
        zhanjiang(&offices.body),
        json!({
            "office": "gd-zhanjiang", "province": "gd", "name": "湛江", "province_name": "广东",
            "issuing_codes": ["粤G"],
        })
    );
    let all = told("").await;
    let count = |offices: &Value| offices["offices"].as_array().unwrap().len();
    assert!(count(&all.body) > count(&offices.body));

    let pool = told("/gd-zhanjiang/pool").await;
    assert_eq!(pool.header("cache-control"), "public, max-age=5");
    assert_eq!(pool.body["figures"][0]["released"], "18446744073709551615");
    assert_eq!(pool.body["batches"][0]["segments"][0]["count"], "57600");
    assert_eq!(
        pool.body["batches"][0]["segments"][0]["plate_class"],
        "small"
    );
    assert_eq!(pool.body["batches"][0]["segments"][0]["life"], "open");
    assert_eq!(pool.body["now"], "2026-11-22T08:00:10Z");
    assert_eq!(
        pool.body["openings"][0]["opens_at"], "2026-11-23T08:00:00Z",
        "{pool:?}"
    );
    assert_eq!(pool.body["openings"][0].get("withdrawn_reason"), None);
    assert_eq!(pool.body["withholdings"][0]["public_reason"], "号牌制作中");
    let history = told("/gd-zhanjiang/pool/history?page_size=7").await;
    assert_eq!(history.header("cache-control"), "public, max-age=5");
    assert_eq!(history.body["days"][0]["allocated_at_least"], "1200");
    assert_eq!(history.body["next_page_token"], "more");
    let keyboard =
        told("/gd-zhanjiang/keyboard?plate_class=small&issuing_code=%E7%B2%A4G&partial=1%3F").await;
    assert_eq!(keyboard.body, json!({"characters": ["12"]}));
    let asked = house
        .peers
        .last::<platepool::GetKeyboardRequest>("GetKeyboard");
    assert_eq!(
        (asked.issuing_code.as_str(), asked.partial.as_str()),
        ("粤G", "1?")
    );
    let day = told("/gd-zhanjiang/draw-days/2026-11-22").await;
    assert_eq!(
        day.body,
        json!({"key_hash": "ab", "hash_published_at": "2026-11-22T08:00:00Z"})
    );
    let log = told("/gd-zhanjiang/draw-days/2026-11-22/log").await;
    assert_eq!(log.body["entries"][0]["seq"], "9223372036854775807");
    let notice = told("/gd-zhanjiang/notice").await;
    assert_eq!(
        (&notice.body["version"], &notice.body["title_zh"]),
        (&json!(3), &json!("业务须知"))
    );
    assert_eq!(notice.body["warnings"][0]["warning"], "both_used_up");
}
