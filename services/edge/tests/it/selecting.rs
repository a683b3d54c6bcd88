//! Selecting under all policies: captchas, choosing, undoing, the keyboard, what was submitted.

use reqwest::Method;
use serde_json::json;
use xuanhao_proto::selection::v1 as pb;

use crate::browser::{KEY, answer};
use crate::fakes::{ACCOUNT, APPLICATION, CHALLENGE, FULL_APPLICATION};
use crate::house::House;

fn path(rest: &str) -> String {
    format!("/api/v1/applications/{APPLICATION}{rest}")
}

/// R-AUTH-03: the captcha's answer goes to selection with the draw or the wishes it is for.
#[tokio::test]
async fn captchas_go_along_with_draws_and_wishes() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let draw = json!({"captcha_id": CHALLENGE, "captcha_answer": "7pkw"});
    assert_eq!(
        answer(citizen.post(&path("/draws"), &draw)).await.status,
        200
    );
    let asked = house.peers.last::<pb::DrawRequest>("Draw");
    assert_eq!(
        (asked.captcha_id.as_str(), asked.captcha_answer.as_str()),
        (CHALLENGE, "7pkw")
    );
    let wishes = json!({"wishes": ["粤G12A3B"], "captcha_id": CHALLENGE, "captcha_answer": "9"});
    let told = answer(citizen.post(&path("/compositions"), &wishes)).await;
    assert_eq!(told.status, 200, "{told:?}");
    let asked = house.peers.last::<pb::ComposeRequest>("Compose");
    assert_eq!(
        (asked.captcha_id.as_str(), asked.captcha_answer.as_str()),
        (CHALLENGE, "9")
    );
}

/// R-CNF-01: choosing sets a number apart; confirming it then carries the code's proof.
#[tokio::test]
async fn a_number_is_chosen_and_confirmed_with_a_proof() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let plate = json!({"plate": "粤G12A3B"});
    let chosen = answer(citizen.post(&path("/choice"), &plate)).await;
    assert_eq!(chosen.body["outcome"]["kind"], "held", "{chosen:?}");
    let asked = house.peers.last::<pb::ChoosePlateRequest>("ChoosePlate");
    assert_eq!(
        (asked.request_id.as_str(), asked.plate.as_str()),
        (KEY, "粤G12A3B")
    );
    assert_eq!(house.peers.last_account("ChoosePlate"), Some(ACCOUNT));

    let proved = json!({"plate": "粤G12A3B", "challenge_proof": "a.signed.proof"});
    let confirmed = answer(citizen.post(&path("/confirm"), &proved)).await;
    assert_eq!(confirmed.body["outcome"]["kind"], "allocated");
    let asked = house.peers.last::<pb::ConfirmPlateRequest>("ConfirmPlate");
    assert_eq!(asked.challenge_proof, "a.signed.proof");
    answer(citizen.post(&path("/confirm"), &plate)).await;
    let asked = house.peers.last::<pb::ConfirmPlateRequest>("ConfirmPlate");
    assert_eq!(asked.challenge_proof, "", "where none is asked for");

    let undone = citizen
        .request(Method::POST, &path("/undo"))
        .header("Idempotency-Key", KEY);
    assert_eq!(answer(undone).await.status, 200);
    let asked = house
        .peers
        .last::<pb::UndoSelectionRequest>("UndoSelection");
    assert_eq!(asked.application_id, APPLICATION);
}

/// Where the terms ask for no code before selecting, none is sent.
#[tokio::test]
async fn selecting_starts_without_a_proof_where_none_is_asked_for() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let bare = citizen
        .request(Method::POST, &path("/start"))
        .header("Idempotency-Key", KEY);
    assert_eq!(answer(bare).await.status, 200);
    let asked = house
        .peers
        .last::<pb::StartSelectingRequest>("StartSelecting");
    assert_eq!((asked.challenge_proof.as_str(), asked.more_time), ("", false));
}

