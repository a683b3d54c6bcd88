//! `StaffService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::staff_service_server::StaffService;
use xuanhao_vocabulary::OfficeId;

use super::read;
use crate::app::keyed::hex;
use crate::app::{AddStaff, App, ChangeStaffPassword, Member, RoleChange, SignInStaff};
use crate::domain::password::Password;
use crate::domain::staff::{Grant, Scope};

/// Members of staff.
#[derive(Clone, Debug)]
pub struct StaffMembers(pub Arc<App>);

const LARGEST_PAGE: i32 = 100;

fn role(role: pb::Role) -> Result<Role, Refusal> {
    match role {
        pb::Role::Unspecified => Err(Refusal::required("role")),
        pb::Role::Officer => Ok(Role::Officer),
        pb::Role::Reviewer => Ok(Role::Reviewer),
        pb::Role::Operator => Ok(Role::Operator),
        pb::Role::Administrator => Ok(Role::Administrator),
        pb::Role::Auditor => Ok(Role::Auditor),
    }
}

fn role_word(role: Role) -> pb::Role {
    match role {
        Role::Officer => pb::Role::Officer,
        Role::Reviewer => pb::Role::Reviewer,
        Role::Operator => pb::Role::Operator,
        Role::Administrator => pb::Role::Administrator,
        Role::Auditor => pb::Role::Auditor,
    }
}

fn scope(province: &str, office: &str) -> Result<Scope, Refusal> {
    let province = read::province("province", province)?;
    let office = match office {
        "" => None,
        text => {
            Some(OfficeId::parse(text).map_err(|_| Refusal::invalid("office", "unknown_value"))?)
        }
    };
    Scope::new(province, office).map_err(|_| Refusal::invalid("office", "unknown_value"))
}

fn grant(grant: &pb::RoleGrant) -> Result<Grant, Refusal> {
    Ok(Grant {
        role: role(grant.role())?,
        scope: scope(&grant.province, &grant.office)?,
    })
}

fn grant_message(grant: &Grant) -> pb::RoleGrant {
    pb::RoleGrant {
        role: role_word(grant.role).into(),
        province: grant.scope.province.to_string(),
        office: grant
            .scope
            .office
            .map(|office| office.to_string())
            .unwrap_or_default(),
    }
}

fn role_change(
    request_id: &str,
    staff_id: &str,
    change: Option<&pb::RoleGrant>,
    why: &str,
) -> Result<RoleChange, Refusal> {
    Ok(RoleChange {
        request_id: read::request_id(request_id)?,
        staff_id: read::id("staff_id", staff_id)?,
        grant: grant(change.ok_or_else(|| Refusal::required("grant"))?)?,
        reason: read::reason(why)?,
    })
}

fn member(member: Member) -> pb::StaffMember {
    pb::StaffMember {
        staff_id: member.staff_id.to_string(),
        login_name: member.login_name,
        full_name: member.full_name,
        grants: member.grants.iter().map(grant_message).collect(),
        added_at: Some(timestamp(member.added_at)),
    }
}

/// The login name a page token stands for.
fn page_after(token: &str) -> Result<String, Refusal> {
    let malformed = || Refusal::new(Reason::PageTokenInvalid).on_field("page_token");
    let digits = token.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 128 {
        return Err(malformed());
    }
    let bytes: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(malformed)
}

#[tonic::async_trait]
impl StaffService for StaffMembers {
    async fn sign_in_staff(
        &self,
        request: Request<pb::SignInStaffRequest>,
    ) -> Result<Response<pb::SignInStaffResponse>, Status> {
        let request = request.into_inner();
        let command = SignInStaff {
            login_name: read::text("login_name", &request.login_name, 128)?,
            password: Password::typed(request.password),
            network: read::network(&request.client_address)?,
        };
        let signed_in = self.0.sign_in_staff(command).await?;
        Ok(Response::new(pb::SignInStaffResponse {
            session_token: signed_in.session_token,
            expires_at: Some(timestamp(signed_in.expires_at)),
            must_change_password: signed_in.must_change_password,
        }))
    }

    async fn sign_out_staff(
        &self,
        request: Request<pb::SignOutStaffRequest>,
    ) -> Result<Response<pb::SignOutStaffResponse>, Status> {
        self.0
            .sign_out_staff(&request.into_inner().session_token)
            .await?;
        Ok(Response::new(pb::SignOutStaffResponse {}))
    }

