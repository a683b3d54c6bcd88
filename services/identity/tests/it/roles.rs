//! Roles and their scopes.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::principal::{Principal, TOKEN_TYPE};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, assert_refused, nil, uuid};
use crate::staff::{add, administrator, by, grant, principal_in, settle_in};

/// A principal acts in one scope, with the roles that hold throughout it.
#[tokio::test]
async fn a_principal_acts_in_one_scope() {
    let house = House::new().await;
    let admin = administrator(&house).await;
    let grants = vec![
        grant(pb::Role::Officer, "gd", "gd-maoming"),
        grant(pb::Role::Reviewer, "gd", "gd-zhanjiang"),
    ];
    house
        .staff()
        .add_staff(by(&admin, add("both_1", grants)))
        .await
        .unwrap();
    let token = settle_in(&house, "both_1").await;
    assert_refused(
        principal_in(&house, &token, "", "").await,
        Reason::FieldRequired,
    );
    assert_refused(
        principal_in(&house, &token, "gd", "").await,
        Reason::PermissionDenied,
    );
    let principal = principal_in(&house, &token, "gd", "gd-maoming")
        .await
        .unwrap();
    let claims: Principal = house.public_keys.verify(TOKEN_TYPE, &principal).unwrap();
    assert_eq!(
        (claims.roles.as_slice(), claims.offices.as_slice()),
        (&[Role::Officer][..], &["gd-maoming".to_owned()][..])
    );
    assert!(claims.exp - claims.iat <= 300);
    let denied = add(
        "other_1",
        vec![grant(pb::Role::Officer, "gd", "gd-maoming")],
    );
    assert_refused(
        house.staff().add_staff(by(&principal, denied)).await,
        Reason::PermissionDenied,
    );
}

/// A role that is taken away ends the member's sessions at once; the last administrator stays.
#[tokio::test]
async fn a_revoked_role_ends_sessions_and_the_last_administrator_stays() {
    let house = House::new().await;
    let admin = administrator(&house).await;
    let mut client = house.staff();
    let member = add("operator_1", vec![grant(pb::Role::Operator, "gd", "")]);
    let staff_id = client
        .add_staff(by(&admin, member))
        .await
        .unwrap()
        .into_inner()
        .staff_id;
    let token = settle_in(&house, "operator_1").await;
    let change = |staff_id: &str, role| pb::GrantRoleRequest {
        request_id: uuid(),
        staff_id: staff_id.to_owned(),
        grant: Some(grant(role, "gd", "")),
        reason: "duties changed".to_owned(),
    };
    let granted = change(&staff_id, pb::Role::Auditor);
    client
        .grant_role(by(&admin, granted.clone()))
        .await
        .unwrap();
    client.grant_role(by(&admin, granted)).await.unwrap();
    let claims: Principal = {
        let principal = principal_in(&house, &token, "", "").await.unwrap();
        house.public_keys.verify(TOKEN_TYPE, &principal).unwrap()
    };
    assert_eq!(claims.roles, [Role::Operator, Role::Auditor]);
    let unknown = change(&nil(), pb::Role::Auditor);
    assert_refused(
        client.grant_role(by(&admin, unknown)).await,
        Reason::NotFound,
    );
    let revoke = |change: pb::GrantRoleRequest| pb::RevokeRoleRequest {
        request_id: change.request_id,
        staff_id: change.staff_id,
        grant: change.grant,
        reason: change.reason,
    };
    client
        .revoke_role(by(&admin, revoke(change(&staff_id, pb::Role::Operator))))
        .await
        .unwrap();
    assert_refused(
        principal_in(&house, &token, "", "").await,
        Reason::SessionExpired,
    );
    let own: Principal = house.public_keys.verify(TOKEN_TYPE, &admin).unwrap();
    let own_id = own.staff().unwrap().to_string();
    let last = revoke(change(&own_id, pb::Role::Administrator));
    assert_refused(
        client.revoke_role(by(&admin, last)).await,
        Reason::LastAdministrator,
    );
    let entries = "SELECT count(*) FROM audit_entries WHERE act IN ('grant_role', 'revoke_role')";
    assert_eq!(house.count(entries).await, 2);
}
