//! Staff: the first administrator, roles and their scopes, audit.

use tonic::{Request, Status};
use xuanhao_chassis::db::Db;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_identity::app::bootstrap::{FirstAdministrator, Means, add_first};
use xuanhao_identity::app::passwords::Passwords;
use xuanhao_identity::config::PasswordsConfig;
use xuanhao_identity::domain::FullName;
use xuanhao_identity::domain::login_name::LoginName;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use crate::house::{House, assert_refused, uuid};

const INITIAL: &str = "initial password 1";
const CHOSEN: &str = "my own good password";

fn first(login_name: &str, provinces: &[&str]) -> FirstAdministrator {
    FirstAdministrator {
        login_name: LoginName::parse(login_name).unwrap(),
        full_name: FullName::parse("李四").unwrap(),
        initial_password: INITIAL.to_owned(),
        provinces: provinces
            .iter()
            .map(|id| ProvinceId::parse(id).unwrap())
            .collect(),
        reason: "a new installation".to_owned(),
    }
}

async fn bootstrap(house: &House, first: FirstAdministrator) -> Result<(), Reason> {
    let db = Db::over(house.database.pool().clone());
    let cheap = PasswordsConfig {
        memory_kib: 64,
        passes: 1,
        ..Default::default()
    };
    let passwords = Passwords::new(&cheap, SecureRandom::system()).unwrap();
    let means = Means {
        db: &db,
        clock: &house.clock,
        sealer: &house.sealer,
        passwords: &passwords,
    };
    match add_first(means, first).await {
        Ok(_) => Ok(()),
        Err(xuanhao_identity::Error::Refused(refusal)) => Err(refusal.reason()),
        Err(other) => panic!("{other:?}"),
    }
}

async fn sign_in(
    house: &House,
    login_name: &str,
    password: &str,
) -> Result<pb::SignInStaffResponse, Status> {
    let request = pb::SignInStaffRequest {
        login_name: login_name.to_owned(),
        password: password.to_owned(),
        client_address: "192.0.2.1".to_owned(),
    };
    Ok(house.staff().sign_in_staff(request).await?.into_inner())
}

async fn change(house: &House, token: &str, current: &str, new: &str) -> Result<(), Status> {
    let request = pb::ChangeStaffPasswordRequest {
        session_token: token.to_owned(),
        current_password: current.to_owned(),
        new_password: new.to_owned(),
        request_id: uuid(),
    };
    house
        .staff()
        .change_staff_password(request)
        .await
        .map(|_| ())
}

pub(crate) async fn principal_in(
    house: &House,
    token: &str,
    province: &str,
    office: &str,
) -> Result<String, Status> {
    let request = pb::IssueStaffPrincipalRequest {
        session_token: token.to_owned(),
        province: province.to_owned(),
        office: office.to_owned(),
    };
    Ok(house
        .staff()
        .issue_staff_principal(request)
        .await?
        .into_inner()
        .principal)
}

/// Signs in, replaces the initial password, and returns the session token.
pub(crate) async fn settle_in(house: &House, login_name: &str) -> String {
    let signed_in = sign_in(house, login_name, INITIAL).await.unwrap();
    assert!(signed_in.must_change_password);
    change(house, &signed_in.session_token, INITIAL, CHOSEN)
        .await
        .unwrap();
    signed_in.session_token
}

pub(crate) fn grant(role: pb::Role, province: &str, office: &str) -> pb::RoleGrant {
    pb::RoleGrant {
        role: role.into(),
        province: province.to_owned(),
        office: office.to_owned(),
    }
}

pub(crate) fn add(login_name: &str, grants: Vec<pb::RoleGrant>) -> pb::AddStaffRequest {
    pb::AddStaffRequest {
        request_id: uuid(),
        login_name: login_name.to_owned(),
        full_name: "王五".to_owned(),
        initial_password: INITIAL.to_owned(),
        grants,
        reason: "joins the office".to_owned(),
    }
}

pub(crate) fn by<T>(principal: &str, message: T) -> Request<T> {
    call(message).principal(principal)
}

