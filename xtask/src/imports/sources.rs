//! What a service's rooms may name, read from the sources.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::files::rust_files;

/// Rooms by the start of their name, and what they must not name.
const ROOMS: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &["sqlx", "tonic", "async_nats", "tokio"],
        "rules are pure: no database, no wire",
    ),
    ("grpc", &["sqlx"], "a door decodes, calls and encodes"),
    ("events", &["sqlx"], "a door decodes, calls and encodes"),
    (
        "store",
        &["xuanhao_proto"],
        "rows are ours, messages are the callers'",
    ),
];

/// One sentence for each line below `src` that names what its room must not.
pub(super) fn complaints(root: &Path, src: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in rust_files(src)? {
        let inside = path.strip_prefix(src).unwrap_or(&path);
        let Some(room) = inside.iter().next().and_then(|part| part.to_str()) else {
            continue;
        };
        for (start, banned, why) in ROOMS.iter().filter(|(start, ..)| room.starts_with(start)) {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let shown = path.strip_prefix(root).unwrap_or(&path).display();
            found.extend(named(&text, banned).map(|(line, word)| {
                format!("{shown}:{line}: `{start}` must not name `{word}` ({why})")
            }));
        }
    }
    Ok(found)
}

/// Line number and word of each naming outside comments.
fn named<'a>(
    text: &'a str,
    banned: &'a [&'static str],
) -> impl Iterator<Item = (usize, &'static str)> + 'a {
    text.lines().enumerate().flat_map(move |(index, line)| {
        let code = line.split_once("//").map_or(line, |(code, _)| code);
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut words = words.collect::<Vec<_>>();
        words.dedup();
        let hits = banned.iter().filter(move |word| words.contains(word));
        hits.map(move |word| (index + 1, *word))
    })
}

#[cfg(test)]
mod tests {
    use xuanhao_servers::{Home, Scratch};

    use super::*;

    /// A service with one file, and what is complained of.
    fn check(file: &str, text: &str) -> Vec<String> {
        let scratch = Scratch::new(&Home::discover().unwrap(), "imports").unwrap();
        let path = scratch.path().join("src").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        complaints(scratch.path(), &scratch.path().join("src")).unwrap()
    }

    #[test]
    fn a_room_that_names_what_it_must_not_is_refused_with_its_line() {
        let found = check("domain/plate.rs", "use std::fmt;\nuse sqlx::PgPool;\n");
        assert_eq!(
            found,
            ["src/domain/plate.rs:2: `domain` must not name `sqlx` \
              (rules are pure: no database, no wire)"]
        );
        assert_eq!(
            check(
                "domain.rs",
                "async fn f() { tokio::task::yield_now().await }"
            )
            .len(),
            1
        );
        assert_eq!(check("grpc.rs", "type Pool = sqlx::PgPool;").len(), 1);
        assert_eq!(check("events/vehicle.rs", "sqlx::query!(\"\")").len(), 1);
        assert_eq!(
            check("store/application.rs", "use xuanhao_proto::selection::v1;").len(),
            1
        );
    }

    #[test]
    fn a_room_may_do_its_trade_and_comments_may_name_everything() {
        assert!(check("store/plate.rs", "sqlx::query!(\"\")").is_empty());
        assert!(check("grpc.rs", "use xuanhao_proto::selection::v1;").is_empty());
        assert!(check("domain/plate.rs", "//! No sqlx in here.\nlet tokioish = 1;").is_empty());
        assert!(check("app.rs", "use sqlx::PgPool;").is_empty());
    }
}
