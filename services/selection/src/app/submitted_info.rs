//! What was submitted, to look at before confirming (R-INF-06, R-INF-08).

use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::{CreditCode, Mobile, Office, PlateClass, ResidentId};

use super::load::info_of;
use super::{App, Citizen};
use crate::error::Error;
use crate::peers::Holder;

/// The four blocks, personal data masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubmittedInfo {
    /// Issuing authority.
    pub(crate) office: &'static Office,
    pub(crate) person: Person,
    pub(crate) vehicle: Vehicle,
    pub(crate) mobile_masked: String,
    /// Empty when none was asked for.
    pub(crate) address_masked: String,
}

/// Whose application it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) full_name_masked: String,
    pub(crate) resident_id_masked: String,
    /// Empty for a person.
    pub(crate) organisation_name: String,
    pub(crate) credit_code_masked: String,
}

/// What it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vehicle {
    /// In clear: the citizen reads it again.
    pub(crate) vin: String,
    pub(crate) class: PlateClass,
    pub(crate) description: String,
    pub(crate) purchase_proof_masked: String,
}

impl App {
    /// The four blocks of an application whose information was submitted.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED`, `ENROLMENT_REQUIRED`.
    pub(crate) async fn submitted_info(
        &self,
        citizen: Citizen,
        id: ApplicationId,
    ) -> Result<SubmittedInfo, Error> {
        let view = self.get_application(citizen, id).await?;
        let info = info_of(&view.application).map_err(|refused| self.no(refused))?;
        let office = Office::by_id(view.application.office)
            .ok_or(Error::Disagreement("an application names no office"))?;
        let holder = self.peers.identity.holder(citizen.account).await?;
        let address = if view.policy().purchase_proof.address {
            mask_address(&holder.residence)
        } else {
            String::new()
        };
        Ok(SubmittedInfo {
            office,
            vehicle: Vehicle {
                vin: info.vin.as_str().to_owned(),
                class: info.class,
                description: info.description.clone(),
                purchase_proof_masked: info.purchase_proof_masked.clone(),
            },
            mobile_masked: Mobile::parse(&holder.mobile).map_or_else(
                |_| hidden(&holder.mobile, 0),
                |own| own.masked().to_string(),
            ),
            address_masked: address,
            person: person(holder),
        })
    }
}

fn person(holder: Holder) -> Person {
    Person {
        full_name_masked: hidden(&holder.full_name, 1),
        resident_id_masked: ResidentId::parse(&holder.resident_id).map_or_else(
            |_| hidden(&holder.resident_id, 0),
            |own| own.masked().to_string(),
        ),
        credit_code_masked: CreditCode::parse(&holder.credit_code).map_or_else(
            |_| hidden(&holder.credit_code, 0),
            |own| own.masked().to_string(),
        ),
        organisation_name: holder.organisation_name,
    }
}

/// Everything but its first eight characters masked.
fn mask_address(address: &str) -> String {
    const SHOWN: usize = 8;
    hidden(address, SHOWN)
}

/// The first characters, the rest hidden.
fn hidden(text: &str, shown: usize) -> String {
    let hide = |(at, c)| if at < shown { c } else { '*' };
    text.chars().enumerate().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-INF-06: of an address the district is shown, of a name the first character.
    #[test]
    fn what_is_personal_is_masked() {
        assert_eq!(
            mask_address("广东省湛江市霞山区人民大道1号"),
            "广东省湛江市霞山*******"
        );
        assert_eq!(mask_address("短地址"), "短地址");
        assert_eq!(hidden("张三丰", 1), "张**");
        assert_eq!(hidden("", 1), "");
    }
}
