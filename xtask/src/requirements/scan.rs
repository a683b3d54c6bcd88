//! Finds, in one source file, the comments that name rules and what they belong to.
//!
//! It reads lines, not syntax: a comment belongs to the next line of code below it, and what follows
//! `#[cfg(test)]` is no code that decides anything.

/// What names a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Code that decides.
    Code,
    /// A test.
    Test,
    /// Something that serves tests.
    Aid,
}

/// A comment that names a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// `R-SEL-06`.
    pub(super) rule: String,
    pub(super) kind: Kind,
    /// Line of the comment, from 1.
    pub(super) line: usize,
    /// The item below it, or the module.
    pub(super) item: String,
}

/// Every mention of a rule in a comment of `text`.
pub(super) fn mentions(text: &str, test_file: bool) -> Vec<Mention> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut in_tests = test_file;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("#[cfg(test)]")
            && !lines.get(at + 1).is_some_and(|next| next.ends_with(';'))
        {
            in_tests = true;
        }
        let Some((_, comment)) = line.split_once("//") else {
            continue;
        };
        for rule in ids(comment) {
            let (item, test) = owner(&lines, at);
            let kind = match (test, in_tests) {
                (true, _) => Kind::Test,
                (false, true) => Kind::Aid,
                (false, false) => Kind::Code,
            };
            found.push(Mention {
                rule,
                kind,
                line: at + 1,
                item,
            });
        }
    }
    found
}

/// The rules a text names: `R-`, capitals, `-`, two digits.
fn ids(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .filter(|word| is_id(word))
        .map(str::to_owned)
        .collect()
}

fn is_id(word: &str) -> bool {
    let mut parts = word.split('-');
    let subject = |part: &str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_uppercase());
    let number = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    parts.next() == Some("R")
        && parts.next().is_some_and(subject)
        && parts.next().is_some_and(number)
        && parts.next().is_none()
}

/// The item a comment stands over (or beside), and whether that is a test.
fn owner(lines: &[&str], at: usize) -> (String, bool) {
    if lines[at].starts_with("//!") {
        return ("the module".to_owned(), false);
    }
    if !lines[at].starts_with("//") {
        return (name(lines[at]), false);
    }
    let below = lines[at + 1..].iter();
    let mut test = false;
    for line in below.skip_while(|line| line.starts_with("//")) {
        if line.starts_with("#[") {
            let attribute = line.trim_start_matches("#[");
            let path = attribute.split(['(', ']']).next().unwrap_or_default();
            test |= path.rsplit("::").next() == Some("test");
        } else if !line.is_empty() && !line.starts_with("//") && !line.ends_with(")]") {
            return (name(line), test);
        }
    }
    ("the file".to_owned(), test)
}

/// A line of code by its name: what follows `fn`, `struct` …, or its beginning.
fn name(line: &str) -> String {
    const WORDS: &[&str] = &[
        "fn", "struct", "enum", "trait", "const", "static", "mod", "type", "impl",
    ];
    let mut words = line
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty());
    match words
        .find(|word| WORDS.contains(word))
        .and_then(|_| words.next())
    {
        Some(name) => name.to_owned(),
        None => line.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(rule: &str, kind: Kind, line: usize, item: &str) -> Mention {
        Mention {
            rule: rule.to_owned(),
            kind,
            line,
            item: item.to_owned(),
        }
    }

    #[test]
    fn code_tests_and_their_aids_are_told_apart() {
        let text = "\
//! The column (R-RND-04).
/// The first free one wins (R-SEL-06).
#[derive(Debug)]
pub(crate) struct Round {
    left: u16, // R-SEL-03
}

#[cfg(test)]
mod tests {
    /// R-SEL-06 helps.
    fn aid() {}

    /// R-SEL-06, R-SEL-07: charged.
    /// More of it.
    #[tokio::test(flavor = \"multi_thread\")]
    async fn a_round_is_charged() {}
}
";
        assert_eq!(
            mentions(text, false),
            [
                mention("R-RND-04", Kind::Code, 1, "the module"),
                mention("R-SEL-06", Kind::Code, 2, "Round"),
                mention("R-SEL-03", Kind::Code, 5, "left: u16, // R-SEL-03"),
                mention("R-SEL-06", Kind::Aid, 10, "aid"),
                mention("R-SEL-06", Kind::Test, 13, "a_round_is_charged"),
                mention("R-SEL-07", Kind::Test, 13, "a_round_is_charged"),
            ]
        );
    }

    #[test]
    fn what_only_looks_like_a_rule_is_none() {
        assert_eq!(
            ids("R-SEL-6, R-X, r-sel-06, R-SEL-06a, XR-SEL-06"),
            Vec::<String>::new()
        );
        assert_eq!(ids("(R-DONE-01), R-UI-01."), ["R-DONE-01", "R-UI-01"]);
    }
}
