//! The streams that keep facts: declared here, applied by `xuanhao streams apply`, never made by a
//! service at its start.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::Config;

use super::{Bus, Error, Subject, stream_of};

/// What a stream must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Its name.
    pub name: String,
    /// What it keeps.
    pub subjects: Vec<String>,
    /// How long it keeps a message. Shorter than inboxes remember.
    pub max_age: Duration,
    /// How much it keeps at most, in bytes; JetStream reserves that much on each server. Without it
    /// only the age bounds the stream, and the server's own limit.
    pub max_bytes: Option<i64>,
    /// How long a repeated message id is recognised. Longer than a relay's usual outage; the inbox
    /// answers for the rest.
    pub duplicate_window: Duration,
    /// On how many servers it is kept.
    pub replicas: usize,
}

impl StreamSpec {
    /// The stream of a service's facts.
    pub fn of_service(service: &str, replicas: usize) -> Self {
        Self {
            name: stream_of(service),
            subjects: vec![Subject::filter_for_all(service)],
            max_age: Duration::from_secs(14 * 24 * 3600),
            max_bytes: None,
            duplicate_window: Duration::from_secs(2 * 3600),
            replicas,
        }
    }

    fn put_into(&self, config: &mut Config) {
        config.name.clone_from(&self.name);
        config.subjects.clone_from(&self.subjects);
        config.max_age = self.max_age;
        config.max_bytes = self.wire_max_bytes();
        config.duplicate_window = self.duplicate_window;
        config.num_replicas = self.replicas;
    }

    /// −1 is how NATS says "without".
    fn wire_max_bytes(&self) -> i64 {
        self.max_bytes.unwrap_or(-1)
    }

    fn differences(&self, config: &Config) -> Vec<&'static str> {
        let mut subjects = config.subjects.clone();
        subjects.sort_unstable();
        let mut wanted = self.subjects.clone();
        wanted.sort_unstable();
        [
            ("subjects", subjects != wanted),
            ("max_age", config.max_age != self.max_age),
            ("max_bytes", config.max_bytes != self.wire_max_bytes()),
            (
                "duplicate_window",
                config.duplicate_window != self.duplicate_window,
            ),
            ("replicas", config.num_replicas != self.replicas),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// What applying one stream's spec did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The stream.
    pub stream: String,
    /// What was done to it.
    pub change: Change,
}

/// What was done to a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created,
    /// These of its fields differed.
    Updated(Vec<&'static str>),
    /// It was as it must be.
    Unchanged,
}

impl Bus {
    /// Makes streams as their specs say and leaves alone what a spec does not speak of. Deletes
    /// nothing.
    ///
    /// # Errors
    /// When NATS refuses; streams before the refused one are then already applied.
    pub async fn apply_streams(&self, specs: &[StreamSpec]) -> Result<Vec<Applied>, Error> {
        let mut applied = Vec::with_capacity(specs.len());
        for spec in specs {
            let change = self.apply_stream(spec).await?;
            applied.push(Applied {
                stream: spec.name.clone(),
                change,
            });
        }
        Ok(applied)
    }

    async fn apply_stream(&self, spec: &StreamSpec) -> Result<Change, Error> {
        let Some(mut config) = self.stream_config(&spec.name).await? else {
            let mut config = Config {
                storage: jetstream::stream::StorageType::File,
                ..Config::default()
            };
            spec.put_into(&mut config);
            self.jetstream
                .create_stream(config)
                .await
                .map_err(Error::nats("creating a stream"))?;
            return Ok(Change::Created);
        };
        let differences = spec.differences(&config);
        if differences.is_empty() {
            return Ok(Change::Unchanged);
        }
        spec.put_into(&mut config);
        self.jetstream
            .update_stream(config)
            .await
            .map_err(Error::nats("updating a stream"))?;
        Ok(Change::Updated(differences))
    }

    async fn stream_config(&self, name: &str) -> Result<Option<Config>, Error> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().config.clone())),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(refused)
                    if refused.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
                _ => Err(Error::nats("looking up a stream")(error)),
            },
        }
    }
}
