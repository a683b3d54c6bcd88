//! Templates: what is said to people, in both languages, with named places.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ring::digest;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Values by the name of their place.
pub type Values = BTreeMap<String, String>;

/// The longest value of one place, in characters: an SMS has no room for more.
pub const LONGEST_VALUE: usize = 64;

/// A language a template speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `zh-CN`.
    Chinese,
    /// `en`.
    English,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Reads the tag; `None` if templates do not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "zh-CN" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// One template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    parameters: Vec<String>,
    #[serde(default)]
    secret_parameters: Vec<String>,
    #[serde(rename = "zh-CN")]
    chinese: String,
    en: String,
}

/// Why values do not fit a template. Names the place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A place has no value.
    #[error("a parameter is missing")]
    Missing(String),
    /// A value has no place.
    #[error("a parameter is not the template's")]
    Unknown(String),
    /// A value is longer than [`LONGEST_VALUE`].
    #[error("a parameter is too long")]
    TooLong(String),
    /// A value holds characters that no text is made of.
    #[error("a parameter is not text")]
    NotText(String),
}

impl Misfit {
    /// The place.
    pub fn place(&self) -> &str {
        match self {
            Self::Missing(place)
            | Self::Unknown(place)
            | Self::TooLong(place)
            | Self::NotText(place) => place,
        }
    }
}

impl Template {
    /// The template of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        all().get(name)
    }

    /// Every template with its name, by name.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static Self)> {
        all()
            .iter()
            .map(|(name, template)| (name.as_str(), template))
    }

    /// The text in a language, places and all.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English => &self.en,
        }
    }

    /// By what a provider's approval of the text is recognised: SHA-256, in hexadecimal digits.
    pub fn text_hash(&self, language: Language) -> String {
        let digest = digest::digest(&digest::SHA256, self.text(language).as_bytes());
        hex::encode(digest)
    }

    /// The places in the order in which they first stand in the text: how providers number them.
    pub fn places(&self, language: Language) -> Vec<&str> {
        let mut places = Vec::new();
        let marked = self.text(language).split('{').skip(1);
        for place in marked.filter_map(|part| Some(part.split_once('}')?.0)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// Checks that every place has a value of its own kind, and no value is left over.
    ///
    /// # Errors
    /// The first misfit.
    pub fn check(&self, values: &Values, secrets: &Values) -> Result<(), Misfit> {
        for (places, values) in [
            (&self.parameters, values),
            (&self.secret_parameters, secrets),
        ] {
            if let Some(place) = places.iter().find(|place| !values.contains_key(*place)) {
                return Err(Misfit::Missing(place.clone()));
            }
            for (place, value) in values {
                if !places.contains(place) {
                    return Err(Misfit::Unknown(place.clone()));
                }
                if value.chars().count() > LONGEST_VALUE {
                    return Err(Misfit::TooLong(place.clone()));
                }
                if value.chars().any(char::is_control) {
                    return Err(Misfit::NotText(place.clone()));
                }
            }
        }
        Ok(())
    }

    /// The text with its places filled. A place without a value, as a secret one after sending,
    /// stays empty. What stands in braces within a value is not a place.
    pub fn fill(&self, language: Language, values: &Values, secrets: &Values) -> Zeroizing<String> {
        let mut rest = self.text(language);
        let mut text = Zeroizing::new(String::with_capacity(rest.len() + 2 * LONGEST_VALUE));
        while let Some((before, from)) = rest.split_once('{') {
            let (place, after) = from.split_once('}').unwrap_or((from, ""));
            text.push_str(before);
            text.push_str(
                values
                    .get(place)
                    .or_else(|| secrets.get(place))
                    .map_or("", String::as_str),
            );
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

fn all() -> &'static BTreeMap<String, Template> {
    static TEMPLATES: OnceLock<BTreeMap<String, Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        serde_saphyr::from_str(include_str!("../../templates.yaml"))
            .expect("a test reads the committed templates")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// R-DONE-03: both languages say the same things: their places are the declared parameters.
    #[test]
    fn both_languages_have_every_place() {
        for (name, template) in all() {
            let declared: BTreeSet<&str> = template
                .parameters
                .iter()
                .chain(&template.secret_parameters)
                .map(String::as_str)
                .collect();
            for language in Language::ALL {
                let text = template.text(language);
                assert!(!text.trim().is_empty(), "{name}, {}", language.tag());
                let places: BTreeSet<&str> = template.places(language).into_iter().collect();
                assert_eq!(places, declared, "{name}, {}", language.tag());
            }
            let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(template.chinese.contains(han), "{name} is Chinese");
            assert!(!template.en.contains(han), "{name} is English");
        }
    }

    #[test]
    fn values_must_fit() {
        let template = Template::find("challenge_code").unwrap();
        let (minutes, code) = (values(&[("minutes", "5")]), values(&[("code", "123456")]));
        assert_eq!(template.check(&minutes, &code), Ok(()));
        assert_eq!(
            template.check(&minutes, &Values::new()),
            Err(Misfit::Missing("code".into()))
        );
        // A secret handed over as an ordinary value would be kept.
        let both = values(&[("minutes", "5"), ("code", "123456")]);
        assert_eq!(
            template.check(&both, &Values::new()),
            Err(Misfit::Unknown("code".into()))
        );
        assert_eq!(
            template.check(&both, &code),
            Err(Misfit::Unknown("code".into()))
        );
        let long = values(&[("minutes", &"5".repeat(65))]);
        assert_eq!(
            template.check(&long, &code),
            Err(Misfit::TooLong("minutes".into()))
        );
    }

    #[test]
    fn places_are_filled_once() {
        let template = Template::find("challenge_code").unwrap();
        let (minutes, code) = (
            values(&[("minutes", "{code}")]),
            values(&[("code", "123456")]),
        );
        let text = template.fill(Language::English, &minutes, &code);
        assert!(text.starts_with("123456 is your code"), "{}", *text);
        assert!(
            text.contains("{code} minutes"),
            "a value's braces are no place: {}",
            *text
        );
        assert!(Template::find("nothing").is_none());
    }

    #[test]
    fn places_are_numbered_as_they_stand() {
        let template = Template::find("challenge_code").unwrap();
        assert_eq!(template.places(Language::Chinese), ["code", "minutes"]);
        let hashes = Language::ALL.map(|language| template.text_hash(language));
        assert!(hashes[0] != hashes[1] && hashes[0].len() == 64);
    }
}
