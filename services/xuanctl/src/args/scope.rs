//! Where a member of staff acts: a principal speaks for one scope at a time.

use clap::Args;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::word;
use crate::failure::Failure;
use crate::output::bilingual;

/// The scope a principal is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The only one the member has; identity refuses when there is a choice.
    Only,
    /// A whole province.
    Province(ProvinceId),
    /// One office. Roles in its province hold there too.
    Office(OfficeId),
}

impl Scope {
    /// The narrowest scope that holds all the places: one office, or their province.
    ///
    /// # Errors
    /// When they lie in several provinces: no principal speaks for two.
    pub(crate) fn of_all(
        places: impl IntoIterator<Item = (ProvinceId, Option<OfficeId>)>,
    ) -> Result<Self, Failure> {
        let mut found = Self::Only;
        for (province, office) in places {
            let place = office.map_or(Self::Province(province), Self::Office);
            found = match found.province() {
                None => place,
                Some(_) if found == place => place,
                Some(own) if own == province => Self::Province(province),
                Some(_) => {
                    return Err(Failure::Usage(bilingual(
                        "一次只能办理一个省份",
                        "one province at a time",
                    )));
                }
            };
        }
        Ok(found)
    }

    /// The scope of an act on offices.
    ///
    /// # Errors
    /// As [`Scope::of_all`].
    pub(crate) fn of_offices(offices: &[OfficeId]) -> Result<Self, Failure> {
        Self::of_all(
            offices
                .iter()
                .map(|office| (office.province(), Some(*office))),
        )
    }

    /// The province, if the scope names one.
    pub(crate) fn province(self) -> Option<ProvinceId> {
        match self {
            Self::Only => None,
            Self::Province(province) => Some(province),
            Self::Office(office) => Some(office.province()),
        }
    }

    /// The office, if the scope is one.
    pub(crate) fn office(self) -> Option<OfficeId> {
        match self {
            Self::Office(office) => Some(office),
            Self::Only | Self::Province(_) => None,
        }
    }
}

/// The scope, for commands whose subject does not tell it.
#[derive(Debug, Args)]
pub(crate) struct Acting {
    /// 以该省身份办理 · Act in this province; needed when you have roles in several
    #[arg(long, value_parser = word::<ProvinceId>)]
    province: Option<ProvinceId>,
    /// 以该车管所身份办理 · Act in this office; needed when you have roles in several
    #[arg(long, value_parser = word::<OfficeId>, conflicts_with = "province")]
    office: Option<OfficeId>,
}

impl Acting {
    /// The scope chosen.
    pub(crate) fn scope(&self) -> Scope {
        match (self.office, self.province) {
            (Some(office), _) => Scope::Office(office),
            (None, Some(province)) => Scope::Province(province),
            (None, None) => Scope::Only,
        }
    }
}

/// What a list is of: a whole province or one office.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// 省份，例如 gd · A whole province, such as gd
    #[arg(long, value_parser = word::<ProvinceId>)]
    province: Option<ProvinceId>,
    /// 车管所，例如 gd-zhanjiang · One office, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: Option<OfficeId>,
}

impl Place {
    /// The scope to act in.
    pub(crate) fn scope(&self) -> Scope {
        match (self.office, self.province) {
            (Some(office), _) => Scope::Office(office),
            (None, Some(province)) => Scope::Province(province),
            (None, None) => Scope::Only,
        }
    }

    /// Province and office as the contracts take them; the office is empty for the whole province.
    pub(crate) fn texts(&self) -> (String, String) {
        let scope = self.scope();
        let province = scope.province().map(|province| province.to_string());
        let office = scope.office().map(|office| office.to_string());
        (province.unwrap_or_default(), office.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(text: &str) -> OfficeId {
        text.parse().unwrap()
    }

    #[test]
    fn the_narrowest_scope_is_chosen() {
        let (zhanjiang, maoming) = (office("gd-zhanjiang"), office("gd-maoming"));
        let of = |offices: &[OfficeId]| Scope::of_offices(offices).unwrap();
        assert_eq!(of(&[]), Scope::Only);
        assert_eq!(of(&[zhanjiang]), Scope::Office(zhanjiang));
        assert_eq!(of(&[zhanjiang, zhanjiang]), Scope::Office(zhanjiang));
        let whole = Scope::Province(zhanjiang.province());
        assert_eq!(of(&[zhanjiang, maoming]), whole);
        assert_eq!(of(&[zhanjiang, maoming, zhanjiang]), whole);
        assert!(Scope::of_offices(&[zhanjiang, office("he-tangshan")]).is_err());
    }
}
