//! Which steps are done, so that a second start goes on where the first one ended.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::folders::write_private;

/// The record of a platform's one-time steps.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    steps: BTreeMap<String, Step>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Step {
    /// Its request is sent with this id, so that repeating one whose answer was lost is harmless.
    request_id: Uuid,
    done: bool,
    /// What a later step needs to know, such as the id of a batch.
    #[serde(default)]
    result: String,
}

impl Journal {
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let steps = match fs::read(&path) {
            Ok(content) => serde_json::from_slice(&content)
                .with_context(|| format!("reading {}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(Self { path, steps })
    }

    /// Does a step unless it is done already; answers with what it came to.
    pub(crate) fn once(
        &mut self,
        name: &str,
        act: impl FnOnce(Uuid) -> Result<String>,
    ) -> Result<String> {
        let step = match self.steps.get(name) {
            Some(step) if step.done => return Ok(step.result.clone()),
            Some(step) => step.clone(),
            None => self.put(name, new_id(), None)?,
        };
        let result = act(step.request_id)?;
        Ok(self.put(name, step.request_id, Some(result))?.result)
    }

    pub(crate) fn is_done(&self, name: &str) -> bool {
        self.steps.get(name).is_some_and(|step| step.done)
    }

    fn put(&mut self, name: &str, request_id: Uuid, result: Option<String>) -> Result<Step> {
        let step = Step {
            request_id,
            done: result.is_some(),
            result: result.unwrap_or_default(),
        };
        self.steps.insert(name.to_owned(), step.clone());
        write_private(&self.path, &serde_json::to_vec_pretty(&self.steps)?)?;
        Ok(step)
    }
}

/// A fresh id for a request.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this crate stands outside the services and has no chassis; nothing replays its ids"
)]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
