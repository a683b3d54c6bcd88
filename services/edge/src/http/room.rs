//! Room for requests: some are worked for, some wait in turn, the others are told when to come back.
//!
//! Whoever is let in is answered in time. If everybody were let in at an opening, all would share the
//! machines until nobody's answer came in time, and what was done for them would be done for nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

/// The longest wait for one's turn: most of a request's time must be left for its work.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Nobody is told to come back later than this; numbers may be free again by then.
const LATEST_S: u64 = 10;

/// The room of this replica.
#[derive(Debug)]
pub(super) struct Room {
    working: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    pace: Mutex<Pace>,
}

/// A place in the room, as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    room: Arc<Room>,
}

impl Room {
    pub(super) fn new(working: usize, most_waiting: usize) -> Self {
        Self {
            working: Arc::new(Semaphore::new(working)),
            waiting: AtomicUsize::new(0),
            most_waiting,
            pace: Mutex::new(Pace::new(Instant::now())),
        }
    }

    /// A place, at once or in turn.
    ///
    /// # Errors
    /// `OVERLOADED` when too many wait, or the turn does not come; with the time after which those who
    /// were refused before can have been served.
    pub(super) async fn enter(self: &Arc<Self>) -> Result<Place, Refusal> {
        let permit = match self.working.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => self.wait().await,
        };
        let room = Arc::clone(self);
        match permit {
            Some(permit) => Ok(Place {
                _permit: permit,
                room,
            }),
            None => Err(Refusal::new(Reason::Overloaded).retry_after(self.refuse())),
        }
    }

    async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        let turn = Turn::take(self)?;
        let permit = timeout(LONGEST_WAIT, self.working.clone().acquire_owned()).await;
        drop(turn);
        permit.ok()?.ok()
    }

    fn refuse(&self) -> Duration {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.refused(Instant::now())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let pace = self.room.pace.lock();
        let mut pace = pace.unwrap_or_else(PoisonError::into_inner);
        pace.done(Instant::now());
    }
}

/// Somebody waits as long as this lives.
struct Turn<'a>(&'a Room);

impl<'a> Turn<'a> {
    fn take(room: &'a Room) -> Option<Self> {
        let before = room.waiting.fetch_add(1, Ordering::Relaxed);
        let turn = Self(room);
        (before < room.most_waiting).then_some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many were served and how many refused, by the second.
#[derive(Debug)]
struct Pace {
    second: Instant,
    this: Count,
    last: Count,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    done: u64,
    refused: u64,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self {
            second: now,
            this: Count::default(),
            last: Count::default(),
        }
    }

    fn turn(&mut self, now: Instant) {
        let past = now.saturating_duration_since(self.second).as_secs();
        if past > 0 {
            // What was longer ago tells nothing.
            self.last = if past == 1 {
                self.this
            } else {
                Count::default()
            };
            self.this = Count::default();
            self.second = now;
        }
    }

    fn done(&mut self, now: Instant) {
        self.turn(now);
        self.this.done += 1;
    }

    /// When it is worth coming back: so many seconds as it takes to serve those refused lately.
    fn refused(&mut self, now: Instant) -> Duration {
        self.turn(now);
        self.this.refused += 1;
        let refused = self.this.refused.max(self.last.refused);
        let done = self.this.done.max(self.last.done).max(1);
        Duration::from_secs(refused.div_ceil(done).clamp(1, LATEST_S))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_after(refused: Result<Place, Refusal>) -> Duration {
        let refusal = refused.expect_err("there is no place");
        assert_eq!(refusal.reason(), Reason::Overloaded);
        refusal.retry_delay().expect("it says when to come")
    }

    #[tokio::test(start_paused = true)]
    async fn some_are_worked_for_some_wait_and_the_others_come_back() {
        let room = Arc::new(Room::new(2, 1));
        let (first, _second) = (room.enter().await.unwrap(), room.enter().await.unwrap());
        let others = async {
            assert_eq!(
                retry_after(room.enter().await),
                Duration::from_secs(1),
                "the fourth does not even wait"
            );
            drop(first);
        };
        let (third, ()) = tokio::join!(room.enter(), others);
        let _third = third.expect("it was its turn");
        // Whose turn does not come is refused after a while.
        let begin = tokio::time::Instant::now();
        retry_after(room.enter().await);
        assert_eq!(begin.elapsed(), LONGEST_WAIT);
        assert_eq!(room.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_more_were_refused_the_later_one_comes_back() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        (0..100).for_each(|_| pace.done(begin));
        let told: Vec<u64> = (0..250).map(|_| pace.refused(begin).as_secs()).collect();
        assert_eq!((told[0], told[99], told[100], told[249]), (1, 1, 2, 3));
        let later = begin + Duration::from_millis(1_100);
        assert_eq!(
            pace.refused(later).as_secs(),
            3,
            "a second ago still counts"
        );
        let much_later = begin + Duration::from_secs(60);
        assert_eq!(pace.refused(much_later).as_secs(), 1);
        let mut stuck = Pace::new(begin);
        let latest = (0..50).map(|_| stuck.refused(begin).as_secs()).max();
        assert_eq!(latest, Some(LATEST_S));
    }
}
