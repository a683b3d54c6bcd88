//! Ids that follow from the log row they belong to. Whoever reads the row can tell them again: an
//! answer that is given from the record names the same allocation as the first.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use xuanhao_chassis::ids::{AllocationId, EventId};
use xuanhao_vocabulary::{OfficeId, PlateKey};

use crate::domain::ids::RowKey;

/// The id of the allocation that a row made of a number.
pub(crate) fn allocation_id(
    office: OfficeId,
    decided_at: Timestamp,
    key: RowKey,
    plate: PlateKey,
) -> AllocationId {
    AllocationId::from_uuid(derive(b"allocation", office, decided_at, key, plate.get()))
}

/// The id of the fact that a row tells.
pub(crate) fn event_id(office: OfficeId, decided_at: Timestamp, key: RowKey) -> EventId {
    EventId::from_uuid(derive(b"event", office, decided_at, key, 0))
}

/// A UUID (version 7) of the row's instant, with bits of a hash for its random ones.
fn derive(kind: &[u8], office: OfficeId, at: Timestamp, key: RowKey, number: i64) -> uuid::Uuid {
    let mut hash = Sha256::new();
    for part in [kind, office.as_str().as_bytes()] {
        hash.update([u8::try_from(part.len()).expect("kinds and offices are short")]);
        hash.update(part);
    }
    hash.update(key.epoch.to_be_bytes());
    hash.update(key.seq.to_be_bytes());
    hash.update(number.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (tail, _) = digest
        .split_first_chunk::<10>()
        .expect("SHA-256 has 32 bytes");
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use xuanhao_vocabulary::{PlateClass, PlateNumber};

    use super::*;

    #[test]
    fn ids_tell_rows_numbers_and_kinds_apart_and_stay_as_they_are() {
        let office = OfficeId::parse("gd-zhanjiang").unwrap();
        let at: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let key = RowKey { epoch: 3, seq: 7 };
        let plate =
            |text| PlateKey::pack(PlateClass::Small, PlateNumber::parse(text).unwrap()).unwrap();
        let id = allocation_id(office, at, key, plate("粤GA1234"));
        assert_eq!(id, allocation_id(office, at, key, plate("粤GA1234")));
        assert_ne!(id, allocation_id(office, at, key, plate("粤GA1235")));
        assert_ne!(
            id,
            allocation_id(office, at, RowKey { seq: 8, ..key }, plate("粤GA1234"))
        );
        assert_ne!(
            id,
            allocation_id(office, at, RowKey { epoch: 4, ..key }, plate("粤GA1234"))
        );
        assert_ne!(id.as_uuid(), event_id(office, at, key).as_uuid());
        assert_eq!(id.as_uuid().get_version_num(), 7);
        let (seconds, _) = id.as_uuid().get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), at.as_second());
    }
}
