//! Letting an office go to a successor.

use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::warn;

use super::Writer;
use crate::app::directory::Replica;
use crate::app::handover::{LetGo, let_go};
use crate::domain::state::State;

/// Who is to have the office.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) successor: Replica,
    /// Whether the office is let go.
    pub(crate) done: oneshot::Sender<bool>,
}

impl Writer {
    /// Requests are queued and not decided any more; the office is let go once no statement is on
    /// its way.
    pub(super) fn begin_to_let_go(&mut self) {
        if self.is_on_the_wire() {
            return;
        }
        let Some(epoch) = self.engine.memory().map(State::epoch) else {
            // There is nothing to hand over. Who wants it may try again.
            self.handing_over = None;
            return;
        };
        if let Some(to) = &self.handing_over {
            let (shared, successor) = (Arc::clone(&self.shared), to.successor.clone());
            self.letting_go = Some(Box::pin(let_go(shared, self.office.id, epoch, successor)));
        }
    }

    pub(super) fn leave(&mut self, gone: LetGo) {
        let told = self.handing_over.take();
        let is_gone = match gone {
            LetGo::Gone => true,
            LetGo::Unknown(error) => {
                let error = xuanhao_chassis::error::chain(&error);
                warn!(office = %self.office.id, error, "nobody knows whether the office was let go");
                let effects = self.engine.discard();
                self.obey(effects);
                false
            }
        };
        self.has_ended = is_gone;
        if let Some(to) = told {
            // Who wanted it may have gone.
            _ = to.done.send(is_gone);
        }
    }
}
