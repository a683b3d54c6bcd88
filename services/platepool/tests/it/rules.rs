//! The rules of an office's pool as documents.

use sqlx::Row;
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::CallContext;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;

use crate::house::{House, OFFICE, TRIAL, by_operator, new_uuid, refused, staff};

async fn in_force(house: &House) -> pb::GetPoolRulesResponse {
    let request = pb::GetPoolRulesRequest {
        office: OFFICE.to_owned(),
    };
    let told = house
        .pool
        .admin()
        .get_pool_rules(by_operator(request))
        .await;
    told.unwrap().into_inner()
}

/// An office without a document goes by the default preset; a document is a new version, with its
/// audit entry; a dry run changes nothing; a repeat is answered the same.
#[tokio::test(flavor = "multi_thread")]
async fn documents_have_versions() {
    let house = House::by_default().await;
    let preset = in_force(&house).await;
    assert_eq!(
        (&*preset.name, preset.version, preset.applied_at),
        ("default", 0, None)
    );
    let field = |rules: &pb::GetPoolRulesResponse, path: &str| {
        let found = rules.fields.iter().find(|field| field.path == path);
        found.cloned().unwrap()
    };
    let notice = field(&preset, "release.notice_h");
    assert_eq!(
        (&*notice.value, &*notice.unit, &*notice.mark),
        ("72", "hours", "live")
    );
    assert_eq!(notice.range, "0–2160");
    assert_eq!(field(&preset, "segment.random_only_days").mark, "frozen");

    let dry = house.pool.apply_rules(TRIAL, true).await.unwrap();
    assert_eq!(dry.version, 0);
    let changed: Vec<_> = dry
        .differences
        .iter()
        .map(|one| one.field.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "batch.min_numbers",
            "compose.all_zero",
            "compose.max_equal_digits",
            "name",
            "release.notice_h",
            "segment.open_within_days",
            "segment.random_only_days",
        ]
    );
    assert_eq!(
        (&*dry.differences[0].before, &*dry.differences[0].after),
        ("1000", "1")
    );
    assert_eq!(house.count("pool_rules").await, 0);
    assert_eq!(house.count("audit_entries").await, 0);

    let request = pb::ApplyPoolRulesRequest {
        request_id: new_uuid(),
        offices: vec![OFFICE.to_owned(), OFFICE.to_owned()],
        yaml: TRIAL.to_owned(),
        reason: "试运行".to_owned(),
        dry_run: false,
    };
    let first = house
        .pool
        .admin()
        .apply_pool_rules(by_operator(request.clone()))
        .await;
    let first = first.unwrap().into_inner();
    assert_eq!((first.version, &first.differences), (1, &dry.differences));
    let again = house
        .pool
        .admin()
        .apply_pool_rules(by_operator(request))
        .await;
    assert_eq!(again.unwrap().into_inner(), first);
    let second = TRIAL.replace("notice_h: 0", "notice_h: 24");
    let second = house.pool.apply_rules(&second, false).await.unwrap();
    assert_eq!((second.version, second.differences.len()), (2, 1));
    let now = in_force(&house).await;
    assert_eq!((&*now.name, now.version), ("trial", 2));
    assert!(now.yaml.contains("notice_h: 24") && now.applied_at.is_some());
    let rows = house
        .rows("SELECT subject, detail FROM audit_entries ORDER BY subject")
        .await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].get::<String, _>(1), "release.notice_h: 0 → 24");
}

/// A document that is none is refused by the field at fault, and nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_document_is_refused() {
    let house = House::by_default().await;
    for (yaml, field) in [
        ("nonsense", "yaml"),
        ("a: {b: {c: [1]}}", "a.b"),
        (
            &*TRIAL.replace("notice_h: 0", "notice_h: 9999"),
            "release.notice_h",
        ),
        (&*format!("{TRIAL}surprise: 1\n"), "surprise"),
        (&*format!("{TRIAL}\"密码 123\": 1\n"), "yaml"),
    ] {
        let told = house.pool.apply_rules(yaml, false).await.unwrap_err();
        let told = Refusal::from_status(&told).unwrap();
        assert_eq!(
            (told.reason(), &*told.params()["field"]),
            (Reason::PolicyInvalid, field)
        );
    }
    assert_eq!(house.count("pool_rules").await, 0);
    let request = pb::ApplyPoolRulesRequest {
        request_id: new_uuid(),
        offices: vec![OFFICE.to_owned()],
        yaml: TRIAL.to_owned(),
        reason: "越权".to_owned(),
        dry_run: false,
    };
    let stranger = staff(Role::Operator, "gd-maoming");
    let context = CallContext::new(Caller::Xuanctl, std::time::Duration::from_secs(5));
    let request = context
        .with_principal(stranger, "token")
        .attach(tonic::Request::new(request));
    let foreign = house.pool.admin().apply_pool_rules(request).await;
    assert_eq!(refused(foreign), Reason::OutsideYourOffice);
}

/// What may be composed follows the document at once, by a row of the log, and stays so; three equal
/// digits and all zeros are drawn only by the preset.
#[tokio::test(flavor = "multi_thread")]
async fn composing_follows_the_document() {
    let mut house = House::opened("D0D0A").await;
    let hits = |house: &House, wish: &'static str| {
        let (pool, who) = (house.pool.clone(), house.application());
        async move {
            let told = pool.compose(who, 1, &[wish]).await.unwrap();
            matches!(told.result, Some(Became::Allocated(_)))
        }
    };
    assert!(hits(&house, "粤G1000A").await);
    let rules = TRIAL.replace("max_equal_digits: 6", "max_equal_digits: 2");
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert!(!hits(&house, "粤G2000A").await);
    assert!(hits(&house, "粤G2030A").await);
    house.restart().await;
    assert!(!hits(&house, "粤G2000A").await);
    let rules = TRIAL.replace("all_zero: true", "all_zero: false");
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert!(hits(&house, "粤G2000A").await);
    assert!(!hits(&house, "粤G0000A").await);
    assert_eq!(house.count("pool_log WHERE kind = 'rules'").await, 2);
    let rules = TRIAL.replace("min_numbers: 1", "min_numbers: 2");
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert!(hits(&house, "粤G0000A").await);
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert_eq!(
        house.count("pool_log WHERE kind = 'rules'").await,
        3,
        "nothing else to say"
    );
}

/// A document that was applied while the engine was away is followed later.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_followed_later() {
    let mut house = House::opened("D0D0A").await;
    house.depose().await;
    let rules = TRIAL.replace("max_equal_digits: 6", "max_equal_digits: 2");
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert_eq!(house.count("pool_log WHERE kind = 'rules'").await, 0);
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    house.pool.app.follow_all_rules().await.unwrap();
    assert_eq!(house.count("pool_log WHERE kind = 'rules'").await, 1);
}
