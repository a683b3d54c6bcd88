//! A peer that acts as the plate pool: keeps a record per operation number, and can lose answers,
//! stand still, or be away.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

/// How it answers operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Executes and answers.
    Answers,
    /// Executes, and the answer is lost.
    LosesAnswers,
    /// Is not reached at all.
    IsAway,
    /// Executes, then keeps the answer until released.
    StandsStill,
    /// Says no without writing anything.
    Refuses(Reason),
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mood: Mood,
    /// Whether it tells what became of operations.
    pub(crate) resolves: bool,
    pub(crate) free: Vec<String>,
    pub(crate) taken: HashSet<String>,
    /// By application and number; `None` is a tombstone.
    pub(crate) records: HashMap<(String, u64), Option<pb::Outcome>>,
    pub(crate) executed: Vec<pb::Operation>,
    pub(crate) holdings: HashMap<String, pb::Holding>,
    pub(crate) allocations: HashMap<String, pb::Allocation>,
    pub(crate) closed: Vec<(String, String)>,
    pub(crate) returned: Vec<pb::ReturnAllocationRequest>,
    pub(crate) resolved: Vec<(String, u64)>,
}

/// The pool as selection sees it.
#[derive(Clone, Debug)]
pub(crate) struct FakePool {
    state: Arc<Mutex<State>>,
    clock: Clock,
    release: Arc<Notify>,
}

