//! A small store of unwrapped data keys, each for a minute; wiped when it lets go of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::cipher::DataKey;
use crate::ids::PersonId;

const CAPACITY: usize = 4_096;
/// How long another process goes on reading after an erasure.
const LIFETIME: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
pub(super) struct KeyCache(Arc<Mutex<HashMap<PersonId, (DataKey, Instant)>>>);

impl KeyCache {
    pub(super) fn get(&self, person: PersonId) -> Option<DataKey> {
        let keys = self.lock();
        let (key, until) = keys.get(&person)?;
        (Instant::now() < *until).then(|| key.clone())
    }

    pub(super) fn put(&self, person: PersonId, key: DataKey) -> DataKey {
        let now = Instant::now();
        let mut keys = self.lock();
        if keys.len() >= CAPACITY {
            keys.retain(|_, (_, until)| now < *until);
        }
        if keys.len() >= CAPACITY {
            // All are young: starting over costs one look-up each, and cannot be played with.
            keys.clear();
        }
        keys.insert(person, (key.clone(), now + LIFETIME));
        key
    }

    pub(super) fn forget(&self, person: PersonId) {
        self.lock().remove(&person);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PersonId, (DataKey, Instant)>> {
        self.0.lock().expect("no holder of the cache panics")
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn it_never_grows_beyond_its_capacity_and_forgets_when_told() {
        let cache = KeyCache::default();
        let person = |n: usize| PersonId::from_uuid(Uuid::from_u128(n as u128));
        for n in 0..3 * CAPACITY {
            cache.put(
                person(n),
                DataKey {
                    id: Uuid::nil(),
                    bytes: Zeroizing::new([0; 32]),
                },
            );
            assert!(cache.lock().len() <= CAPACITY);
            assert!(cache.get(person(n)).is_some());
        }
        cache.forget(person(3 * CAPACITY - 1));
        assert!(cache.get(person(3 * CAPACITY - 1)).is_none());
    }
}
