//! Who lives, who leaves, and who writes for which office, as this process last saw it.
//!
//! It is for finding the writer, never for safety: that is the epoch. What is known of an office only
//! ever goes on to a higher epoch, so a look that was overtaken on its way takes nothing back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use xuanhao_vocabulary::OfficeId;

use crate::store::lease::{LeaseRow, OwnerRow};

/// A process that writes for offices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replica {
    pub(crate) name: Arc<str>,
    /// `host:port`; empty if its peers do not reach it.
    pub(crate) address: Arc<str>,
    pub(crate) expires_at: Timestamp,
    pub(crate) leaving: bool,
    /// By the instant of the look.
    pub(crate) lives: bool,
}

/// Who writes for an office, or did last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) owner: Arc<str>,
    pub(crate) epoch: u64,
    pub(crate) is_released: bool,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    replicas: BTreeMap<Arc<str>, Replica>,
    leases: BTreeMap<OfficeId, Lease>,
}

impl Directory {
    /// What is known after another look.
    pub(crate) fn after(&self, owners: Vec<OwnerRow>, rows: Vec<LeaseRow>, now: Timestamp) -> Self {
        let replicas: BTreeMap<Arc<str>, Replica> = owners
            .into_iter()
            .map(|row| {
                let name: Arc<str> = row.owner.into();
                let replica = Replica {
                    name: Arc::clone(&name),
                    address: row.address.into(),
                    expires_at: row.expires_at,
                    leaving: row.leaving,
                    lives: row.expires_at > now,
                };
                (name, replica)
            })
            .collect();
        let mut leases = self.leases.clone();
        for row in rows {
            let known = leases.get(&row.office).map_or(0, |lease| lease.epoch);
            if row.epoch >= known {
                let owner = replicas.get_key_value(&*row.owner);
                let owner = owner.map_or_else(|| row.owner.into(), |(name, _)| Arc::clone(name));
                leases.insert(
                    row.office,
                    Lease {
                        owner,
                        epoch: row.epoch,
                        is_released: row.is_released,
                    },
                );
            }
        }
        Self { replicas, leases }
    }

    /// What is known once an office is known to be another's.
    pub(crate) fn with(&self, office: OfficeId, owner: &Arc<str>, epoch: u64) -> Self {
        let mut known = self.clone();
        let lease = known.leases.entry(office).or_insert_with(|| Lease {
            owner: Arc::clone(owner),
            epoch: 0,
            is_released: false,
        });
        if epoch >= lease.epoch {
            (lease.owner, lease.epoch) = (Arc::clone(owner), epoch);
        }
        known
    }

    /// Who wrote last for an office.
    pub(crate) fn lease(&self, office: OfficeId) -> Option<&Lease> {
        self.leases.get(&office)
    }

    /// Who writes for an office and lives.
    pub(crate) fn writer(&self, office: OfficeId) -> Option<&Replica> {
        self.living(&self.leases.get(&office)?.owner)
    }

    fn living(&self, name: &str) -> Option<&Replica> {
        self.replicas.get(name).filter(|replica| replica.lives)
    }

    /// Whether numbers of the office can be asked for: then somebody has to write for it.
    pub(crate) fn is_active(&self, office: OfficeId) -> bool {
        self.leases.get(&office).is_some_and(|lease| {
            // One that nothing was released for starts at its first use, and stays where it is.
            lease.is_released || self.living(&lease.owner).is_some()
        })
    }

    /// Whether numbers of the office are released.
    pub(crate) fn is_released(&self, office: OfficeId) -> bool {
        self.leases.get(&office).is_some_and(|one| one.is_released)
    }

