//! What may happen, and what comes of it.

use stateright::Model;

use crate::memory::Decided;
use crate::state::{
    APPLICATIONS, Application, Ask, Memory, OWNERS, Owner, Phase, Plates, Row, Standing, Statement,
    World,
};

/// A rule of the protocol that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// None.
    Nothing,
    /// Statements write whatever the epoch is (E2).
    Fence,
    /// The fence is read without a lock, so that a take-over does not wait for it (E2, E3).
    Lock,
    /// A take-over reads first and raises the epoch then (E3).
    RaiseBeforeRead,
    /// After an unknown outcome the same owner reads again in its old epoch (E3).
    RaiseAtRebuild,
    /// A second statement is sent while one is on its way: numbers are granted again before the row
    /// that gives them up is committed (E4, E7).
    OneStatement,
    /// Callers are answered before the commit (P4).
    RowFirst,
    /// A resolve that finds no row writes none (P6).
    Tombstone,
    /// A successor takes its preparation for the whole truth.
    Tail,
    /// An owner whose lease may be over answers what needs no row.
    Lease,
}

/// The protocol within bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) broken: Broken,
    /// What has happened before it begins.
    pub(crate) already: &'static [Action],
    /// Operations of an application.
    pub(crate) operations: [u8; APPLICATIONS],
    pub(crate) epochs: u8,
    pub(crate) losses: u8,
    pub(crate) preparations: u8,
}

/// What an owner does about one application in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// The request, as asked or as a late copy; a draw picks these.
    Execute(Plates),
    /// A copy of a request whose caller was told that it never was.
    Late(Plates),
    Resolve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Ask(usize, Ask),
    /// The caller stops waiting.
    Timeout(usize),
    /// The application's live hold runs out.
    Expire(usize),
    Raise(usize),
    Read(usize),
    Prepare(usize),
    /// A prepared owner raises the epoch.
    Take(usize),
    Follow(usize),
    /// It lets its office go, or crashes with nothing on its way.
    LetGo(usize),
    Decide(usize, [Option<Entry>; APPLICATIONS]),
    /// An answer without a row: a repeat, a refusal, nothing free.
    Answer(usize, usize),
    /// A resolve that is answered without a row.
    AnswerResolve(usize, usize),
    Begin(usize, usize),
    Commit(usize, usize),
    Learn(usize),
    /// It crashes, or loses the connection on which its statement is.
    Lose(usize),
    BeginLate(usize),
    CommitLate(usize),
    DieLate(usize),
}

impl Protocol {
    /// An entry for the application, if the owner would write a row for it.
    pub(crate) fn row(
        &self,
        memory: &Memory,
        who: usize,
        application: &Application,
        entry: Entry,
    ) -> Option<Row> {
        let decided = match (entry, application.standing, application.never) {
            (Entry::Execute(pick), Standing::Asked(ask) | Standing::Unknown(ask), _) => {
                memory.decide(who, application.op_no, ask, pick)
            }
            (Entry::Late(pick), _, Some((op_no, ask))) => memory.decide(who, op_no, ask, pick),
            (Entry::Resolve, Standing::Unknown(_), _) => memory.resolve(who, application.op_no),
            _ => return None,
        };
        match decided {
            Decided::Row(row) => Some(row),
            _ => None,
        }
    }

    /// Everything that a batch may do about an application, and the leaving of it.
    fn entries(
        &self,
        memory: &Memory,
        who: usize,
        application: &Application,
    ) -> Vec<Option<Entry>> {
        let mut entries = vec![None];
        let mut add = |entry| {
            if self.row(memory, who, application, entry).is_some() {
                entries.push(Some(entry));
            }
        };
        // Numbers are alike: it picks the first, or all there are.
        let free = memory.free | memory.set(who);
        let first = free & free.wrapping_neg();
        let picks = |ask| match ask {
            Ask::Draw if free == first => vec![first],
            Ask::Draw => vec![first, free],
            _ => vec![0],
        };
        if let Standing::Asked(ask) | Standing::Unknown(ask) = application.standing {
            picks(ask)
                .into_iter()
                .for_each(|pick| add(Entry::Execute(pick)));
        }
        if let Some((_, ask)) = application.never {
            picks(ask)
                .into_iter()
                .for_each(|pick| add(Entry::Late(pick)));
        }
        if self.broken != Broken::Tombstone {
            add(Entry::Resolve);
        }
        entries
    }

