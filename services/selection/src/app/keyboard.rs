//! The on-screen keyboard (R-SEL-01, R-SEL-02).

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::{IssuingCode, Office, Serial};

use super::load::info_of;
use super::{App, Citizen};
use crate::domain::keyboard::{Keyboard, lay_out, scramble};
use crate::error::Error;

impl App {
    /// The keyboard for an application's vehicle, laid out anew at each call where policy says so. It
    /// tells what is published, never what is free (R-POOL-05).
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED`; `FIELD_INVALID` for an issuing code of another office or for
    /// what cannot be part of a serial.
    pub(crate) async fn keyboard(
        &self,
        citizen: Citizen,
        id: ApplicationId,
        issuing_code: &str,
        partial: &str,
    ) -> Result<(Keyboard, bool), Error> {
        let view = self.get_application(citizen, id).await?;
        let info = info_of(&view.application).map_err(|refused| self.no(refused))?;
        let office = view.application.office;
        let code = IssuingCode::parse(issuing_code)
            .ok()
            .filter(|code| Office::by_code(*code).is_some_and(|owner| owner.id == office))
            .ok_or_else(|| Refusal::invalid("issuing_code", "unknown_value"))?;
        let partial = read_partial(partial)?;
        let pool = &self.peers.pool;
        let places = pool.keyboard(office, info.class, code, &partial).await?;
        let mut keyboard = lay_out(info.class, info.energy, &places);
        let scrambled = view.rules().scrambles_keyboard();
        if scrambled {
            scramble(&mut keyboard.keys, |bound| {
                let bound = u64::try_from(bound).expect("a keyboard has few keys");
                usize::try_from(self.random.below(bound)).expect("below a keyboard's keys")
            });
        }
        Ok((keyboard, scrambled))
    }
}

/// What was typed so far, `?` for an open place.
fn read_partial(text: &str) -> Result<String, Error> {
    let upper = text.to_ascii_uppercase();
    let may_stand = |c: char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !"IO".contains(c));
    let fits =
        upper.chars().count() <= Serial::LONGEST && upper.chars().all(|c| c == '?' || may_stand(c));
    if fits {
        Ok(upper)
    } else {
        Err(Refusal::invalid("partial", "wrong_format").into())
    }
}