    /// Where those who live are reached.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let living = self.replicas.values().filter(|replica| replica.lives);
        living.map(|replica| &*replica.address)
    }

    pub(crate) fn count_living(&self) -> usize {
        self.replicas.values().filter(|one| one.lives).count()
    }

    /// Offices of a process.
    pub(crate) fn offices_of(&self, name: &str) -> Vec<OfficeId> {
        let own = self
            .leases
            .iter()
            .filter(|(_, lease)| &*lease.owner == name);
        own.map(|(office, _)| *office).collect()
    }

    /// Those who live and stay.
    fn staying(&self) -> impl Iterator<Item = &Replica> {
        self.replicas
            .values()
            .filter(|replica| replica.lives && !replica.leaving)
    }

    /// How many offices each of those who stay should write for: no more than this.
    pub(crate) fn share(&self) -> usize {
        let active = self.leases.keys().filter(|office| self.is_active(**office));
        active.count().div_ceil(self.staying().count().max(1))
    }

    /// Active offices whose writer does not live, in the order in which a process takes them: each
    /// begins at another place, so that they get in each other's way less.
    pub(crate) fn orphans(&self, name: &str) -> Vec<OfficeId> {
        let orphaned = self
            .leases
            .iter()
            .filter(|(_, lease)| lease.is_released && self.living(&lease.owner).is_none());
        let mut orphans: Vec<OfficeId> = orphaned.map(|(office, _)| *office).collect();
        if !orphans.is_empty() {
            let rank = self.staying().take_while(|one| &*one.name < name).count();
            let first = rank.wrapping_mul(self.share()) % orphans.len();
            orphans.rotate_left(first);
        }
        orphans
    }

    /// Who can take an office over from `name`: those who stay and can be reached, the one with the
    /// fewest offices first. `planned` says how many each is to get besides.
    pub(crate) fn successors(
        &self,
        name: &str,
        planned: &HashMap<Arc<str>, usize>,
    ) -> Vec<&Replica> {
        let mut others: Vec<(usize, &Replica)> = self
            .staying()
            .filter(|one| &*one.name != name && !one.address.is_empty())
            .map(|one| {
                let more = planned.get(&one.name).copied().unwrap_or_default();
                (self.offices_of(&one.name).len() + more, one)
            })
            .collect();
        others.sort_by_key(|(count, _)| *count);
        others.into_iter().map(|(_, one)| one).collect()
    }

    /// An office that `name` has above its share, and who should have it instead.
    pub(crate) fn to_move(&self, name: &str) -> Option<(OfficeId, Replica)> {
        let own = self.offices_of(name);
        if own.len() <= self.share() {
            return None;
        }
        let successor = *self.successors(name, &HashMap::new()).first()?;
        let is_better = self.offices_of(&successor.name).len() + 1 < own.len();
        let office = own.last().copied().filter(|_| is_better)?;
        Some((office, successor.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH + Duration::from_secs(second)
    }

    fn owner(name: &str, expires: u64, leaving: bool) -> OwnerRow {
        OwnerRow {
            owner: name.to_owned(),
            address: format!("{name}:1"),
            expires_at: at(expires),
            leaving,
            started_at: at(0),
        }
    }

    fn office(index: usize) -> OfficeId {
        xuanhao_vocabulary::Office::all()[index].id
    }

    fn lease(index: usize, owner: &str, epoch: u64) -> LeaseRow {
        LeaseRow {
            office: office(index),
            owner: owner.to_owned(),
            epoch,
            taken_at: at(0),
            is_released: true,
        }
    }

    fn seen(owners: &[OwnerRow], leases: &[LeaseRow]) -> Directory {
        Directory::default().after(owners.to_vec(), leases.to_vec(), at(10))
    }

    #[test]
    fn a_look_that_was_overtaken_takes_nothing_back() {
        let owners = [owner("a", 20, false), owner("b", 20, false)];
        let known = seen(&owners, &[lease(0, "a", 3)]);
        let handed_over = known.with(office(0), &"b".into(), 5);
        let late = handed_over.after(owners.to_vec(), vec![lease(0, "a", 3)], at(10));
        assert_eq!(&*late.writer(office(0)).unwrap().name, "b");
        let next = late.after(owners.to_vec(), vec![lease(0, "a", 6)], at(10));
        assert_eq!(&*next.writer(office(0)).unwrap().name, "a");
        // Nor does what is known from before.
        assert_eq!(
            &*next
                .with(office(0), &"b".into(), 5)
                .writer(office(0))
                .unwrap()
                .name,
            "a"
        );
    }

    #[test]
    fn who_gave_no_sign_in_time_writes_for_nobody() {
        let leases = [lease(0, "a", 1), lease(1, "b", 1), lease(2, "gone", 1)];
        let known = seen(&[owner("a", 10, false), owner("b", 11, false)], &leases);
        assert_eq!(known.writer(office(0)), None);
        assert_eq!(&*known.writer(office(1)).unwrap().name, "b");
        assert_eq!(known.writer(office(2)), None);
        assert_eq!(known.orphans("b").len(), 2);
    }

    #[test]
    fn an_idle_office_is_no_orphan() {
        let idle = LeaseRow {
            is_released: false,
            ..lease(0, "gone", 1)
        };
        let known = seen(&[owner("a", 20, false)], std::slice::from_ref(&idle));
        assert!(!known.is_active(office(0)) && known.orphans("a").is_empty());
        let lived_in = LeaseRow {
            owner: "a".to_owned(),
            ..idle
        };
        assert!(seen(&[owner("a", 20, false)], &[lived_in]).is_active(office(0)));
    }

    #[test]
    fn orphans_are_shared_out_without_meeting() {
        let owners = [
            owner("a", 20, false),
            owner("b", 20, false),
            owner("c", 20, false),
        ];
        let leases: Vec<_> = (0..6).map(|index| lease(index, "gone", 1)).collect();
        let known = seen(&owners, &leases);
        assert_eq!(known.share(), 2);
        let mut first: Vec<OfficeId> = ["a", "b", "c"]
            .iter()
            .flat_map(|name| known.orphans(name).into_iter().take(2))
            .collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 6);
    }

    /// One office after another, and no back and forth at the end.
    #[test]
    fn offices_move_until_everybody_has_the_share() {
        let owners = [
            owner("a", 20, false),
            owner("b", 20, false),
            owner("c", 20, false),
        ];
        let leases: Vec<_> = (0..7).map(|index| lease(index, "a", 1)).collect();
        let mut known = seen(&owners, &leases);
        let mut moves = 0;
        while let Some((office, successor)) =
            ["a", "b", "c"].iter().find_map(|name| known.to_move(name))
        {
            moves += 1;
            assert!(moves < 10, "it never ends");
            let epoch = known.lease(office).unwrap().epoch + 2;
            known = known.with(office, &successor.name, epoch);
        }
        let counts = ["a", "b", "c"].map(|name| known.offices_of(name).len());
        assert_eq!(
            (counts.iter().sum::<usize>(), counts.iter().max()),
            (7, Some(&3))
        );
        assert_eq!(moves, 4);
    }

    #[test]
    fn who_leaves_or_cannot_be_reached_succeeds_nobody() {
        let mut hidden = owner("d", 20, false);
        hidden.address.clear();
        let owners = [
            owner("a", 20, true),
            owner("b", 20, true),
            owner("c", 5, false),
            hidden,
            owner("e", 20, false),
        ];
        let known = seen(&owners, &[lease(0, "a", 1)]);
        let named: Vec<_> = known
            .successors("a", &HashMap::new())
            .into_iter()
            .map(|one| one.name.to_string())
            .collect();
        assert_eq!(named, ["e"]);
    }
}
