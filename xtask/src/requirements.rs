//! Traceability: from each rule of the field (`docs/rules.md`) to the code that decides it and the tests
//! that prove it. Both name the rule in their comment; a rule without either fails the check.

mod rules;
mod scan;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::files::rust_files;
use crate::say::say;
use rules::Rule;
use scan::{Kind, Mention};

/// Where rules are decided and proved.
const SOURCES: &[&str] = &["services", "deploy", "e2e"];

/// What stands for one rule.
#[derive(Debug, Default)]
struct Trace {
    decided: Vec<String>,
    proved: Vec<String>,
}

/// Prints every rule with its source, code and tests, and checks them.
///
/// # Errors
/// As [`check`].
pub(crate) fn tell(root: &Path) -> Result<()> {
    let rules = read_rules(root)?;
    let (traces, _) = traces(root, &rules)?;
    say(format_args!("{}", page(&rules, &traces)));
    check(root)
}

/// Checks that every rule has its code and its test.
///
/// # Errors
/// When a rule lacks code or tests, or something names a rule that does not exist.
pub(crate) fn check(root: &Path) -> Result<()> {
    let rules = read_rules(root)?;
    let (traces, strangers) = traces(root, &rules)?;
    let complaints = complaints(&rules, &traces, &strangers);
    if complaints.is_empty() {
        say(format_args!(
            "  {} rules, each with the code that decides it and a test that proves it",
            rules.len()
        ));
        return Ok(());
    }
    bail!("{}", complaints.join("\n"))
}

fn read_rules(root: &Path) -> Result<Vec<Rule>> {
    let path = root.join("docs/rules.md");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    rules::read(&text)
}

/// What names each rule, and what names none that exists.
fn traces(root: &Path, rules: &[Rule]) -> Result<(BTreeMap<String, Trace>, Vec<String>)> {
    let mut traces: BTreeMap<String, Trace> = rules
        .iter()
        .map(|rule| (rule.id.clone(), Trace::default()))
        .collect();
    let mut strangers = Vec::new();
    for folder in SOURCES {
        for path in rust_files(&root.join(folder))? {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let shown = path.strip_prefix(root).unwrap_or(&path);
            for mention in scan::mentions(&text, is_test_file(shown)) {
                let place = place(shown, &mention);
                match (traces.get_mut(&mention.rule), mention.kind) {
                    (None, _) => {
                        strangers.push(format!("{place} names {}, which is no rule", mention.rule))
                    }
                    (Some(trace), Kind::Code) => trace.decided.push(place),
                    (Some(trace), Kind::Test) => trace.proved.push(place),
                    (Some(_), Kind::Aid) => {}
                }
            }
        }
    }
    Ok((traces, strangers))
}

fn place(path: &Path, mention: &Mention) -> String {
    format!("{}:{} {}", path.display(), mention.line, mention.item)
}

/// Files that hold tests only.
fn is_test_file(path: &Path) -> bool {
    path.iter().any(|part| part == "tests")
        || path.starts_with("e2e")
        || path.file_name().is_some_and(|name| name == "tests.rs")
}

fn page(rules: &[Rule], traces: &BTreeMap<String, Trace>) -> String {
    let mut page = String::new();
    for rule in rules {
        let trace = &traces[&rule.id];
        writeln!(page, "{}  {}", rule.id, rule.text).expect("a string takes everything");
        writeln!(page, "  source   {}", rule.source).expect("a string takes everything");
        for (word, places) in [("decided", &trace.decided), ("proved", &trace.proved)] {
            for place in places {
                writeln!(page, "  {word:<8} {place}").expect("a string takes everything");
            }
        }
    }
    page
}

fn complaints(
    rules: &[Rule],
    traces: &BTreeMap<String, Trace>,
    strangers: &[String],
) -> Vec<String> {
    let lacking = rules.iter().flat_map(|rule| {
        let trace = &traces[&rule.id];
        let code = trace
            .decided
            .is_empty()
            .then(|| format!("{}: no code names it", rule.id));
        let test = trace
            .proved
            .is_empty()
            .then(|| format!("{}: no test names it", rule.id));
        [code, test].into_iter().flatten()
    });
    lacking.chain(strangers.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str) -> Rule {
        Rule {
            id: id.to_owned(),
            text: "A rule.".to_owned(),
            source: "唐山".to_owned(),
        }
    }

    #[test]
    fn a_rule_without_code_or_test_is_complained_of() {
        let rules = [rule("R-SEL-01"), rule("R-SEL-02")];
        let mut traces: BTreeMap<String, Trace> = BTreeMap::new();
        traces.insert("R-SEL-01".to_owned(), Trace::default());
        let whole = Trace {
            decided: vec!["a.rs:1 f".to_owned()],
            proved: vec!["b.rs:2 g".to_owned()],
        };
        traces.insert("R-SEL-02".to_owned(), whole);
        assert_eq!(
            complaints(
                &rules,
                &traces,
                &["c.rs:3 h names R-SEL-99, which is no rule".to_owned()]
            ),
            [
                "R-SEL-01: no code names it",
                "R-SEL-01: no test names it",
                "c.rs:3 h names R-SEL-99, which is no rule"
            ]
        );
        assert!(page(&rules, &traces).contains("  decided  a.rs:1 f\n  proved   b.rs:2 g\n"));
    }

    #[test]
    fn the_rules_of_this_repository_are_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let rules = read_rules(root).unwrap();
        assert!(rules.len() > 70, "{}", rules.len());
        assert!(rules.iter().all(|rule| !rule.source.is_empty()));
    }
}
