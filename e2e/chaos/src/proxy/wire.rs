//! As much of Postgres's protocol as it takes to see a batch go by: messages, and which statement a
//! `Bind` is of.

use std::collections::HashSet;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Every statement that writes the pool's log has this in it.
const LOG: &[u8] = b"INSERT INTO pool_log";
/// More than any message of ours; a length above it is no message.
const LONGEST: usize = 256 << 20;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// What a client says, message by message.
#[derive(Debug, Default)]
pub(super) struct Frontend {
    has_started: bool,
    /// Names of prepared statements that write the log.
    batches: HashSet<Vec<u8>>,
    is_batch: bool,
}

/// Length of a `Sync`.
pub(super) const SYNC: usize = 5;

/// A message of a client, or the messages of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
    /// All that carries a batch out, up to the `Sync` on which the server commits.
    pub(super) is_batch: bool,
}

impl Frontend {
    /// The next message, or batch; none when the client is gone.
    pub(super) async fn next(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<Option<Message>> {
        let Some((mut bytes, mut ends)) = self.message(from).await? else {
            return Ok(None);
        };
        while self.is_batch {
            let Some((more, last)) = self.message(from).await? else {
                return Ok(None);
            };
            bytes.extend(more);
            ends = last;
        }
        Ok(Some(Message {
            bytes,
            is_batch: ends,
        }))
    }

    /// A message, and whether it ends a batch.
    async fn message(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<Option<(Vec<u8>, bool)>> {
        let mut bytes = Vec::new();
        let head = if self.has_started { 5 } else { 4 };
        if read(from, &mut bytes, head).await? < head {
            return Ok(None);
        }
        let length = u32::from_be_bytes([
            bytes[head - 4],
            bytes[head - 3],
            bytes[head - 2],
            bytes[head - 1],
        ]);
        let rest = usize::try_from(length).unwrap_or(LONGEST).saturating_sub(4);
        if rest > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if read(from, &mut bytes, rest).await? < rest {
            return Ok(None);
        }
        let ends_batch = self.has_started && self.look_at(bytes[0], &bytes[5..]);
        if !self.has_started {
            let code = bytes.get(4..8).and_then(|code| code.try_into().ok());
            let code = code.map_or(0, u32::from_be_bytes);
            self.has_started = !matches!(code, SSL_REQUEST | GSS_REQUEST);
        }
        Ok(Some((bytes, ends_batch)))
    }

    fn look_at(&mut self, kind: u8, body: &[u8]) -> bool {
        let mut words = body.split(|byte| *byte == 0);
        match kind {
            b'P' => {
                let name = words.next().unwrap_or_default().to_vec();
                let sql = words.next().unwrap_or_default();
                if sql.windows(LOG.len()).any(|part| part == LOG) {
                    self.batches.insert(name);
                } else {
                    self.batches.remove(&name);
                }
            }
            b'B' => {
                let name = words.nth(1).unwrap_or_default();
                self.is_batch |= self.batches.contains(name);
            }
            b'S' => return std::mem::take(&mut self.is_batch),
            _ => {}
        }
        false
    }
}

async fn read(
    from: &mut (impl AsyncRead + Unpin),
    into: &mut Vec<u8>,
    count: usize,
) -> io::Result<usize> {
    let limit = u64::try_from(count).unwrap_or(u64::MAX);
    from.take(limit).read_to_end(into).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_batch_is_seen_whole_and_nothing_else_is_one() {
        let startup = [&9_u32.to_be_bytes()[..], &196_608_u32.to_be_bytes(), b"\0"].concat();
        let ssl = [&8_u32.to_be_bytes()[..], &SSL_REQUEST.to_be_bytes()].concat();
        let stream = [
            ssl,
            startup,
            message(
                b'P',
                b"one\0WITH a AS (INSERT INTO pool_log VALUES (1))\0\0\0",
            ),
            message(b'P', b"two\0SELECT 1\0\0\0"),
            message(b'S', b""),
            message(b'B', b"\0two\0\0\0"),
            message(b'S', b""),
            message(b'B', b"\0one\0\0\0"),
            message(b'E', b"\0\0\0\0\0"),
            message(b'S', b""),
            message(b'S', b""),
        ]
        .concat();
        let (mut from, mut frontend, mut seen) = (&stream[..], Frontend::default(), Vec::new());
        while let Some(message) = frontend.next(&mut from).await.unwrap() {
            seen.push(message);
        }
        let batches: Vec<_> = seen.iter().filter(|message| message.is_batch).collect();
        assert_eq!((seen.len(), batches.len()), (9, 1));
        assert!(batches[0].bytes.starts_with(b"B") && batches[0].bytes.ends_with(b"S\0\0\0\x04"));
        assert_eq!(
            seen.iter()
                .flat_map(|message| message.bytes.clone())
                .count(),
            stream.len()
        );
    }
}
