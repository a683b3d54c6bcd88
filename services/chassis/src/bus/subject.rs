//! Subjects and stream names: built and read here only.
//!
//! `xuanhao.<service>.v1.<fact>.<province>.<office or "_">`, where a fact is two words, the thing
//! and what happened to it: `plate.allocated`.

use std::fmt;
use std::str::FromStr;

const ROOT: &str = "xuanhao";
const VERSION: &str = "v1";
const NO_OFFICE: &str = "_";

/// Where a fact is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    service: String,
    fact: String,
    province: String,
    office: Option<String>,
}

/// A subject, or a part of one, that breaks the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a subject of the platform")]
pub struct NotASubject;

impl Subject {
    /// The subject of a `service`'s `fact`.
    ///
    /// # Errors
    /// When a part is not of lower-case letters, digits, `-` and `_`, or the fact is not two words.
    pub fn new(
        service: &str,
        fact: &str,
        province: &str,
        office: Option<&str>,
    ) -> Result<Self, NotASubject> {
        let (thing, happened) = fact.split_once('.').ok_or(NotASubject)?;
        let parts = [service, thing, happened, province]
            .into_iter()
            .chain(office);
        if !parts.into_iter().all(is_word) || office == Some(NO_OFFICE) {
            return Err(NotASubject);
        }
        Ok(Self {
            service: service.to_owned(),
            fact: fact.to_owned(),
            province: province.to_owned(),
            office: office.map(str::to_owned),
        })
    }

    /// The filter for one fact of a service, from everywhere.
    pub(super) fn filter_for(service: &str, fact: &str) -> String {
        format!("{ROOT}.{service}.{VERSION}.{fact}.>")
    }

    /// The filter for every fact of a service, in every version.
    pub(super) fn filter_for_all(service: &str) -> String {
        format!("{ROOT}.{service}.>")
    }

    /// The envelope's `type`: `<service>.v1.<fact>`.
    pub fn event_type(&self) -> String {
        format!("{}.{VERSION}.{}", self.service, self.fact)
    }

    /// The service that publishes it.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The fact, for example `plate.allocated`.
    pub fn fact(&self) -> &str {
        &self.fact
    }

    /// The province's id.
    pub fn province(&self) -> &str {
        &self.province
    }

    /// The office's id, where one is concerned.
    pub fn office(&self) -> Option<&str> {
        self.office.as_deref()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            fact,
            province,
            office,
        } = self;
        let office = office.as_deref().unwrap_or(NO_OFFICE);
        write!(f, "{ROOT}.{service}.{VERSION}.{fact}.{province}.{office}")
    }
}

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let parts: Vec<&str> = text.split('.').collect();
        let [ROOT, service, VERSION, thing, happened, province, office] = parts[..] else {
            return Err(NotASubject);
        };
        let office = Some(office).filter(|office| *office != NO_OFFICE);
        Self::new(service, &format!("{thing}.{happened}"), province, office)
    }
}

/// The name of the stream that keeps a service's facts.
pub fn stream_of(service: &str) -> String {
    format!("{ROOT}-{service}")
}

/// The fact within an envelope's `type`.
pub(super) fn fact_of(event_type: &str) -> Option<&str> {
    let (service, rest) = event_type.split_once('.')?;
    let (version, fact) = rest.split_once('.')?;
    (is_word(service) && version == VERSION).then_some(fact)
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_subject_names_service_fact_and_place() {
        let subject =
            Subject::new("platepool", "plate.allocated", "gd", Some("gd-zhanjiang")).unwrap();
        assert_eq!(
            subject.to_string(),
            "xuanhao.platepool.v1.plate.allocated.gd.gd-zhanjiang"
        );
        assert_eq!(subject.event_type(), "platepool.v1.plate.allocated");
        assert_eq!(fact_of(&subject.event_type()), Some("plate.allocated"));
        let everywhere = Subject::new("identity", "account.registered", "gd", None).unwrap();
        assert_eq!(
            everywhere.to_string(),
            "xuanhao.identity.v1.account.registered.gd._"
        );
        assert_eq!(everywhere.to_string().parse(), Ok(everywhere));
    }

    #[test]
    fn what_could_change_a_subjects_meaning_is_refused() {
        for bad in ["", "a.b", "*", ">", "粤G", "A", "a b"] {
            assert_eq!(
                Subject::new(bad, "x.y", "gd", None),
                Err(NotASubject),
                "{bad}"
            );
            assert_eq!(
                Subject::new("s", "x.y", bad, None),
                Err(NotASubject),
                "{bad}"
            );
            assert_eq!(
                Subject::new("s", "x.y", "gd", Some(bad)),
                Err(NotASubject),
                "{bad}"
            );
        }
        assert_eq!(Subject::new("s", "x", "gd", None), Err(NotASubject));
        assert_eq!(Subject::new("s", "x.y.z", "gd", None), Err(NotASubject));
        assert_eq!("xuanhao.s.v2.x.y.gd._".parse::<Subject>(), Err(NotASubject));
    }

    proptest! {
        #[test]
        fn every_subject_is_read_as_it_was_built(
            service in "[a-z]{1,12}", fact in "[a-z]{1,8}\\.[a-z_]{1,8}",
            province in "[a-z]{2}", office in prop::option::of("[a-z]{2}-[a-z0-9]{1,9}"),
        ) {
            let subject = Subject::new(&service, &fact, &province, office.as_deref()).unwrap();
            prop_assert_eq!(subject.to_string().parse(), Ok(subject));
        }
    }
}
