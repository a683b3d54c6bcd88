//! Answers by request id: the same request is answered the same and never done twice (P2).
//!
//! The answer is written in the transaction of its effect. It belongs to who asks (an account, a
//! member of staff), not to a session, so that signing in again changes nothing. Final refusals are
//! kept like responses; a refusal that invites to try again is not.

use std::error::Error as StdError;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use prost::Message;
use ring::digest;
use sqlx::types::Json;

use crate::db::{self, Db, Tx, Work};
use crate::error::Refusal;
use crate::ids::{AccountId, PreSessionId, RequestId, StaffId};
use crate::reason::{Kind, Reason};

/// The constraint a race for the same request id violates (R2).
pub(crate) const PRIMARY_KEY: &str = "idempotency_keys_pkey";

/// How long an answer is kept unless its [`Key`] says longer.
pub const KEPT_AT_LEAST: SignedDuration = SignedDuration::from_hours(24);

/// Whose request ids these are; ids of different scopes never meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A citizen or organisation that has signed in.
    Account(AccountId),
    /// A visitor before sign-in.
    PreSession(PreSessionId),
    /// A member of staff.
    Staff(StaffId),
    /// A service that asks on its own behalf, by name.
    Service(&'static str),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account/{id}"),
            Self::PreSession(id) => write!(f, "pre_session/{id}"),
            Self::Staff(id) => write!(f, "staff/{id}"),
            Self::Service(name) => write!(f, "service/{name}"),
        }
    }
}

/// Under what an answer is kept.
#[derive(Debug, Clone)]
pub struct Key {
    scope: String,
    method: &'static str,
    request: RequestId,
    now: Timestamp,
    kept_until: Timestamp,
}

impl Key {
    /// The key of a request to `method` (the RPC's path or a name of its own) asked at `now`.
    pub fn new(scope: &Scope, method: &'static str, request: RequestId, now: Timestamp) -> Self {
        let kept_until = now
            .saturating_add(KEPT_AT_LEAST)
            .expect("hours are always added");
        Self {
            scope: scope.to_string(),
            method,
            request,
            now,
            kept_until,
        }
    }

    /// Keeps the answer until then, if that is longer than usual.
    #[must_use]
    pub fn kept_until(mut self, until: Timestamp) -> Self {
        self.kept_until = self.kept_until.max(until);
        self
    }
}

/// What is known of a request before it is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Replay {
    /// Nothing: do it, then [`record`].
    New,
    /// It was granted; the encoded response.
    Response(Vec<u8>),
    /// It was refused for good.
    Refused(Refusal),
}

/// The hash by which a request is recognised.
pub type RequestHash = [u8; 32];

