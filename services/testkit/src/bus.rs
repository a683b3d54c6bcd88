//! A bus per test: an account of the shared nats-server, with streams of its own.

use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use async_nats::jetstream;
use futures::TryStreamExt;
use xuanhao_servers::shared::{NATS_ACCOUNTS, NATS_LEASES, NATS_URL, start_nats};
use xuanhao_servers::{Nats, Scratch};

use crate::{home, must, toolbox, wait_for};

/// More tests than accounts at once would wait for one another here.
const LEASE_LIMIT: Duration = Duration::from_secs(60);

/// An account of the shared nats-server that no other test uses at the same time, without streams.
///
/// Subjects and stream names may be the real ones: another account does not see them.
#[derive(Debug)]
pub struct TestBus {
    url: String,
    // Locked while the test lives; the kernel unlocks it however the test ends.
    _lease: File,
}

impl TestBus {
    /// # Panics
    /// When no nats-server can be started or no account becomes free.
    pub async fn new() -> Self {
        let shared = tokio::task::spawn_blocking(shared).await;
        let shared = shared.expect("starting the server does not panic");
        let (number, lease) = wait_for(LEASE_LIMIT, || async { shared.take_account() }).await;
        let bus = Self {
            url: shared.url_of(number),
            _lease: lease,
        };
        bus.remove_streams().await;
        bus
    }

    /// The URL with the account's user and password in it. The NATS client does not read them
    /// there: whoever opens its own connection hands it [`user`](Self::user) and
    /// [`password`](Self::password).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL without user and password.
    #[must_use]
    pub fn server(&self) -> String {
        format!("nats://{}", self.parts().2)
    }

    #[must_use]
    pub fn user(&self) -> &str {
        self.parts().0
    }

    #[must_use]
    pub fn password(&self) -> &str {
        self.parts().1
    }

    /// A connection of its own.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn client(&self) -> async_nats::Client {
        let (user, password) = (self.user().to_owned(), self.password().to_owned());
        let options = async_nats::ConnectOptions::with_user_and_password(user, password);
        must(
            options.connect(self.server()).await,
            "connecting to nats-server",
        )
    }

    /// User, password and address.
    fn parts(&self) -> (&str, &str, &str) {
        let parts = || {
            let (credentials, address) = self.url.strip_prefix("nats://")?.rsplit_once('@')?;
            let (user, password) = credentials.split_once(':')?;
            Some((user, password, address))
        };
        parts().expect("the shared server's URL names a user and a password")
    }

    /// JetStream over a connection of its own.
    ///
    /// # Panics
    /// When the connection cannot be made.
    pub async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.client().await)
    }

    /// The account's last user may have been killed with its streams in place.
    async fn remove_streams(&self) {
        let jetstream = self.jetstream().await;
        let names: Vec<String> = must(jetstream.stream_names().try_collect().await, "streams");
        for name in names {
            must(jetstream.delete_stream(&name).await, name);
        }
    }
}

#[derive(Debug)]
struct Shared {
    /// With the user and password of the first account.
    url: String,
    leases: PathBuf,
    /// Held when this process started the server itself.
    _own: Option<(Nats, Scratch)>,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let given = |name| std::env::var_os(name)?.into_string().ok();
        if let (Some(url), Some(leases)) = (given(NATS_URL), given(NATS_LEASES)) {
            return Shared {
                url,
                leases: leases.into(),
                _own: None,
            };
        }
        let scratch = must(Scratch::new(&home(), "nats"), "making a folder");
        let nats = must(start_nats(&toolbox(), &scratch), "starting nats-server");
        let url = nats.url_of("t0").expect("the accounts are numbered from 0");
        Shared {
            url,
            leases: scratch.path().to_owned(),
            _own: Some((nats, scratch)),
        }
    })
}

impl Shared {
    fn url_of(&self, number: usize) -> String {
        self.url.replacen("//t0:", &format!("//t{number}:"), 1)
    }

    fn take_account(&self) -> Option<(usize, File)> {
        (0..NATS_ACCOUNTS).find_map(|number| {
            let path = self.leases.join(format!("t{number}.lease"));
            let file = must(File::create(&path), path.display());
            file.try_lock().is_ok().then_some((number, file))
        })
    }
}