pub(crate) async fn administrator(house: &House) -> String {
    bootstrap(house, first("admin_gd", &["gd"])).await.unwrap();
    let token = settle_in(house, "admin_gd").await;
    principal_in(house, &token, "", "").await.unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let house = House::new().await;
    let weak = FirstAdministrator {
        initial_password: "password123".to_owned(),
        ..first("admin_gd", &["gd"])
    };
    assert_eq!(bootstrap(&house, weak).await, Err(Reason::PasswordTooWeak));
    assert_eq!(
        bootstrap(&house, first("admin_gd", &[])).await,
        Err(Reason::FieldRequired)
    );
    let (one, two) = tokio::join!(
        bootstrap(&house, first("admin_gd", &["gd", "he"])),
        bootstrap(&house, first("admin_he", &["he"]))
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(one.and(two), Err(Reason::AlreadyExists));
    assert_eq!(
        bootstrap(&house, first("admin_x", &["gd"])).await,
        Err(Reason::AlreadyExists)
    );
    let entries = "SELECT count(*) FROM audit_entries WHERE act = 'bootstrap' AND actor IS NULL";
    assert!(house.count(entries).await >= 1);
}

/// The initial password admits to nothing but its own replacement.
#[tokio::test]
async fn the_initial_password_must_be_replaced() {
    let house = House::new().await;
    bootstrap(&house, first("admin_gd", &["gd"])).await.unwrap();
    let signed_in = sign_in(&house, "Admin_GD", INITIAL).await.unwrap();
    let token = signed_in.session_token;
    assert_refused(
        principal_in(&house, &token, "", "").await,
        Reason::PasswordChangeRequired,
    );
    assert_refused(
        change(&house, &token, INITIAL, INITIAL).await,
        Reason::PasswordTooWeak,
    );
    assert_refused(
        change(&house, &token, "something else", CHOSEN).await,
        Reason::SignInFailed,
    );
    change(&house, &token, INITIAL, CHOSEN).await.unwrap();
    principal_in(&house, &token, "", "").await.unwrap();
    assert_refused(
        sign_in(&house, "admin_gd", INITIAL).await,
        Reason::SignInFailed,
    );
    assert!(
        !sign_in(&house, "admin_gd", CHOSEN)
            .await
            .unwrap()
            .must_change_password
    );
}

/// An administrator adds members within the own province only, with an audit entry per grant.
#[tokio::test]
async fn an_administrator_acts_within_the_own_province() {
    let house = House::new().await;
    let admin = administrator(&house).await;
    let mut client = house.staff();
    let foreign = add(
        "officer_1",
        vec![grant(pb::Role::Officer, "he", "he-tangshan")],
    );
    assert_refused(
        client.add_staff(by(&admin, foreign)).await,
        Reason::OutsideYourOffice,
    );
    let mixed = add(
        "officer_1",
        vec![grant(pb::Role::Officer, "gd", "he-tangshan")],
    );
    assert_refused(
        client.add_staff(by(&admin, mixed)).await,
        Reason::FieldInvalid,
    );
    let silent = pb::AddStaffRequest {
        reason: " ".to_owned(),
        ..add("officer_1", vec![grant(pb::Role::Officer, "gd", "")])
    };
    assert_refused(
        client.add_staff(by(&admin, silent)).await,
        Reason::StaffReasonRequired,
    );
    let good = add(
        "officer_1",
        vec![grant(pb::Role::Officer, "gd", "gd-maoming")],
    );
    let added = client
        .add_staff(by(&admin, good.clone()))
        .await
        .unwrap()
        .into_inner();
    let again = client
        .add_staff(by(&admin, good))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, added);
    let taken = add("OFFICER_1", vec![grant(pb::Role::Officer, "gd", "")]);
    assert_refused(
        client.add_staff(by(&admin, taken)).await,
        Reason::LoginNameTaken,
    );
    let entry: (String, String, Option<String>, String) = sqlx::query_as(
        "SELECT act, reason, office, detail FROM audit_entries WHERE actor IS NOT NULL",
    )
    .fetch_one(house.database.pool())
    .await
    .unwrap();
    let office = Some("gd-maoming".to_owned());
    assert_eq!(
        entry,
        (
            "add_staff".into(),
            "joins the office".into(),
            office,
            "officer".into()
        )
    );
    let page = pb::ListStaffRequest {
        province: "gd".to_owned(),
        page_size: 1,
        page_token: String::new(),
    };
    let listed = client
        .list_staff(by(&admin, page.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.staff[0].login_name, "admin_gd");
    let page = pb::ListStaffRequest {
        page_token: listed.next_page_token,
        ..page
    };
    let listed = client
        .list_staff(by(&admin, page))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (
            listed.staff[0].login_name.as_str(),
            listed.staff[0].full_name.as_str()
        ),
        ("officer_1", "王五")
    );
    assert_eq!(listed.next_page_token, "");
    let other = pb::ListStaffRequest {
        province: "he".to_owned(),
        ..Default::default()
    };
    assert_refused(
        client.list_staff(by(&admin, other)).await,
        Reason::OutsideYourOffice,
    );
}

/// C3: signing out works at once for staff too.
#[tokio::test]
async fn c3_staff_sign_out_works_at_once() {
    let house = House::new().await;
    bootstrap(&house, first("admin_gd", &["gd"])).await.unwrap();
    let token = settle_in(&house, "admin_gd").await;
    principal_in(&house, &token, "", "").await.unwrap();
    let request = pb::SignOutStaffRequest {
        session_token: token.clone(),
    };
    house.staff().sign_out_staff(request).await.unwrap();
    assert_refused(
        principal_in(&house, &token, "", "").await,
        Reason::SessionExpired,
    );
}