/// SHA-256 of the encoded request. The message must not hold hash maps: their order varies.
pub fn hash_of(request: &impl Message) -> RequestHash {
    let digest = digest::digest(&digest::SHA256, &request.encode_to_vec());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Looks whether the request was answered before. The same id with another request is refused with
/// `REQUEST_ID_REUSED`.
///
/// # Errors
/// When the database cannot be asked or the kept answer cannot be read.
pub async fn begin(tx: &mut Tx, key: &Key, hash: RequestHash) -> Result<Replay, db::Error> {
    let kept = sqlx::query!(
        r#"-- chassis.idempotency.begin
        SELECT request_hash, response, refusal AS "refusal: serde_json::Value"
        FROM idempotency_keys
        WHERE scope = $1 AND method = $2 AND request_id = $3"#,
        key.scope,
        key.method,
        key.request.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(kept) = kept else {
        return Ok(Replay::New);
    };
    if kept.request_hash != hash {
        return Ok(Replay::Refused(Refusal::new(Reason::RequestIdReused)));
    }
    match (kept.response, kept.refusal) {
        (Some(response), _) => Ok(Replay::Response(response)),
        (None, Some(refusal)) => serde_json::from_value(refusal)
            .map(Replay::Refused)
            .map_err(|source| db::Error::corrupt("refusal", source)),
        (None, None) => Err(db::Error::corrupt(
            "answer",
            "it holds neither response nor refusal",
        )),
    }
}

/// Keeps the response. Losing a race for the key makes [`Db::run_tx`] run the transaction again,
/// which then finds the winner's answer.
///
/// # Errors
/// When the row cannot be written.
pub async fn record(
    tx: &mut Tx,
    key: &Key,
    hash: RequestHash,
    response: &impl Message,
) -> Result<(), db::Error> {
    insert(tx, key, hash, Some(response.encode_to_vec()), None).await
}

/// Keeps a final refusal. As [`record`].
///
/// # Errors
/// As [`record`].
pub async fn record_refusal(
    tx: &mut Tx,
    key: &Key,
    hash: RequestHash,
    refusal: &Refusal,
) -> Result<(), db::Error> {
    insert(tx, key, hash, None, Some(Json(refusal))).await
}

async fn insert(
    tx: &mut Tx,
    key: &Key,
    hash: RequestHash,
    response: Option<Vec<u8>>,
    refusal: Option<Json<&Refusal>>,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- chassis.idempotency.add
        INSERT INTO idempotency_keys
            (scope, method, request_id, request_hash, response, refusal, created_at, kept_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        key.scope,
        key.method,
        key.request.as_uuid(),
        &hash[..],
        response,
        refusal as _,
        key.now.to_sqlx() as _,
        key.kept_until.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An error that may be a refusal. A service's error type says which of its variants are.
pub trait Refusable: From<db::Error> + From<Refusal> + StdError + Send + 'static {
    /// The refusal this error tells the caller, if it is one rather than a fault.
    fn refusal(&self) -> Option<Refusal>;
}

/// Whether asking again cannot change the answer.
pub fn is_final(refusal: &Refusal) -> bool {
    let kind_is_final = match refusal.reason().kind() {
        Kind::Invalid
        | Kind::Missing
        | Kind::Taken
        | Kind::Blocked
        | Kind::Denied
        | Kind::Limited => true,
        Kind::Fault | Kind::Busy | Kind::Overload | Kind::Late | Kind::SignIn | Kind::Conflict => {
            false
        }
    };
    kind_is_final && refusal.retry_delay().is_none()
}

impl Db {
    /// Runs `work` once per request id: [`run_tx`](Self::run_tx) with [`begin`] before and
    /// [`record`] after. When `work` refuses for good, what it wrote is undone and the refusal is
    /// kept; any other error keeps nothing.
    ///
    /// # Errors
    /// Those of `work`, kept refusals among them; `REQUEST_ID_REUSED`; and those of the database.
    pub async fn run_once<Req, Resp, E, F>(
        &self,
        name: &'static str,
        key: &Key,
        request: &Req,
        work: F,
    ) -> Result<Resp, E>
    where
        Req: Message,
        Resp: Message + Default,
        E: Refusable,
        F: for<'c> Work<'c, Resp, E> + Sync,
    {
        let hash = hash_of(request);
        let answer: Result<Resp, Refusal> = self
            .run_tx(name, async |tx: &mut Tx| {
                match begin(tx, key, hash).await? {
                    Replay::New => {}
                    Replay::Refused(refusal) => return Ok(Err(refusal)),
                    Replay::Response(bytes) => {
                        return Resp::decode(bytes.as_slice())
                            .map(Ok)
                            .map_err(|source| db::Error::corrupt("response", source).into());
                    }
                }
                tx.savepoint().await?;
                match work(tx).await {
                    Ok(response) => {
                        record(tx, key, hash, &response).await?;
                        Ok(Ok(response))
                    }
                    Err(error) => match error.refusal().filter(is_final) {
                        Some(refusal) => {
                            tx.rollback_to_savepoint().await?;
                            record_refusal(tx, key, hash, &refusal).await?;
                            Ok(Err(refusal))
                        }
                        None => Err(error),
                    },
                }
            })
            .await?;
        answer.map_err(E::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_that_invite_to_try_again_are_not_final() {
        assert!(is_final(&Refusal::not_found("application")));
        assert!(!is_final(&Refusal::new(Reason::OperationPending)));
        assert!(!is_final(&Refusal::new(Reason::Unavailable)));
        let later =
            Refusal::not_found("application").retry_after(std::time::Duration::from_secs(1));
        assert!(!is_final(&later));
    }

    #[test]
    fn the_usual_time_is_the_least() {
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let key = Key::new(
            &Scope::Service("selection"),
            "m",
            RequestId::from_uuid(uuid::Uuid::nil()),
            now,
        );
        let day_later = "2026-11-23T00:00:00Z".parse().unwrap();
        assert_eq!(key.clone().kept_until(now).kept_until, day_later);
        let later = "2027-11-23T00:00:00Z".parse().unwrap();
        assert_eq!(key.kept_until(later).kept_until, later);
    }
}
