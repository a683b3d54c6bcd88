//! Submitting VIN and purchase proof (R-INF-02 … 04).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::load::{own_for_update, policy_in_force};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::Refused;
use crate::domain::policy::Policy;
use crate::domain::rules::Permission;
use crate::domain::state::Event;
use crate::error::Error;
use crate::peers::Submitted;
use crate::store::applications;

impl App {
    /// Has the vehicle assessed and takes over what was found. May be repeated until it is confirmed.
    ///
    /// # Errors
    /// Those of the vehicle service; `VEHICLE_NOT_ELIGIBLE`, `INFO_LOCKED`, `BLACKLISTED`,
    /// `ENROLMENT_REQUIRED`; `FIELD_REQUIRED`, `FIELD_INVALID` and `FIELD_TOO_LONG` for the address where
    /// policy asks for it; `FIELD_INVALID` for a kind of purchase proof it does not take.
    pub(crate) async fn submit_info(
        &self,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
        submitted: &Submitted,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "SubmitInfo", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.view_by_id(read_id(&done)?).await;
        }
        let view = self.get_application(citizen, id).await?;
        let no = |refused| self.no(refused);
        let application = &view.application;
        application.state.after(Event::SubmitInfo).map_err(no)?;
        view.rules()
            .check_permission(Permission::Preselect, citizen.level)
            .map_err(no)?;
        check_kind(submitted, view.policy())?;
        let address = read_address(submitted, view.policy())?;
        self.free_unfinished_claim(id).await?;
        let identity = &self.peers.identity;
        if let Some(address) = address {
            // Kept where personal data is kept, and nowhere else.
            identity.keep_residence(citizen.account, address).await?;
        }
        let holder = identity.transacting_holder(citizen.account).await?;
        let request_id = act.request_id.as_uuid();
        let vehicle = &self.peers.vehicle;
        let assessed = vehicle
            .assess(request_id, id, application.office, submitted, &holder)
            .await?;
        let done = self
            .db
            .run_once(
                "selection.submit_info",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let application = own_for_update(tx, id, citizen.account).await?;
                    self.check_ban(tx, &application.person_key).await?;
                    if applications::claiming_until(tx, id).await?.is_some() {
                        return Err(self.no(Refused::OperationPending));
                    }
                    let policy = policy_in_force(tx, application.office).await?.policy;
                    let next = application
                        .submit_info(assessed.info.clone(), &policy)
                        .map_err(|refused| self.no(refused))?;
                    applications::update(tx, &next, self.clock.now()).await?;
                    Ok::<_, Error>(Done::about(id))
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    /// A confirmation that broke off may have left its vehicle claimed. Before other information is
    /// taken over, that claim is freed; while it may still be under way, nothing is.
    pub(super) async fn free_unfinished_claim(&self, id: ApplicationId) -> Result<(), Error> {
        let mut connection = self
            .db
            .pool()
            .acquire()
            .await
            .map_err(xuanhao_chassis::db::Error::from)?;
        let Some(until) = applications::claiming_until(&mut connection, id).await? else {
            return Ok(());
        };
        drop(connection);
        if self.clock.now() < until {
            return Err(self.no(Refused::OperationPending));
        }
        self.peers
            .vehicle
            .release(self.request_id().as_uuid(), id)
            .await?;
        self.db
            .run_tx("selection.free_claim", async |tx: &mut Tx| {
                Ok::<_, Error>(applications::mark_claiming(tx, id, None).await?)
            })
            .await
    }
}

/// Whether policy takes this kind of purchase proof (R-INF-01, R-INF-02). What names none is refused by
/// the vehicle service.
pub(super) fn check_kind(submitted: &Submitted, policy: &Policy) -> Result<(), Error> {
    let kind = submitted.purchase_proof.kind();
    if kind.is_some_and(|kind| !policy.purchase_proof.kinds.contains(&kind)) {
        return Err(Refusal::invalid("purchase_proof", "unknown_value").into());
    }
    Ok(())
}

/// The full residential address where policy asks for it (R-INF-01). What is not asked for is not kept.
fn read_address<'a>(submitted: &'a Submitted, policy: &Policy) -> Result<Option<&'a str>, Error> {
    const SHORTEST: usize = 4;
    const LONGEST: usize = 200;
    if !policy.purchase_proof.address {
        return Ok(None);
    }
    let address = submitted.address.trim();
    match address.chars().count() {
        0 => Err(Refusal::required("address").into()),
        length if length > LONGEST => {
            let refusal = Refusal::new(Reason::FieldTooLong).param("field", "address");
            Err(refusal.param("max", LONGEST).on_field("address").into())
        }
        length if length < SHORTEST || address.chars().any(char::is_control) => {
            Err(Refusal::invalid("address", "wrong_format").into())
        }
        _ => Ok(Some(address)),
    }
}
