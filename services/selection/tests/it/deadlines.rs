//! Deadlines, reminders, bans and their ends, walked day by day over real calendars: across Spring
//! Festival 2026 with its make-up days, and across 29 February 2024.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use xuanhao_chassis::clock::{civil_day, start_of_day};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1::EnqueueMessageRequest;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{GUANGDONG, House, assert_refused};
use crate::outcomes::state;

impl House {
    /// Lets messages go out; those of a template so far.
    pub(crate) async fn told(&self, template: &str) -> Vec<EnqueueMessageRequest> {
        self.app.tell_waiting().await.unwrap();
        let post = self.notification.post();
        let of = |message: &&EnqueueMessageRequest| message.template == template;
        post.messages.values().filter(of).cloned().collect()
    }

    fn noon(&self, day: Date) {
        let noon = start_of_day(day).unwrap() + Duration::from_secs(12 * 3_600);
        self.clock.set(noon);
    }

    /// All that a day does by itself, as its jobs do: at midnight, and again at noon.
    async fn live_through(&self, day: Date) {
        self.clock.set(start_of_day(day).unwrap());
        self.run_jobs().await;
        self.noon(day);
        self.run_jobs().await;
    }

    async fn run_jobs(&self) {
        self.app.remind_due().await.unwrap();
        self.app.expire_overdue().await.unwrap();
        self.app.lift_elapsed().await.unwrap();
        self.app.tell_waiting().await.unwrap();
    }

    /// Walks from the day after today to `last`; tells which messages went out on which day.
    async fn walk(&self, last: &str) -> Vec<(String, String)> {
        let last: Date = last.parse().unwrap();
        let mut told = Vec::new();
        let mut day = self.clock.today();
        while day < last {
            day = day.tomorrow().unwrap();
            let before: Vec<String> = self.post_ids();
            self.live_through(day).await;
            let post = self.notification.post();
            let mut new: Vec<_> = post
                .messages
                .iter()
                .filter(|(id, _)| !before.contains(id))
                // Told by the confirmation's own task.
                .filter(|(_, message)| message.template != "selection_confirmed")
                .map(|(_, message)| (day.to_string(), message.template.clone()))
                .collect();
            new.sort();
            told.append(&mut new);
        }
        told
    }

    fn post_ids(&self) -> Vec<String> {
        self.notification.post().messages.keys().cloned().collect()
    }

    async fn bans(&self) -> i64 {
        self.count("SELECT count(*) FROM blacklist_entries").await
    }
}

fn days(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter()
        .map(|(day, template)| ((*day).to_owned(), (*template).to_owned()))
        .collect()
}

/// R-DONE-01, R-DONE-04, R-BLK-01: chosen before Spring Festival 2026 the deadline falls behind it, the
/// make-up Saturday counts, reminders come two days and one day before, the deadline's day still counts,
/// the next day expires and bans, and the ban ends by itself on the same date two years on.
#[tokio::test]
async fn across_spring_festival_with_its_make_up_days() {
    // A Thursday; Friday and the made-up Saturday are worked, then the 24th is.
    let house = House::at("2026-02-12T03:00:00Z", GUANGDONG).await;
    let (citizen, result) = house.confirmed(1).await;
    assert_eq!(result.deadline, "2026-02-24");
    let before = house.walk("2026-02-24").await;
    let reminded = days(&[
        ("2026-02-22", "deadline_reminder"),
        ("2026-02-23", "deadline_reminder"),
    ]);
    assert_eq!(before, reminded);
    let reminder = house.told("deadline_reminder").await.remove(0);
    assert_eq!(reminder.parameters["date"], "2026-02-24");
    assert_eq!(reminder.parameters["plate"], result.plate);
    // The last second of the last day.
    let midnight = start_of_day("2026-02-25".parse().unwrap()).unwrap();
    house.clock.set(midnight - 1.second());
    house.run_jobs().await;
    assert_eq!(state(&citizen).await, pb::ApplicationState::Confirmed);
    assert_eq!(house.bans().await, 0);
    house.clock.set(midnight);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Expired);
    assert_eq!(citizen.look().await.banned_until, "2028-02-25");
    // At midnight nobody is woken by a message.
    assert_eq!(house.told("selection_expired").await.len(), 0);
    house.noon("2026-02-25".parse().unwrap());
    let expired = house.told("selection_expired").await.remove(0);
    assert_eq!(expired.parameters["until"], "2028-02-25");
    assert_eq!(house.told("blacklisted").await.len(), 1);
    let after = house.walk("2028-02-24").await;
    assert_eq!(after, Vec::new());
    assert_eq!(house.bans().await, 1);
    let mut again = house.visitor(1);
    assert_refused(again.open().await, Reason::Blacklisted);
    let lifted = house.walk("2028-02-25").await;
    assert_eq!(lifted, days(&[("2028-02-25", "ban_lifted")]));
    assert_eq!(house.bans().await, 0);
    again.open().await.unwrap();
}

