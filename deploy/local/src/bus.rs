//! Who may say what on the bus.

use anyhow::Result;
use xuanhao_servers::{NatsAccess, NatsSecret, NatsUser};

use crate::Service;
use crate::folders::Folders;

/// The user that makes streams, and nothing else does.
pub(crate) const STREAMS: &str = "streams";

/// The file of a user's password.
pub(crate) fn password_name(user: &str) -> String {
    format!("{user}.nats-password")
}

/// A user per service, which may publish its own facts and ask for those it listens to.
pub(crate) fn access(folders: &Folders) -> Result<NatsAccess> {
    let mut users = vec![NatsUser::with_all(
        STREAMS,
        folders.password(&password_name(STREAMS))?,
    )];
    for service in Service::ALL
        .into_iter()
        .filter(|service| service.has_database())
    {
        let name = service.name();
        let secret = NatsSecret::Password {
            name: name.to_owned(),
            password: folders.password(&password_name(name))?,
        };
        users.push(NatsUser {
            secret,
            publish: may_publish(service),
            subscribe: vec!["_INBOX.>".to_owned()],
        });
    }
    Ok(NatsAccess::Users(users))
}

fn may_publish(service: Service) -> Vec<String> {
    let mut subjects = vec![format!("xuanhao.{service}.>")];
    for of in service.listens_to() {
        let stream = format!("xuanhao-{of}");
        subjects.extend([
            format!("$JS.API.STREAM.INFO.{stream}"),
            format!("$JS.API.CONSUMER.*.{stream}.>"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.>"),
            format!("$JS.ACK.{stream}.>"),
        ]);
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_publishes_its_own_facts_only() {
        for service in Service::ALL {
            let facts: Vec<_> = may_publish(service)
                .into_iter()
                .filter(|subject| !subject.starts_with("$JS."))
                .collect();
            assert_eq!(facts, [format!("xuanhao.{service}.>")]);
        }
        let selection = may_publish(Service::Selection);
        assert!(selection.contains(&"$JS.ACK.xuanhao-platepool.>".to_owned()));
        assert_eq!(may_publish(Service::Vehicle).len(), 1);
    }
}
