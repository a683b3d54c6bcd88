//! Roles of staff (R-ACC-10), where they hold, and as what a session may act.

use xuanhao_chassis::authz::Role;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

/// A role within a province or one of its offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// Where.
    pub scope: Scope,
}

/// Where a role holds: a province, or one office of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The province.
    pub province: ProvinceId,
    /// The office, if it is one only.
    pub office: Option<OfficeId>,
}

/// The office does not lie in the province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the office belongs to another province")]
pub struct ForeignOffice;

impl Scope {
    /// A scope whose office, if any, lies in its province.
    ///
    /// # Errors
    /// When it does not.
    pub fn new(province: ProvinceId, office: Option<OfficeId>) -> Result<Self, ForeignOffice> {
        if office.is_some_and(|office| office.province() != province) {
            return Err(ForeignOffice);
        }
        Ok(Self { province, office })
    }

    /// Whether all of `other` lies within.
    pub fn contains(&self, other: &Self) -> bool {
        self.province == other.province && (self.office.is_none() || self.office == other.office)
    }
}

/// As what a session acts: the roles that hold throughout one scope.
///
/// A member who is officer in one office and reviewer in another is never both in either, so
/// a principal speaks for one scope at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Where.
    pub scope: Scope,
    /// As what.
    pub roles: Vec<Role>,
}

/// Why a session cannot act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotAct {
    /// No role holds there.
    #[error("no role holds in that scope")]
    NoRole,
    /// There is more than one scope to choose from.
    #[error("the scope has to be chosen")]
    Ambiguous,
}

/// What a member with these grants may act as: in `wanted`, or, if nothing is wanted, in the only
/// scope there is. With one province the whole province is preferred.
///
/// # Errors
/// When nothing is granted there, or the scope has to be chosen.
pub fn acting(grants: &[Grant], wanted: Option<Scope>) -> Result<Acting, CannotAct> {
    let scope = match wanted {
        Some(scope) => scope,
        None => only_scope(grants)?,
    };
    let mut roles: Vec<Role> = grants
        .iter()
        .filter(|grant| grant.scope.contains(&scope))
        .map(|grant| grant.role)
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        Err(CannotAct::NoRole)
    } else {
        Ok(Acting { scope, roles })
    }
}

fn only_scope(grants: &[Grant]) -> Result<Scope, CannotAct> {
    let first = grants.first().ok_or(CannotAct::NoRole)?.scope;
    let scopes = || grants.iter().map(|grant| grant.scope);
    if scopes().any(|scope| scope.province != first.province) {
        return Err(CannotAct::Ambiguous);
    }
    if let Some(whole) = scopes().find(|scope| scope.office.is_none()) {
        return Ok(whole);
    }
    if scopes().all(|scope| scope == first) {
        Ok(first)
    } else {
        Err(CannotAct::Ambiguous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        let province = ProvinceId::parse(&text[..2]).unwrap();
        let office = (text.len() > 2).then(|| OfficeId::parse(text).unwrap());
        Scope::new(province, office).unwrap()
    }

    fn grant(role: Role, at: &str) -> Grant {
        Grant {
            role,
            scope: scope(at),
        }
    }

    /// A member's roles in different offices never add up.
    #[test]
    fn roles_of_different_scopes_do_not_mix() {
        let grants = [
            grant(Role::Officer, "gd-zhanjiang"),
            grant(Role::Reviewer, "gd-maoming"),
            grant(Role::Auditor, "gd"),
        ];
        let roles = |at: &str| acting(&grants, Some(scope(at))).unwrap().roles;
        assert_eq!(roles("gd-zhanjiang"), [Role::Officer, Role::Auditor]);
        assert_eq!(roles("gd-maoming"), [Role::Reviewer, Role::Auditor]);
        assert_eq!(roles("gd"), [Role::Auditor]);
        assert_eq!(acting(&grants, Some(scope("he"))), Err(CannotAct::NoRole));
    }

    #[test]
    fn the_scope_is_chosen_where_there_is_a_choice() {
        let only = |grants: &[Grant]| acting(grants, None).map(|acting| acting.scope);
        assert_eq!(
            only(&[grant(Role::Officer, "gd-maoming")]),
            Ok(scope("gd-maoming"))
        );
        assert_eq!(
            only(&[
                grant(Role::Officer, "gd-maoming"),
                grant(Role::Operator, "gd")
            ]),
            Ok(scope("gd"))
        );
        let two_offices = [
            grant(Role::Officer, "gd-maoming"),
            grant(Role::Officer, "gd-zhanjiang"),
        ];
        assert_eq!(only(&two_offices), Err(CannotAct::Ambiguous));
        assert_eq!(
            only(&[grant(Role::Operator, "gd"), grant(Role::Operator, "he")]),
            Err(CannotAct::Ambiguous)
        );
        assert_eq!(only(&[]), Err(CannotAct::NoRole));
    }

    #[test]
    fn an_office_lies_in_its_province() {
        let maoming = OfficeId::parse("gd-maoming").unwrap();
        assert_eq!(
            Scope::new(ProvinceId::parse("he").unwrap(), Some(maoming)),
            Err(ForeignOffice)
        );
    }
}
