//! Who may connect to a private nats-server and what each may say, as its configuration text.

use std::fmt;

/// Who may connect.
#[derive(Debug, Clone, Default)]
pub enum NatsAccess {
    /// Anybody on this machine, everything.
    #[default]
    Open,
    /// These users, who share one subject space.
    Users(Vec<NatsUser>),
    /// These accounts, each a subject space with streams of its own.
    Accounts(Vec<NatsAccount>),
}

/// A closed subject space with its own JetStream.
#[derive(Debug, Clone)]
pub struct NatsAccount {
    pub name: String,
    pub users: Vec<NatsUser>,
}

/// One client of the server, typically one service.
#[derive(Debug, Clone)]
pub struct NatsUser {
    pub secret: NatsSecret,
    /// Subjects it may publish to; nothing else, and nothing at all when empty. A client of
    /// JetStream needs `$JS.API.…` and `$JS.ACK.…` subjects here.
    pub publish: Vec<String>,
    /// Subjects it may subscribe to. Whoever asks and awaits answers needs `_INBOX.>`.
    pub subscribe: Vec<String>,
}

/// How a client proves who it is.
#[derive(Clone)]
pub enum NatsSecret {
    Password {
        name: String,
        password: String,
    },
    /// The public half (`U…`) of an Ed25519 key pair; the client signs with the seed.
    Nkey {
        public: String,
    },
}

impl NatsUser {
    /// A user that may publish and subscribe to everything in its subject space.
    #[must_use]
    pub fn with_all(name: impl Into<String>, password: impl Into<String>) -> Self {
        let secret = NatsSecret::Password {
            name: name.into(),
            password: password.into(),
        };
        Self {
            secret,
            publish: vec![">".to_owned()],
            subscribe: vec![">".to_owned()],
        }
    }
}

impl fmt::Debug for NatsSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { name, .. } => write!(f, "Password({name}, …)"),
            Self::Nkey { public } => write!(f, "Nkey({public})"),
        }
    }
}

impl NatsAccess {
    /// Accounts `t0`, `t1` … with one almighty user each, of the same name and all with one
    /// password: a closed space for each of many tests on one server.
    #[must_use]
    pub fn numbered_accounts(count: usize, password: &str) -> Self {
        let account = |number| {
            let name = format!("t{number}");
            let users = vec![NatsUser::with_all(&name, password)];
            NatsAccount { name, users }
        };
        Self::Accounts((0..count).map(account).collect())
    }

    fn users(&self) -> Box<dyn Iterator<Item = &NatsUser> + '_> {
        match self {
            Self::Open => Box::new(std::iter::empty()),
            Self::Users(users) => Box::new(users.iter()),
            Self::Accounts(accounts) => {
                Box::new(accounts.iter().flat_map(|account| account.users.iter()))
            }
        }
    }

    pub(super) fn password_of(&self, user: &str) -> Option<&str> {
        self.users().find_map(|each| match &each.secret {
            NatsSecret::Password { name, password } if name == user => Some(password.as_str()),
            _ => None,
        })
    }

    pub(super) fn config_text(&self) -> String {
        match self {
            Self::Open => String::new(),
            Self::Users(users) => format!("authorization {{\n{}}}\n", users_text(users)),
            Self::Accounts(accounts) => {
                let each = |account: &NatsAccount| {
                    let (name, users) = (&account.name, users_text(&account.users));
                    format!("  {name} {{\n  jetstream: enabled\n{users}  }}\n")
                };
                let all: String = accounts.iter().map(each).collect();
                format!("accounts {{\n{all}}}\n")
            }
        }
    }
}

fn users_text(users: &[NatsUser]) -> String {
    let each = |user: &NatsUser| {
        let who = match &user.secret {
            NatsSecret::Password { name, password } => {
                format!("user: {}, password: {}", quoted(name), quoted(password))
            }
            NatsSecret::Nkey { public } => format!("nkey: {}", quoted(public)),
        };
        let (publish, subscribe) = (allowed(&user.publish), allowed(&user.subscribe));
        format!(
            "    {{ {who}, permissions: {{ publish: {publish}, subscribe: {subscribe}, \
             allow_responses: true }} }}\n"
        )
    };
    let all: String = users.iter().map(each).collect();
    format!("  users: [\n{all}  ]\n")
}

/// An empty list must deny: the server takes "no list" for "everything".
fn allowed(subjects: &[String]) -> String {
    if subjects.is_empty() {
        return "{ deny: [\">\"] }".to_owned();
    }
    let subjects: Vec<_> = subjects.iter().map(|subject| quoted(subject)).collect();
    format!("{{ allow: [{}] }}", subjects.join(", "))
}

/// A string of the configuration language, whose double-quoted strings know `\"` and `\\`.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_subjects_means_nothing_and_not_everything() {
        let user = NatsUser {
            publish: Vec::new(),
            ..NatsUser::with_all("a", "b")
        };
        let text = NatsAccess::Users(vec![user]).config_text();
        assert!(text.contains("publish: { deny: [\">\"] }"), "{text}");
        assert!(text.contains("subscribe: { allow: [\">\"] }"), "{text}");
    }

    #[test]
    fn quotes_are_escaped_and_passwords_stay_out_of_debug_output() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        let user = NatsUser::with_all("alice", "hunter2");
        assert!(!format!("{user:?}").contains("hunter2"));
    }
}
