//! Who may call what: a table per service of RPC × callers × principal. What is not in the table is
//! refused.
//!
//! The table decides by certificate and role alone; whether *this* citizen may touch *that*
//! application is the service's own question.

mod coverage;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::principal::{self, Principal};
use crate::reason::Reason;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in certificates, tokens and configuration.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word; `None` if it is unknown.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// A program with a certificate of ours.
    Caller {
        /// The HTTP edge, for citizens and staff.
        Edge = "edge",
        /// Accounts, sessions and challenges.
        Identity = "identity",
        /// Vehicles and purchase proofs.
        Vehicle = "vehicle",
        /// The plate pool.
        Platepool = "platepool",
        /// Applications and vouchers.
        Selection = "selection",
        /// Messages.
        Notification = "notification",
        /// The operator's command line.
        Xuanctl = "xuanctl",
        /// The national platform's gateway.
        National = "national",
        /// Probes and smoke tests of a whole installation.
        Probe = "probe",
    }
}

words! {
    /// What a member of staff may do.
    Role {
        /// Works at a counter: enrols, selects for citizens, checks vouchers.
        Officer = "officer",
        /// Reviews what officers and citizens submit.
        Reviewer = "reviewer",
        /// Runs a province's pool: imports, releases, policies, calendars.
        Operator = "operator",
        /// Appoints staff.
        Administrator = "administrator",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
    }
}

/// Which principal an RPC asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// None; one that is sent along is not looked at.
    None,
    /// A signed-in citizen.
    Citizen,
    /// A signed-in citizen or a visitor: one that is sent along is checked like any other.
    CitizenIfSent,
    /// A member of staff with at least one of these roles.
    Staff(&'static [Role]),
    /// Either.
    CitizenOrStaff(&'static [Role]),
    /// A member of staff with at least one of these roles, or one of these callers on its own account:
    /// a principal that it does send along is checked like any other.
    StaffOr(&'static [Role], &'static [Caller]),
}

/// One line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The RPC's path, `/xuanhao.identity.v1.IdentityService/SignIn`.
    pub rpc: &'static str,
    /// Who may call.
    pub callers: &'static [Caller],
    /// For whom.
    pub principal: Requirement,
}

/// A service's table.
#[derive(Clone, Debug)]
pub struct Table {
    rules: HashMap<&'static str, Rule>,
    repeated: Vec<&'static str>,
}

impl Table {
    /// Of two rules for one RPC neither is used: it is refused, and [`Table::covers`] names it.
    pub fn new(rules: &[Rule]) -> Self {
        let mut table = Self {
            rules: HashMap::new(),
            repeated: Vec::new(),
        };
        for rule in rules {
            if table.rules.insert(rule.rpc, *rule).is_some() {
                table.repeated.push(rule.rpc);
            }
        }
        table.rules.retain(|rpc, _| !table.repeated.contains(rpc));
        table
    }

    pub(crate) fn wants_principals(&self) -> bool {
        self.rules
            .values()
            .any(|rule| rule.principal.wants_principal())
    }

    /// The rule for a path.
    pub(crate) fn rule(&self, path: &str) -> Option<&Rule> {
        self.rules.get(path)
    }
}

impl Rule {
    pub(crate) fn admits(&self, caller: Caller) -> bool {
        self.callers.contains(&caller)
    }
}

impl Requirement {
    /// Whether a token has to be there and be checked at all.
    pub(crate) fn wants_principal(self) -> bool {
        self != Self::None
    }

    /// Whether this caller may come without one.
    pub(crate) fn is_optional_for(self, caller: Caller) -> bool {
        match self {
            Self::None | Self::CitizenIfSent => true,
            Self::StaffOr(_, callers) => callers.contains(&caller),
            Self::Citizen | Self::Staff(_) | Self::CitizenOrStaff(_) => false,
        }
    }

    pub(crate) fn admits(self, principal: &Principal) -> Result<(), Reason> {
        let roles = match (self, principal.kind) {
            (Self::None, _)
            | (
                Self::Citizen | Self::CitizenIfSent | Self::CitizenOrStaff(_),
                principal::Kind::Person,
            ) => return Ok(()),
            (
                Self::Staff(roles) | Self::CitizenOrStaff(roles) | Self::StaffOr(roles, _),
                principal::Kind::Staff,
            ) => roles,
            (Self::Citizen | Self::CitizenIfSent, principal::Kind::Staff)
            | (Self::Staff(_) | Self::StaffOr(..), principal::Kind::Person) => {
                return Err(Reason::PermissionDenied);
            }
        };
        let admitted = principal.roles.iter().any(|role| roles.contains(role));
        admitted.then_some(()).ok_or(Reason::PermissionDenied)
    }
}
