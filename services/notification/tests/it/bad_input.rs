//! Bad input through every RPC.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Kind;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;

use crate::house::{House, any_id};

/// Texts nobody means: empty, huge, of other alphabets, almost right.
struct Texts(SecureRandom);

impl Texts {
    fn text(&self) -> String {
        match self.0.below(9) {
            0 => String::new(),
            1 => "x".repeat(20_000),
            2 => "challenge_code".into(),
            3 => "\u{0}\u{7f}\u{202e}验".into(),
            4 => any_id().to_string(),
            5 => "13800138000' --".into(),
            6 => "zh-CN".into(),
            7 => "{code}".into(),
            _ => hex::encode(self.0.bytes::<12>()),
        }
    }

    fn below(&self, bound: u64) -> usize {
        usize::try_from(self.0.below(bound)).unwrap()
    }

    fn pairs(&self) -> std::collections::BTreeMap<String, String> {
        (0..self.below(4))
            .map(|_| (self.text(), self.text()))
            .collect()
    }
}

/// Arbitrary, oversized and wrong-ordered requests to every RPC are refused by name, never `INTERNAL`,
/// and change no row.
#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let house = House::new().await;
    let some = Texts(SecureRandom::seeded(20_261_122));
    let operator = house.staff(Role::Operator);
    let (mut identity, mut xuanctl) = (house.client("identity"), house.client("xuanctl"));
    for round in 0..150 {
        let mut good = house.code("482915");
        // Right but for what is wrong.
        match some.below(6) {
            0 => good.parameters = some.pairs(),
            1 => good.secret_parameters = some.pairs(),
            2 => good.recipient = Some(Recipient::Mobile(some.text())),
            3 => good.recipient = Some(Recipient::PersonId(some.text())),
            4 => {
                good.parameters
                    .insert("minutes".into(), "\u{0}5".repeat(1 + some.below(40)));
            }
            _ => good.template = format!("{}{round}", some.text()),
        }
        if round % 3 == 0 {
            good.request_id = some.text();
            good.province = some.text();
            good.office = some.text();
            good.locale = some.text();
        }
        let approval = pb::SetTemplateApprovalRequest {
            request_id: any_id().to_string(),
            template: some.text(),
            locale: some.text(),
            provider: some.text(),
            provider_template_id: some.text(),
            state: 1 + i32::try_from(some.below(9)).unwrap(),
            reason: some.text(),
        };
        let answered: Vec<Result<(), Status>> = vec![
            identity.enqueue_message(call(good)).await.map(drop),
            identity
                .set_contact_point(call(pb::SetContactPointRequest {
                    request_id: some.text(),
                    person_id: some.text(),
                    account_id: some.text(),
                    mobile: some.text(),
                    locale: some.text(),
                }))
                .await
                .map(drop),
            identity
                .get_message(call(pb::GetMessageRequest {
                    message_id: some.text(),
                }))
                .await
                .map(drop),
            xuanctl
                .set_template_approval(call(approval).principal(&operator))
                .await
                .map(drop),
        ];
        for (place, answer) in answered.into_iter().enumerate() {
            let status = answer.expect_err("nothing of this can be granted");
            let refusal = Refusal::from_status(&status);
            let refusal = refusal.unwrap_or_else(|| panic!("{place}: {status:?}"));
            let fault = matches!(refusal.reason().kind(), Kind::Fault | Kind::Late);
            assert!(!fault, "{place}: {status:?}");
        }
    }
    assert!(house.rows().await.is_empty());
    let others: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM contact_points) + (SELECT count(*) FROM template_approvals)
              + (SELECT count(*) FROM audit_entries)",
    )
    .fetch_one(house.database.pool())
    .await
    .unwrap();
    assert_eq!(others, 0);
}
