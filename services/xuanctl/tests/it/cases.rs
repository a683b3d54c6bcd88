//! `xuanctl appeal` and `review`.

use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::vehicle::v1 as vehicle;

use crate::fake_counter::APPEAL;
use crate::fake_selection::APPLICATION;
use crate::fake_vehicle::REVIEW;
use crate::house::House;

#[test]
fn appeals_are_listed_shown_and_decided() {
    let house = House::signed_in();
    let list = ["appeal", "list", "--province", "gd", "--output", "json"];
    assert_eq!(house.fine(&list).json()["appeals"], serde_json::json!([]));
    let asked: selection::ListAppealsRequest = house.log.one("ListAppeals");
    assert_eq!((asked.province.as_str(), asked.office.as_str()), ("gd", ""));
    assert_eq!(asked.state(), selection::AppealState::Unspecified);
    let run = house.fine(&[&list[..], &["--state", "upheld"]].concat());
    assert_eq!(run.json()["appeals"][0]["appeal_id"], APPEAL);

    let show = ["appeal", "show", APPEAL, "--office", "gd-zhanjiang"];
    let run = house.fine(&show);
    assert!(run.stdout.contains("我已在期限内办理。"), "{}", run.stdout);
    let other = ["appeal", "show", REVIEW, "--office", "gd-zhanjiang"];
    house.refused(&other, "NOT_FOUND");

    let decide = ["appeal", "decide", APPEAL, "--reason", "proof seen"];
    assert_eq!(house.run(&decide).code, Some(2), "one of the two");
    let both = ["--uphold", "--dismiss"];
    assert_eq!(house.run(&[&decide[..], &both].concat()).code, Some(2));
    let run = house.fine(&[&decide[..], &["--uphold"]].concat());
    assert!(run.stdout.contains("upheld"), "{}", run.stdout);
    let asked: selection::DecideAppealRequest = house.log.one("DecideAppeal");
    assert!(asked.uphold);
    assert_eq!(asked.reason, "proof seen");
    house.refused(&[&decide[..], &["--dismiss"]].concat(), "APPROVER_IS_ACTOR");
}

#[test]
fn reviews_are_listed_opened_and_decided() {
    let house = House::signed_in();
    let run = house.fine(&["review", "list", "--office", "gd-zhanjiang"]);
    assert_eq!(run.stdout.matches(REVIEW).count(), 2, "{}", run.stdout);
    let asked: Vec<vehicle::ListReviewsRequest> = house.log.all("ListReviews");
    assert_eq!(asked[1].page_token, "more");
    assert_eq!(
        (asked[0].province.as_str(), asked[0].office.as_str()),
        ("gd", "gd-zhanjiang")
    );

    let open = ["review", "open", APPLICATION, "--reason", "odd invoice"];
    let run = house.fine(&open);
    assert!(run.stdout.contains("model_year officer"), "{}", run.stdout);
    let decide = ["review", "decide", REVIEW, "--reason", "certificate seen"];
    assert_eq!(house.run(&decide).code, Some(2), "one of the two");
    let run = house.fine(&[&decide[..], &["--clear", "--output", "json"]].concat());
    assert_eq!(run.json()["state"], "cleared");
    let run = house.fine(&[&decide[..], &["--confirm", "--output", "json"]].concat());
    assert_eq!(run.json()["state"], "confirmed");
    let asked: Vec<vehicle::DecideReviewRequest> = house.log.all("DecideReview");
    assert!(asked[0].clear && !asked[1].clear);
    let closed = ["review", "decide", APPEAL, "--clear", "--reason", "x"];
    house.refused(&closed, "REVIEW_CLOSED");
}