impl FakePool {
    pub(crate) fn new(clock: Clock) -> Self {
        let free = (0..200)
            .filter(|n| n % 10 != 4)
            .map(|n| format!("粤GB{n:04}"))
            .collect();
        let state = State {
            mood: Mood::Answers,
            resolves: true,
            free,
            taken: HashSet::new(),
            records: HashMap::new(),
            executed: Vec::new(),
            holdings: HashMap::new(),
            allocations: HashMap::new(),
            closed: Vec::new(),
            returned: Vec::new(),
            resolved: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            clock,
            release: Arc::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Lets the answers go that it stands still with.
    pub(crate) fn release(&self) {
        self.set(Mood::Answers);
        self.release.notify_waiters();
    }

    async fn operate(
        &self,
        operation: Option<pb::Operation>,
        execute: impl FnOnce(&mut State, &pb::Operation, Timestamp) -> Result<Became, Reason>,
    ) -> Result<Option<pb::Outcome>, Status> {
        let operation = operation.expect("selection names every operation");
        let key = (operation.application_id.clone(), operation.op_no);
        let now = self.clock.now();
        let (mood, outcome) = {
            let mut state = self.state();
            let mood = state.mood.clone();
            match &mood {
                Mood::IsAway => return Err(Status::unavailable("away")),
                Mood::Refuses(reason) => return Err(Refusal::new(*reason).into()),
                _ => {}
            }
            let not_after = operation
                .not_after
                .as_ref()
                .expect("P3: every operation has an end");
            if now > instant(not_after) {
                return Err(Refusal::new(Reason::OperationTooLate).into());
            }
            if let Some(recorded) = state.records.get(&key) {
                let refused = || Refusal::new(Reason::OperationRefused).into();
                return recorded.clone().map(Some).ok_or_else(refused);
            }
            let last = state.last_op_no(&key.0);
            if operation.op_no <= last {
                return Err(Refusal::new(Reason::OperationOutOfOrder).into());
            }
            if state.closed.iter().any(|(closed, _)| *closed == key.0) {
                return Err(Refusal::new(Reason::ApplicationClosed).into());
            }
            let became = execute(&mut state, &operation, now).map_err(Refusal::new)?;
            let none_free = matches!(became, Became::NoneFree(_));
            let seq = i64::try_from(state.records.len()).unwrap();
            let outcome = pb::Outcome {
                decided_at: Some(timestamp(now)),
                epoch: 1,
                seq,
                result: Some(became),
            };
            if !none_free {
                state.records.insert(key, Some(outcome.clone()));
            }
            state.executed.push(operation);
            (mood, outcome)
        };
        match mood {
            Mood::LosesAnswers => Err(Status::unavailable("the connection broke")),
            Mood::StandsStill => {
                self.release.notified().await;
                Ok(Some(outcome))
            }
            _ => Ok(Some(outcome)),
        }
    }
}

impl State {
    fn last_op_no(&self, application: &str) -> u64 {
        let own = self.records.keys().filter(|(of, _)| of == application);
        own.map(|(_, op_no)| *op_no).max().unwrap_or(0)
    }

    /// A number of the basket, or of the column.
    fn check_held(
        &self,
        operation: &pb::Operation,
        plate: &String,
        from_column: bool,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let holding = self.holdings.get(&operation.application_id).cloned();
        let holding = holding.unwrap_or_default();
        let (held, until) = if from_column {
            (holding.column, holding.column_until)
        } else {
            (holding.basket, holding.basket_until)
        };
        if !held.contains(plate) {
            return Err(Reason::PlateNotHeld);
        }
        live(until.as_ref(), now)
            .then_some(())
            .ok_or(Reason::HoldExpired)
    }

    /// A column of one; all else is given up.
    fn set_apart(
        &mut self,
        operation: &pb::Operation,
        plate: &str,
        until: Option<prost_types::Timestamp>,
    ) -> Became {
        let holding = pb::Holding {
            column: vec![plate.to_owned()],
            column_until: until,
            ..pb::Holding::default()
        };
        let application = operation.application_id.clone();
        self.holdings.insert(application, holding.clone());
        Became::Held(holding)
    }

    pub(crate) fn allocate(
        &mut self,
        operation: &pb::Operation,
        plate: &str,
        now: Timestamp,
    ) -> Result<Became, Reason> {
        if self.allocations.contains_key(&operation.application_id) {
            return Err(Reason::AlreadyConfirmed);
        }
        let allocation = pb::Allocation {
            allocation_id: Uuid::from_u128(0xA110_0000 + self.taken.len() as u128).to_string(),
            application_id: operation.application_id.clone(),
            office: operation.office.clone(),
            plate_class: operation.plate_class,
            plate: plate.to_owned(),
            channel: operation.channel,
            decided_at: Some(timestamp(now)),
            life: pb::AllocationLife::Live.into(),
            op_no: operation.op_no,
        };
        self.taken.insert(plate.to_owned());
        self.holdings.remove(&operation.application_id);
        self.allocations
            .insert(operation.application_id.clone(), allocation.clone());
        Ok(Became::Allocated(allocation))
    }
}

pub(crate) fn instant(at: &prost_types::Timestamp) -> Timestamp {
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

fn after(now: Timestamp, seconds: i32) -> Option<prost_types::Timestamp> {
    Some(timestamp(now + SignedDuration::from_secs(seconds.into())))
}

fn live(until: Option<&prost_types::Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| instant(until) > now)
}

#[tonic::async_trait]
impl PoolService for FakePool {
    async fn draw(
        &self,
        request: Request<pb::DrawRequest>,
    ) -> Result<Response<pb::DrawResponse>, Status> {
        let request = request.into_inner();
        let asked = request.clone();
        let outcome = self
            .operate(request.operation, |state, operation, now| {
                let count = usize::try_from(asked.count).unwrap();
                let fits = |plate: &&String| !asked.exclude_four || !plate.contains('4');
                let picked: Vec<String> = state
                    .free
                    .iter()
                    .filter(|plate| !state.taken.contains(*plate))
                    .filter(fits)
                    .take(count)
                    .cloned()
                    .collect();
                if picked.is_empty() {
                    return Ok(Became::NoneFree(pb::NoneFree {}));
                }
                state.free.retain(|plate| !picked.contains(plate));
                let before = state
                    .holdings
                    .remove(&operation.application_id)
                    .unwrap_or_default();
                let basket = if live(before.basket_until.as_ref(), now) {
                    before.basket
                } else {
                    vec![]
                };
                let basket_until = if basket.is_empty() {
                    None
                } else {
                    after(now, asked.basket_ttl_s)
                };
                let holding = pb::Holding {
                    drawn: i32::try_from(picked.len()).unwrap(),
                    column: picked,
                    column_until: after(now, asked.column_ttl_s),
                    basket,
                    basket_until,
                };
                state
                    .holdings
                    .insert(operation.application_id.clone(), holding.clone());
                Ok(Became::Held(holding))
            })
            .await?;
        Ok(Response::new(pb::DrawResponse { outcome }))
    }

    async fn keep(
        &self,
        request: Request<pb::KeepRequest>,
    ) -> Result<Response<pb::KeepResponse>, Status> {
        let request = request.into_inner();
        let (plate, ttl) = (request.plate.clone(), request.basket_ttl_s);
        let outcome = self
            .operate(request.operation, |state, operation, now| {
                let holding = state
                    .holdings
                    .get_mut(&operation.application_id)
                    .ok_or(Reason::PlateNotHeld)?;
                if !live(holding.column_until.as_ref(), now) {
                    return Err(Reason::HoldExpired);
                }
                let at = holding
                    .column
                    .iter()
                    .position(|held| *held == plate)
                    .ok_or(Reason::PlateNotHeld)?;
                holding.basket.push(holding.column.remove(at));
                holding.basket_until = after(now, ttl);
                holding.drawn = 0;
                Ok(Became::Held(holding.clone()))
            })
            .await?;
        Ok(Response::new(pb::KeepResponse { outcome }))
    }

    async fn compose(
        &self,
        request: Request<pb::ComposeRequest>,
    ) -> Result<Response<pb::ComposeResponse>, Status> {
        let request = request.into_inner();
        let (wishes, ttl) = (request.wishes.clone(), request.hold_ttl_s);
        let outcome = self
            .operate(request.operation, |state, operation, now| {
                let free = wishes
                    .iter()
                    .find(|wish| state.free.contains(wish) && !state.taken.contains(*wish));
                match free {
                    Some(plate) if ttl > 0 => {
                        let plate = plate.clone();
                        Ok(state.set_apart(operation, &plate, after(now, ttl)))
                    }
                    Some(plate) => state.allocate(operation, plate, now),
                    None => Ok(Became::AllMissed(pb::AllMissed { wishes })),
                }
            })
            .await?;
        Ok(Response::new(pb::ComposeResponse { outcome }))
    }

    async fn confirm(
        &self,
        request: Request<pb::ConfirmRequest>,
    ) -> Result<Response<pb::ConfirmResponse>, Status> {
        let request = request.into_inner();
        let (plate, from_column) = (request.plate.clone(), request.from_column);
        let outcome = self
            .operate(request.operation, |state, operation, now| {
                state.check_held(operation, &plate, from_column, now)?;
                state.allocate(operation, &plate, now)
            })
            .await?;
        Ok(Response::new(pb::ConfirmResponse { outcome }))
    }

    async fn choose(
        &self,
        request: Request<pb::ChooseRequest>,
    ) -> Result<Response<pb::ChooseResponse>, Status> {
        let request = request.into_inner();
        let (plate, ttl) = (request.plate.clone(), request.ttl_s);
        let outcome = self
            .operate(request.operation, |state, operation, now| {
                let from_basket = state.check_held(operation, &plate, false, now);
                from_basket.or_else(|_| state.check_held(operation, &plate, true, now))?;
                Ok(state.set_apart(operation, &plate, after(now, ttl)))
            })
            .await?;
        Ok(Response::new(pb::ChooseResponse { outcome }))
    }

    async fn give_up(
        &self,
        request: Request<pb::GiveUpRequest>,
    ) -> Result<Response<pb::GiveUpResponse>, Status> {
        let outcome = self
            .operate(request.into_inner().operation, |state, operation, _| {
                state.holdings.remove(&operation.application_id);
                Ok(Became::Dropped(pb::Dropped {
                    reason: pb::DroppedReason::GivenUp.into(),
                }))
            })
            .await?;
        Ok(Response::new(pb::GiveUpResponse { outcome }))
    }

    async fn resolve(
        &self,
        request: Request<pb::ResolveRequest>,
    ) -> Result<Response<pb::ResolveResponse>, Status> {
        let request = request.into_inner();
        let now = self.clock.now();
        let mut state = self.state();
        if !state.resolves {
            return Err(Status::unavailable("away"));
        }
        let key = (request.application_id, request.op_no);
        state.resolved.push(key.clone());
        let dropped = |reason: pb::DroppedReason| pb::Outcome {
            decided_at: Some(timestamp(now)),
            epoch: 1,
            seq: 0,
            result: Some(Became::Dropped(pb::Dropped {
                reason: reason.into(),
            })),
        };
        let outcome = match state.records.entry(key.clone()).or_insert(None).clone() {
            None => dropped(pb::DroppedReason::NeverRecorded),
            Some(outcome) => match &outcome.result {
                // Less than 30 s left: given up and told as dropped (P6).
                Some(Became::Held(held))
                    if [&held.column_until, &held.basket_until]
                        .into_iter()
                        .flatten()
                        .all(|until| instant(until) < now + SignedDuration::from_secs(30)) =>
                {
                    state.holdings.remove(&key.0);
                    dropped(pb::DroppedReason::TooLittleTime)
                }
                _ => outcome,
            },
        };
        Ok(Response::new(pb::ResolveResponse {
            outcome: Some(outcome),
        }))
    }

    async fn close(
        &self,
        request: Request<pb::CloseRequest>,
    ) -> Result<Response<pb::CloseResponse>, Status> {
        let request = request.into_inner();
        let mut state = self.state();
        if !state.resolves {
            return Err(Status::unavailable("away"));
        }
        state
            .closed
            .push((request.application_id.clone(), request.reason));
        let allocation = state.allocations.get(&request.application_id).cloned();
        Ok(Response::new(pb::CloseResponse { allocation }))
    }

    async fn get_holding(
        &self,
        request: Request<pb::GetHoldingRequest>,
    ) -> Result<Response<pb::GetHoldingResponse>, Status> {
        let state = self.state();
        let application = request.into_inner().application_id;
        let holding = state.holdings.get(&application).cloned();
        Ok(Response::new(pb::GetHoldingResponse {
            holding,
            last_op_no: state.last_op_no(&application),
        }))
    }

    async fn get_allocation(
        &self,
        request: Request<pb::GetAllocationRequest>,
    ) -> Result<Response<pb::GetAllocationResponse>, Status> {
        let Some(pb::get_allocation_request::By::ApplicationId(application)) =
            request.into_inner().by
        else {
            return Err(Status::invalid_argument("selection asks by application"));
        };
        let state = self.state();
        if !state.resolves {
            return Err(Status::unavailable("away"));
        }
        let allocation = state.allocations.get(&application).cloned();
        Ok(Response::new(pb::GetAllocationResponse { allocation }))
    }

    async fn mark_allocation_registered(
        &self,
        request: Request<pb::MarkAllocationRegisteredRequest>,
    ) -> Result<Response<pb::MarkAllocationRegisteredResponse>, Status> {
        let mut state = self.state();
        let application = request.into_inner().application_id;
        let allocation = state.allocations.get_mut(&application);
        let allocation = allocation.ok_or_else(|| Refusal::not_found("allocation"))?;
        allocation.set_life(pb::AllocationLife::Registered);
        let allocation = Some(allocation.clone());
        Ok(Response::new(pb::MarkAllocationRegisteredResponse {
            allocation,
        }))
    }

    async fn return_allocation(
        &self,
        request: Request<pb::ReturnAllocationRequest>,
    ) -> Result<Response<pb::ReturnAllocationResponse>, Status> {
        let request = request.into_inner();
        let mut state = self.state();
        let closed = state
            .closed
            .iter()
            .any(|(closed, _)| *closed == request.application_id);
        assert!(closed, "P9: nothing returns before it is closed");
        let allocation = state.allocations.remove(&request.application_id);
        state.returned.push(request);
        Ok(Response::new(pb::ReturnAllocationResponse { allocation }))
    }
}
