//! Typed identifiers: UUID version 7 made from the injected clock and randomness.
//!
//! The type says what an id names, so that an account's id cannot be passed where an
//! application's is wanted.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};
use uuid::Uuid;

use crate::clock::Clock;
use crate::random::SecureRandom;

/// What an id names.
pub trait Kind: Send + Sync + 'static {
    /// The kind's name as it appears in `Debug` output and errors.
    const NAME: &'static str;
}

/// Markers for [`Id`], one for each thing that has an identity.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $kind {}
            impl super::Kind for $kind {
                const NAME: &'static str = stringify!($kind);
            }
        )*};
    }
    kinds! {
        /// An account of a citizen or an organisation.
        Account,
        /// A signed-in web session.
        Session,
        /// A web session before sign-in.
        PreSession,
        /// A captcha or an SMS challenge.
        Challenge,
        /// The proof that a challenge was met.
        Proof,
        /// A member of staff.
        Staff,
        /// One road of one vehicle to a number.
        Application,
        /// A vehicle.
        Vehicle,
        /// A message to a citizen.
        Message,
        /// A published fact.
        Event,
        /// A set of numbers: issuing code, plate class and mask.
        Segment,
        /// Segments opened together by a release.
        Batch,
        /// A number given to an application.
        Allocation,
        /// The owner of personal data: a person or an organisation.
        Person,
        /// A caller's request; made by the caller, of any UUID version.
        Request,
    }
}

/// See [`kind::Account`].
pub type AccountId = Id<kind::Account>;
/// See [`kind::Session`].
pub type SessionId = Id<kind::Session>;
/// See [`kind::PreSession`].
pub type PreSessionId = Id<kind::PreSession>;
/// See [`kind::Challenge`].
pub type ChallengeId = Id<kind::Challenge>;
/// See [`kind::Proof`].
pub type ProofId = Id<kind::Proof>;
/// See [`kind::Staff`].
pub type StaffId = Id<kind::Staff>;
/// See [`kind::Application`].
pub type ApplicationId = Id<kind::Application>;
/// See [`kind::Vehicle`].
pub type VehicleId = Id<kind::Vehicle>;
/// See [`kind::Message`].
pub type MessageId = Id<kind::Message>;
/// See [`kind::Event`].
pub type EventId = Id<kind::Event>;
/// See [`kind::Segment`].
pub type SegmentId = Id<kind::Segment>;
/// See [`kind::Batch`].
pub type BatchId = Id<kind::Batch>;
/// See [`kind::Allocation`].
pub type AllocationId = Id<kind::Allocation>;
/// See [`kind::Person`].
pub type PersonId = Id<kind::Person>;
/// See [`kind::Request`].
pub type RequestId = Id<kind::Request>;

/// The identity of one `K`.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: a UUID in hyphenated form is wanted")]
pub struct Error {
    kind: &'static str,
}

impl<K> Id<K> {
    /// The id of that UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The UUID, as it is stored.
    pub const fn as_uuid(self) -> Uuid {
        self.uuid
    }

    /// The sixteen bytes, big-endian, as keyed functions take them.
    pub const fn to_bytes(self) -> [u8; 16] {
        *self.uuid.as_bytes()
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", K::NAME, self.uuid)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.hyphenated().fmt(f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // One spelling only (case apart), so that equal ids are equal texts after one round trip.
        text.parse::<uuid::fmt::Hyphenated>()
            .map(|hyphenated| Self::from_uuid(hyphenated.into_uuid()))
            .map_err(|_| Error { kind: K::NAME })
    }
}

impl<K> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}

impl<K> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.uuid
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<K> Type<Postgres> for Id<K> {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}

impl<K> PgHasArrayType for Id<K> {
    fn array_type_info() -> PgTypeInfo {
        <Uuid as PgHasArrayType>::array_type_info()
    }
}

impl<K> Encode<'_, Postgres> for Id<K> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Uuid as Encode<'_, Postgres>>::encode_by_ref(&self.uuid, buffer)
    }
}

impl<'r, K> Decode<'r, Postgres> for Id<K> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <Uuid as Decode<'r, Postgres>>::decode(value).map(Self::from_uuid)
    }
}

/// Makes ids; clones share clock and randomness.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    random: SecureRandom,
}

impl Ids {
    /// A generator over a clock and a source of randomness.
    pub fn new(clock: Clock, random: SecureRandom) -> Self {
        Self { clock, random }
    }

    /// The next id: 48 bits of milliseconds, 12 of the fraction within one, 62 random (RFC 9562,
    /// section 6.2, method 3). Ids made at different microseconds sort by time.
    pub fn next<K: Kind>(&self) -> Id<K> {
        let micros = self.clock.now().as_microsecond().max(0).unsigned_abs();
        let mut tail: [u8; 10] = self.random.bytes();
        let fraction = u16::try_from(micros % 1000 * 4096 / 1000).expect("it is below 4096");
        tail[..2].copy_from_slice(&fraction.to_be_bytes());
        Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(micros / 1000, &tail).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ids() -> (Ids, Clock) {
        let clock = Clock::manual("2026-11-22T08:00:00Z".parse().unwrap());
        (Ids::new(clock.clone(), SecureRandom::seeded(1)), clock)
    }

    #[test]
    fn ids_are_version_7_of_the_clocks_time_and_sort_by_it() {
        let (ids, clock) = ids();
        let mut made: Vec<EventId> = Vec::new();
        for _ in 0..5_000 {
            made.push(ids.next());
            clock.advance(Duration::from_micros(1));
        }
        assert!(made.is_sorted());
        let uuid = made[0].as_uuid();
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.get_timestamp().unwrap().to_unix().0, 1_795_334_400);
    }

    #[test]
    fn ids_of_one_microsecond_differ() {
        let (ids, _) = ids();
        let made: std::collections::HashSet<AccountId> = (0..1_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 1_000);
    }

    #[test]
    fn text_and_json_round_trip_in_one_spelling() {
        let id: RequestId = "f81d4fae-7dec-4bd0-a765-00a0c91e6bf6".parse().unwrap();
        assert_eq!(id.to_string(), "f81d4fae-7dec-4bd0-a765-00a0c91e6bf6");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<RequestId>(&json).unwrap(), id);
        for other in [
            "f81d4fae7dec4bd0a76500a0c91e6bf6",
            "{f81d4fae-7dec-4bd0-a765-00a0c91e6bf6}",
            "",
            "x",
        ] {
            assert!(other.parse::<RequestId>().is_err(), "{other}");
        }
        assert_eq!(
            "x".parse::<AccountId>().unwrap_err().to_string(),
            "not a Account id: a UUID in hyphenated form is wanted"
        );
    }
}
