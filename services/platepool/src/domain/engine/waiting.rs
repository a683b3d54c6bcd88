//! Requests that are not decided yet: in the queue, or for want of something that must be read.

use std::collections::{BTreeMap, VecDeque};

use super::Need;
use crate::domain::command::{Request, Resolve};
use crate::domain::ids::ApplicationId;

#[derive(Debug)]
pub(super) struct Waiting<T> {
    pub(super) request: Request,
    pub(super) token: T,
}

#[derive(Debug)]
pub(super) struct WaitingRoom<T> {
    queue: VecDeque<Waiting<T>>,
    for_history: BTreeMap<ApplicationId, Vec<Waiting<T>>>,
    for_operation: BTreeMap<(ApplicationId, u64), Vec<Waiting<T>>>,
    aside: usize,
}

impl<T> Default for WaitingRoom<T> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            for_history: BTreeMap::new(),
            for_operation: BTreeMap::new(),
            aside: 0,
        }
    }
}

impl<T> WaitingRoom<T> {
    pub(super) fn len(&self) -> usize {
        self.queue.len() + self.aside
    }

    pub(super) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn queue(&mut self, waiting: Waiting<T>) {
        self.queue.push_back(waiting);
    }

    pub(super) fn next(&mut self) -> Option<Waiting<T>> {
        self.queue.pop_front()
    }

    /// Puts back what came first, in the order it came.
    pub(super) fn put_back(&mut self, waiting: Vec<Waiting<T>>) {
        for waiting in waiting.into_iter().rev() {
            self.queue.push_front(waiting);
        }
    }

    /// The need, unless it has been told.
    pub(super) fn wait_for_history(
        &mut self,
        application: ApplicationId,
        waiting: Waiting<T>,
    ) -> Option<Need> {
        self.aside += 1;
        let others = self.for_history.entry(application).or_default();
        others.push(waiting);
        (others.len() == 1).then_some(Need::History(application))
    }

    /// The need, unless it has been told.
    pub(super) fn wait_for_operation(
        &mut self,
        resolve: Resolve,
        waiting: Waiting<T>,
    ) -> Option<Need> {
        self.aside += 1;
        let others = self
            .for_operation
            .entry((resolve.application, resolve.op_no))
            .or_default();
        others.push(waiting);
        (others.len() == 1).then_some(Need::Operation(resolve))
    }

    pub(super) fn history_is_known(&mut self, application: ApplicationId) {
        let waiting = self.for_history.remove(&application).unwrap_or_default();
        self.aside -= waiting.len();
        self.queue.extend(waiting);
    }

    pub(super) fn operation_is_known(&mut self, operation: Resolve) -> Vec<T> {
        let key = (operation.application, operation.op_no);
        let waiting = self.for_operation.remove(&key).unwrap_or_default();
        self.aside -= waiting.len();
        waiting.into_iter().map(|waiting| waiting.token).collect()
    }

    /// Puts everybody into the queue: what was being read for them is stale.
    pub(super) fn wait_again(&mut self) {
        let aside = std::mem::take(&mut self.for_history).into_values();
        let aside = aside.chain(std::mem::take(&mut self.for_operation).into_values());
        self.queue.extend(aside.flatten());
        self.aside = 0;
    }

    /// Everybody who waits, and nobody waits any more.
    pub(super) fn everybody(&mut self) -> Vec<Waiting<T>> {
        self.wait_again();
        self.queue.drain(..).collect()
    }
}
