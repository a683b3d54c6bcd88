//! Identity's staff service, as far as xuanctl sees it.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use uuid::Uuid;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::signed::SigningKey;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::staff_service_server::StaffService;

use crate::house::Log;

/// The session token, which must be seen nowhere but in the session file.
pub(crate) const TOKEN: &str = "secret-session-token";

/// The session token of somebody who has roles in two provinces.
pub(crate) const TOKEN_OF_TWO: &str = "secret-token-of-two";

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse ";

pub(crate) const STAFF_ID: &str = "0199e5a0-0000-7000-8000-000000000001";

pub(crate) struct FakeIdentity {
    pub(crate) log: Log,
    pub(crate) key: Arc<SigningKey>,
}

impl FakeIdentity {
    fn member(login_name: &str) -> pb::StaffMember {
        let grant = |role: pb::Role, office: &str| pb::RoleGrant {
            role: role.into(),
            province: "gd".to_owned(),
            office: office.to_owned(),
        };
        pb::StaffMember {
            staff_id: STAFF_ID.to_owned(),
            login_name: login_name.to_owned(),
            full_name: "张三".to_owned(),
            grants: vec![
                grant(pb::Role::Operator, ""),
                grant(pb::Role::Officer, "gd-zhanjiang"),
            ],
            added_at: Some(prost_types::Timestamp {
                seconds: 1_795_000_000,
                nanos: 0,
            }),
        }
    }
}

#[tonic::async_trait]
impl StaffService for FakeIdentity {
    async fn sign_in_staff(
        &self,
        request: Request<pb::SignInStaffRequest>,
    ) -> Result<Response<pb::SignInStaffResponse>, Status> {
        let request = self.log.note("SignInStaff", request);
        if request.password != PASSWORD {
            return Err(Refusal::new(Reason::SignInFailed).into());
        }
        Ok(Response::new(pb::SignInStaffResponse {
            session_token: TOKEN.to_owned(),
            expires_at: Some(prost_types::Timestamp {
                seconds: 1_795_000_000,
                nanos: 0,
            }),
            must_change_password: request.login_name == "newcomer",
        }))
    }

    async fn sign_out_staff(
        &self,
        request: Request<pb::SignOutStaffRequest>,
    ) -> Result<Response<pb::SignOutStaffResponse>, Status> {
        self.log.note("SignOutStaff", request);
        Ok(Response::new(pb::SignOutStaffResponse {}))
    }

    /// Acts where it is asked to; asked for nothing, in Guangdong.
    async fn issue_staff_principal(
        &self,
        request: Request<pb::IssueStaffPrincipalRequest>,
    ) -> Result<Response<pb::IssueStaffPrincipalResponse>, Status> {
        let request = self.log.note("IssueStaffPrincipal", request);
        match request.session_token.as_str() {
            TOKEN => {}
            TOKEN_OF_TWO if request.province.is_empty() => {
                return Err(Refusal::required("province").into());
            }
            TOKEN_OF_TWO => {}
            _ => return Err(Refusal::new(Reason::SessionExpired).into()),
        }
        let now = Clock::system().now().as_second();
        let province = match request.province.as_str() {
            "" => "gd",
            province => province,
        };
        let principal = Principal {
            sub: Uuid::from_u128(1),
            kind: Kind::Staff,
            session: Uuid::from_u128(2).into(),
            level: None,
            roles: vec![Role::Operator],
            province: province.to_owned(),
            offices: vec![request.office]
                .into_iter()
                .filter(|office| !office.is_empty())
                .collect(),
            iat: now,
            exp: now + 300,
        };
        Ok(Response::new(pb::IssueStaffPrincipalResponse {
            principal: principal.sign(&self.key).unwrap(),
            expires_at: None,
        }))
    }

    async fn add_staff(
        &self,
        request: Request<pb::AddStaffRequest>,
    ) -> Result<Response<pb::AddStaffResponse>, Status> {
        let request = self.log.note("AddStaff", request);
        if request.login_name == "taken" {
            return Err(Refusal::new(Reason::LoginNameTaken)
                .on_field("login_name")
                .into());
        }
        Ok(Response::new(pb::AddStaffResponse {
            staff_id: STAFF_ID.to_owned(),
        }))
    }

    async fn change_staff_password(
        &self,
        request: Request<pb::ChangeStaffPasswordRequest>,
    ) -> Result<Response<pb::ChangeStaffPasswordResponse>, Status> {
        self.log.note("ChangeStaffPassword", request);
        Ok(Response::new(pb::ChangeStaffPasswordResponse {}))
    }

    async fn grant_role(
        &self,
        request: Request<pb::GrantRoleRequest>,
    ) -> Result<Response<pb::GrantRoleResponse>, Status> {
        self.log.note("GrantRole", request);
        Ok(Response::new(pb::GrantRoleResponse {}))
    }

    async fn revoke_role(
        &self,
        request: Request<pb::RevokeRoleRequest>,
    ) -> Result<Response<pb::RevokeRoleResponse>, Status> {
        self.log.note("RevokeRole", request);
        Ok(Response::new(pb::RevokeRoleResponse {}))
    }

    /// Two pages.
    async fn list_staff(
        &self,
        request: Request<pb::ListStaffRequest>,
    ) -> Result<Response<pb::ListStaffResponse>, Status> {
        let request = self.log.note("ListStaff", request);
        let (member, next) = match request.page_token.as_str() {
            "" => ("li_si", "more"),
            _ => ("zhang_san", ""),
        };
        Ok(Response::new(pb::ListStaffResponse {
            staff: vec![Self::member(member)],
            next_page_token: next.to_owned(),
        }))
    }
}
