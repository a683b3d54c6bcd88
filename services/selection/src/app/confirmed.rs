//! Writing a confirmed number with all that is frozen with it.

use xuanhao_chassis::db::Tx;
use xuanhao_vocabulary::VoucherNumber;

use super::App;
use super::load::info_of;
use crate::domain::application::{Application, Selection};
use crate::domain::deadline::deadline;
use crate::domain::office_acts::OfficeActs;
use crate::domain::operation::Allocation;
use crate::domain::policy::Policy;
use crate::error::Error;
use crate::store::{calendars, selections};

impl App {
    /// Adds the selection of an application that has just become confirmed: the deadline is counted
    /// and frozen (R-DONE-01, P11), the voucher gets its number (R-DONE-02).
    pub(super) async fn add_selection(
        &self,
        tx: &mut Tx,
        application: &Application,
        allocation: Allocation,
        frozen: &Policy,
    ) -> Result<(), Error> {
        let no = |refused| self.no(refused);
        let info = info_of(application).map_err(no)?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        let deadline = deadline(
            allocation.decided_at,
            frozen.validity.working_days,
            &calendar,
        )
        .map_err(no)?;
        let mut number = self.new_voucher_number();
        while selections::voucher_exists(tx, &number).await? {
            number = self.new_voucher_number();
        }
        let selection = Selection {
            allocation,
            deadline,
            voucher_number: number,
            registered_on: None,
            returned_at: None,
            acts: OfficeActs::default(),
            undoing_at: None,
        };
        selections::add(tx, application, info, &selection, self.clock.now()).await?;
        Ok(())
    }

    /// As it is stored: twelve symbols without separators.
    fn new_voucher_number(&self) -> String {
        // The low end of an id is random.
        let (_, random) = self.entry_id().as_u64_pair();
        VoucherNumber::from_bits(random).compact()
    }
}
