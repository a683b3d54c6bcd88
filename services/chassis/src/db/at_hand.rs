//! Connections that stay at hand for the next transaction.
//!
//! The pool lends the connection that has rested longest, so that work goes round all of the server's
//! processes and finds each with cold caches; and whatever is given back to it is first asked whether it
//! still lives, a way to the database and back after every use. A connection that has just done its work
//! as it should needs no asking. It is kept here, and the last one in is the first one out.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use super::Error;

/// Of the pool's connections, one in so many may be kept; the others are for reads.
const SHARE: u32 = 4;
/// Who rested so long goes back to the pool, which asks before it lends.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// From time to time each goes back, so that the pool can close those that have become old.
const LONGEST_STAY: Duration = Duration::from_secs(60);

/// Where they are kept.
#[derive(Debug)]
pub(super) struct AtHand {
    pool: PgPool,
    kept: Mutex<Vec<Kept>>,
    most: usize,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    lent_at: Instant,
    rests_since: Instant,
}

impl Kept {
    fn is_fit(&self) -> bool {
        self.rests_since.elapsed() < LONGEST_REST && self.lent_at.elapsed() < LONGEST_STAY
    }
}

/// A connection for one piece of work. It goes to the pool when dropped, which mends or closes it if
/// the work went wrong; after work that went as it should [`Connection::done`] keeps it at hand.
#[derive(Debug)]
pub struct Connection {
    inner: PoolConnection<Postgres>,
    lent_at: Instant,
    at_hand: Arc<AtHand>,
}

impl AtHand {
    pub(super) fn over(pool: PgPool) -> Self {
        let most = pool.options().get_max_connections() / SHARE;
        Self {
            pool,
            kept: Mutex::default(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
        }
    }

    /// The connection that was used last, or one of the pool's.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Connection, Error> {
        let kept = {
            let mut kept = self.lock();
            kept.retain(Kept::is_fit);
            kept.pop()
        };
        let (inner, lent_at) = match kept {
            Some(kept) => (kept.connection, kept.lent_at),
            None => (self.pool.acquire().await?, Instant::now()),
        };
        Ok(Connection {
            inner,
            lent_at,
            at_hand: Arc::clone(self),
        })
    }

    /// Gives all of them back to the pool.
    pub(super) fn let_go(&self) {
        self.lock().clear();
    }

    fn keep(&self, connection: PoolConnection<Postgres>, lent_at: Instant) {
        let mut kept = self.lock();
        kept.retain(Kept::is_fit);
        // One that is dropped goes back to the pool.
        if kept.len() < self.most && !self.pool.is_closed() {
            kept.push(Kept {
                connection,
                lent_at,
                rests_since: Instant::now(),
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AtHand {
    fn drop(&mut self) {
        // The pool takes a connection back by a task, and there may be no runtime left for one.
        for kept in self.lock().drain(..) {
            drop(kept.connection.detach());
        }
    }
}

impl Connection {
    /// Its work went as it should: nothing is open on it and nothing is on its way.
    pub fn done(self) {
        let Self {
            inner,
            lent_at,
            at_hand,
        } = self;
        at_hand.keep(inner, lent_at);
    }

    /// Nobody knows what is open on it: it is closed.
    pub(super) fn discard(mut self) {
        self.inner.close_on_drop();
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
