//! What must hold of the rows as they land and of every answer: a naive reading of the log.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use xuanhao_platepool::domain::command::{Command, DrawFrom, Input, OnHit, Operation};
use xuanhao_platepool::domain::hold::{HoldSet, Part};
use xuanhao_platepool::domain::ids::{ApplicationId, RowKey, SegmentId};
use xuanhao_platepool::domain::rows::{Answer, Batch, Entry, Outcome, Receipt};
use xuanhao_vocabulary::{PlateKey, PlateNumber};

pub(crate) type Verdict = Result<(), String>;

#[derive(Debug, Default)]
pub(crate) struct Checker {
    last: Option<(RowKey, Timestamp)>,
    rows: BTreeMap<RowKey, Receipt>,
    released: BTreeSet<PlateKey>,
    /// Announced numbers, by segment, and when they open.
    announced: BTreeMap<SegmentId, (Timestamp, Vec<PlateKey>)>,
    sets: BTreeMap<ApplicationId, HoldSet>,
    allocated: BTreeMap<PlateKey, Option<ApplicationId>>,
    away: BTreeMap<PlateKey, Option<Timestamp>>,
    random_only: BTreeMap<PlateKey, Timestamp>,
    /// Numbers that an allocation of the running instant let go.
    let_go: BTreeSet<PlateKey>,
    op_no: BTreeMap<ApplicationId, u64>,
    closed: BTreeSet<ApplicationId>,
    /// Operations that somebody was told will never happen.
    buried: BTreeSet<(ApplicationId, u64)>,
    /// What somebody was told of an operation that was carried out.
    told: BTreeMap<(ApplicationId, u64), RowKey>,
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

impl Checker {
    /// A row has landed. `batch` is the one it came with.
    pub(crate) fn landed(&mut self, batch: &Batch, entry: &Entry) -> Verdict {
        let (key, at) = (entry.key, entry.decided_at);
        if let Some((last, before)) = self.last {
            require(key > last, || format!("E7: {key} landed after {last}"))?;
            require(at >= before, || {
                format!("E5: {key} runs back from {before} to {at}")
            })?;
            if at > before {
                self.let_go.clear();
            }
        }
        // E6: what is due applies before the instant's first row, and not again.
        if self.last.is_none_or(|(_, before)| at > before) {
            self.expire(at);
        }
        self.last = Some((key, at));
        self.rows.insert(key, entry.receipt());
        match &entry.command {
            Command::Operate(operation) => self.operated(entry, operation)?,
            Command::Resolve(resolve) => {
                let highest = self.op_no.entry(resolve.application).or_default();
                *highest = (*highest).max(resolve.op_no);
            }
            Command::Close(application) => {
                let fresh = self.closed.insert(*application);
                require(fresh, || format!("P9: {key} closes again"))?;
                let allocation = self.allocation_of(*application);
                let named = entry.outcome == Outcome::Closed { allocation };
                require(named, || format!("P9: {key} does not name {allocation:?}"))?;
            }
            Command::Release(_) => {
                for row in batch.segments.iter().filter(|row| row.key == key) {
                    let new = row.segment.mask.iter().map(|serial| {
                        let number = PlateNumber::new(row.segment.code, serial);
                        PlateKey::pack(row.segment.class, number).unwrap()
                    });
                    let new: Vec<_> = new.collect();
                    let others = self.announced.values().flat_map(|(_, plates)| plates);
                    let mut others = others.chain(&self.released);
                    let overlap = others.any(|other| new.contains(other));
                    require(!overlap, || format!("E1: {key} overlaps"))?;
                    match row.segment.opens_at.filter(|opens_at| *opens_at > at) {
                        Some(opens_at) => {
                            _ = self.announced.insert(row.segment.id, (opens_at, new));
                        }
                        None => self.released.extend(new),
                    }
                }
            }
            Command::Import(_) => {
                for row in batch.allocations.iter().filter(|row| row.key == key) {
                    self.away.remove(&row.plate);
                    self.nobodys(row.plate, None, key)?;
                    self.allocated.insert(row.plate, None);
                }
            }
            Command::Lapse(lapse) => {
                let life = self.allocated.remove(&lapse.plate);
                require(life == Some(lapse.application), || {
                    format!("{key} ends no life")
                })?;
                self.away.insert(lapse.plate, None);
            }
            Command::Return(back) => {
                let away = self.away.insert(back.plate, Some(back.available_at));
                require(away == Some(None), || {
                    format!("{key} returns what is not away")
                })?;
                self.random_only.insert(back.plate, back.random_only_until);
            }
            Command::SetRules(_) => {}
            Command::Withdraw(withdraw) => {
                for segment in &withdraw.segments {
                    let stood = self.announced.remove(segment).is_some();
                    require(stood, || format!("R-POOL-04: {key} withdraws what is open"))?;
                }
            }
            Command::Withhold(withhold) => {
                for plate in &withhold.plates {
                    self.nobodys(*plate, None, key)?;
                    let released = self.released.contains(plate);
                    require(released, || {
                        format!("{key} withholds {plate:?}, not released")
                    })?;
                    self.allocated.insert(*plate, None);
                }
            }
            Command::EndWithholding(end) => {
                for back in &end.returns {
                    let reserved = self.allocated.remove(&back.plate) == Some(None);
                    require(reserved, || format!("{key} ends what is not withheld"))?;
                    self.away.insert(back.plate, Some(back.available_at));
                    self.random_only.insert(back.plate, back.random_only_until);
                }
            }
        }
        let Some(owner) = entry.owner() else {
            return Ok(());
        };
        self.sets.insert(owner, entry.set.clone());
        let plates: Vec<_> = entry.set.plates().collect();
        let once = plates.iter().collect::<BTreeSet<_>>().len() == plates.len();
        require(once, || format!("V2: {key} holds a number twice"))?;
        plates
            .into_iter()
            .try_for_each(|plate| self.nobodys(plate, Some(owner), key))
    }

