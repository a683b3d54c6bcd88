//! The documents `xuanctl apply` reads: YAML, several to a file, told apart by `kind`.
//!
//! All are read and checked before the first is sent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use xuanhao_vocabulary::workday::Year;
use xuanhao_vocabulary::{Calendar, OfficeId, ProvinceId};

use crate::failure::Failure;
use crate::output::{bilingual, sentence};

/// A document with where it stands.
#[derive(Debug)]
pub(super) struct Document {
    /// The file and the document's place in it, for messages.
    pub(super) source: String,
    /// What it wants.
    pub(super) wish: Wish,
}

/// What a document wants.
#[derive(Debug)]
pub(super) enum Wish {
    /// Rules of selecting.
    Policy {
        /// The offices they are for.
        offices: Vec<OfficeId>,
        /// The policy as selection takes it.
        yaml: String,
    },
    /// Rules of releasing and of the pool's numbers.
    PoolRules {
        /// The offices they are for.
        offices: Vec<OfficeId>,
        /// The rules as the pool takes them.
        yaml: String,
    },
    /// What citizens agree to.
    Notice(Notice),
    /// Working days of a year.
    Calendar {
        /// The province, if the operator works for several.
        province: Option<ProvinceId>,
        /// The year.
        number: i16,
        /// Its days.
        year: Year,
    },
}

/// A notice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notice {
    pub(super) offices: Vec<OfficeId>,
    pub(super) title_zh: String,
    pub(super) body_zh: String,
    #[serde(default)]
    pub(super) title_en: String,
    #[serde(default)]
    pub(super) body_en: String,
}

/// A policy stands in the document itself or, to keep its comments, in a file of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyDocument {
    offices: Vec<OfficeId>,
    #[serde(default)]
    policy: Option<Value>,
    #[serde(default)]
    policy_file: Option<PathBuf>,
}

/// Pool rules, likewise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolRulesDocument {
    offices: Vec<OfficeId>,
    #[serde(default)]
    rules: Option<Value>,
    #[serde(default)]
    rules_file: Option<PathBuf>,
}

/// A year's days: the national announcement as this program knows it, a file in the vocabulary's text
/// form, or the days themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarDocument {
    #[serde(default)]
    province: Option<ProvinceId>,
    year: i16,
    #[serde(default)]
    national: bool,
    #[serde(default)]
    calendar_file: Option<PathBuf>,
    #[serde(default)]
    holidays: Option<Vec<Date>>,
    #[serde(default)]
    make_up_days: Option<Vec<Date>>,
}

/// Reads the documents of a file.
///
/// # Errors
/// With the first that cannot be used.
pub(super) fn read(file: &Path) -> Result<Vec<Document>, Failure> {
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| wrong(&shown, &error.to_string()))?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|error| {
        let plain = error.without_snippet().to_string();
        wrong(&shown, plain.lines().next().unwrap_or_default())
    })?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let numbered = documents.into_iter().enumerate();
    numbered
        .map(|(index, document)| {
            let source = format!("{shown}#{}", index + 1);
            let wish = wish(document, folder).map_err(|why| wrong(&source, &why))?;
            Ok(Document { source, wish })
        })
        .collect()
}

fn wrong(source: &str, why: &str) -> Failure {
    Failure::Usage(bilingual(
        &format!("{source} 无法使用"),
        &format!("{source} cannot be used: {why}"),
    ))
}

fn wish(mut document: Value, folder: &Path) -> Result<Wish, String> {
    let kind = document
        .as_object_mut()
        .and_then(|fields| fields.remove("kind"));
    match kind.as_ref().and_then(Value::as_str) {
        Some("Policy") => policy(fields(document)?, folder),
        Some("PoolRules") => pool_rules(fields(document)?, folder),
        Some("Notice") => {
            let notice: Notice = fields(document)?;
            some_offices(&notice.offices)?;
            Ok(Wish::Notice(notice))
        }
        Some("Calendar") => calendar(fields(document)?, folder),
        _ => Err("kind is Policy, PoolRules, Notice or Calendar".to_owned()),
    }
}

fn fields<T: DeserializeOwned>(document: Value) -> Result<T, String> {
    serde_json::from_value(document).map_err(|error| error.to_string())
}

fn some_offices(offices: &[OfficeId]) -> Result<(), String> {
    if offices.is_empty() {
        return Err("offices is empty".to_owned());
    }
    Ok(())
}

fn policy(document: PolicyDocument, folder: &Path) -> Result<Wish, String> {
    some_offices(&document.offices)?;
    let yaml = here_or_beside(document.policy, document.policy_file, folder);
    Ok(Wish::Policy {
        offices: document.offices,
        yaml: yaml?.ok_or("either policy or policy_file is wanted")?,
    })
}

fn pool_rules(document: PoolRulesDocument, folder: &Path) -> Result<Wish, String> {
    some_offices(&document.offices)?;
    let yaml = here_or_beside(document.rules, document.rules_file, folder);
    Ok(Wish::PoolRules {
        offices: document.offices,
        yaml: yaml?.ok_or("either rules or rules_file is wanted")?,
    })
}

/// Exactly one of the two; none when both or neither is given.
fn here_or_beside(
    here: Option<Value>,
    file: Option<PathBuf>,
    folder: &Path,
) -> Result<Option<String>, String> {
    match (here, file) {
        (Some(here), None) => {
            let yaml = serde_saphyr::to_string(&here);
            yaml.map(Some).map_err(|error| error.to_string())
        }
        (None, Some(file)) => beside(folder, &file).map(Some),
        _ => Ok(None),
    }
}

