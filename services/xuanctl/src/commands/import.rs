//! `xuanctl batch import`: numbers in use, from a CSV file to the pool.
//!
//! The whole file is read before anything is sent, so that a bad row is found by its line and not by
//! half an import. It then goes in chunks of a fixed size, numbered by their place in the file: the
//! pool knows a chunk it has taken, so a run that broke off is simply run again.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateNumber;

use super::progress::Progress;
use crate::args::Scope;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::pool::Imported;
use crate::output::{bilingual, complain, sentence};

/// Numbers in a chunk. Changing it breaks the going-on of imports that an older program began.
pub(crate) const CHUNK: usize = 5_000;

/// Bad rows that are told one by one.
const TOLD: usize = 10;

/// The column that holds the numbers.
const COLUMN: &str = "plate";

/// Imports a file.
///
/// # Errors
/// When a row is no plate number (nothing was sent then), or the pool refuses a chunk.
pub(crate) async fn run(
    to: &Connection,
    batch_id: &str,
    file: &Path,
    scope: Scope,
) -> Result<Imported, Failure> {
    let rows = check(file)?;
    let mut sent = Imported {
        rows,
        ..Imported::default()
    };
    let mut progress = Progress::begin(rows);
    let mut client = to.pool()?;
    let mut plates = Rows::open(file)?;
    loop {
        let chunk: Vec<Row> = plates
            .by_ref()
            .take(CHUNK)
            .collect::<Result<_, _>>()
            .map_err(|bad| bad.failure())?;
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
            break;
        };
        let lines = (first.line, last.line);
        // A principal may end while a long import runs, so each chunk gets its own.
        let principal = to.principal(scope).await?;
        let request = call(pb::ImportUsedNumbersRequest {
            batch_id: batch_id.to_owned(),
            chunk_no: sent.chunks,
            plates: chunk.iter().map(|row| row.plate.to_string()).collect(),
        });
        let request = request.principal(&principal).idempotent();
        let answered = client.import_used_numbers(request).await;
        let taken = answered.map_err(|status| {
            progress.broken();
            complain(&bilingual(
                &format!(
                    "第{}至{}行未能确认导入；可重复执行同一命令继续",
                    lines.0, lines.1
                ),
                &format!(
                    "lines {} to {} were not taken; the same command goes on",
                    lines.0, lines.1
                ),
            ));
            Failure::from(status)
        })?;
        let taken = taken.into_inner();
        sent.chunks += 1;
        sent.taken += taken.taken;
        sent.outside += taken.outside;
        progress.after(sent.chunks, chunk.len());
    }
    progress.end();
    Ok(sent)
}

/// Reads the whole file: how many rows it has, all of them plate numbers.
fn check(file: &Path) -> Result<u64, Failure> {
    let (mut rows, mut bad) = (0, Vec::new());
    for row in Rows::open(file)? {
        rows += 1;
        if let Err(row) = row {
            bad.push(row);
        }
        if bad.len() > TOLD {
            break;
        }
    }
    if bad.is_empty() {
        return Ok(rows);
    }
    let mut lines: Vec<_> = bad.iter().take(TOLD).map(BadRow::text).collect();
    if bad.len() > TOLD {
        lines.push("…".to_owned());
    }
    lines.push(bilingual("未导入任何号码", "nothing was imported"));
    Err(Failure::Here(lines.join("\n")))
}

#[derive(Debug)]
struct Row {
    line: u64,
    plate: PlateNumber,
}

#[derive(Debug)]
struct BadRow {
    line: u64,
    why: String,
}

impl BadRow {
    fn text(&self) -> String {
        let line = self.line;
        format!("第{line}行 · line {line}: {}", self.why)
    }

    fn failure(&self) -> Failure {
        Failure::Here(self.text())
    }
}

/// The rows of a file.
struct Rows {
    reader: Reader<UnixLines<File>>,
    column: usize,
}

impl Rows {
    fn open(file: &Path) -> Result<Self, Failure> {
        let unreadable = |error: &dyn std::fmt::Display| {
            Failure::Usage(bilingual(
                "文件无法读取",
                &format!("{} cannot be read: {error}", file.display()),
            ))
        };
        let opened = File::open(file).map_err(|error| unreadable(&error))?;
        let mut reader = ReaderBuilder::new().from_reader(UnixLines::of(opened));
        let header = reader.headers().map_err(|error| unreadable(&error))?;
        let column = header.iter().position(|name| name.trim() == COLUMN);
        let column = column.ok_or_else(|| {
            Failure::Here(bilingual(
                "第1行缺少 plate 列",
                "line 1: there is no column `plate`",
            ))
        })?;
        Ok(Self { reader, column })
    }
}

impl Iterator for Rows {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        let read = self.reader.read_record(&mut record);
        // The reader stands behind the row's line break. Where the row began it does not know when
        // blank lines come before.
        let line = self.reader.position().line().saturating_sub(1);
        match read {
            Ok(false) => return None,
            Ok(true) => {}
            Err(_) => {
                // The error's own text repeats what stands in the row.
                let why = bilingual(
                    "不是 UTF-8 文本，或列数与表头不同",
                    "not UTF-8 text, or not as many columns as the header has",
                );
                return Some(Err(BadRow { line, why }));
            }
        }
        let text = record.get(self.column).unwrap_or_default();
        let row = PlateNumber::parse(text).map(|plate| Row { line, plate });
        Some(row.map_err(|finding| BadRow {
            line,
            why: sentence(&finding),
        }))
    }
}

/// A text whose lines all end with one line feed, the last too: what the CSV reader counts lines by.
struct UnixLines<R> {
    text: R,
    last: u8,
}

impl<R> UnixLines<R> {
    fn of(text: R) -> Self {
        Self { text, last: b'\n' }
    }
}

impl<R: Read> Read for UnixLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.text.read(buffer)?;
            if read == 0 {
                let open = self.last != b'\n' && !buffer.is_empty();
                if open {
                    buffer[0] = b'\n';
                    self.last = b'\n';
                }
                return Ok(open.into());
            }
            let mut kept = 0;
            for at in 0..read {
                if buffer[at] != b'\r' {
                    buffer[kept] = buffer[at];
                    kept += 1;
                }
            }
            if kept > 0 {
                self.last = buffer[kept - 1];
                return Ok(kept);
            }
        }
    }
}
