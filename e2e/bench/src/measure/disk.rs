//! How fast the disk makes things durable: the unit in which every durable figure is read.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::Latencies;

/// What one look cost.
const BUDGET: Duration = Duration::from_secs(1);
/// One page of Postgres.
const BLOCK: [u8; 8_192] = [0x5a; 8_192];

/// A file on the disk that is asked.
#[derive(Debug)]
pub struct Disk(File);

/// What a look at the disk told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The median time of writing 8 KiB and `fdatasync`.
    pub p50: Duration,
    /// How many were done within the second.
    pub count: u64,
}

impl Disk {
    /// Beside the data of what is measured.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn beside(folder: &Path) -> Result<Self> {
        let path = folder.join("fdatasync");
        let mut file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        file.write_all(&BLOCK)?;
        file.sync_all()?;
        Ok(Self(file))
    }

    /// Overwrites the block for a second. Blocks.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn probe(&mut self) -> Result<Probe> {
        let (begin, mut all) = (Instant::now(), Latencies::default());
        while begin.elapsed() < BUDGET {
            let one = Instant::now();
            self.0.seek(SeekFrom::Start(0))?;
            self.0.write_all(&BLOCK)?;
            self.0.sync_data()?;
            all.record(one.elapsed());
        }
        Ok(Probe {
            p50: all.percentile(50.0),
            count: all.count(),
        })
    }
}
