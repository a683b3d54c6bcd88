//! Peers that answer every RPC with one good answer, or as told, and record what they were asked.

#[macro_use]
mod macros;
mod answers;
mod applications;
mod beside;

pub(crate) use beside::{DOCUMENT, ODD_DOCUMENT};

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xuanhao_chassis::grpc::CallContext;
use xuanhao_chassis::ids::SessionId;
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::signed::SigningKey;

/// An application that every answer shows.
pub(crate) const APPLICATION: &str = "01939f5e-0000-7000-8000-000000000001";
/// One that has something in every field.
pub(crate) const FULL_APPLICATION: &str = "01939f5e-0000-7000-8000-000000000006";
pub(crate) const CHALLENGE: &str = "01939f5e-0000-7000-8000-000000000002";
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0x0193_9f5e_0000_7000_8000_0000_0000_0003);

/// All the peers' one notebook.
#[derive(Clone)]
pub(crate) struct Peers(Arc<State>);

struct State {
    key: SigningKey,
    notes: Mutex<Notes>,
}

#[derive(Default)]
pub(crate) struct Notes {
    asked: Vec<Asked>,
    refusals: HashMap<&'static str, Status>,
    delays: HashMap<&'static str, Duration>,
    /// Live session tokens.
    sessions: Vec<String>,
}

/// One call.
struct Asked {
    rpc: &'static str,
    message: Box<dyn Any + Send>,
    account: Option<Uuid>,
    remaining: Duration,
    traceparent: Option<String>,
}

impl Peers {
    pub(crate) fn new() -> Self {
        let (key, notes) = (SigningKey::generate(), Mutex::default());
        Self(Arc::new(State { key, notes }))
    }

    /// The keys that believe this identity.
    pub(crate) fn jwks(&self) -> String {
        self.0.key.public_jwks().unwrap()
    }

    /// Refuses an RPC from now on.
    pub(crate) fn refuse(&self, rpc: &'static str, status: impl Into<Status>) {
        self.notes().refusals.insert(rpc, status.into());
    }

    /// Lets an RPC take its time.
    pub(crate) fn delay(&self, rpc: &'static str, time: Duration) {
        self.notes().delays.insert(rpc, time);
    }

    /// How often an RPC was asked.
    pub(crate) fn times(&self, rpc: &str) -> usize {
        self.notes()
            .asked
            .iter()
            .filter(|asked| asked.rpc == rpc)
            .count()
    }

    /// Every RPC that was asked, in order.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        self.notes().asked.iter().map(|asked| asked.rpc).collect()
    }

    /// The last message of an RPC.
    pub(crate) fn last<T: Clone + 'static>(&self, rpc: &str) -> T {
        self.with_last(rpc, |asked| {
            asked.message.downcast_ref::<T>().unwrap().clone()
        })
    }

    /// On whose behalf an RPC was last asked.
    pub(crate) fn last_account(&self, rpc: &str) -> Option<Uuid> {
        self.with_last(rpc, |asked| asked.account)
    }

    /// How long the last call of an RPC could take.
    pub(crate) fn last_remaining(&self, rpc: &str) -> Duration {
        self.with_last(rpc, |asked| asked.remaining)
    }

    pub(crate) fn last_traceparent(&self, rpc: &str) -> Option<String> {
        self.with_last(rpc, |asked| asked.traceparent.clone())
    }

    fn with_last<T>(&self, rpc: &str, read: impl FnOnce(&Asked) -> T) -> T {
        let notes = self.notes();
        let last = notes.asked.iter().rev().find(|asked| asked.rpc == rpc);
        read(last.unwrap_or_else(|| panic!("{rpc} was not asked")))
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.0.notes.lock().unwrap()
    }

    pub(crate) async fn answer<T: Send + 'static, R>(
        &self,
        rpc: &'static str,
        request: Request<T>,
        answer: impl FnOnce(&T, &mut Notes) -> Result<R, Status>,
    ) -> Result<Response<R>, Status> {
        let context = CallContext::of(&request);
        let account = context.principal().map(|principal| principal.sub);
        let traceparent = request.metadata().get("traceparent");
        let traceparent = traceparent.map(|value| value.to_str().unwrap().to_owned());
        let message = request.into_inner();
        let (answered, delay) = {
            let mut notes = self.notes();
            let answered = match notes.refusals.get(rpc) {
                Some(status) => Err(status.clone()),
                None => answer(&message, &mut notes),
            };
            notes.asked.push(Asked {
                rpc,
                message: Box::new(message),
                account,
                remaining: context.remaining(),
                traceparent,
            });
            (answered, notes.delays.get(rpc).copied())
        };
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        answered.map(Response::new)
    }

    fn principal(&self) -> String {
        let now = Timestamp::now().as_second();
        let principal = Principal {
            sub: ACCOUNT,
            kind: Kind::Person,
            session: SessionId::from_uuid(Uuid::from_u128(1)),
            level: Some("face_to_face".to_owned()),
            roles: Vec::new(),
            province: "gd".to_owned(),
            offices: Vec::new(),
            iat: now,
            exp: now + 300,
        };
        principal.sign(&self.0.key).unwrap()
    }
}

pub(crate) fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    let seconds = 1_795_334_400 + seconds;
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}
