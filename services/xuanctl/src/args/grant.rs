//! A role and where it holds, as one word: `operator@gd`, `officer@gd/gd-zhanjiang`.

use std::str::FromStr;

use xuanhao_chassis::authz::Role;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::word;
use crate::output::bilingual;

/// A grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantText {
    role: Role,
    province: ProvinceId,
    office: Option<OfficeId>,
}

impl GrantText {
    /// Where it holds.
    pub(crate) fn place(&self) -> (ProvinceId, Option<OfficeId>) {
        (self.province, self.office)
    }

    /// As identity takes it.
    pub(crate) fn message(&self) -> pb::RoleGrant {
        let role = match self.role {
            Role::Officer => pb::Role::Officer,
            Role::Reviewer => pb::Role::Reviewer,
            Role::Operator => pb::Role::Operator,
            Role::Administrator => pb::Role::Administrator,
            Role::Auditor => pb::Role::Auditor,
        };
        pb::RoleGrant {
            role: role.into(),
            province: self.province.to_string(),
            office: self
                .office
                .map(|office| office.to_string())
                .unwrap_or_default(),
        }
    }
}

impl FromStr for GrantText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            bilingual(
                "写作“角色@省份”或“角色@省份/车管所”",
                "written ROLE@PROVINCE or ROLE@PROVINCE/OFFICE",
            )
        };
        let (role, place) = text.split_once('@').ok_or_else(form)?;
        let role = Role::from_word(role).ok_or_else(|| {
            let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
            bilingual(
                &format!("角色为 {} 之一", roles.join("、")),
                &format!("the roles are {}", roles.join(", ")),
            )
        })?;
        let (province, office) = match place.split_once('/') {
            None => (place, None),
            Some((province, office)) => (province, Some(word::<OfficeId>(office)?)),
        };
        let province: ProvinceId = word(province)?;
        if office.is_some_and(|office| office.province() != province) {
            return Err(bilingual(
                "车管所不在该省份",
                "the office lies in another province",
            ));
        }
        Ok(Self {
            role,
            province,
            office,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_role_and_place() {
        let read = |text: &str| text.parse::<GrantText>().map(|grant| grant.message());
        let whole = read("operator@gd").unwrap();
        assert_eq!(
            (whole.role(), whole.province.as_str(), whole.office.as_str()),
            (pb::Role::Operator, "gd", "")
        );
        let office = read("officer@gd/gd-zhanjiang").unwrap();
        assert_eq!(
            (office.role(), office.office.as_str()),
            (pb::Role::Officer, "gd-zhanjiang")
        );
        for text in [
            "operator",
            "@gd",
            "wizard@gd",
            "operator@",
            "operator@xx",
            "officer@gd/",
            "officer@he/gd-zhanjiang",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
