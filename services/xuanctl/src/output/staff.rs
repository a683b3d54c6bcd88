//! Sessions and members of staff.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::identity::v1 as pb;

use super::words::{clock, enum_word, instant, rfc3339};
use super::{Output, Show};

/// A session that began. Its token is for the session file only.
#[derive(Debug, Serialize)]
pub(crate) struct SignedIn {
    #[serde(serialize_with = "rfc3339")]
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) must_change_password: bool,
}

impl Show for SignedIn {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("登录有效至 · expires", clock(self.expires_at)),
            (
                "须修改密码 · must change password",
                self.must_change_password.to_string(),
            ),
        ])
    }
}

/// A member who was added.
#[derive(Debug, Serialize)]
pub(crate) struct Added {
    pub(crate) staff_id: String,
}

impl Show for Added {
    /// The id alone, for use in scripts.
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.line(&self.staff_id)
    }
}

/// Members of a province.
#[derive(Debug, Serialize)]
pub(crate) struct Members {
    staff: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Member {
    staff_id: String,
    login_name: String,
    full_name: String,
    grants: Vec<Grant>,
    #[serde(serialize_with = "rfc3339")]
    added_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Grant {
    role: String,
    province: String,
    office: String,
}

impl From<Vec<pb::StaffMember>> for Members {
    fn from(staff: Vec<pb::StaffMember>) -> Self {
        let staff = staff.into_iter().map(|member| Member {
            grants: member.grants.iter().map(Grant::from).collect(),
            added_at: instant(member.added_at.as_ref()),
            staff_id: member.staff_id,
            login_name: member.login_name,
            full_name: member.full_name,
        });
        Self {
            staff: staff.collect(),
        }
    }
}

impl From<&pb::RoleGrant> for Grant {
    fn from(grant: &pb::RoleGrant) -> Self {
        Self {
            role: enum_word(grant.role().as_str_name(), "ROLE_"),
            province: grant.province.clone(),
            office: grant.office.clone(),
        }
    }
}

impl Grant {
    /// As it is typed.
    fn text(&self) -> String {
        let Self {
            role,
            province,
            office,
        } = self;
        if office.is_empty() {
            format!("{role}@{province}")
        } else {
            format!("{role}@{province}/{office}")
        }
    }
}

impl Show for Members {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |member: &Member| {
            let grants: Vec<_> = member.grants.iter().map(Grant::text).collect();
            [
                member.staff_id.clone(),
                member.login_name.clone(),
                member.full_name.clone(),
                grants.join(" "),
                clock(member.added_at),
            ]
        };
        output.table(
            [
                "编号 · id",
                "用户名 · login",
                "姓名 · name",
                "角色 · grants",
                "添加时间 · added",
            ],
            self.staff.iter().map(row),
        )
    }
}
