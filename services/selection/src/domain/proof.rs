//! The signed proof that an SMS challenge was met, as identity issues it (C1).

use jiff::Timestamp;
use xuanhao_chassis::ids::{AccountId, ApplicationId, ProofId};

use super::Refused;

/// What a proof is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Locking the submitted information (R-INF-05).
    ConfirmInfo,
    /// The re-check before selecting (R-AUTH-01).
    StartSelecting,
    /// Completing a chosen number (R-AUTH-04, R-CNF-01).
    ConfirmPlate,
}

impl Purpose {
    /// The word in the proof.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmInfo => "confirm_info",
            Self::StartSelecting => "start_selecting",
            Self::ConfirmPlate => "confirm_plate",
        }
    }
}

/// A proof whose signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Its identity; whoever uses it makes it unique (C1).
    pub(crate) id: ProofId,
    /// The purpose's word.
    pub(crate) purpose: String,
    /// The account whose number was proved.
    pub(crate) account: AccountId,
    /// What it is bound to.
    pub(crate) subject: String,
    /// When the code was asked for.
    pub(crate) asked_at: Timestamp,
    /// No longer good from then on.
    pub(crate) expires_at: Timestamp,
}

impl Proof {
    /// Whether it proves that this account met a challenge of this purpose for this application.
    ///
    /// # Errors
    /// [`Refused::ProofInvalid`], without saying what does not fit.
    pub(crate) fn check(
        &self,
        purpose: Purpose,
        account: AccountId,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let fits = self.purpose == purpose.as_str()
            && self.account == account
            && self.subject == application.to_string()
            && now < self.expires_at
            && self.asked_at <= now;
        fits.then_some(()).ok_or(Refused::ProofInvalid)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// C1: a proof serves its own purpose, account and application, and only while it lives.
    #[test]
    fn a_proof_serves_what_it_was_made_for() {
        let id = |n: u128| Uuid::from_u128(n);
        let now: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
        let proof = Proof {
            id: id(1).into(),
            purpose: "confirm_info".to_owned(),
            account: id(2).into(),
            subject: id(3).to_string(),
            asked_at: "2026-11-23T00:59:00Z".parse().unwrap(),
            expires_at: "2026-11-23T01:05:00Z".parse().unwrap(),
        };
        let (account, application) = (id(2).into(), id(3).into());
        let check = |purpose, account, application, now: Timestamp| {
            proof.check(purpose, account, application, now)
        };
        assert_eq!(
            check(Purpose::ConfirmInfo, account, application, now),
            Ok(())
        );
        let no = Err(Refused::ProofInvalid);
        assert_eq!(
            check(Purpose::StartSelecting, account, application, now),
            no
        );
        assert_eq!(
            check(Purpose::ConfirmInfo, id(9).into(), application, now),
            no
        );
        assert_eq!(check(Purpose::ConfirmInfo, account, id(9).into(), now), no);
        assert_eq!(
            check(Purpose::ConfirmInfo, account, application, proof.expires_at),
            no
        );
        let before = "2026-11-23T00:58:59Z".parse().unwrap();
        assert_eq!(
            check(Purpose::ConfirmInfo, account, application, before),
            no
        );
    }
}
