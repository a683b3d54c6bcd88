//! What comes of what happens.

use crate::memory::Decided;
use crate::model::{Action, Broken, Entry, Protocol};
use crate::state::{
    APPLICATIONS, Ask, Memory, Outcome, Owner, Phase, Row, Standing, Statement, World,
};

impl Protocol {
    /// The statement reads the fence.
    fn begin(&self, epoch: u8, statement: &mut Statement) {
        let holds = statement.epoch == epoch || self.broken == Broken::Fence;
        statement.phase = if holds { Phase::Begun } else { Phase::Fenced };
    }

    fn decide(
        &self,
        world: &mut World,
        owner: usize,
        entries: [Option<Entry>; APPLICATIONS],
    ) -> Option<()> {
        let (mut memory, mut statements) = match world.owners[owner].clone() {
            Owner::Ready(memory) => (memory, Vec::new()),
            Owner::Waiting(memory, statements) => (memory, statements),
            _ => return None,
        };
        memory.settle(world.expired());
        let mut rows = Vec::new();
        for (who, entry) in entries.into_iter().enumerate() {
            let Some(entry) = entry else { continue };
            let row = self.row(&memory, who, &world.applications[who], entry)?;
            memory.carry_out(who, row);
            rows.push((who, row));
        }
        if self.broken == Broken::RowFirst {
            rows.iter().for_each(|(who, row)| world.tell(*who, *row));
        }
        statements.push(Statement {
            epoch: memory.epoch,
            entries: rows,
            phase: Phase::Sent,
        });
        world.owners[owner] = Owner::Waiting(memory, statements);
        Some(())
    }

    fn answer(&self, world: &mut World, owner: usize, who: usize, resolving: bool) -> Option<()> {
        let Owner::Ready(memory) = &world.owners[owner] else {
            return None;
        };
        // Whoever is not sure to be the one that writes says nothing, not even that it refuses.
        if memory.epoch != world.database.epoch && self.broken != Broken::Lease {
            return None;
        }
        let mut memory = memory.clone();
        memory.settle(world.expired());
        let application = &mut world.applications[who];
        let (op_no, standing) = (application.op_no, application.standing);
        let decided = match standing {
            Standing::Unknown(_) if resolving => memory.resolve(who, op_no),
            Standing::Asked(ask) if !resolving => memory.decide(who, op_no, ask, 0),
            // A repeat after the answer.
            Standing::Quiet if !resolving => {
                let (op_no, outcome) = application.told?;
                let row = memory.rows[who].filter(|row| row.op_no == op_no)?;
                world.wrong.other_receipt |= row.outcome != outcome;
                return Some(());
            }
            _ => return None,
        };
        match (decided, standing) {
            (Decided::Recorded(row), _) => world.tell(who, row),
            (Decided::Refused, Standing::Asked(ask)) => {
                // A draw is refused only where nothing is free.
                if ask == Ask::Draw && memory.free | memory.set(who) != 0 {
                    return None;
                }
                application.standing = Standing::Quiet;
            }
            (Decided::NeverWas, Standing::Asked(ask) | Standing::Unknown(ask)) => {
                (application.standing, application.never) = (Standing::Quiet, Some((op_no, ask)));
            }
            (Decided::Row(_), Standing::Unknown(ask)) if self.broken == Broken::Tombstone => {
                (application.standing, application.never) = (Standing::Quiet, Some((op_no, ask)));
            }
            _ => return None,
        }
        Some(())
    }

    /// The owner hears what became of its statements, oldest first.
    fn learn(&self, world: &mut World, owner: usize) -> Option<()> {
        let Owner::Waiting(memory, mut statements) = world.owners[owner].clone() else {
            return None;
        };
        let statement = statements.remove(0);
        match statement.phase {
            Phase::Committed => {
                world.owners[owner] = if statements.is_empty() {
                    Owner::Ready(memory)
                } else {
                    Owner::Waiting(memory, statements)
                };
                for (who, row) in statement.entries {
                    world.hear(who, row);
                }
            }
            // Nothing was written: the callers ask again, of whoever answers.
            Phase::Fenced => {
                world.owners[owner] = Owner::Idle;
                world.lose(statements);
            }
            Phase::Died => {
                statements.insert(0, statement);
                world.owners[owner] = Owner::Idle;
                world.lose(statements);
            }
            Phase::Sent | Phase::Begun => return None,
        }
        Some(())
    }

