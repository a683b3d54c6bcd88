//! Budgets of SMS codes: of the whole service, of strangers' addresses, of numbers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

use super::App;
use super::challenge_ask::Asked;
use crate::domain::challenge::Purpose;
use crate::domain::limits::{self, after, before};
use crate::error::Error;
use crate::store::challenge::{self, NewChallenge};

impl App {
    /// The budgets of the whole service and of strangers' addresses.
    pub(super) async fn check_budgets(
        &self,
        tx: &mut Tx,
        new: &NewChallenge,
        is_stranger: bool,
    ) -> Result<(), Error> {
        let now = new.issued_at;
        // Counted without a lock: all citizens would stand in one line. A few codes more at the
        // same moment do no harm to a budget of hundreds.
        let global = self.rules.global;
        let (count, oldest) = challenge::count_all(tx, before(now, global.within)).await?;
        if count >= i64::from(global.most) {
            let free = after(oldest.unwrap_or(now), global.within);
            return Err(limited(Reason::SmsBudgetReached, Some(free), now));
        }
        if is_stranger {
            let since = before(now, longest(&self.rules.address));
            let past = challenge::list_from_address(tx, &new.address_index, since).await?;
            let free = limits::next_at(&self.rules.address, &past, now);
            if free != Some(now) {
                return Err(limited(Reason::RateLimited, free, now));
            }
        }
        Ok(())
    }

    /// The budget of a number. Tells when the next code may be asked for, and whether nothing must
    /// be sent though nothing may be refused: for a forgotten password the refusal would tell whose
    /// number it is.
    pub(super) async fn check_number(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<(Timestamp, bool), Error> {
        let rules = &self.rules;
        let since = before(
            now,
            longest(&[&rules.number[..], &rules.strangers[..]].concat()),
        );
        let sent = challenge::list_sent_to(tx, &asked.mobile_index, since, now).await?;
        let all: Vec<Timestamp> = sent.iter().map(|(_, at)| *at).collect();
        let own: Vec<Timestamp> = match &asked.login {
            Some((login_index, _)) => {
                challenge::list_for_login(tx, login_index, since, now).await?
            }
            // Strangers count apart, so that they make nobody else wait.
            None => sent
                .iter()
                .filter(|(of, _)| *of == purpose || !of.is_strangers() && !purpose.is_strangers())
                .map(|(_, at)| *at)
                .collect(),
        };
        let caps: &[limits::Cap] = if purpose.is_strangers() {
            &rules.strangers
        } else {
            &[]
        };
        // For a forgotten password the number's own budget must not be seen.
        let (seen, unseen) = match asked.login {
            Some(_) => (&[][..], &rules.number[..]),
            None => (&rules.number[..], &[][..]),
        };
        let free = |own: &[Timestamp], all: &[Timestamp]| {
            Some(
                rules
                    .next_at(caps, own, now)?
                    .max(limits::next_at(seen, all, now)?),
            )
        };
        let allowed = free(&own, &all);
        if allowed != Some(now) {
            return Err(limited(Reason::SmsLimitReached, allowed, now));
        }
        let with_this = |past: &[Timestamp]| [past, &[now]].concat();
        let resend_at = free(&with_this(&own), &with_this(&all)).unwrap_or(Timestamp::MAX);
        Ok((resend_at, limits::next_at(unseen, &all, now) != Some(now)))
    }
}

fn longest(caps: &[limits::Cap]) -> SignedDuration {
    caps.iter()
        .map(|cap| cap.within)
        .max()
        .unwrap_or(SignedDuration::ZERO)
        .max(SignedDuration::from_mins(5))
}

pub(super) fn limited(reason: Reason, free: Option<Timestamp>, now: Timestamp) -> Error {
    let wait = free.map_or(SignedDuration::from_hours(24), |free| {
        free.duration_since(now)
    });
    let wait = Duration::try_from(wait).unwrap_or_default();
    Refusal::new(reason)
        .param("retry_after", wait)
        .retry_after(wait)
        .into()
}
