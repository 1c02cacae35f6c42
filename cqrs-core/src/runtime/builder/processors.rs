//! Adds views, projections, event handlers and process managers to an application.

use std::sync::Arc;
use std::time::Duration;

use super::{BuildError, CqrsBuilder};
use crate::domain::error_policy::ErrorPolicy;
use crate::domain::event_handler::EventHandler;
use crate::domain::process_manager::ProcessManager;
use crate::domain::view::View;
use crate::ports::read_side::ReadSide;
use crate::ports::transactions::Transactions;
use crate::runtime::command_set::CommandSet;
use crate::runtime::processor::Processor;
use crate::runtime::processor::event_handler::HandlerProcessor;
use crate::runtime::processor::process_manager::ProcessManagerProcessor;
use crate::runtime::processor::projection::ProjectionProcessor;
use crate::runtime::processor::view::ViewProcessor;
use crate::runtime::projection::Projection;
use crate::words::node::NodeId;
use crate::words::position::Position;

impl<S: ReadSide> CqrsBuilder<S> {
    /// Keeps this read model.
    pub fn view<V: View>(self) -> Self {
        self.processor(ViewProcessor::<V>::new())
    }

    /// Has this handler do something outside when something has happened.
    pub fn event_handler<H>(self, handler: H) -> Self
    where
        H: EventHandler,
        H::Command: CommandSet,
    {
        self.processor(HandlerProcessor::new(handler))
    }

    /// Runs this process.
    pub fn process_manager<P>(self) -> Self
    where
        P: ProcessManager,
        P::Command: CommandSet,
    {
        self.processor(ProcessManagerProcessor::<P>::new())
    }

    /// What to do when a processor fails at an event: [`RetryThenPark`](crate::domain::error_policy::RetryThenPark) where
    /// nothing is said.
    pub fn error_policy(mut self, policy: impl ErrorPolicy) -> Self {
        self.lanes.policy = Arc::new(policy);
        self
    }

    /// The most events that a processor takes at once: 500 where nothing is said, at least 1. Views and projections that
    /// are far behind take more, up to [`rebuild_batch`](Self::rebuild_batch), as long as a step does not take long.
    pub fn batch(mut self, events: usize) -> Self {
        self.lanes.batch = events.max(1);
        self
    }

    /// The most events that a processor takes at once while a generation is being built, and a view or a projection while
    /// it is far behind: 5,000 where nothing is said, at least 1.
    pub fn rebuild_batch(mut self, events: usize) -> Self {
        self.lanes.rebuild_batch = events.max(1);
        self
    }

    /// Into how many tasks a node shares out the partitions that it holds of a view that is being built: as many as the
    /// machine has cores, but 2 at least and 4 at most, where nothing is said.
    pub fn rebuild_tasks(mut self, tasks: usize) -> Self {
        self.lanes.rebuild_tasks = tasks.max(1);
        self
    }

    /// Keeps generations that were replaced, so that one can go back to them by hand, instead of dropping them.
    pub fn keep_replaced_generations(mut self) -> Self {
        self.lanes.keeps_replaced = true;
        self
    }

    /// How long a node holds its partitions without renewing them: 5 seconds where nothing is said. When a node dies,
    /// others take over after this time.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lanes.lease = lease;
        self
    }

    /// How far behind a processor may be before the [health check](crate::runtime::app::Cqrs::health) tells of it: any
    /// time where nothing is said.
    pub fn longest_lag(mut self, lag: Duration) -> Self {
        self.lanes.longest_lag = Some(lag);
        self
    }

    /// Has event handlers and process managers that have never run here begin after this position, whatever their `START`
    /// says. For a log that was [moved here](crate::runtime::import::Import): what its events lead to was done where it comes from,
    /// and nothing that moves with a log says so. Without this a process manager that starts from the beginning sends its
    /// commands again. Say [`Imported::position`](crate::runtime::import::Imported::position).
    ///
    /// ### Note: instances that have not ended
    /// The states, commands and timers of process managers are no part of a log. Move it when none of them is under way.
    pub fn effects_after(mut self, position: Position) -> Self {
        self.lanes.effects_after = position;
        self
    }

    /// The name of this node, in the status of processors: one that nobody has had before where nothing is said. Two
    /// programs, or two starts of one, must never have the same.
    pub fn node(mut self, node: NodeId) -> Self {
        self.node = node;
        self
    }

    fn processor(mut self, processor: impl Processor + 'static) -> Self {
        let spec = processor.spec().clone();
        (spec.knows)(&mut self.known);
        let first = self
            .processors
            .insert(spec.name.clone(), Arc::new(processor));
        if let Some(first) = first {
            self.mistakes.push(BuildError::ProcessorTwice {
                name: spec.name,
                first: first.spec().rust_type,
                second: spec.rust_type,
            });
        }
        self.read_side = Some(Arc::clone(&self.store) as _);
        self
    }
}

impl<S: Transactions> CqrsBuilder<S> {
    /// Keeps this read model in the user's own tables. The backend is the one that the projection names.
    pub fn projection<P: Projection<S>>(self, projection: P) -> Self {
        let backend = Arc::clone(&self.store);
        self.processor(ProjectionProcessor::new(backend, projection))
    }
}
