//! Policies, notices and calendars: versions, differences, audit.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{GUANGDONG, House, OFFICE, assert_refused, uuid};

fn apply(yaml: &str) -> pb::ApplyPolicyRequest {
    pb::ApplyPolicyRequest {
        request_id: uuid(),
        offices: vec![OFFICE.to_owned(), "gd-maoming".to_owned()],
        yaml: yaml.to_owned(),
        reason: "rules of the season".to_owned(),
        dry_run: false,
    }
}

impl House {
    async fn apply_as(
        &self,
        request: pb::ApplyPolicyRequest,
        token: &str,
    ) -> Result<pb::ApplyPolicyResponse, tonic::Status> {
        let answer = self
            .policies()
            .apply_policy(call(request).principal(token))
            .await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn apply_calendar(&self, year: i32, holidays: &[&str]) {
        let request = pb::ApplyCalendarRequest {
            request_id: uuid(),
            year,
            holidays: holidays.iter().map(|day| (*day).to_owned()).collect(),
            make_up_days: Vec::new(),
            reason: "announced".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Operator));
        self.policies().apply_calendar(request).await.unwrap();
    }
}

/// A dry run tells what would change and changes nothing; applying makes a version per office, with
/// its audit entry; a repeat makes no other.
#[tokio::test]
async fn policies_are_versions_with_differences() {
    let house = House::new().await;
    let operator = house.staff(Role::Operator);
    let yaml = GUANGDONG.replace("quota: 20", "quota: 50");
    let dry = pb::ApplyPolicyRequest {
        dry_run: true,
        ..apply(&yaml)
    };
    let told = house.apply_as(dry, &operator).await.unwrap();
    let here: Vec<_> = told
        .differences
        .iter()
        .filter(|difference| difference.office == OFFICE)
        .collect();
    assert_eq!(here.len(), 1);
    let change = (
        here[0].field.as_str(),
        here[0].before.as_str(),
        here[0].after.as_str(),
    );
    assert_eq!(change, ("compose.quota", "20", "50"));
    assert_eq!(house.count("SELECT count(*) FROM policies").await, 1);

    let request = apply(&yaml);
    assert_eq!(
        house
            .apply_as(request.clone(), &operator)
            .await
            .unwrap()
            .version,
        2
    );
    assert_eq!(house.apply_as(request, &operator).await.unwrap().version, 2);
    assert_eq!(house.count("SELECT count(*) FROM policies").await, 3);
    let audited = "SELECT count(*) FROM audit_entries WHERE act = 'policy.applied'
        AND reason = 'rules of the season' AND details ? 'changes'";
    assert_eq!(house.count(audited).await, 3);
    let in_force = pb::GetPolicyRequest {
        office: OFFICE.to_owned(),
    };
    let in_force = house
        .policies()
        .get_policy(in_force)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (in_force.name.as_str(), in_force.version),
        ("guangdong-2023", 2)
    );
    assert_eq!(in_force.yaml, yaml);
}

/// What is wrong with a document is told by its field; who may not, may not.
#[tokio::test]
async fn bad_policies_and_strangers_are_refused() {
    let house = House::bare().await;
    let operator = house.staff(Role::Operator);
    let bad = house.apply_as(
        apply(&GUANGDONG.replace("batch_max: 5", "batch_max: 99")),
        &operator,
    );
    let refused = assert_refused(bad.await, Reason::PolicyInvalid);
    assert_eq!(refused.params()["field"], "compose.batch_max");
    let odd = house.apply_as(
        apply(&GUANGDONG.replace("quota: 20", "'牌 <b>': 20")),
        &operator,
    );
    assert_eq!(
        assert_refused(odd.await, Reason::PolicyInvalid).params()["field"],
        "yaml"
    );
    let nameless = pb::ApplyPolicyRequest {
        reason: " ".to_owned(),
        ..apply(GUANGDONG)
    };
    assert_refused(
        house.apply_as(nameless, &operator).await,
        Reason::StaffReasonRequired,
    );
    let unknown = pb::ApplyPolicyRequest {
        offices: vec!["gd-atlantis".to_owned()],
        ..apply(GUANGDONG)
    };
    assert_refused(
        house.apply_as(unknown, &operator).await,
        Reason::OfficeUnknown,
    );
    for token in [
        house.staff_of(Role::Operator, "he", &[]),
        house.staff_of(Role::Operator, "gd", &[OFFICE]),
    ] {
        let refused = house.apply_as(apply(GUANGDONG), &token).await;
        assert_refused(refused, Reason::OutsideYourOffice);
    }
    let officer = house.staff(Role::Officer);
    assert_refused(
        house.apply_as(apply(GUANGDONG), &officer).await,
        Reason::PermissionDenied,
    );
    assert_eq!(house.count("SELECT count(*) FROM policies").await, 0);
    let visitor = house.visitor(1);
    assert_refused(visitor.enter().await, Reason::OfficeUnknown);
}

/// A policy whose deadlines no calendar covers is refused; a calendar makes room.
#[tokio::test]
async fn calendars_make_room_for_deadlines() {
    let house = House::bare().await;
    house.wait_days(37);
    let operator = house.staff(Role::Operator);
    let early = house.apply_as(apply(GUANGDONG), &operator).await;
    assert_refused(early, Reason::CalendarNotCovered);
    house.apply_calendar(2027, &["2027-01-01"]).await;
    house
        .apply_as(apply(GUANGDONG), &house.staff(Role::Operator))
        .await
        .unwrap();
    let listed = call(pb::ListCalendarsRequest {}).principal(&house.staff(Role::Auditor));
    let years = house
        .policies()
        .list_calendars(listed)
        .await
        .unwrap()
        .into_inner()
        .years;
    assert!(years.contains(&2027) && years.contains(&2026), "{years:?}");
    let wrong = pb::ApplyCalendarRequest {
        request_id: uuid(),
        year: 2027,
        holidays: vec!["2028-01-01".to_owned()],
        make_up_days: Vec::new(),
        reason: "announced".to_owned(),
    };
    let wrong = call(wrong).principal(&house.staff(Role::Operator));
    assert_refused(
        house.policies().apply_calendar(wrong).await,
        Reason::FieldInvalid,
    );
}
