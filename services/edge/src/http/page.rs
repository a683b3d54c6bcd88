//! Lists: a page's size and where it begins.

use serde::Deserialize;
use utoipa::IntoParams;
use xuanhao_chassis::error::Refusal;

/// Of a list, unless the client says otherwise.
const USUAL: i32 = 20;
/// The most a page holds.
const LARGEST: i32 = 100;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Entries of a page; 20 unless told.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100)]
    page_size: Option<String>,
    /// `next_page_token` of the page before; left out for the first.
    page_token: Option<String>,
}

impl Page {
    pub(super) fn size(&self) -> Result<i32, Refusal> {
        let Some(text) = &self.page_size else {
            return Ok(USUAL);
        };
        let size: i32 = text
            .parse()
            .map_err(|_| Refusal::invalid("page_size", "not_a_number"))?;
        if (1..=LARGEST).contains(&size) {
            Ok(size)
        } else {
            Err(Refusal::invalid("page_size", "out_of_range"))
        }
    }

    pub(super) fn token(self) -> String {
        self.page_token.unwrap_or_default()
    }
}
