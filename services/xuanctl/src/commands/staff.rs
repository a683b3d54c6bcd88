//! `xuanctl staff`: signing in and out, and members of staff with their roles.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use super::secret;
use crate::args::{Act, GrantText, Request, Scope, word};
use crate::connection::{Connection, Session};
use crate::failure::Failure;
use crate::output::staff::{Added, Members, SignedIn};
use crate::output::words::instant;
use crate::output::{Output, bilingual, complain};

/// The most members a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Staff {
    /// 登录，会话保存在会话文件中 · Sign in; the session is kept in the session file
    SignIn {
        /// 用户名 · Login name
        login: String,
        /// 密码文件；不给出则在终端输入 · File with the password; else it is asked for
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// 退出登录 · Sign out
    SignOut,
    /// 修改自己的密码 · Change your own password
    ChangePassword {
        /// 当前密码文件 · File with the current password; else it is asked for
        #[arg(long, value_name = "FILE")]
        current_password_file: Option<PathBuf>,
        /// 新密码文件 · File with the new password; else it is asked for
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<PathBuf>,
        #[command(flatten)]
        request: Request,
    },
    /// 添加工作人员，输出其编号 · Add a member of staff; prints the id
    Add(Add),
    /// 授予角色 · Give a role
    Grant(Change),
    /// 收回角色，并结束其登录 · Take a role away; ends the member's sessions
    Revoke(Change),
    /// 列出一省的工作人员 · List the members of a province
    List {
        /// 省份，例如 gd · Province, such as gd
        #[arg(long, value_parser = word::<ProvinceId>)]
        province: ProvinceId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// 用户名 · Login name
    login: String,
    /// 姓名 · Full name
    #[arg(long)]
    full_name: String,
    /// 初始密码文件 · File with the initial password, to be changed at the first sign-in
    #[arg(long, value_name = "FILE")]
    initial_password_file: Option<PathBuf>,
    /// 角色，例如 operator@gd 或 officer@gd/gd-zhanjiang · A role and where; may be repeated
    #[arg(long = "grant", required = true, value_name = "GRANT")]
    grants: Vec<GrantText>,
    #[command(flatten)]
    act: Act,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// 工作人员编号 · The member's id
    staff_id: String,
    /// 角色，例如 operator@gd 或 officer@gd/gd-zhanjiang · A role and where
    grant: GrantText,
    #[command(flatten)]
    act: Act,
}

impl Staff {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::SignIn {
                login,
                password_file,
            } => sign_in(to, output, login, password_file).await,
            Self::SignOut => sign_out(to, output).await,
            Self::ChangePassword {
                current_password_file,
                new_password_file,
                request,
            } => {
                change_password(to, current_password_file, new_password_file, &request).await?;
                Ok(output.done()?)
            }
            Self::Add(add) => add.run(to, output).await,
            Self::Grant(change) => {
                change.grant(to).await?;
                Ok(output.done()?)
            }
            Self::Revoke(change) => {
                change.revoke(to).await?;
                Ok(output.done()?)
            }
            Self::List { province } => list(to, output, province).await,
        }
    }
}

async fn sign_in(
    to: &Connection,
    output: &mut Output,
    login_name: String,
    password_file: Option<PathBuf>,
) -> Result<(), Failure> {
    let password = secret::read(password_file.as_deref(), "密码 · password: ").await?;
    let request = pb::SignInStaffRequest {
        login_name,
        password: password.expose().to_owned(),
        client_address: to.own_address().to_string(),
    };
    // Not repeated by the channel: each attempt counts as a guess.
    let signed_in = to.staff()?.sign_in_staff(call(request)).await?.into_inner();
    let expires_at = instant(signed_in.expires_at.as_ref());
    to.session.write(&Session {
        token: signed_in.session_token,
        expires_at,
    })?;
    output.show(&SignedIn {
        expires_at,
        must_change_password: signed_in.must_change_password,
    })?;
    if signed_in.must_change_password {
        complain(&bilingual(
            "您正在使用初始密码，请先执行 xuanctl staff change-password",
            "this is the initial password: run xuanctl staff change-password first",
        ));
    }
    Ok(())
}