/// Who says that he needs more time is heard (WCAG 2.2.1).
#[tokio::test]
async fn more_time_is_asked_for_when_selecting_starts() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let wish = json!({"challenge_proof": "a.signed.proof", "more_time": true});
    assert_eq!(answer(citizen.post(&path("/start"), &wish)).await.status, 200);
    let asked = house
        .peers
        .last::<pb::StartSelectingRequest>("StartSelecting");
    assert!(asked.more_time);
}

/// R-SEL-01, R-SEL-02: the keyboard is laid out by the server.
#[tokio::test]
async fn the_keyboard_comes_in_the_order_it_is_shown() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = citizen.get(&path("/keyboard?issuing_code=%E7%B2%A4G&partial=7%3F"));
    let told = answer(told).await;
    assert_eq!(
        told.body,
        json!({"keys": "7B0K", "characters": ["07", "BK"], "scrambled": true})
    );
    assert_eq!(told.header("cache-control"), "no-store");
    let asked = house.peers.last::<pb::GetKeyboardRequest>("GetKeyboard");
    assert_eq!(
        (asked.issuing_code.as_str(), asked.partial.as_str()),
        ("粤G", "7?")
    );
    answer(citizen.get(&path("/keyboard")))
        .await
        .refused(400, "FIELD_REQUIRED");
}

/// R-INF-06: what was submitted comes in four blocks.
#[tokio::test]
async fn what_was_submitted_comes_in_four_blocks() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = answer(citizen.get(&path("/submitted-info"))).await;
    assert_eq!(
        told.body,
        json!({
            "issuing_authority": {
                "office": "gd-zhanjiang", "name": "湛江", "issuing_codes": ["粤G"],
            },
            "person": {"full_name_masked": "张*", "resident_id_masked": "44**************1X"},
            "vehicle": {
                "vin": "LSVAA49J132047371", "plate_class": "small", "description": "桑塔纳",
                "purchase_proof_masked": "电子发票 ****5678",
            },
            "contact": {"mobile_masked": "138****8000"},
        })
    );
}

/// What waits for being confirmed, what happened at the office and what is frozen into the application
/// reads as documented.
#[tokio::test]
async fn an_application_tells_what_is_going_on() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = citizen.get(&format!("/api/v1/applications/{FULL_APPLICATION}"));
    let told = answer(told).await.body;
    assert_eq!(told["verification"], "under_review");
    assert_eq!(
        told["choice"],
        json!({
            "plate": "粤G12A3B", "composed": true, "final": true, "until": "2026-11-22T08:01:00Z",
        })
    );
    assert_eq!(
        told["office_acts"],
        json!({
            "arrived_on": "2026-11-24", "inspected_on": "2026-11-24", "inspection_passed": false,
        })
    );
    assert_eq!(told["checked_here"], true);
    assert_eq!(told["undo_until"], "2026-11-22T08:10:00Z");
    assert_eq!(told["compose_forfeited"], true);
    assert_eq!(told["void_reason"], "evicted");
    assert_eq!(told["banned_until"], "2028-11-22");
    assert_eq!(told["appeal_id"], CHALLENGE);
    let terms = &told["terms"];
    for switch in [
        "compose_forfeit",
        "compose_captcha",
        "draw_captcha",
        "basket",
        "check_before_selecting",
        "check_after_choosing",
        "keyboard_scrambled",
        "tab_auto_jump",
        "address_required",
    ] {
        assert_eq!(terms[switch], true, "{switch}");
    }
    for (figure, value) in [
        ("compose_hold_ttl_s", 60),
        ("choice_ttl_s", 60),
        ("undo_minutes", 10),
        ("blacklist_years", 2),
    ] {
        assert_eq!(terms[figure], value, "{figure}");
    }
    assert_eq!(terms["purchase_proof_kinds"], json!(["paper_invoice"]));
}
