//! Appeals against bans and voidings: who may file and decide, by when, and what follows.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::principal::Kind;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1::DocumentKind;
use xuanhao_proto::selection::v1 as pb;

use crate::citizen::Citizen;
use crate::house::{GUANGDONG, House, OFFICE, assert_refused, uuid};

impl Citizen<'_> {
    async fn appeal_with(
        &self,
        statement: &str,
        documents: &[String],
    ) -> Result<pb::Appeal, tonic::Status> {
        let request = pb::FileAppealRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            statement: statement.to_owned(),
            document_ids: documents.to_vec(),
        };
        let request = call(request).principal(&self.token());
        let answer = self.house.appeals().file_appeal(request).await?;
        Ok(answer.into_inner().appeal.unwrap())
    }

    pub(crate) async fn appeal(&self) -> Result<pb::Appeal, tonic::Status> {
        self.appeal_with("当日交通管制，无法到达车管所。", &[])
            .await
    }

    async fn get_appeal(&self, id: &str) -> Result<pb::Appeal, tonic::Status> {
        let request = pb::GetAppealRequest {
            appeal_id: id.to_owned(),
        };
        let request = call(request).principal(&self.token());
        let answer = self.house.appeals().get_appeal(request).await?;
        Ok(answer.into_inner().appeal.unwrap())
    }
}

impl House {
    /// Another reviewer than the one who voids.
    fn second_reviewer(&self) -> String {
        self.principal(Kind::Staff, 0xD1, &[Role::Reviewer], "gd", &[])
    }

    async fn decide(
        &self,
        token: &str,
        appeal: &str,
        uphold: bool,
    ) -> Result<pb::Appeal, tonic::Status> {
        let request = pb::DecideAppealRequest {
            request_id: uuid(),
            appeal_id: appeal.to_owned(),
            uphold,
            reason: "管制属实".to_owned(),
        };
        let request = call(request).principal(token);
        let answer = self.appeals().decide_appeal(request).await?;
        Ok(answer.into_inner().appeal.unwrap())
    }

    async fn appeals_of(
        &self,
        token: &str,
        office: &str,
        page_token: &str,
    ) -> Result<pb::ListAppealsResponse, tonic::Status> {
        let request = pb::ListAppealsRequest {
            province: "gd".to_owned(),
            office: office.to_owned(),
            state: 0,
            page_size: 1,
            page_token: page_token.to_owned(),
        };
        let request = call(request).principal(token);
        Ok(self.appeals().list_appeals(request).await?.into_inner())
    }

    async fn expired(&self, number: u128) -> Citizen<'_> {
        let (citizen, _) = self.confirmed(number).await;
        self.wait_days(4);
        self.app.expire_overdue().await.unwrap();
        citizen
    }

    async fn lifted_for(&self) -> Vec<String> {
        let facts: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT payload FROM outbox WHERE kind = 'blacklist.lifted'")
                .fetch_all(self.database.pool())
                .await
                .unwrap();
        let read = |fact: Vec<u8>| -> pb::BlacklistLifted {
            prost::Message::decode(fact.as_slice()).unwrap()
        };
        facts.into_iter().map(|fact| read(fact).cause).collect()
    }
}

