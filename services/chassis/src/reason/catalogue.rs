//! Reads the catalogue compiled into the program and fills in parameters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Locale, Param, Reason};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    /// Text by reason code, with `{parameter}` where a value goes.
    pub(super) reasons: BTreeMap<String, String>,
    /// Words that stand for fields, rules and kinds of things.
    pub(super) words: BTreeMap<String, String>,
}

static ZH_CN: LazyLock<Catalogue> =
    LazyLock::new(|| parse(include_str!("../../catalogue/zh-CN.yaml")));
static EN: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("../../catalogue/en.yaml")));

fn parse(yaml: &str) -> Catalogue {
    serde_saphyr::from_str(yaml).expect("the catalogue is part of the program and tested")
}

pub(super) fn of(locale: Locale) -> &'static Catalogue {
    match locale {
        Locale::ZhCn => &ZH_CN,
        Locale::En => &EN,
    }
}

impl Reason {
    /// What to tell the person, parameters filled in. A missing parameter shows as `…`.
    pub fn text(self, locale: Locale, params: &BTreeMap<&'static str, String>) -> String {
        let catalogue = of(locale);
        let mut text = catalogue.reasons[self.code()].clone();
        for (name, param) in self.params() {
            let value = params.get(name).map(String::as_str);
            let shown = match (param, value) {
                (_, None) => "…".to_owned(),
                (Param::Word, Some(word)) => catalogue
                    .words
                    .get(word)
                    .map_or(word, String::as_str)
                    .to_owned(),
                (_, Some(value)) => locale.show(*param, value),
            };
            text = text.replace(&format!("{{{name}}}"), &shown);
        }
        text
    }
}