/// R-DONE-04: arrival on the last day stops the clock: no reminder, no expiry and no ban follow, and
/// registration comes in time whenever it comes.
#[tokio::test]
async fn arrival_on_the_last_day_stops_the_clock() {
    let house = House::at("2026-02-12T03:00:00Z", GUANGDONG).await;
    let (citizen, result) = house.confirmed(1).await;
    house.walk("2026-02-24").await;
    let midnight = start_of_day("2026-02-25".parse().unwrap()).unwrap();
    house.clock.set(midnight - 1.second());
    house.arrive(&citizen.application, "").await.unwrap();
    assert_eq!(house.walk("2026-04-01").await, Vec::new());
    assert_eq!(state(&citizen).await, pb::ApplicationState::Confirmed);
    assert_eq!(house.pool.state().closed.len(), 0, "nothing was closed");
    let entered = citizen.enter().await.unwrap();
    assert_eq!(entered.step(), pb::EntryStep::Completed);
    let selection = house.register(&citizen.application, "2026-04-01").await;
    assert_eq!(selection.unwrap().state, "registered");
    assert_eq!(house.bans().await, 0);
    assert_eq!(house.told("ban_lifted").await.len(), 0);
    assert_eq!(
        house.told("selection_registered").await[0].parameters["plate"],
        result.plate
    );
}

/// R-DONE-04, P10: a second after the last day arrival is refused, whether or not the expiry was written;
/// late proof remains, and lifts the ban.
#[tokio::test]
async fn arrival_a_second_late_is_refused_and_late_proof_remains() {
    let house = House::at("2026-02-12T03:00:00Z", GUANGDONG).await;
    let (citizen, _) = house.confirmed(1).await;
    house.walk("2026-02-24").await;
    let midnight = start_of_day("2026-02-25".parse().unwrap()).unwrap();
    house.clock.set(midnight);
    let refused = house.arrive(&citizen.application, "2026-02-24").await;
    let refused = assert_refused(refused, Reason::DeadlinePassed);
    assert_eq!(refused.params()["date"], "2026-02-24");
    house.run_jobs().await;
    assert_eq!(house.bans().await, 1);
    let refused = house.arrive(&citizen.application, "2026-02-24").await;
    assert_refused(refused, Reason::DeadlinePassed);
    let late = house.register(&citizen.application, "2026-02-24").await;
    assert_eq!(late.unwrap().state, "registered");
    assert_eq!(house.bans().await, 0);
    let cause: Vec<u8> =
        sqlx::query_scalar("SELECT payload FROM outbox WHERE kind = 'blacklist.lifted'")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    let fact: pb::BlacklistLifted = prost::Message::decode(cause.as_slice()).unwrap();
    assert_eq!(fact.cause, "late_proof");
    house.noon("2026-02-25".parse().unwrap());
    assert_eq!(house.told("ban_lifted").await.len(), 1);
}

/// R-BLK-01: a ban that begins on 29 February ends on 1 March two years on, where there is no 29th; walked
/// day by day.
#[tokio::test]
async fn a_ban_that_begins_on_29_february_ends_on_1_march() {
    // A Friday: Monday, Tuesday, Wednesday the 28th.
    let house = House::at("2024-02-23T03:00:00Z", GUANGDONG).await;
    let (citizen, result) = house.confirmed(1).await;
    assert_eq!(result.deadline, "2024-02-28");
    let told = house.walk("2024-02-29").await;
    let expected = days(&[
        ("2024-02-26", "deadline_reminder"),
        ("2024-02-27", "deadline_reminder"),
        ("2024-02-29", "blacklisted"),
        ("2024-02-29", "selection_expired"),
    ]);
    assert_eq!(told, expected);
    assert_eq!(citizen.look().await.banned_until, "2026-03-01");
    assert_eq!(house.walk("2026-02-28").await, Vec::new());
    let mut again = house.visitor(1);
    let refused = assert_refused(again.open().await, Reason::Blacklisted);
    assert_eq!(refused.params()["until"], "2026-03-01");
    let lifted = house.walk("2026-03-01").await;
    assert_eq!(lifted, days(&[("2026-03-01", "ban_lifted")]));
    again.open().await.unwrap();
}