/// R-BLK-01: an upheld appeal lifts the ban at once, with its cause in the fact; the citizen is told, and
/// the number that lapsed stays lapsed.
#[tokio::test]
async fn an_upheld_appeal_lifts_the_ban_at_once() {
    let house = House::new().await;
    let citizen = house.expired(1).await;
    let account = citizen.account();
    let evidence = house.documents.add(&account, DocumentKind::AppealEvidence);
    let filed = citizen
        .appeal_with("当日交通管制。", std::slice::from_ref(&evidence))
        .await
        .unwrap();
    assert_eq!(filed.state(), pb::AppealState::Waiting);
    assert_eq!(filed.document_ids, [evidence]);
    // Friday 27 November and ten working days.
    assert_eq!(filed.due_on, "2026-12-11");
    assert_eq!(citizen.look().await.appeal_id, filed.appeal_id);
    let again = assert_refused(citizen.appeal().await, Reason::AlreadyExists);
    assert_eq!(again.params()["kind"], "appeal");
    let reviewer = house.staff(Role::Reviewer);
    let decided = house.decide(&reviewer, &filed.appeal_id, true).await;
    assert_eq!(decided.unwrap().state(), pb::AppealState::Upheld);
    assert_eq!(house.lifted_for().await, ["appeal"]);
    let seen = citizen.look().await;
    assert_eq!(seen.banned_until, "");
    assert_eq!(seen.state(), pb::ApplicationState::Expired);
    let told = house.told("appeal_upheld").await.remove(0);
    assert_eq!(told.parameters["reason"], "管制属实");
    assert_eq!(
        house.told("ban_lifted").await.len(),
        0,
        "told by the decision"
    );
    let other = house.second_reviewer();
    let refused = house.decide(&other, &filed.appeal_id, false).await;
    assert_refused(refused, Reason::AppealDecided);
    assert_refused(citizen.appeal().await, Reason::AppealNotPossible);
    let mut next = house.visitor(1);
    next.open().await.unwrap();
    let audited = "SELECT count(*) FROM audit_entries WHERE act = 'appeal.decided'";
    assert_eq!(house.count(audited).await, 1);
}

/// R-BLK-01: who acted on the application before may not decide; a dismissed appeal changes nothing, and
/// another one is decided by somebody else again.
#[tokio::test]
async fn who_acted_before_does_not_decide() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house.void(&citizen.application).await.unwrap();
    let filed = citizen.appeal().await.unwrap();
    let (voider, other) = (house.staff(Role::Reviewer), house.second_reviewer());
    let refused = house.decide(&voider, &filed.appeal_id, true).await;
    assert_refused(refused, Reason::ApproverIsActor);
    let officer = house.principal(Kind::Staff, 0xD2, &[Role::Officer], "gd", &[]);
    let refused = house.decide(&officer, &filed.appeal_id, true).await;
    assert_refused(refused, Reason::PermissionDenied);
    let elsewhere = house.principal(Kind::Staff, 0xD3, &[Role::Reviewer], "gd", &["gd-maoming"]);
    let refused = house.decide(&elsewhere, &filed.appeal_id, true).await;
    assert_refused(refused, Reason::OutsideYourOffice);
    let decided = house.decide(&other, &filed.appeal_id, false).await.unwrap();
    assert_eq!(decided.state(), pb::AppealState::Dismissed);
    assert_eq!(house.told("appeal_dismissed").await.len(), 1);
    let second = citizen.appeal().await.unwrap();
    let refused = house.decide(&other, &second.appeal_id, true).await;
    assert_refused(refused, Reason::ApproverIsActor);
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
}

