//! Guesses at passwords: counted before the password is looked at, so that guesses made at the same
//! time are counted too.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

use super::App;
use super::keyed::{Hash, Realm, row_id};
use crate::domain::limits::before;
use crate::error::Error;
use crate::store::attempt::{self, Attempt};
use crate::store::throttle::{self, Line};

impl App {
    /// Lets one guess at a login name through, or refuses with `ACCOUNT_LOCKED`. Names that do not
    /// exist lock like those that do. Returns the index that success clears.
    pub(super) async fn admit_guess(
        &self,
        realm: Realm,
        login_key: &str,
        network: &str,
    ) -> Result<Hash, Error> {
        let now = self.clock.now();
        let guess = Attempt {
            attempt_id: row_id(&self.ids),
            login_index: self.keyed.login(realm, login_key),
            address_index: self.keyed.address(network),
            attempted_at: now,
        };
        let (per_login, per_address) = (self.sign_in.per_login(), self.sign_in.per_address());
        self.db
            .run_tx("identity.guess.admit", async |tx: &mut Tx| {
                throttle::join(tx, Line::SignIn, &guess.login_index, now).await?;
                let since = before(now, per_login.within);
                let of_login = attempt::list_by_login(tx, &guess.login_index, since).await?;
                // Not put in a line: many citizens share an address, and a few more guesses at the
                // same moment are no harm where each name has its own limit.
                let since = before(now, per_address.within);
                let of_address = attempt::list_by_address(tx, &guess.address_index, since).await?;
                let free = [
                    per_login.next_at(&of_login, now),
                    per_address.next_at(&of_address, now),
                ];
                let locked = free
                    .into_iter()
                    .map(|at| at.filter(|at| *at <= now).ok_or(at));
                if let Some(until) = locked.filter_map(Result::err).max() {
                    let until = until.unwrap_or(jiff::Timestamp::MAX);
                    return Err(Refusal::new(Reason::AccountLocked)
                        .param("until", until)
                        .into());
                }
                attempt::add(tx, &guess).await?;
                Ok::<_, Error>(())
            })
            .await?;
        Ok(guess.login_index)
    }
}