/// R-DONE-01: 29 February is a working day like any other; the made-up Sunday before Spring Festival 2024
/// counts too.
#[tokio::test]
async fn leap_days_and_made_up_sundays_are_worked() {
    let house = House::at("2024-02-02T03:00:00Z", GUANGDONG).await;
    // Friday: the made-up Sunday, Monday, Tuesday.
    let (_, result) = house.confirmed(1).await;
    assert_eq!(result.deadline, "2024-02-06");
    // The last working day before the holidays: Sunday the 18th is made up.
    house.noon("2024-02-09".parse().unwrap());
    let (_, result) = house.confirmed(2).await;
    assert_eq!(result.deadline, "2024-02-20");
    house.noon("2024-02-26".parse().unwrap());
    let (last, result) = house.confirmed(3).await;
    assert_eq!(result.deadline, "2024-02-29");
    house.walk("2024-02-29").await;
    house.arrive(&last.application, "2024-02-29").await.unwrap();
    house.walk("2024-03-05").await;
    assert_eq!(state(&last).await, pb::ApplicationState::Confirmed);
}

/// R-DONE-01: a reminder goes out once, whichever process writes it, and not to whom it says nothing any
/// more.
#[tokio::test]
async fn reminders_go_out_once_and_to_whom_they_concern() {
    let house = House::at("2026-03-02T03:00:00Z", GUANGDONG).await;
    let (waiting, _) = house.confirmed(1).await;
    let (arrived, _) = house.confirmed(2).await;
    let (voided, _) = house.confirmed(3).await;
    let (registered, _) = house.confirmed(4).await;
    house.arrive(&arrived.application, "").await.unwrap();
    house.void(&voided.application).await.unwrap();
    house
        .register(&registered.application, "2026-03-02")
        .await
        .unwrap();
    house.app.remind_due().await.unwrap();
    assert_eq!(house.told("deadline_reminder").await.len(), 0);
    // Monday's numbers are due on Thursday: Tuesday and Wednesday remind.
    house.noon("2026-03-03".parse().unwrap());
    house.notification.post().away = true;
    let (own, other) = (&house.app, house.restarted().await);
    let both = tokio::join!(own.remind_due(), other.remind_due());
    both.0.unwrap();
    both.1.unwrap();
    own.tell_waiting().await.unwrap_err();
    house.notification.post().away = false;
    house.wait(61);
    other.remind_due().await.unwrap();
    other.tell_waiting().await.unwrap();
    let told = house.told("deadline_reminder").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].parameters["date"], "2026-03-05");
    house.noon("2026-03-04".parse().unwrap());
    house.run_jobs().await;
    assert_eq!(house.told("deadline_reminder").await.len(), 2);
    house.noon("2026-03-05".parse().unwrap());
    house.run_jobs().await;
    assert_eq!(house.told("deadline_reminder").await.len(), 2);
    assert_eq!(state(&waiting).await, pb::ApplicationState::Confirmed);
}

/// P11: a reminder names no number that the pool does not hold.
#[tokio::test]
async fn no_reminder_of_a_number_the_pool_does_not_hold() {
    let house = House::at("2026-03-02T03:00:00Z", GUANGDONG).await;
    let (citizen, _) = house.confirmed(1).await;
    house.noon("2026-03-03".parse().unwrap());
    let mut held = house.pool.state().allocations.remove(&citizen.application);
    house.app.remind_due().await.unwrap_err();
    assert_eq!(house.told("deadline_reminder").await.len(), 0);
    let held = held.take().unwrap();
    house
        .pool
        .state()
        .allocations
        .insert(citizen.application.clone(), held);
    house.app.remind_due().await.unwrap();
    assert_eq!(house.told("deadline_reminder").await.len(), 1);
    let now: Timestamp = house.clock.now();
    assert_eq!(civil_day(now).to_string(), "2026-03-03");
}
