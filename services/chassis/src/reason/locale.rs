//! The two languages, and how each writes numbers of seconds, dates and instants.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::Param;

/// A language of the user-facing texts. Chinese comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// `zh-CN`
    #[default]
    ZhCn,
    /// `en`
    En,
}

impl Locale {
    /// Every locale.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// Picks by an `Accept-Language` header; Chinese when it asks for neither language.
    pub fn negotiate(accept_language: &str) -> Self {
        let wishes = accept_language.split(',').filter_map(|item| {
            let (tag, rest) = item.trim().split_once(';').unwrap_or((item.trim(), ""));
            let weight = match rest.trim().strip_prefix("q=") {
                Some(q) => q.trim().parse::<f32>().ok()?,
                None => 1.0,
            };
            let locale = match tag.split('-').next()?.to_ascii_lowercase().as_str() {
                "zh" => Self::ZhCn,
                "en" => Self::En,
                _ => return None,
            };
            (weight > 0.0).then_some((weight, locale))
        });
        // On equal weight the first named wins.
        let best = wishes.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map_or_else(Self::default, |(_, locale)| locale)
    }

    /// Writes a parameter's wire form for people. What is not of its type is shown as it is.
    pub(super) fn show(self, param: Param, value: &str) -> String {
        let shown = match param {
            Param::Text | Param::Word | Param::Count | Param::TimeOfDay => None,
            Param::Seconds => value.parse().ok().map(|seconds| self.seconds(seconds)),
            Param::Date => value.parse().ok().map(|date| self.date(date)),
            Param::Instant => value.parse().ok().map(|instant| self.instant(instant)),
        };
        shown.unwrap_or_else(|| value.to_owned())
    }

    fn seconds(self, seconds: u64) -> String {
        let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
        let units = match self {
            Self::ZhCn => ["小时", "分", "秒"],
            Self::En => [" h", " min", " s"],
        };
        let shown: Vec<String> = parts
            .iter()
            .zip(units)
            .filter(|(part, _)| **part > 0)
            .map(|(part, unit)| format!("{part}{unit}"))
            .collect();
        match (self, shown.is_empty()) {
            (_, true) => format!("0{}", units[2]),
            (Self::ZhCn, false) => shown.concat(),
            (Self::En, false) => shown.join(" "),
        }
    }

    fn date(self, date: civil::Date) -> String {
        match self {
            Self::ZhCn => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Self::En => date.strftime("%-d %B %Y").to_string(),
        }
    }

    fn instant(self, instant: Timestamp) -> String {
        let shanghai = TimeZone::get("Asia/Shanghai").expect("the time zone data is bundled");
        let local = instant.to_zoned(shanghai);
        let time = local.strftime("%H:%M");
        match self {
            Self::ZhCn => format!("{}{time}", self.date(local.date())),
            Self::En => format!("{time} on {} (Beijing time)", self.date(local.date())),
        }
    }
}
