//! Notices with their versions, agreements and warnings.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{HEBEI, House, OFFICE, assert_refused};

impl House {
    async fn notice_versions(
        &self,
        token: &str,
        page_token: &str,
    ) -> pb::ListNoticeVersionsResponse {
        let request = pb::ListNoticeVersionsRequest {
            office: OFFICE.to_owned(),
            page_size: 1,
            page_token: page_token.to_owned(),
        };
        let request = call(request).principal(token);
        let answer = self.policies().list_notice_versions(request).await;
        answer.unwrap().into_inner()
    }

    async fn warnings(&self) -> Vec<pb::Warning> {
        let request = pb::GetNoticeRequest {
            office: OFFICE.to_owned(),
        };
        let answer = self.policies().get_notice(request).await.unwrap();
        answer.into_inner().warnings
    }
}

/// R-ENT-04: each version of a notice tells who published it, when and why, and how many citizens agreed
/// to it.
#[tokio::test]
async fn versions_count_who_agreed() {
    let house = House::new().await;
    house.opened(1).await;
    house.opened(2).await;
    let second = house.publish_notice().await;
    let mut third = house.visitor(3);
    third.open_with(second).await.unwrap();
    third.open().await.unwrap();
    let auditor = house.staff(Role::Auditor);
    let page = house.notice_versions(&auditor, "").await;
    assert_eq!(page.versions.len(), 1);
    assert_eq!(
        (page.versions[0].version, page.versions[0].agreements),
        (2, 1)
    );
    let page = house.notice_versions(&auditor, &page.next_page_token).await;
    let first = &page.versions[0];
    assert_eq!((first.version, first.agreements), (1, 2));
    assert_eq!(first.reason, "first notice");
    assert!(!first.published_by.is_empty() && first.published_at.is_some());
    assert_eq!(page.next_page_token, "");
    let elsewhere = house.staff_of(Role::Operator, "gd", &["gd-maoming"]);
    let request = pb::ListNoticeVersionsRequest {
        office: OFFICE.to_owned(),
        ..Default::default()
    };
    let request = call(request).principal(&elsewhere);
    let refused = house.policies().list_notice_versions(request).await;
    assert_refused(refused, Reason::OutsideYourOffice);
}

/// R-NOTE-01: the five notes stand beside the notice with the figures of the policy in force.
#[tokio::test]
async fn the_five_notes_follow_the_policy() {
    let house = House::new().await;
    let notes = house.warnings().await;
    let names: Vec<_> = notes.iter().map(|note| note.warning.as_str()).collect();
    let expected = [
        "read_the_notice",
        "compose_counter",
        "draw_counter",
        "both_used_up",
        "registration_deadline",
    ];
    assert_eq!(names, expected);
    assert!(notes[2].text_zh.contains("5次，每次10个"));
    assert!(notes[4].text_en.contains("3 working days"));
    house.apply(HEBEI).await;
    let notes = house.warnings().await;
    assert!(notes[2].text_zh.contains("10次，每次5个"));
}
