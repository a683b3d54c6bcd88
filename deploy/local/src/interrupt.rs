//! Being told to stop while something takes long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow};

/// Whether a signal came; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// One that never comes by itself.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It comes.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// An error once it came.
    ///
    /// # Errors
    /// When it came.
    pub fn check(&self) -> Result<()> {
        if self.came() {
            return Err(
                anyhow!(std::io::Error::from(std::io::ErrorKind::Interrupted))
                    .context("told to stop"),
            );
        }
        Ok(())
    }
}