fn calendar(document: CalendarDocument, folder: &Path) -> Result<Wish, String> {
    let number = document.year;
    let days = document.holidays.is_some() || document.make_up_days.is_some();
    let of = |calendar: Calendar| {
        BTreeMap::from(calendar)
            .remove(&number)
            .ok_or_else(|| format!("the year {number} is not in it"))
    };
    let year = match (document.national, document.calendar_file, days) {
        (true, None, false) => of(Calendar::national().clone())?,
        (false, Some(file), false) => {
            let text = beside(folder, &file)?;
            of(Calendar::parse(&text).map_err(|finding| sentence(&finding))?)?
        }
        (false, None, true) => Year {
            off: document.holidays.into_iter().flatten().collect(),
            work: document.make_up_days.into_iter().flatten().collect(),
        },
        _ => {
            return Err(
                "one of national, calendar_file, and holidays with make_up_days is wanted"
                    .to_owned(),
            );
        }
    };
    Calendar::default()
        .insert(number, year.clone())
        .map_err(|finding| sentence(&finding))?;
    Ok(Wish::Calendar {
        province: document.province,
        number,
        year,
    })
}

fn beside(folder: &Path, file: &Path) -> Result<String, String> {
    let path = folder.join(file);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Document>, Failure> {
        let folder = xuanhao_testkit::temp_dir();
        let file = folder.path().join("rules.yaml");
        fs::write(&file, text).unwrap();
        fs::write(folder.path().join("preset.yaml"), "# kept\nname: one\n").unwrap();
        fs::write(
            folder.path().join("days.txt"),
            "year 2027\noff 2027-01-01 元旦\n",
        )
        .unwrap();
        read(&file)
    }

    #[test]
    fn documents_are_told_apart_by_kind() {
        let text = "\
kind: Calendar
province: gd
year: 2026
national: true
---
kind: Calendar
year: 2027
calendar_file: days.txt
---
kind: Policy
offices: [gd-zhanjiang, gd-maoming]
policy: {name: two, compose: {quota: 20}, service: {hours: {from: '08:00', to: '20:00'}}}
---
kind: Policy
offices: [gd-zhanjiang]
policy_file: preset.yaml
---
kind: PoolRules
offices: [gd-zhanjiang]
rules: {name: default, release: {notice_h: 72}}
---
kind: Notice
offices: [gd-zhanjiang]
title_zh: 业务须知
body_zh: |
  第一条
  第二条
";
        let documents = read_text(text).unwrap();
        let [national, file, policy, preset, rules, notice] = &documents[..] else {
            panic!("{documents:?}")
        };
        let Wish::Calendar {
            province: Some(province),
            number: 2026,
            year,
        } = &national.wish
        else {
            panic!("{national:?}")
        };
        assert_eq!(province.to_string(), "gd");
        assert!(year.off.contains(&jiff::civil::date(2026, 10, 1)));
        let Wish::Calendar { year, .. } = &file.wish else {
            panic!("{file:?}")
        };
        assert_eq!(year.off.len(), 1);
        let Wish::Policy { offices, yaml } = &policy.wish else {
            panic!("{policy:?}")
        };
        assert_eq!(offices.len(), 2);
        let again: Value = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(
            again,
            serde_json::json!({"name": "two", "compose": {"quota": 20},
                "service": {"hours": {"from": "08:00", "to": "20:00"}}})
        );
        assert!(
            matches!(&preset.wish, Wish::Policy { yaml, .. } if yaml == "# kept\nname: one\n"),
            "a policy in a file keeps its comments"
        );
        assert!(preset.source.ends_with("rules.yaml#4"));
        assert!(
            matches!(&rules.wish, Wish::PoolRules { yaml, .. } if yaml.contains("notice_h: 72")),
            "{rules:?}"
        );
        assert!(
            matches!(&notice.wish, Wish::Notice(notice) if notice.body_zh == "第一条\n第二条\n")
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_before_anything_is_sent() {
        for text in [
            "kind: Wizard\noffices: [gd-zhanjiang]\n",
            "offices: [gd-zhanjiang]\n",
            "- kind: Policy\n",
            "kind: Policy\noffices: [gd-zhanjiang]\n",
            "kind: Policy\noffices: []\npolicy: {name: x}\n",
            "kind: Policy\noffices: [zhanjiang]\npolicy: {name: x}\n",
            "kind: Policy\noffices: [gd-zhanjiang]\npolicy_file: none.yaml\n",
            "kind: Policy\noffices: [gd-zhanjiang]\npolicy: {name: x}\npolicy_file: preset.yaml\n",
            "kind: PoolRules\noffices: [gd-zhanjiang]\n",
            "kind: PoolRules\noffices: [gd-zhanjiang]\nrules: {name: x}\nrules_file: preset.yaml\n",
            "kind: PoolRules\noffices: [gd-zhanjiang]\npolicy: {name: x}\n",
            "kind: Notice\noffices: [gd-zhanjiang]\ntitle_zh: x\n",
            "kind: Notice\noffices: [gd-zhanjiang]\ntitle_zh: x\nbody_zh: y\nbody: z\n",
            "kind: Calendar\nyear: 2026\n",
            "kind: Calendar\nyear: 2099\nnational: true\n",
            "kind: Calendar\nyear: 2026\nnational: true\nholidays: [2026-01-01]\n",
            "kind: Calendar\nyear: 2026\nholidays: [2027-01-01]\n",
            "kind: Calendar\nyear: 2026\nholidays: [tomorrow]\n",
        ] {
            let failure = read_text(text).unwrap_err();
            assert_eq!(failure.code(), 2, "{text}");
        }
    }
}