    fn expire(&mut self, at: Timestamp) {
        let open = self
            .announced
            .extract_if(.., |_, (opens_at, _)| *opens_at <= at);
        self.released
            .extend(open.flat_map(|(_, (_, plates))| plates));
        for set in self.sets.values_mut() {
            if set.until(Part::Column).is_some_and(|until| until <= at) {
                set.column = None;
            }
            if set.until(Part::Basket).is_some_and(|until| until <= at) {
                set.basket = None;
            }
        }
        self.away
            .retain(|_, back| back.is_none_or(|back| back > at));
    }

    /// V1, V2, V6: a number is in the hands of one.
    fn nobodys(&self, plate: PlateKey, but: Option<ApplicationId>, key: RowKey) -> Verdict {
        let others = self.sets.iter().filter(|(owner, _)| Some(**owner) != but);
        let held = others
            .flat_map(|(_, set)| set.plates())
            .any(|other| other == plate);
        require(!held, || {
            format!("V2: {key} grants {plate:?}, which another holds")
        })?;
        let taken = self.allocated.contains_key(&plate);
        require(!taken, || {
            format!("V1: {key} grants {plate:?}, which is allocated")
        })?;
        let away = self.away.contains_key(&plate);
        require(!away, || format!("{key} grants {plate:?}, which is away"))?;
        let early = self.let_go.contains(&plate);
        require(!early, || {
            format!("E7: {key} grants {plate:?} beside its giving up by a claim")
        })?;
        let released = but.is_none() || self.released.contains(&plate);
        require(released, || {
            format!("V6: {key} grants {plate:?}, which is not released")
        })
    }

