//! The documents operators apply: calendars, policies, notices.

use anyhow::Result;
use jiff::civil::Date;
use serde_json::{Value, json};
use xuanhao_vocabulary::{Calendar, OfficeId};

use super::OFFICES;
use crate::PROVINCES;
use crate::yaml::to_yaml;

/// The presets that ship, with their comments.
pub(super) const PRESETS: [(&str, &str); 2] = [
    (
        "guangdong-2023",
        include_str!("../../../../services/selection/presets/guangdong-2023.yaml"),
    ),
    (
        "hebei-2016",
        include_str!("../../../../services/selection/presets/hebei-2016.yaml"),
    ),
];

/// The pool rules of every office here, and the file that holds them beside the documents.
pub(super) const POOL_RULES: &str =
    include_str!("../../../../services/platepool/presets/trial.yaml");
pub(super) const POOL_RULES_FILE: &str = "pool-rules-trial.yaml";

/// The file that holds a preset beside the documents.
pub(super) fn file_of(preset: &str) -> String {
    format!("{preset}.yaml")
}

/// A document to be applied.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) yaml: String,
}

/// All of them for a platform that begins on this day.
pub(super) fn all(today: Date) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for year in [today.year(), today.year() + 1] {
        for province in PROVINCES {
            documents.push(document(
                &format!("calendar-{province}-{year}"),
                &calendar(province, year),
            ));
        }
    }
    for seeded in OFFICES {
        let office = seeded.office;
        OfficeId::parse(office)?;
        let policy = json!({
            "kind": "Policy",
            "offices": [office],
            "policy_file": file_of(seeded.preset),
        });
        documents.push(document(&format!("policy-{office}"), &policy));
        documents.push(document(
            &format!("pool-rules-{office}"),
            &pool_rules(office),
        ));
        documents.push(document(&format!("notice-{office}"), &notice(office)));
    }
    Ok(documents)
}

fn document(name: &str, content: &Value) -> Document {
    Document {
        name: name.to_owned(),
        yaml: to_yaml(content),
    }
}

/// The national announcement, or for a year it does not cover yet: every weekday works. An office
/// would wait for the announcement; a local platform is to work on the last days of a year too.
fn calendar(province: &str, year: i16) -> Value {
    let mut content = json!({ "kind": "Calendar", "province": province, "year": year });
    if Calendar::national().years().any(|known| known == year) {
        content["national"] = true.into();
    } else {
        content["holidays"] = json!([]);
        content["make_up_days"] = json!([]);
    }
    content
}

/// The pool's rules for trials: whoever has just released numbers here wants to choose from them.
fn pool_rules(office: &str) -> Value {
    json!({
        "kind": "PoolRules",
        "offices": [office],
        "rules_file": POOL_RULES_FILE,
    })
}

fn notice(office: &str) -> Value {
    json!({
        "kind": "Notice",
        "offices": [office],
        "title_zh": "新车注册登记预选号牌业务须知",
        "body_zh": "一、预选号牌仅限本人名下新购小型汽车（含新能源汽车）。\n\
                    二、提交的车辆识别代号和选号凭证经短信确认后不得更改。\n\
                    三、自编选号与随机选号的次数以车辆为准，用完后请到车管所现场选号。\n\
                    四、选定号牌后，请在期限内携带预选号凭证办理注册登记；逾期未办理的，2年内不能在互联网上预选号牌。\n",
        "title_en": "Notice on pre-selecting number plates for new vehicles",
        "body_en": "1. For newly bought small vehicles (new energy ones included) in your own name only.\n\
                    2. Once confirmed by SMS, VIN and purchase proof cannot be changed.\n\
                    3. Wishes and draws are counted by vehicle; when they are used up, choose at the office.\n\
                    4. Register within the term with your voucher; if you miss it you cannot pre-select on the internet for 2 years.\n",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_around_are_covered_whether_announced_or_not() {
        let announced = calendar("gd", 2026);
        assert_eq!(announced["national"], true);
        let unknown = calendar("gd", 2090);
        assert_eq!(unknown["holidays"], json!([]));
        let names: Vec<String> = all(jiff::civil::date(2026, 11, 22))
            .unwrap()
            .into_iter()
            .map(|document| document.name)
            .collect();
        assert_eq!(names.len(), 4 + 3 * OFFICES.len(), "{names:?}");
    }
}
