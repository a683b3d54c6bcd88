//! The five notes that stand beside every notice (R-NOTE-01), by the policy in force.

use super::policy::{ChargeOnMiss, Policy};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// Stable word.
    pub(crate) name: &'static str,
    /// For people, Chinese.
    pub(crate) zh: String,
    /// For people, English.
    pub(crate) en: String,
}

/// R-NOTE-01: read the notice; what both counters mean; what follows when both are used up, and when the
/// registration is missed. Every figure is the policy's.
pub(crate) fn warnings(policy: &Policy) -> Vec<Warning> {
    vec![
        Warning {
            name: "read_the_notice",
            zh: "请务必认真阅读业务须知，了解预选号牌的有效期、信息录入要求等内容。".to_owned(),
            en: "Please read the notice carefully: how long a pre-selected number is valid, what you \
                 have to enter, and more."
                .to_owned(),
        },
        compose_counter(policy),
        draw_counter(policy),
        Warning {
            name: "both_used_up",
            zh: "自编选号和随机选号机会均用完后，该车辆不能再在互联网上选号，请到车管所办理选号和注册登记。"
                .to_owned(),
            en: "When both kinds of chances are used up, no number can be selected on the internet for \
                 this vehicle any more; please go to the vehicle office."
                .to_owned(),
        },
        registration_deadline(policy),
    ]
}

fn compose_counter(policy: &Policy) -> Warning {
    let (quota, batch) = (policy.compose.quota, policy.compose.batch_max);
    let (cost_zh, cost_en) = match policy.compose.charge_on_miss {
        ChargeOnMiss::PerWish => (
            "若全部不可选，剩余个数按本次验证的个数扣减",
            "if none of them is free, as many chances are used as numbers were tried",
        ),
        ChargeOnMiss::PerCheck => (
            "若不可选，剩余个数扣减1个",
            "if none of them is free, one chance is used",
        ),
    };
    Warning {
        name: "compose_counter",
        zh: format!(
            "自编选号：每辆车可自编{quota}个号牌，每次最多验证{batch}个；{cost_zh}。用完后该车辆不能再自编选号，页面会显示剩余个数。"
        ),
        en: format!(
            "Composing: {quota} numbers for each vehicle, at most {batch} at once; {cost_en}. When they \
             are used up nothing can be composed for this vehicle any more; the page shows what is left."
        ),
    }
}

fn draw_counter(policy: &Policy) -> Warning {
    let (quota, count) = (policy.draw.quota, policy.draw.count);
    Warning {
        name: "draw_counter",
        zh: format!(
            "随机选号：每辆车可随机{quota}次，每次{count}个号牌，每随机一次扣减1次机会。用完后该车辆不能再随机选号，页面会显示剩余次数。"
        ),
        en: format!(
            "Drawing: {quota} rounds for each vehicle, {count} numbers in a round; each round uses one \
             chance. When they are used up nothing can be drawn for this vehicle any more; the page \
             shows what is left."
        ),
    }
}

fn registration_deadline(policy: &Policy) -> Warning {
    let days = policy.validity.working_days.get();
    let (ban_zh, ban_en) = match policy.lapse.blacklist_years {
        0 => (
            "逾期未办理的，预选号牌失效".to_owned(),
            "if you do not, the number is lost".to_owned(),
        ),
        years => (
            format!("逾期未办理的，将被列入黑名单，不能在互联网上预选号牌，{years}年后自动解除"),
            format!(
                "if you do not, you are put on the blacklist and cannot pre-select on the internet; it \
                 ends by itself after {years} years"
            ),
        ),
    };
    Warning {
        name: "registration_deadline",
        zh: format!("预选成功后，请自次日起{days}个工作日内到车管所办理注册登记；{ban_zh}。"),
        en: format!(
            "After pre-selecting, register at the vehicle office within {days} working days from the \
             next day on; {ban_en}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::tests::{guangdong, hebei};
    use super::*;

    /// R-NOTE-01: five notes in both languages, with the figures of the policy in force.
    #[test]
    fn the_notes_tell_the_policys_figures() {
        let notes = warnings(&guangdong());
        let names: Vec<_> = notes.iter().map(|note| note.name).collect();
        let expected = [
            "read_the_notice",
            "compose_counter",
            "draw_counter",
            "both_used_up",
            "registration_deadline",
        ];
        assert_eq!(names, expected);
        assert!(
            notes
                .iter()
                .all(|note| !note.zh.is_empty() && !note.en.is_empty())
        );
        assert!(notes[1].zh.contains("20个") && notes[1].zh.contains("最多验证5个"));
        assert!(notes[1].en.contains("20 numbers") && notes[1].en.contains("at most 5"));
        assert!(notes[2].zh.contains("5次，每次10个"));
        assert!(notes[4].zh.contains("3个工作日") && notes[4].zh.contains("2年后"));
        let hebei = warnings(&hebei());
        assert!(hebei[1].zh.contains("扣减1个"));
        assert!(hebei[2].en.contains("10 rounds") && hebei[2].en.contains("5 numbers"));
        let mut mild = guangdong();
        mild.lapse.blacklist_years = 0;
        assert!(!warnings(&mild)[4].zh.contains("黑名单"));
    }
}
