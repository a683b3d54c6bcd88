//! Taking a confirmed number back: in time, once, and never by half.

use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::citizen::Citizen;
use crate::house::{GUANGDONG, House, assert_refused, uuid};
use crate::outcomes::state;

impl Citizen<'_> {
    async fn undo(&self, request_id: &str) -> Result<pb::Application, tonic::Status> {
        let request = pb::UndoSelectionRequest {
            request_id: request_id.to_owned(),
            application_id: self.application.clone(),
        };
        let request = call(request).principal(&self.token());
        let answer = self.house.citizens().undo_selection(request).await?;
        Ok(answer.into_inner().application.unwrap())
    }
}

/// P9: a number taken back is closed at the pool, goes back by the rules of returning, and frees the
/// vehicle; counters stay as they are, there is no ban, and no second time for the vehicle.
#[tokio::test]
async fn a_number_is_taken_back_once() {
    let house = House::new().await;
    let (citizen, result) = house.confirmed(1).await;
    assert!(citizen.look().await.undo_until.is_some());
    let left = citizen.left().await;
    house.wait(9 * 60);
    let request_id = uuid();
    let undone = citizen.undo(&request_id).await.unwrap();
    assert_eq!(undone.state(), pb::ApplicationState::Voided);
    assert!(!undone.void_reason.is_empty());
    assert_eq!(undone.undo_until, None);
    let again = citizen.undo(&request_id).await.unwrap();
    assert_eq!(
        again.version, undone.version,
        "a repeat is answered the same"
    );
    {
        let pool = house.pool.state();
        assert_eq!(
            pool.closed,
            [(citizen.application.clone(), "undone".to_owned())]
        );
        assert_eq!(
            (pool.returned.len(), pool.returned[0].delay_min_s),
            (1, 86_400)
        );
    }
    assert_eq!(
        house.told("selection_undone").await[0].parameters["plate"],
        result.plate
    );
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    assert_refused(citizen.undo(&uuid()).await, Reason::ApplicationVoided);

    // The same vehicle begins again with what remains, and cannot take a number back again.
    let mut next = house.visitor(1);
    next.vin = citizen.vin.clone();
    next.open().await.unwrap();
    next.submit(&citizen.vin).await.unwrap();
    next.confirm_info().await.unwrap();
    assert_eq!(next.left().await, left);
    next.start().await.unwrap();
    let plate = next.draw().await.unwrap().column[0].clone();
    next.keep(&plate).await.unwrap();
    next.confirm(&plate).await.unwrap();
    assert_eq!(next.look().await.undo_until, None);
    assert_refused(next.undo(&uuid()).await, Reason::UndoUsed);
    assert_eq!(state(&next).await, pb::ApplicationState::Confirmed);
}

/// P9: too late, at the office already, somebody else's, or not offered: nothing is taken back.
#[tokio::test]
async fn what_may_not_be_taken_back_stays() {
    let house = House::new().await;
    let (late, _) = house.confirmed(1).await;
    house.wait(600);
    assert_refused(late.undo(&uuid()).await, Reason::UndoTooLate);
    assert_eq!(late.look().await.undo_until, None);
    let (arrived, _) = house.confirmed(2).await;
    house.arrive(&arrived.application, "").await.unwrap();
    assert_eq!(arrived.look().await.undo_until, None);
    assert_refused(arrived.undo(&uuid()).await, Reason::UndoTooLate);
    let selecting = house.selecting(3).await;
    assert_refused(selecting.undo(&uuid()).await, Reason::StepNotReached);
    let mut stranger = house.visitor(4);
    stranger.application = arrived.application.clone();
    assert_refused(stranger.undo(&uuid()).await, Reason::NotFound);
    assert_eq!(house.pool.state().closed.len(), 0);

    let never = House::with(&GUANGDONG.replace("within_min: 10", "within_min: 0")).await;
    let (citizen, _) = never.confirmed(1).await;
    assert_eq!(citizen.look().await.undo_until, None);
    assert_refused(citizen.undo(&uuid()).await, Reason::UndoNotOffered);
}

/// P9: broken off before the pool has closed it, or between that and our own transaction, an undoing is
/// finished by the reconciler of any process; until then nothing else happens to the number.
#[tokio::test]
async fn an_undoing_that_broke_off_is_finished() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house.pool.state().resolves = false;
    let request_id = uuid();
    assert_refused(citizen.undo(&request_id).await, Reason::Unavailable);
    assert_eq!(state(&citizen).await, pb::ApplicationState::Confirmed);
    assert_refused(
        house.arrive(&citizen.application, "").await,
        Reason::ApplicationVoided,
    );
    assert_refused(
        house.register(&citizen.application, "2026-11-23").await,
        Reason::ApplicationVoided,
    );
    assert_refused(citizen.undo(&uuid()).await, Reason::ApplicationVoided);
    house.pool.state().resolves = true;
    // The pool closes it, and then our process dies.
    let dies = "ALTER TABLE applications ADD CONSTRAINT dies CHECK (state <> 'voided')";
    let pool = house.database.pool();
    sqlx::query(dies).execute(pool).await.unwrap();
    house.wait(10);
    let next = house.restarted().await;
    next.finish_undos().await.unwrap_err();
    assert_eq!(house.pool.state().closed.len(), 1);
    assert_eq!(state(&citizen).await, pb::ApplicationState::Confirmed);
    // Days later the deadline has passed: still nobody is banned for a number taken back.
    house.wait_days(5);
    next.expire_overdue().await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    let lives = "ALTER TABLE applications DROP CONSTRAINT dies";
    sqlx::query(lives).execute(pool).await.unwrap();
    next.finish_undos().await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Voided);
    assert_eq!(house.pool.state().returned.len(), 1);
    let answered = citizen.undo(&request_id).await.unwrap();
    assert_eq!(answered.state(), pb::ApplicationState::Voided);
    let facts = "SELECT count(*) FROM outbox WHERE kind = 'selection.voided'";
    assert_eq!(house.count(facts).await, 1);
    let told = "SELECT count(*) FROM outbox WHERE kind = 'selection.confirmed'";
    assert_eq!(
        house.count(told).await,
        1,
        "the feed tells of the number first"
    );
}
