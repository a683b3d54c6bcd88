//! Which numbers the measured pools hold.

use anyhow::Result;
use xuanhao_operator::Release;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateKey, PlateMask, PlateNumber};

/// The numbers of an office: an issuing code of it, and masks that have nothing in common.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The office.
    pub office: &'a str,
    /// What stands before the serials.
    pub code: &'a str,
    /// The serials.
    pub masks: &'a [&'a str],
}

/// 1,000,000 numbers.
pub const MILLION: Numbers<'static> = Numbers {
    office: "gd-zhanjiang",
    code: "粤G",
    masks: &["LDDDD", "DLDDD", "DDLDD", "DDDLD", "DDDD[ABCD]"],
};

/// 2,000,000 numbers.
pub const TWO_MILLION: Numbers<'static> = Numbers {
    office: "gd-zhanjiang",
    code: "粤G",
    masks: &[
        "LLDDD",
        "LDLDD",
        "LDDLD",
        "LDDDD",
        "D[ABC]DDD",
        "DD[A]D[01]",
    ],
};

/// 50,000 numbers.
pub const FIFTY_THOUSAND: Numbers<'static> = Numbers {
    office: "gd-maoming",
    code: "粤K",
    masks: &["D[ABCDE]DDD"],
};

impl Numbers<'_> {
    /// Their release, when these of them are in use already.
    #[must_use]
    pub fn release<'a>(&'a self, used: &'a [String]) -> Release<'a> {
        Release {
            office: self.office,
            code: self.code,
            masks: self.masks,
            used,
        }
    }
}

/// All of them, in order.
///
/// # Errors
/// When a mask is malformed.
pub fn all(numbers: &Numbers<'_>) -> Result<impl Iterator<Item = PlateKey> + use<>> {
    let code = IssuingCode::parse(numbers.code)?;
    let mut keys = Vec::new();
    for mask in numbers.masks {
        for serial in PlateMask::parse(mask)?.iter() {
            keys.push(PlateKey::pack(
                PlateClass::Small,
                PlateNumber::new(code, serial),
            )?);
        }
    }
    Ok(keys.into_iter())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_pools_have_as_many_numbers_as_they_say() {
        for (numbers, count) in [
            (&MILLION, 1_000_000),
            (&TWO_MILLION, 2_000_000),
            (&FIFTY_THOUSAND, 50_000),
        ] {
            let keys: HashSet<_> = all(numbers).unwrap().collect();
            assert_eq!(keys.len(), count);
        }
    }
}
