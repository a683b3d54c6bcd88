//! The rules of the field, read from their page.

use anyhow::{Result, bail};

/// A row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// `R-SEL-06`.
    pub(super) id: String,
    /// What it says.
    pub(super) text: String,
    /// The sentence it comes from.
    pub(super) source: String,
}

/// Reads every table row that begins with a rule's id.
///
/// # Errors
/// When a row has not three cells, or an id stands twice.
pub(super) fn read(page: &str) -> Result<Vec<Rule>> {
    let mut rules: Vec<Rule> = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| R-")) {
        let cells: Vec<&str> = row
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [id, text, source] = cells[..] else {
            bail!("a rule's row has an id, a rule and a source: {row}");
        };
        if rules.iter().any(|rule| rule.id == id) {
            bail!("{id} stands twice");
        }
        rules.push(Rule {
            id: id.to_owned(),
            text: text.to_owned(),
            source: source.to_owned(),
        });
    }
    if rules.is_empty() {
        bail!("the page has no rules");
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_broken_ones_refused() {
        let page = "# Rules\n| id | rule | source |\n|---|---|---|\n| R-SEL-04 | 2016: 20 chances. | 唐山:20次 |\n";
        let rule = Rule {
            id: "R-SEL-04".to_owned(),
            text: "2016: 20 chances.".to_owned(),
            source: "唐山:20次".to_owned(),
        };
        assert_eq!(read(page).unwrap(), [rule]);
        assert!(read("| R-SEL-04 | no source |").is_err());
        assert!(read(&format!("{page}| R-SEL-04 | again | there |\n")).is_err());
        assert!(read("nothing").is_err());
    }
}
