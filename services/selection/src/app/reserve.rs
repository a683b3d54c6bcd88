//! The first transaction of an operation: the request id is bound to it and its charge set aside before
//! the pool is asked (P1, P2).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Refusable, Replay, begin, hash_of, is_final, record_refusal};
use xuanhao_chassis::reason::Reason;

use super::load::{info_of, own_for_update, policies_of, quota_for_update, served_for_update};
use super::operate::Operate;
use super::{App, Who};
use crate::domain::Refused;
use crate::domain::application::{Application, Info};
use crate::domain::deadline::check_covered;
use crate::domain::operation::{self as asked_for, Channel, Request, Typed};
use crate::domain::proof::{Proof, Purpose};
use crate::domain::rules::{Permission, Rules};
use crate::domain::state::Event;
use crate::error::Error;
use crate::peers::Asked;
use crate::store::operations::{self, Operation, RequestKey};
use crate::store::{applications, calendars, quotas};

/// What the first transaction came to.
pub(super) enum Reserved {
    /// The request id is bound.
    Bound(Bound),
    /// All is right, but a captcha stands before it; nothing was written.
    WantsCaptcha,
}

/// The operation a request id is bound to.
pub(super) enum Bound {
    /// A new one, to be carried out.
    New(Box<Operation>, Box<Asked>),
    /// One that was there before.
    Before(Box<Operation>),
}

impl App {
    /// P1, P2: binds the request id to an operation, sets its charge aside and commits, all before
    /// the pool is asked. Refusals cost nothing; final ones are kept.
    pub(super) async fn reserve(
        &self,
        wish: &Operate,
        captcha_passed: bool,
    ) -> Result<Reserved, Error> {
        let scope = wish.who.scope();
        let kind = kind_of(&wish.typed);
        let key = wish.act.key(&scope, kind, self.clock.now());
        let bound = RequestKey {
            scope: scope.to_string(),
            request_id: wish.act.request_id,
        };
        let hash = hash_of(&wish.act.fingerprint);
        let reserved: Result<Reserved, Refusal> = self
            .db
            .run_tx("selection.reserve", async |tx: &mut Tx| {
                if let Replay::Refused(refusal) = begin(tx, &key, hash).await? {
                    return Ok(Err(refusal));
                }
                if let Some(found) = operations::find_by_request(&mut **tx, &bound, kind).await? {
                    return Ok(if found.request_hash == hash {
                        Ok(Reserved::Bound(Bound::Before(Box::new(found))))
                    } else {
                        Err(Refusal::new(Reason::RequestIdReused))
                    });
                }
                match self
                    .add_operation(tx, wish, &bound, hash, captcha_passed)
                    .await
                {
                    Ok(reserved) => Ok(Ok(reserved)),
                    // Nothing is written before the last check, so nothing has to be undone.
                    Err(error) => match error.refusal().filter(is_final) {
                        Some(refusal) => {
                            record_refusal(tx, &key, hash, &refusal).await?;
                            Ok(Err(refusal))
                        }
                        None => Err(error),
                    },
                }
            })
            .await
            .or_else(|error| self.lost_race(error))?;
        Ok(reserved?)
    }

    /// The vehicle's other operation, or the same request on another connection, came first.
    fn lost_race(&self, error: Error) -> Result<Result<Reserved, Refusal>, Error> {
        let Error::Db(database) = &error else {
            return Err(error);
        };
        let lost = database.is_unique_violation(operations::PENDING_KEY)
            || database.is_unique_violation(operations::REQUEST_KEY);
        if lost {
            Err(self.no(Refused::OperationPending))
        } else {
            Err(error)
        }
    }

    /// The application an operation is for, after what stands before operations of this channel.
    async fn operable(&self, tx: &mut Tx, wish: &Operate) -> Result<Application, Error> {
        match &wish.who {
            Who::Citizen(citizen) => {
                let application = own_for_update(tx, wish.application, citizen.account).await?;
                let no = |refused| self.no(refused);
                application.state.after(Event::Operate).map_err(no)?;
                // The identity check counts for the web session that passed it (R-AUTH-01).
                if application.checked_session != Some(citizen.session) {
                    return Err(no(Refused::IdentityCheckRequired));
                }
                Ok(application)
            }
            Who::Officer(staff) => {
                let application = served_for_update(tx, wish.application, staff).await?;
                let after = application.state.after(Event::OperateAtCounter);
                after.map_err(|refused| self.no(refused))?;
                Ok(application)
            }
        }
    }