/// The session file goes only once identity has ended the session: whoever could not reach identity
/// can still end it.
async fn sign_out(to: &Connection, output: &mut Output) -> Result<(), Failure> {
    let Some(session) = to.session.read()? else {
        complain(&bilingual("没有登录", "nobody is signed in"));
        return Ok(output.done()?);
    };
    let request = call(pb::SignOutStaffRequest {
        session_token: session.token,
    });
    to.staff()?.sign_out_staff(request.idempotent()).await?;
    to.session.remove()?;
    Ok(output.done()?)
}

async fn change_password(
    to: &Connection,
    current: Option<PathBuf>,
    new: Option<PathBuf>,
    request: &Request,
) -> Result<(), Failure> {
    let session = to.session.require()?;
    let current = secret::read(current.as_deref(), "当前密码 · current password: ").await?;
    let new = secret::read_new(new.as_deref(), "新密码 · new password: ").await?;
    let id = request.id();
    let request = call(pb::ChangeStaffPasswordRequest {
        session_token: session.token,
        current_password: current.expose().to_owned(),
        new_password: new.expose().to_owned(),
        request_id: id.to_string(),
    });
    let changed = to
        .staff()?
        .change_staff_password(request.idempotent())
        .await;
    changed
        .map(drop)
        .map_err(|status| Failure::of_write(status, id))
}

impl Add {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let scope = Scope::of_all(self.grants.iter().map(GrantText::place))?;
        let prompt = "初始密码 · initial password: ";
        let password = secret::read_new(self.initial_password_file.as_deref(), prompt).await?;
        let principal = to.principal(scope).await?;
        let id = self.act.request.id();
        let request = call(pb::AddStaffRequest {
            request_id: id.to_string(),
            login_name: self.login,
            full_name: self.full_name,
            initial_password: password.expose().to_owned(),
            grants: self.grants.iter().map(GrantText::message).collect(),
            reason: self.act.reason,
        });
        let added = to
            .staff()?
            .add_staff(request.principal(&principal).idempotent())
            .await
            .map_err(|status| Failure::of_write(status, id))?;
        let staff_id = added.into_inner().staff_id;
        Ok(output.show(&Added { staff_id })?)
    }
}

impl Change {
    async fn grant(self, to: &Connection) -> Result<(), Failure> {
        let principal = to.principal(Scope::of_all([self.grant.place()])?).await?;
        let id = self.act.request.id();
        let request = call(pb::GrantRoleRequest {
            request_id: id.to_string(),
            staff_id: self.staff_id,
            grant: Some(self.grant.message()),
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let granted = to.staff()?.grant_role(request).await;
        granted
            .map(drop)
            .map_err(|status| Failure::of_write(status, id))
    }

    async fn revoke(self, to: &Connection) -> Result<(), Failure> {
        let principal = to.principal(Scope::of_all([self.grant.place()])?).await?;
        let id = self.act.request.id();
        let request = call(pb::RevokeRoleRequest {
            request_id: id.to_string(),
            staff_id: self.staff_id,
            grant: Some(self.grant.message()),
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let revoked = to.staff()?.revoke_role(request).await;
        revoked
            .map(drop)
            .map_err(|status| Failure::of_write(status, id))
    }
}

/// Every page of a province. A principal may end between two, so each gets its own.
async fn list(to: &Connection, output: &mut Output, province: ProvinceId) -> Result<(), Failure> {
    let mut client = to.staff()?;
    let (mut staff, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(Scope::Province(province)).await?;
        let request = call(pb::ListStaffRequest {
            province: province.to_string(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_staff(request).await?.into_inner();
        staff.extend(page.staff);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(output.show(&Members::from(staff))?);
        }
    }
}