    pub(crate) fn step(&self, world: &mut World, action: Action) -> Option<()> {
        let expired = world.expired();
        match action {
            Action::Ask(who, ask) => {
                let application = &mut world.applications[who];
                application.op_no += 1;
                application.standing = Standing::Asked(ask);
            }
            Action::Timeout(who) => {
                let application = &mut world.applications[who];
                let Standing::Asked(ask) = application.standing else {
                    return None;
                };
                application.standing = Standing::Unknown(ask);
                world.losses += 1;
            }
            Action::Expire(who) => {
                let application = &mut world.applications[who];
                application.expired = application.promised.1;
            }
            Action::Raise(owner) => {
                world.database.epoch += 1;
                world.owners[owner] = Owner::Raised(world.database.epoch);
            }
            Action::Read(owner) => {
                let Owner::Raised(epoch) = world.owners[owner] else {
                    return None;
                };
                let memory = Memory::read(&world.database, epoch, expired);
                world.owners[owner] = Owner::Ready(memory);
            }
            Action::Prepare(owner) => {
                if self.broken != Broken::RaiseBeforeRead {
                    world.preparations += 1;
                }
                let memory = Memory::read(&world.database, 0, expired);
                world.owners[owner] = Owner::Prepared(memory, world.database.length);
            }
            Action::Take(owner) => {
                let Owner::Prepared(mut memory, from) = world.owners[owner].clone() else {
                    return None;
                };
                world.database.epoch += 1;
                memory.epoch = world.database.epoch;
                world.owners[owner] = if self.broken == Broken::RaiseBeforeRead {
                    Owner::Ready(memory)
                } else {
                    Owner::Taking(memory, from)
                };
            }
            Action::Follow(owner) => {
                let Owner::Taking(mut memory, from) = world.owners[owner].clone() else {
                    return None;
                };
                let from = match self.broken {
                    Broken::Tail => u8::MAX,
                    _ => from,
                };
                memory.follow(&world.database, from, expired);
                world.owners[owner] = Owner::Ready(memory);
            }
            Action::LetGo(owner) => world.owners[owner] = Owner::Idle,
            Action::Decide(owner, entries) => self.decide(world, owner, entries)?,
            Action::Answer(owner, who) => self.answer(world, owner, who, false)?,
            Action::AnswerResolve(owner, who) => self.answer(world, owner, who, true)?,
            Action::Begin(owner, index) => {
                let epoch = world.database.epoch;
                let Owner::Waiting(_, statements) = &mut world.owners[owner] else {
                    return None;
                };
                self.begin(epoch, statements.get_mut(index)?);
            }
            Action::Commit(owner, index) => {
                let Owner::Waiting(_, statements) = &world.owners[owner] else {
                    return None;
                };
                let phase = world.commit(&statements.get(index)?.clone());
                if let Owner::Waiting(_, statements) = &mut world.owners[owner] {
                    statements[index].phase = phase;
                }
            }
            Action::Learn(owner) => self.learn(world, owner)?,
            Action::Lose(owner) => {
                let Owner::Waiting(memory, statements) = world.owners[owner].clone() else {
                    return None;
                };
                world.losses += 1;
                world.owners[owner] = match self.broken {
                    Broken::RaiseAtRebuild => Owner::Raised(memory.epoch),
                    _ => Owner::Idle,
                };
                world.lose(statements);
            }
            Action::BeginLate(index) => {
                let mut statement = world.orphans.remove(index);
                self.begin(world.database.epoch, &mut statement);
                if statement.phase == Phase::Begun {
                    world.orphans.insert(index, statement);
                }
            }
            Action::CommitLate(index) => {
                let statement = world.orphans.remove(index);
                world.commit(&statement);
            }
            Action::DieLate(index) => drop(world.orphans.remove(index)),
        }
        Some(())
    }
}

impl World {
    /// The rows of a statement that has passed the fence come about, all or none.
    fn commit(&mut self, statement: &Statement) -> Phase {
        for (who, row) in &statement.entries {
            // A unique index on live numbers and one on applications (E8).
            if let Outcome::Allocated(plate) = row.outcome
                && (self.database.allocated.iter().any(|of| of & plate != 0)
                    || self.database.allocated[*who] != 0)
            {
                return Phase::Died;
            }
        }
        self.wrong.old_epoch |= statement.epoch < self.database.epoch;
        for (who, row) in &statement.entries {
            let place = self.database.length;
            self.database.length += 1;
            match row.outcome {
                Outcome::Allocated(plate) => self.database.allocated[*who] = plate,
                Outcome::Returned(_) => self.database.allocated[*who] = 0,
                _ => {}
            }
            if row.outcome != Outcome::Refused {
                let effect = 1 << row.op_no;
                let application = &mut self.applications[*who];
                self.wrong.two_effects |= application.effected & effect != 0;
                application.effected |= effect;
            }
            // The highest (epoch, seq) supersedes (E7).
            if self.database.rows[*who].is_none_or(|last| last.epoch <= row.epoch) {
                self.database.rows[*who] = Some(Row { place, ..*row });
            }
        }
        Phase::Committed
    }

    /// Nobody will hear what becomes of these statements; those that are on their way may still land.
    fn lose(&mut self, statements: Vec<Statement>) {
        for statement in statements {
            for (who, row) in &statement.entries {
                let application = &mut self.applications[*who];
                if let Standing::Asked(ask) = application.standing
                    && application.op_no == row.op_no
                {
                    application.standing = Standing::Unknown(ask);
                }
            }
            if matches!(statement.phase, Phase::Sent | Phase::Begun) {
                self.orphans.push(statement);
            }
        }
    }

    /// The answer of a statement that is committed. A caller that has stopped waiting for its request
    /// hears the answer of a resolve only.
    fn hear(&mut self, who: usize, row: Row) {
        let application = &mut self.applications[who];
        if application.op_no != row.op_no {
            return;
        }
        match (application.standing, row.outcome) {
            (Standing::Unknown(ask), Outcome::Refused) => {
                application.standing = Standing::Quiet;
                application.never = Some((row.op_no, ask));
            }
            (Standing::Asked(_), outcome) if outcome != Outcome::Refused => self.tell(who, row),
            _ => {}
        }
    }

    fn tell(&mut self, who: usize, row: Row) {
        let application = &mut self.applications[who];
        application.standing = Standing::Quiet;
        application.told = Some((row.op_no, row.outcome));
        application.promised = (row.set, row.held_by);
        match row.outcome {
            Outcome::Allocated(plate) => application.owned = plate,
            Outcome::Returned(_) => application.owned = 0,
            _ => {}
        }
    }
}
