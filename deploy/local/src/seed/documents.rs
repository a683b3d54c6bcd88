//! The documents operators apply: calendars, policies, notices.

use anyhow::Result;
use jiff::civil::Date;
use serde_json::{Value, json};
use xuanhao_vocabulary::{Calendar, OfficeId};

use super::OFFICES;
use crate::PROVINCES;
use crate::yaml::to_yaml;

/// The one preset that ships.
const POLICY: &str = include_str!("../../../../services/selection/presets/guangdong-2023.yaml");

/// The file that holds the preset beside the documents.
pub(super) const POLICY_FILE: &str = "guangdong-2023.yaml";

/// A document to be applied.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) yaml: String,
}

/// The preset, with its comments.
pub(super) fn policy() -> &'static str {
    POLICY
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
    for province in PROVINCES {
        let offices: Vec<&str> = OFFICES.iter().map(|seeded| seeded.office).collect();
        let mut own = Vec::new();
        for office in offices {
            if OfficeId::parse(office)?.province().as_str() == province {
                own.push(office);
            }
        }
        let policy = json!({ "kind": "Policy", "offices": own, "policy_file": POLICY_FILE });
        documents.push(document(&format!("policy-{province}"), &policy));
        documents.push(document(&format!("notice-{province}"), &notice(&own)));
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

fn notice(offices: &[&str]) -> Value {
    json!({
        "kind": "Notice",
        "offices": offices,
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
        assert_eq!(names.len(), 8, "{names:?}");
    }
}
