//! Sessions, principals and passwords of citizens.

use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::principal::{Kind, Principal, TOKEN_TYPE};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, assert_refused, uuid};
use crate::people::{issue, start_selecting};

/// C3: a principal lives five minutes at most and says whose it is.
#[tokio::test]
async fn c3_a_principal_lives_five_minutes_at_most() {
    let house = House::with(|config| config.sessions.principal_s = 3_600).await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    let issued = house.try_principal(&token).await.unwrap();
    let principal: Principal = house
        .public_keys
        .verify(TOKEN_TYPE, &issued.principal)
        .unwrap();
    assert_eq!(principal.exp - principal.iat, 300);
    assert_eq!(issued.expires_at.unwrap().seconds, principal.exp);
    assert_eq!(
        (principal.kind, principal.level.as_deref()),
        (Kind::Person, Some("online"))
    );
    assert_eq!(principal.account().unwrap().to_string(), citizen.account_id);
    assert!(principal.roles.is_empty());
    house.wait(300);
    let request = call(pb::GetAccountRequest {}).principal(&issued.principal);
    assert_refused(
        house.identity().get_account(request).await,
        Reason::Unauthenticated,
    );
}

/// C3: sign-out works at once: no further principal, and no write under one that still lives.
#[tokio::test]
async fn c3_sign_out_works_at_once() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    let principal = house.principal(&token).await;
    for _ in 0..2 {
        let request = pb::SignOutRequest {
            session_token: token.clone(),
        };
        house.identity().sign_out(request).await.unwrap();
    }
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    assert_refused(
        issue(&house, start_selecting("a"), Some(&principal)).await,
        Reason::SessionExpired,
    );
    assert_refused(
        house.try_principal("no such token").await,
        Reason::SessionExpired,
    );
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_in_the_end() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let idle = house.sign_in(&citizen).await;
    house.wait(1_799);
    house.principal(&idle).await;
    house.wait(1_799);
    house.principal(&idle).await;
    house.wait(1_800);
    assert_refused(house.try_principal(&idle).await, Reason::SessionExpired);
    let busy = house.sign_in(&citizen).await;
    let ends = house.clock.now().as_second() + 43_200;
    while house.clock.now().as_second() < ends - 1_000 {
        house.principal(&busy).await;
        house.wait(1_000);
    }
    house.wait(u64::try_from(ends - house.clock.now().as_second()).unwrap() - 100);
    let last = house.try_principal(&busy).await.unwrap();
    assert_eq!(
        last.expires_at.unwrap().seconds,
        ends,
        "a principal does not outlive its session"
    );
    house.wait(100);
    assert_refused(house.try_principal(&busy).await, Reason::SessionExpired);
}

#[tokio::test]
async fn a_token_is_kept_as_a_hash_only() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    assert_eq!(token.len(), 64);
    let row: String = sqlx::query_scalar("SELECT s::text FROM sessions s")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert!(!row.contains(&token));
}

fn change(current: &str, new: &str) -> pb::ChangePasswordRequest {
    pb::ChangePasswordRequest {
        request_id: uuid(),
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    }
}

/// Replacing the password ends every other session, and repeating the request changes nothing.
#[tokio::test]
async fn a_replaced_password_ends_other_sessions() {
    let house = House::new().await;
    let mut citizen = house.citizen(1).await;
    let (kept, other) = (house.sign_in(&citizen).await, house.sign_in(&citizen).await);
    let principal = house.principal(&kept).await;
    let request = |change| call(change).principal(&principal);
    let wrong = change("a wrong password", "my new password");
    assert_refused(
        house.identity().change_password(request(wrong)).await,
        Reason::SignInFailed,
    );
    let weak = change(&citizen.password, "password123");
    assert_refused(
        house.identity().change_password(request(weak)).await,
        Reason::PasswordTooWeak,
    );
    let good = change(&citizen.password, "my new password");
    house
        .identity()
        .change_password(request(good.clone()))
        .await
        .unwrap();
    house
        .identity()
        .change_password(request(good.clone()))
        .await
        .unwrap();
    let reused = pb::ChangePasswordRequest {
        new_password: "yet another one".to_owned(),
        ..good
    };
    assert_refused(
        house.identity().change_password(request(reused)).await,
        Reason::RequestIdReused,
    );
    assert_refused(house.try_principal(&other).await, Reason::SessionExpired);
    house.principal(&kept).await;
    let old = house
        .try_sign_in(&citizen.login_name, &citizen.password, &citizen.address)
        .await;
    assert_refused(old, Reason::SignInFailed);
    citizen.password = "my new password".to_owned();
    house.sign_in(&citizen).await;
}

/// A hash of less work is replaced at the next sign-in.
#[tokio::test]
async fn a_cheap_hash_is_replaced_at_sign_in() {
    let house = House::with(|config| config.passwords.memory_kib = 128).await;
    let citizen = house.citizen(1).await;
    let hash = async || -> String {
        let hash = sqlx::query_scalar("SELECT password_hash FROM accounts");
        hash.fetch_one(house.database.pool()).await.unwrap()
    };
    assert!(hash().await.contains("m=128"));
    let cheap = xuanhao_identity::config::PasswordsConfig {
        memory_kib: 64,
        passes: 1,
        ..Default::default()
    };
    let random = xuanhao_chassis::random::SecureRandom::system();
    let cheap = xuanhao_identity::app::passwords::Passwords::new(&cheap, random).unwrap();
    let password = xuanhao_identity::domain::password::Password::typed(citizen.password.as_str());
    let update = sqlx::query("UPDATE accounts SET password_hash = $1")
        .bind(cheap.hash(&password).await.unwrap());
    update.execute(house.database.pool()).await.unwrap();
    assert!(hash().await.contains("m=64"));
    house.sign_in(&citizen).await;
    assert!(hash().await.contains("m=128"));
    house.sign_in(&citizen).await;
}