    async fn issue_staff_principal(
        &self,
        request: Request<pb::IssueStaffPrincipalRequest>,
    ) -> Result<Response<pb::IssueStaffPrincipalResponse>, Status> {
        let request = request.into_inner();
        let wanted = match (request.province.as_str(), request.office.as_str()) {
            ("", "") => None,
            (province, office) => Some(scope(province, office)?),
        };
        let issued = self
            .0
            .issue_staff_principal(&request.session_token, wanted)
            .await?;
        Ok(Response::new(pb::IssueStaffPrincipalResponse {
            principal: issued.token,
            expires_at: Some(timestamp(issued.expires_at)),
        }))
    }

    async fn add_staff(
        &self,
        request: Request<pb::AddStaffRequest>,
    ) -> Result<Response<pb::AddStaffResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        if request.grants.is_empty() {
            return Err(Refusal::required("grants").into());
        }
        let command = AddStaff {
            request_id: read::request_id(&request.request_id)?,
            login_name: read::login_name(&request.login_name)?,
            full_name: read::full_name(&request.full_name)?,
            initial_password: request.initial_password.clone(),
            grants: request.grants.iter().map(grant).collect::<Result<_, _>>()?,
            reason: read::reason(&request.reason)?,
        };
        let keyed = self.0.keyed();
        let recognised = pb::AddStaffRequest {
            full_name: keyed.fingerprint(&request.full_name),
            initial_password: keyed.fingerprint(&request.initial_password),
            ..request
        };
        let added = self
            .0
            .add_staff(context.require_principal()?, command, &recognised)
            .await?;
        Ok(Response::new(added))
    }

    async fn change_staff_password(
        &self,
        request: Request<pb::ChangeStaffPasswordRequest>,
    ) -> Result<Response<pb::ChangeStaffPasswordResponse>, Status> {
        let request = request.into_inner();
        let command = ChangeStaffPassword {
            request_id: read::request_id(&request.request_id)?,
            session_token: request.session_token.clone(),
            current: request.current_password.clone(),
            new: request.new_password.clone(),
        };
        let keyed = self.0.keyed();
        let recognised = pb::ChangeStaffPasswordRequest {
            session_token: keyed.fingerprint(&request.session_token),
            current_password: keyed.fingerprint(&request.current_password),
            new_password: keyed.fingerprint(&request.new_password),
            ..request
        };
        Ok(Response::new(
            self.0.change_staff_password(command, &recognised).await?,
        ))
    }

    async fn grant_role(
        &self,
        request: Request<pb::GrantRoleRequest>,
    ) -> Result<Response<pb::GrantRoleResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let pb::GrantRoleRequest {
            request_id,
            staff_id,
            grant,
            reason,
        } = &request;
        let command = role_change(request_id, staff_id, grant.as_ref(), reason)?;
        Ok(Response::new(
            self.0
                .grant_role(context.require_principal()?, command, &request)
                .await?,
        ))
    }

    async fn revoke_role(
        &self,
        request: Request<pb::RevokeRoleRequest>,
    ) -> Result<Response<pb::RevokeRoleResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let pb::RevokeRoleRequest {
            request_id,
            staff_id,
            grant,
            reason,
        } = &request;
        let command = role_change(request_id, staff_id, grant.as_ref(), reason)?;
        Ok(Response::new(
            self.0
                .revoke_role(context.require_principal()?, command, &request)
                .await?,
        ))
    }

    async fn list_staff(
        &self,
        request: Request<pb::ListStaffRequest>,
    ) -> Result<Response<pb::ListStaffResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let province = read::province("province", &request.province)?;
        let page_size = match request.page_size {
            0 => None,
            size @ 1..=LARGEST_PAGE => Some(i64::from(size)),
            _ => return Err(Refusal::invalid("page_size", "out_of_range").into()),
        };
        let after = page_after(&request.page_token)?;
        let actor = context.require_principal()?;
        let (members, next) = self
            .0
            .list_staff(actor, province, &after, page_size)
            .await?;
        Ok(Response::new(pb::ListStaffResponse {
            staff: members.into_iter().map(member).collect(),
            next_page_token: next
                .map(|login_key| hex(login_key.as_bytes()))
                .unwrap_or_default(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_is_read_back_or_refused() {
        assert_eq!(page_after(&hex(b"zhang_san")).unwrap(), "zhang_san");
        assert_eq!(page_after("").unwrap(), "");
        for token in ["z", "zz", "abc", "ff", "é0"] {
            assert!(page_after(token).is_err(), "{token}");
        }
    }
}