    async fn add_operation(
        &self,
        tx: &mut Tx,
        wish: &Operate,
        bound: &RequestKey,
        request_hash: [u8; 32],
        captcha_passed: bool,
    ) -> Result<Reserved, Error> {
        let now = self.clock.now();
        let no = |refused: Refused| Error::from(refused.at(now));
        let channel = wish.who.channel();
        let application = self.operable(tx, wish).await?;
        let info = info_of(&application).map_err(no)?.clone();
        let policies = policies_of(tx, &application).await?;
        let rules = policies.rules();
        // Form first: what is malformed is refused the same way whatever else is wrong.
        let request = wish
            .typed
            .check(application.office, info.class, &rules, channel)
            .map_err(no)?;
        if let Who::Citizen(citizen) = &wish.who {
            rules
                .check_permission(Permission::Preselect, citizen.level)
                .map_err(no)?;
        }
        self.check_ban(tx, &application.person_key).await?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, rules.validity(), &calendar).map_err(no)?;
        let mut quota = quota_for_update(tx, &info.vin).await?;
        if channel == Channel::Window {
            let window = rules.window().map_err(no)?;
            quota = quota.at_window(window.wishes, window.draw_quota);
        }
        if operations::find_pending(&mut **tx, &info.vin)
            .await?
            .is_some()
        {
            return Err(no(Refused::OperationPending));
        }
        let charge = request.reservation(rules.charge_on_miss(channel));
        let reserved = asked_for::Reserved {
            request: &request,
            channel,
            charge,
        };
        let (next, left) = application
            .reserve(&reserved, &quota, &rules, now)
            .map_err(no)?;
        let proof = self.completing_proof(wish, &request, &rules)?;
        if !captcha_passed && wants_captcha(&request, &rules, channel) {
            return Ok(Reserved::WantsCaptcha);
        }
        let operation = Operation {
            id: self.ids.next(),
            application: next.id,
            office: next.office,
            vin: info.vin,
            op_no: next.last_op_no,
            request_hash,
            actor: wish.who.actor(),
            on_behalf_of: (channel == Channel::Window).then(|| next.account.as_uuid()),
            channel,
            reserved: charge,
            proof: proof.as_ref().map(|proof| proof.id),
            not_after: self.later(self.settings.operation_timeout),
            reserved_at: now,
            outcome: None,
            request,
        };
        if let Some(proof) = &proof {
            self.consume_proof(tx, proof, &application).await?;
        }
        operations::add(tx, &operation, bound).await?;
        quotas::update(tx, &operation.vin, &left).await?;
        applications::update(tx, &next, now).await?;
        if let Who::Officer(staff) = &wish.who {
            self.audit_at_counter(tx, staff, &operation, &next).await?;
        }
        let asked = asked(&operation, &next, &info, &rules);
        Ok(Reserved::Bound(Bound::New(
            Box::new(operation),
            Box::new(asked),
        )))
    }

    /// The proof of the code that completes a chosen number (R-AUTH-04, R-CNF-01). An officer has seen
    /// the papers and needs none.
    ///
    /// # Errors
    /// `PROOF_INVALID`.
    fn completing_proof(
        &self,
        wish: &Operate,
        request: &Request,
        rules: &Rules<'_>,
    ) -> Result<Option<Proof>, Error> {
        match (&wish.who, request) {
            (Who::Citizen(citizen), Request::Confirm { .. }) if rules.checks_after_choosing() => {
                let purpose = Purpose::ConfirmPlate;
                self.read_proof(&wish.proof, purpose, citizen.account, wish.application)
                    .map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Whether a captcha stands before it (R-AUTH-03).
fn wants_captcha(request: &Request, rules: &Rules<'_>, channel: Channel) -> bool {
    match (channel, request) {
        (Channel::Internet, Request::Draw { .. }) => rules.draw_captcha(),
        (Channel::Internet, Request::Compose { .. }) => rules.compose_captcha(),
        _ => false,
    }
}

fn asked(
    operation: &Operation,
    application: &Application,
    info: &Info,
    rules: &Rules<'_>,
) -> Asked {
    let channel = operation.channel;
    Asked {
        office: application.office,
        application: application.id,
        op_no: operation.op_no,
        not_after: operation.not_after,
        class: info.class,
        vehicle_key: info.vehicle_key.clone(),
        actor: operation.actor,
        on_behalf_of: operation.on_behalf_of,
        draw_count: rules.draw_count(channel),
        column_ttl_s: rules.column_ttl_s(channel),
        basket_ttl_s: rules.basket_ttl_s(),
        // A waiting number is a column of one; the window keeps no candidates.
        from_column: !rules.has_basket()
            || application.choice.is_some()
            || channel == Channel::Window,
        channel,
        energy: info.energy,
        hold_ttl_s: rules.hold_ttl_s(channel),
        choice_ttl_s: rules.choice_ttl_s(),
    }
}

/// The method a request id counts for; also the operation's kind.
fn kind_of(typed: &Typed) -> &'static str {
    match typed {
        Typed::Draw { .. } => "draw",
        Typed::Keep { .. } => "keep",
        Typed::Compose { .. } => "compose",
        Typed::Choose { .. } => "choose",
        Typed::Confirm { .. } => "confirm",
        Typed::GiveUp => "give_up",
    }
}
