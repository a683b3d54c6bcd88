//! Secrets: read from a file, or typed at the terminal without being shown. Never an argument, which
//! every process list and shell history would keep.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::output::bilingual;

/// A secret. Prints as nothing.
pub(crate) struct Secret(String);

impl Secret {
    /// The text, to be sent.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The secret in a file, without the line break at its end; without a file, what is typed at the
/// terminal.
///
/// # Errors
/// When the file cannot be read, or there is no terminal to ask at.
pub(crate) async fn read(file: Option<&Path>, prompt: &str) -> Result<Secret, Failure> {
    match file {
        Some(file) => read_file(file),
        None => ask(prompt).await,
    }
}

/// A new secret: typed twice at a terminal, because nobody sees what is typed.
///
/// # Errors
/// As [`read`], and when the two differ.
pub(crate) async fn read_new(file: Option<&Path>, prompt: &str) -> Result<Secret, Failure> {
    let first = read(file, prompt).await?;
    if file.is_none() {
        let again = ask("再次输入 · again: ").await?;
        if first.expose() != again.expose() {
            return Err(Failure::Here(bilingual("两次输入不一致", "the two differ")));
        }
    }
    Ok(first)
}

fn read_file(file: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::Usage(bilingual(
            "密码文件无法读取",
            &format!("{} cannot be read: {error}", file.display()),
        ))
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(Secret(text.to_owned()))
}

async fn ask(prompt: &str) -> Result<Secret, Failure> {
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|_| {
            Failure::Usage(bilingual(
                "没有终端可供输入密码，请用密码文件选项",
                "there is no terminal to type a password at: name a file with it",
            ))
        })?;
    let line = prompt_hidden(terminal, prompt.to_owned()).await;
    line.map(Secret).map_err(|error| {
        Failure::Here(bilingual(
            "未能读取密码",
            &format!("no password was read: {error}"),
        ))
    })
}

/// Ctrl-C must not leave the terminal mute, so it is waited for beside the line.
async fn prompt_hidden(mut terminal: File, prompt: String) -> io::Result<String> {
    terminal.write_all(prompt.as_bytes())?;
    echo(&terminal, "-echo")?;
    let reader = terminal.try_clone()?;
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(reader).read_line(&mut line).map(|_| line)
    });
    let read = tokio::select! {
        line = line => line.map_err(io::Error::other).flatten(),
        _ = tokio::signal::ctrl_c() => Err(io::ErrorKind::Interrupted.into()),
    };
    echo(&terminal, "echo")?;
    terminal.write_all(b"\n")?;
    let line = read?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Tells the terminal whether to show what is typed.
fn echo(terminal: &File, word: &str) -> io::Result<()> {
    let status = Command::new("stty")
        .arg(word)
        .stdin(Stdio::from(terminal.try_clone()?))
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("stty failed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_line_break_is_no_part_of_a_secret() {
        let folder = xuanhao_testkit::temp_dir();
        let file = folder.path().join("password");
        for (text, secret) in [
            ("a b \n", "a b "),
            ("ab\r\n", "ab"),
            ("ab\n\n", "ab\n"),
            ("ab", "ab"),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read_file(&file).unwrap().expose(), secret);
        }
        assert_eq!(
            read_file(&folder.path().join("none")).unwrap_err().code(),
            2
        );
    }

    #[test]
    fn debug_output_holds_no_secret() {
        assert_eq!(format!("{:?}", Secret("hunter2".to_owned())), "Secret(…)");
    }
}