/// R-BLK-01: within the days of policy, against what was done to the citizen, with evidence of his own.
#[tokio::test]
async fn an_appeal_that_cannot_be_is_refused() {
    let house = House::new().await;
    let (confirmed, _) = house.confirmed(1).await;
    assert_refused(confirmed.appeal().await, Reason::AppealNotPossible);
    let citizen = house.expired(2).await;
    let mut stranger = house.visitor(3);
    stranger.application = citizen.application.clone();
    assert_refused(stranger.appeal().await, Reason::NotFound);
    assert_refused(citizen.appeal_with(" ", &[]).await, Reason::FieldRequired);
    let long = "长".repeat(1_001);
    assert_refused(citizen.appeal_with(&long, &[]).await, Reason::FieldTooLong);
    let six: Vec<String> = (0..6).map(|_| uuid()).collect();
    assert_refused(citizen.appeal_with("x", &six).await, Reason::FieldInvalid);
    assert_refused(citizen.appeal_with("x", &six[..1]).await, Reason::NotFound);
    let invoice = house
        .documents
        .add(&citizen.account(), DocumentKind::Invoice);
    let refused = citizen.appeal_with("x", &[invoice]).await;
    assert_refused(refused, Reason::DocumentMissing);
    // The ban began on 27 November; the sixtieth day after it is the last.
    house.wait_days(60);
    let filed = citizen.appeal().await.unwrap();
    let refused = stranger.get_appeal(&filed.appeal_id).await;
    assert_refused(refused, Reason::NotFound);
    assert_eq!(citizen.get_appeal(&filed.appeal_id).await.unwrap(), filed);
    let reviewer = house.staff(Role::Reviewer);
    house
        .decide(&reviewer, &filed.appeal_id, false)
        .await
        .unwrap();
    house.wait_days(1);
    let refused = assert_refused(citizen.appeal().await, Reason::AppealTooLate);
    assert_eq!(refused.params()["date"], "2027-01-26");
    assert_eq!(house.count("SELECT count(*) FROM appeals").await, 1);

    let strict = GUANGDONG.replace("appeal: online", "appeal: face_to_face");
    let house = House::with(&strict).await;
    let citizen = house.expired(1).await;
    assert_refused(citizen.appeal().await, Reason::EnrolmentRequired);
}

/// Reviewers see the appeals of their province or offices, the oldest first; the citizen's words go a year
/// after the decision.
#[tokio::test]
async fn appeals_are_listed_and_wiped() {
    let house = House::new().await;
    let (first, _) = house.confirmed(1).await;
    let (second, _) = house.confirmed(2).await;
    for citizen in [&first, &second] {
        house.void(&citizen.application).await.unwrap();
    }
    let older = first.appeal().await.unwrap();
    house.wait(1);
    let newer = second.appeal().await.unwrap();
    let reviewer = house.second_reviewer();
    let page = house.appeals_of(&reviewer, "", "").await.unwrap();
    assert_eq!(page.appeals, std::slice::from_ref(&older));
    let next = page.next_page_token;
    let page = house.appeals_of(&reviewer, OFFICE, &next).await.unwrap();
    assert_eq!(page.appeals, [newer]);
    assert_eq!(page.next_page_token, "");
    let elsewhere = house.principal(Kind::Staff, 0xD3, &[Role::Reviewer], "gd", &["gd-maoming"]);
    let page = house.appeals_of(&elsewhere, "", "").await.unwrap();
    assert!(page.appeals.is_empty());
    let refused = house.appeals_of(&elsewhere, OFFICE, "").await;
    assert_refused(refused, Reason::OutsideYourOffice);
    let abroad = house.principal(Kind::Staff, 0xD4, &[Role::Reviewer], "he", &[]);
    let refused = house.appeals_of(&abroad, "", "").await;
    assert_refused(refused, Reason::OutsideYourOffice);
    house
        .decide(&reviewer, &older.appeal_id, false)
        .await
        .unwrap();
    house.wait_days(364);
    house.app.wipe_appeals().await.unwrap();
    let kept = first.get_appeal(&older.appeal_id).await.unwrap();
    assert!(!kept.statement.is_empty());
    let clear = format!(
        "SELECT count(*) FROM appeals WHERE position('{}'::bytea IN statement) > 0",
        kept.statement
    );
    let clear = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(clear));
    let clear = clear.fetch_one(house.database.pool()).await.unwrap();
    assert_eq!(clear, 0, "the words are sealed");
    house.wait_days(2);
    house.app.wipe_appeals().await.unwrap();
    let kept = first.get_appeal(&older.appeal_id).await.unwrap();
    assert_eq!(kept.statement, "");
    let waiting = "SELECT count(*) FROM appeals WHERE state = 'waiting' AND statement <> ''::bytea";
    assert_eq!(house.count(waiting).await, 1);
}
