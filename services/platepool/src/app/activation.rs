//! Whether a form of serials is begun too early (GA 36): a warning, never a refusal.

use std::collections::{BTreeMap, BTreeSet};

use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateMask, activation};

use super::App;
use crate::domain::pool_rules::PoolRules;
use crate::error::Error;
use crate::store::segment::Segment;
use crate::store::{allocation, range};

/// What an operator should know before going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable word.
    pub word: &'static str,
    /// What it is about.
    pub parameters: BTreeMap<&'static str, String>,
}

const BELOW_SHARE: &str = "activation_below_share";

impl App {
    /// Warns of every form that the segments begin although less than the rules' share of the one
    /// before it is used, by issuing code and class.
    pub(super) async fn activation_warnings(
        &self,
        segments: &[Segment],
        rules: &PoolRules,
    ) -> Result<Vec<Warning>, Error> {
        let pools: BTreeSet<(PlateClass, IssuingCode)> = segments
            .iter()
            .map(|segment| (segment.class, segment.code))
            .collect();
        let mut warnings = Vec::new();
        for (class, code) in pools {
            let own = |segment: &&Segment| (segment.class, segment.code) == (class, code);
            let begun: Vec<(PlateMask, PlateMask)> = activation::forms(class)
                .into_iter()
                .filter(|form| {
                    let mut own = segments.iter().filter(own);
                    own.any(|segment| segment.mask.overlaps(&form.mask))
                })
                .filter_map(|form| Some((form.mask, form.after?)))
                .collect();
            if begun.is_empty() {
                continue;
            }
            let used = allocation::live_within(self.db().pool(), &[range(class, code)]).await?;
            let used: Vec<_> = used.iter().map(|plate| plate.unpack().1.serial()).collect();
            for (form, before) in begun {
                let taken = used.iter().filter(|serial| before.contains(serial)).count() as u64;
                let needed = u64::from(rules.activation.share_percent);
                if taken * 100 < before.count() * needed {
                    let share = taken * 100 / before.count();
                    warnings.push(Warning {
                        word: BELOW_SHARE,
                        parameters: BTreeMap::from([
                            ("issuing_code", code.to_string()),
                            ("form", form.to_string()),
                            ("before", before.to_string()),
                            ("share", share.to_string()),
                            ("needed", needed.to_string()),
                        ]),
                    });
                }
            }
        }
        Ok(warnings)
    }
}