    fn batches(&self, world: &World, owner: usize, memory: &Memory, actions: &mut Vec<Action>) {
        let mut settled = memory.clone();
        settled.settle(world.expired());
        let [one, two] = &world.applications;
        // The second may rest on what the first gives up: it is tried on the memory after it.
        for first in self.entries(&settled, 0, one) {
            let mut after = settled.clone();
            if let Some(row) = first.and_then(|entry| self.row(&settled, 0, one, entry)) {
                after.carry_out(0, row);
            }
            for second in self.entries(&after, 1, two) {
                if first.is_some() || second.is_some() {
                    actions.push(Action::Decide(owner, [first, second]));
                }
            }
        }
    }

    fn asks(&self, who: usize, application: &Application, actions: &mut Vec<Action>) {
        match application.standing {
            Standing::Quiet if application.op_no < self.operations[who] => {
                let mut ask = |ask| actions.push(Action::Ask(who, ask));
                if application.owned != 0 {
                    return ask(Ask::Return);
                }
                ask(Ask::Draw);
                // Also of what has just run out: the caller's page may be older.
                let (promised, _) = application.promised;
                if promised != 0 {
                    ask(Ask::GiveUp);
                }
                // Numbers are alike: it confirms the first.
                if promised != 0 {
                    ask(Ask::Confirm(promised & promised.wrapping_neg()));
                }
            }
            Standing::Asked(_) => actions.push(Action::Timeout(who)),
            Standing::Quiet | Standing::Unknown(_) => {}
        }
        if application.promised.1 > application.expired && application.promised.0 != 0 {
            actions.push(Action::Expire(who));
        }
    }

    fn owner_may(&self, world: &World, owner: usize, actions: &mut Vec<Action>) {
        let may_raise = world.database.epoch < self.epochs && !self.is_locked(world);
        match &world.owners[owner] {
            Owner::Idle => {
                if may_raise && self.broken != Broken::RaiseBeforeRead {
                    actions.push(Action::Raise(owner));
                }
                let always = self.broken == Broken::RaiseBeforeRead;
                if always || world.preparations < self.preparations {
                    actions.push(Action::Prepare(owner));
                }
            }
            Owner::Raised(_) => actions.push(Action::Read(owner)),
            Owner::Prepared(..) => {
                if may_raise {
                    actions.push(Action::Take(owner));
                }
            }
            Owner::Taking(..) => actions.push(Action::Follow(owner)),
            Owner::Ready(memory) => {
                self.batches(world, owner, memory, actions);
                for who in 0..APPLICATIONS {
                    actions.extend([
                        Action::Answer(owner, who),
                        Action::AnswerResolve(owner, who),
                    ]);
                }
                actions.push(Action::LetGo(owner));
            }
            Owner::Waiting(memory, statements) => {
                for (index, statement) in statements.iter().enumerate() {
                    match statement.phase {
                        Phase::Sent => actions.push(Action::Begin(owner, index)),
                        Phase::Begun => actions.push(Action::Commit(owner, index)),
                        Phase::Committed | Phase::Fenced | Phase::Died => {}
                    }
                }
                actions.extend([Action::Learn(owner), Action::Lose(owner)]);
                if self.broken == Broken::OneStatement && statements.len() < 2 {
                    self.batches(world, owner, memory, actions);
                }
            }
        }
    }

    /// Whether a statement has read the fence and is not over: then a take-over waits (E3).
    fn is_locked(&self, world: &World) -> bool {
        let begun = |statement: &Statement| statement.phase == Phase::Begun;
        let waiting = |owner: &Owner| match owner {
            Owner::Waiting(_, statements) => statements.iter().any(begun),
            _ => false,
        };
        self.broken != Broken::Lock
            && (world.orphans.iter().any(begun) || world.owners.iter().any(waiting))
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let mut world = World::fresh();
        for action in self.already {
            world = self.next_state(&world, *action).expect("it may happen");
        }
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (who, application) in world.applications.iter().enumerate() {
            self.asks(who, application, actions);
        }
        (0..OWNERS).for_each(|owner| self.owner_may(world, owner, actions));
        for (index, statement) in world.orphans.iter().enumerate() {
            actions.push(match statement.phase {
                Phase::Begun => Action::CommitLate(index),
                _ => Action::BeginLate(index),
            });
            actions.push(Action::DieLate(index));
        }
        let counted = |action: &Action| matches!(action, Action::Lose(_) | Action::Timeout(_));
        actions.retain(|action| world.losses < self.losses || !counted(action));
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        self.step(&mut next, action)?;
        // Owners are alike: which is which does not matter.
        next.owners.sort_unstable();
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        crate::properties::all()
    }
}
