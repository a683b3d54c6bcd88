//! The order in which the forms of serials are taken into use (GA 36).
//!
//! A form is begun once most of the one before it is used up; how much, an office's rules say. The
//! six two-letter forms after the tenth have no order among themselves: each comes after the tenth.
//! New-energy serials have an order in each energy group.

use crate::plate::Form;
use crate::{PlateClass, PlateMask};

const ORDINARY: [&str; 10] = [
    "DDDDD", "LDDDD", "LLDDD", "DLDDD", "DDLDD", "DDDLD", "DDDDL", "LDDDL", "DDDLL", "LDLDD",
];
const ORDINARY_LATER: [&str; 6] = ["LDDLD", "DLLDD", "DLDLD", "DLDDL", "DDLLD", "DDLDL"];
const NEV_SMALL: [[&str; 10]; 2] = [
    [
        "[D]DDDDD", "[D]LDDDD", "ADDDDD", "ALDDDD", "BDDDDD", "BLDDDD", "CDDDDD", "CLDDDD",
        "EDDDDD", "ELDDDD",
    ],
    [
        "FDDDDD", "FLDDDD", "GDDDDD", "GLDDDD", "HDDDDD", "HLDDDD", "JDDDDD", "JLDDDD", "KDDDDD",
        "KLDDDD",
    ],
];
const NEV_LARGE: [[&str; 5]; 2] = [
    ["DDDDD[D]", "DDDDDA", "DDDDDB", "DDDDDC", "DDDDDE"],
    ["DDDDDF", "DDDDDG", "DDDDDH", "DDDDDJ", "DDDDDK"],
];

/// A form of serials of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialForm {
    /// All its serials.
    pub mask: PlateMask,
    /// The form to be used up before it; none for the first.
    pub after: Option<PlateMask>,
}

/// The forms of a class, each after the one before it. Together they hold all serials of the class,
/// each once.
pub fn forms(class: PlateClass) -> Vec<SerialForm> {
    match class.form() {
        Form::Ordinary => {
            let mut forms = chain(&ORDINARY);
            let last = forms.last().map(|form| form.mask.clone());
            forms.extend(ORDINARY_LATER.iter().map(|later| SerialForm {
                mask: mask(later),
                after: last.clone(),
            }));
            forms
        }
        Form::NevSmall => NEV_SMALL.iter().flat_map(|group| chain(group)).collect(),
        Form::NevLarge => NEV_LARGE.iter().flat_map(|group| chain(group)).collect(),
    }
}

fn chain(order: &[&str]) -> Vec<SerialForm> {
    let before = std::iter::once(None).chain(order.iter().map(Some));
    let form = |(text, before): (&&str, Option<&&str>)| SerialForm {
        mask: mask(text),
        after: before.map(|before| mask(before)),
    };
    order.iter().zip(before).map(form).collect()
}

fn mask(text: &str) -> PlateMask {
    PlateMask::parse(text).expect("the table above holds masks")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GA 36: an ordinary issuing letter has 100,000 numbers without letters, 24 times as many
    /// ten thousands with one, 576 times as many thousands with two; the forms are disjoint.
    #[test]
    fn the_forms_hold_every_serial_once() {
        let expected = [
            (PlateClass::Small, 100_000 + 5 * 240_000 + 10 * 576_000),
            (PlateClass::Large, 100_000 + 5 * 240_000 + 10 * 576_000),
            (PlateClass::NevSmall, 10 * (100_000 + 240_000)),
            (PlateClass::NevLarge, 10 * 100_000),
        ];
        for (class, numbers) in expected {
            let forms = forms(class);
            let sum: u64 = forms.iter().map(|form| form.mask.count()).sum();
            assert_eq!(sum, numbers, "{class:?}");
            for (index, form) in forms.iter().enumerate() {
                assert_eq!(form.mask.check_class(class), Ok(()), "{:?}", form.mask);
                let others = forms[..index].iter().map(|other| &other.mask);
                assert!(others.into_iter().all(|other| !other.overlaps(&form.mask)));
            }
        }
    }

    /// GA 36: digits first, then a letter in front; Tangshan's DDLLD is one of the last.
    #[test]
    fn each_form_comes_after_the_one_before() {
        let after = |class, text: &str| {
            let found = forms(class)
                .into_iter()
                .find(|form| form.mask == mask(text));
            found.unwrap().after.map(|mask| mask.to_string())
        };
        assert_eq!(after(PlateClass::Small, "DDDDD"), None);
        assert_eq!(after(PlateClass::Small, "LDDDD").as_deref(), Some("DDDDD"));
        assert_eq!(after(PlateClass::Small, "DDLLD").as_deref(), Some("LDLDD"));
        assert_eq!(
            after(PlateClass::NevSmall, "ADDDDD").as_deref(),
            Some("[D]LDDDD")
        );
        assert_eq!(after(PlateClass::NevSmall, "FDDDDD"), None, "another group");
        assert_eq!(
            after(PlateClass::NevLarge, "DDDDDG").as_deref(),
            Some("DDDDDF")
        );
    }
}
