//! The voucher (预选号凭证) of a confirmed application (R-DONE-02).

use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::voucher::TYP;
use xuanhao_vocabulary::{ResidentId, VoucherNumber};

use super::announce::office_name;
use super::{App, Citizen};
use crate::domain::Refused;
use crate::domain::lapse::is_missed;
use crate::domain::state::State;
use crate::error::Error;
use crate::voucher::Voucher;

/// A voucher as file and as signed text.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) pdf: Vec<u8>,
    pub(crate) signed: String,
    pub(crate) number: VoucherNumber,
}

impl App {
    /// Draws the voucher. The allocation is read again from the pool (P11); the holder's name is
    /// identity's and stays on the page only.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED`, `DEADLINE_PASSED`, `APPLICATION_VOIDED`.
    pub(crate) async fn voucher(
        &self,
        citizen: Citizen,
        id: ApplicationId,
    ) -> Result<Rendered, Error> {
        let shown = self.get_application(citizen, id).await?;
        let Some(selection) = &shown.selection else {
            return Err(Reason::StepNotReached.into());
        };
        let passed = is_missed(selection, self.clock.today());
        match shown.application.state {
            State::Registered => {}
            State::Confirmed if !passed && selection.undoing_at.is_none() => {}
            State::Confirmed if !passed => return Err(self.no(Refused::Voided)),
            State::Voided => return Err(self.no(Refused::Voided)),
            _ => {
                let date = Some(selection.deadline);
                return Err(self.no(Refused::DeadlinePassed { date }));
            }
        }
        let info = shown
            .application
            .info
            .as_ref()
            .ok_or(Error::Disagreement("no vehicle"))?;
        let view = self.confirmed_by_the_pool(id).await?;
        let holder = self.peers.identity.holder(citizen.account).await?;
        let description = match info.description.as_str() {
            // Of an application opened before descriptions were kept here.
            "" => {
                let vehicle = &self.peers.vehicle;
                vehicle.assessment(info.assessment).await?.description
            }
            kept => kept.to_owned(),
        };
        let number = VoucherNumber::parse(&view.selection.voucher_number)
            .map_err(|_| Error::Disagreement("a stored voucher number is none"))?;
        let voucher = Voucher {
            number,
            office: view.office,
            office_name: office_name(view.office),
            plate: view.selection.allocation.plate,
            class: view.selection.allocation.class,
            resident_id: mask(holder.buyer_id()),
            full_name: if holder.organisation_name.is_empty() {
                holder.full_name
            } else {
                holder.organisation_name
            },
            vin: view.vin,
            vehicle: if description.is_empty() {
                view.selection.allocation.class.chinese().to_owned()
            } else {
                description
            },
            decided_at: view.selection.allocation.decided_at,
            deadline: view.selection.deadline,
            ban_years: u8::try_from(shown.policy().lapse.blacklist_years).unwrap_or(u8::MAX),
        };
        let signed = self
            .voucher_key
            .sign(TYP, &voucher.claims(&self.settings.issuer))?;
        let text = signed.clone();
        // Drawing computes for milliseconds: away from the threads that answer.
        let drawn = tokio::task::spawn_blocking(move || voucher.render(&text)).await;
        let pdf = drawn.map_err(|_| Error::CutOff)??;
        Ok(Rendered {
            pdf,
            signed,
            number,
        })
    }
}

/// Enough for an officer to compare with the card.
fn mask(resident_id: &str) -> String {
    match ResidentId::parse(resident_id) {
        Ok(id) => id.masked().to_string(),
        // Another document, as of an organisation: its last four characters.
        Err(_) => {
            let count = resident_id.chars().count();
            let hidden = count.saturating_sub(4);
            let tail = resident_id.chars().skip(hidden);
            std::iter::repeat_n('*', hidden).chain(tail).collect()
        }
    }
}