    fn operated(&mut self, entry: &Entry, operation: &Operation) -> Verdict {
        let (key, owner, at) = (entry.key, operation.application, entry.decided_at);
        let highest = self.op_no.entry(owner).or_default();
        require(operation.op_no > *highest, || {
            format!("P3: {key} is not the next operation")
        })?;
        *highest = operation.op_no;
        require(at < operation.not_after, || {
            format!("P3: {key} came too late")
        })?;
        require(!self.closed.contains(&owner), || {
            format!("P9: {key} operates when closed")
        })?;
        let buried = self.buried.contains(&(owner, operation.op_no));
        require(!buried, || {
            format!("P6: {key} carries out what was refused for ever")
        })?;
        require(self.allocation_of(owner).is_none(), || {
            format!("I7: {key} has a number already")
        })?;
        let before = self.sets.get(&owner).cloned().unwrap_or_default();
        match (&operation.input, &entry.outcome) {
            (Input::Draw(draw), Outcome::Held { .. }) => {
                let drawn = entry
                    .set
                    .column
                    .as_ref()
                    .map_or(0, |column| column.plates.len());
                let free = self.free_for(owner, draw.from);
                let expected = free.min(draw.count as usize);
                require(drawn == expected && drawn > 0, || {
                    format!("P7: {key} draws {drawn} where {expected} are due")
                })
            }
            (Input::Keep(keep), Outcome::Held { .. }) => {
                let held = before
                    .column
                    .is_some_and(|column| column.plates.contains(&keep.plate));
                require(held, || {
                    format!("V5: {key} keeps what is not in its column")
                })
            }
            (Input::Compose(compose), Outcome::Allocated { plate }) => {
                require(compose.wishes.contains(plate), || {
                    format!("V5: {key} takes no wish")
                })?;
                require(matches!(compose.on_hit, OnHit::Allocate(_)), || {
                    format!("{key} takes")
                })?;
                let closed = self.random_only.get(plate).is_some_and(|until| *until > at);
                require(!closed, || format!("{key} composes what is drawn only"))?;
                self.allocate(owner, *plate, &before, key)
            }
            (Input::Confirm(confirm), Outcome::Allocated { plate }) => {
                let held = before.plates().any(|other| other == confirm.plate);
                require(held && *plate == confirm.plate, || {
                    format!("V5: {key} confirms unheld")
                })?;
                self.allocate(owner, *plate, &before, key)
            }
            (Input::Compose(compose), Outcome::Held { .. }) => {
                let one = entry.set.plates().collect::<Vec<_>>();
                require(one.len() == 1 && compose.wishes.contains(&one[0]), || {
                    format!("R-SEL-10: {key} holds {one:?}")
                })
            }
            (Input::Choose(choose), Outcome::Held { .. }) => {
                let held = before.plates().any(|other| other == choose.plate);
                let one = entry.set.plates().collect::<Vec<_>>();
                require(held && one == [choose.plate], || {
                    format!("R-CNF-01: {key} holds {one:?}")
                })
            }
            (Input::Compose(_), Outcome::AllMissed) | (Input::GiveUp, Outcome::GivenUp) => Ok(()),
            (_, outcome) => Err(format!("{key} has the outcome {outcome:?}")),
        }
    }

    fn allocate(
        &mut self,
        owner: ApplicationId,
        plate: PlateKey,
        before: &HoldSet,
        key: RowKey,
    ) -> Verdict {
        self.nobodys(plate, Some(owner), key)?;
        self.allocated.insert(plate, Some(owner));
        self.let_go
            .extend(before.plates().filter(|other| *other != plate));
        Ok(())
    }

    fn free_for(&self, owner: ApplicationId, from: DrawFrom) -> usize {
        let held = |plate: PlateKey| {
            self.sets.iter().any(|(other, set)| {
                let own_column = *other == owner
                    && set
                        .column
                        .as_ref()
                        .is_some_and(|column| column.plates.contains(&plate));
                !own_column && set.plates().any(|other| other == plate)
            })
        };
        let free = self.released.iter().filter(|plate| {
            (from == DrawFrom::Any || !plate.unpack().1.contains_digit_four())
                && !self.allocated.contains_key(plate)
                && !self.away.contains_key(plate)
                && !self.let_go.contains(plate)
                && !held(**plate)
        });
        free.count()
    }

    fn allocation_of(&self, owner: ApplicationId) -> Option<PlateKey> {
        self.allocated
            .iter()
            .find(|(_, of)| **of == Some(owner))
            .map(|(plate, _)| *plate)
    }

    /// Somebody was told this of an operation, or of nothing in particular.
    pub(crate) fn told(&mut self, about: Option<(ApplicationId, u64)>, answer: &Answer) -> Verdict {
        let receipt = match answer {
            Answer::Standing(_) => return Ok(()),
            Answer::NeverExecuted => {
                let about = about.ok_or("nothing is never executed")?;
                return self.bury(about);
            }
            Answer::Recorded(receipt) => receipt,
        };
        let row = self.rows.get(&receipt.key);
        require(row == Some(receipt), || {
            format!("V3: told {receipt:?}, but the row is {row:?}")
        })?;
        let Some(about) = about else { return Ok(()) };
        require(receipt.op_no == about.1, || {
            format!("I4: {about:?} was told of {receipt:?}")
        })?;
        match receipt.outcome {
            Outcome::Refused => self.bury(about),
            Outcome::Dropped => Ok(()),
            _ => {
                let first = *self.told.entry(about).or_insert(receipt.key);
                require(first == receipt.key, || {
                    format!("I4: {about:?} had two effects")
                })
            }
        }
    }

    /// Whether somebody was told of the operation as carried out.
    pub(crate) fn has_told(&self, about: (ApplicationId, u64)) -> bool {
        self.told.contains_key(&about)
    }

    fn bury(&mut self, about: (ApplicationId, u64)) -> Verdict {
        let carried_out = self.told.contains_key(&about);
        require(!carried_out, || {
            format!("P6: {about:?} was carried out, then refused")
        })?;
        self.buried.insert(about);
        Ok(())
    }
}
