//! An event handler as a processor: runs the user's effects, and stages commands.

use std::time::Duration;

use async_trait::async_trait;

use super::command_staging::{Due, Staging};
use super::{
    Effects, KeyOutcome, KeyWork, Processor, ProcessorError, RejectedWork, Routed, RoutedEvent,
    Spec, guarded_async,
};
use crate::domain::error_policy::FailureKind;
use crate::domain::event_handler::{Delivery, EventHandler};
use crate::encoding::event::EventSet;
use crate::ports::processors::ProcessorKind;
use crate::ports::staged::StagedCommand;
use crate::runtime::app::Cqrs;
use crate::runtime::command_set::{CommandSet, Sent, send_staged};
use crate::runtime::known::Known;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::run::Run;
use crate::words::staged::DeliveryId;

pub(in crate::runtime) struct HandlerProcessor<H> {
    spec: Spec,
    handler: H,
}

impl<H: EventHandler> HandlerProcessor<H> {
    pub(in crate::runtime) fn new(handler: H) -> Self {
        let spec = Spec {
            name: H::NAME,
            kind: ProcessorKind::EventHandler,
            version: 1,
            partitions: H::PARTITIONS,
            start: H::START,
            run: Run::Behind,
            filter: H::Event::filter(),
            knows: Known::add_events::<H::Event>,
            rust_type: std::any::type_name::<H>(),
        };
        Self { spec, handler }
    }

    /// All parts of an event, up to the first that fails. What the parts before it have staged is forgotten then: they are
    /// delivered again with it, under the same ids.
    async fn handle_one(
        &self,
        work: &KeyWork,
        event: &RoutedEvent,
        attempt: u32,
        effects: &mut Effects,
    ) -> Result<(), ProcessorError>
    where
        H::Command: CommandSet,
    {
        let mut staged = Vec::new();
        for part in event.typed::<H::Event>() {
            self.handle_part(work, part?, attempt, &mut staged).await?;
        }
        effects.staged.extend(staged);
        Ok(())
    }

    async fn handle_part(
        &self,
        work: &KeyWork,
        event: &Recorded<H::Event>,
        attempt: u32,
        staged: &mut Vec<StagedCommand>,
    ) -> Result<(), ProcessorError>
    where
        H::Command: CommandSet,
    {
        let id = DeliveryId::of_part(&H::NAME, event.event_id, event.part, &work.key);
        let mut delivery = Delivery::new(id, work.key.clone(), attempt);
        let handled = guarded_async(self.handler.handle(event, &mut delivery));
        let handled = tokio::time::timeout(H::TIMEOUT, handled).await;
        match handled.map_err(|_| timed_out(H::TIMEOUT))?? {
            Ok(()) => {}
            Err(error) => {
                let error: Box<dyn std::error::Error + Send + Sync> = error.into();
                return Err(ProcessorError::failed(&*error));
            }
        }
        let staging = Staging::because_of(event, &work.key, work.partition);
        for (number, command) in delivery.into_staged().iter().enumerate() {
            staged.push(staging.stage(id.staged(number), number, command, Due::Now(work.now))?);
        }
        Ok(())
    }
}

#[async_trait]
impl<H: EventHandler> Processor for HandlerProcessor<H>
where
    H::Command: CommandSet,
{
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn route(&self, recorded: RecordedEvent, routed: &mut Routed) -> Result<(), ProcessorError> {
        routed.add(recorded, |event, keys| keys.add(&H::key(event)))
    }

    async fn handle(&self, work: &KeyWork) -> KeyOutcome {
        let mut outcome = KeyOutcome::default();
        for (index, event) in work.events.iter().enumerate() {
            let attempt = if index == 0 { work.attempts + 1 } else { 1 };
            match self
                .handle_one(work, event, attempt, &mut outcome.effects)
                .await
            {
                Ok(()) => outcome.done += 1,
                Err(failed) => {
                    outcome.failed = Some(failed);
                    break;
                }
            }
        }
        outcome
    }

    fn sends_commands(&self) -> bool {
        H::Command::CAN_BE_SENT
    }

    fn keeps_documents(&self) -> bool {
        false
    }

    fn concurrency(&self) -> usize {
        32
    }

    async fn send(&self, cqrs: &Cqrs, command: &StagedCommand) -> Sent {
        send_staged::<H::Command>(cqrs, command).await
    }

    /// There is nobody to tell: an event handler keeps no state.
    async fn rejected(&self, work: RejectedWork) -> KeyOutcome {
        tracing::warn!(
            processor = %self.spec.name,
            key = %work.command.key,
            position = %work.command.position,
            rejection = %work.rejection,
            "a command that an event handler staged was rejected"
        );
        KeyOutcome::default()
    }
}

fn timed_out(after: Duration) -> ProcessorError {
    ProcessorError {
        kind: FailureKind::TimedOut,
        error: format!("the event handler took longer than {after:?}"),
    }
}
