//! The ceiling of anything behind our server: the same messages, and no work.

use tonic::Status;
use xuanhao_chassis::lifecycle::BoxError;
use xuanhao_proto::platepool::v1 as pb;

use super::service::{Draws, outcome};
use crate::pool::numbers;

/// Ten numbers that it always tells.
#[derive(Debug)]
pub(super) struct Echo(Vec<String>);

impl Echo {
    pub(super) fn new() -> Result<Self, BoxError> {
        let first = numbers::all(&numbers::MILLION)?.take(10);
        Ok(Self(first.map(|key| key.unpack().1.to_string()).collect()))
    }
}

impl Draws for Echo {
    async fn draw(&self, _: pb::DrawRequest) -> Result<pb::Outcome, Status> {
        let now = xuanhao_chassis::clock::Clock::system().now();
        Ok(outcome(self.0.clone(), now))
    }
}
