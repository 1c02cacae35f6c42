//! A process manager as a processor: state, commands and timers of an instance in one step (P6).

use std::marker::PhantomData;

use async_trait::async_trait;

use super::command_staging::{Due, Staging};
use super::{
    Effects, KeyOutcome, KeyWork, Processor, ProcessorError, RejectedWork, Routed, RoutedEvent,
    Spec, decode_document, guarded,
};
use crate::domain::process_manager::{ProcessManager, Reaction, Reactions};
use crate::encoding::event::EventSet;
use crate::ports::advance::CancelTimer;
use crate::ports::documents::DocumentWrite;
use crate::ports::processors::ProcessorKind;
use crate::ports::staged::StagedCommand;
use crate::runtime::app::Cqrs;
use crate::runtime::command_set::{CommandSet, Sent, send_staged};
use crate::runtime::known::Known;
use crate::words::event::{Recorded, RecordedEvent};
use crate::words::part::Part;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::processor::TimerName;
use crate::words::run::Run;
use crate::words::staged::{DeliveryId, StagedId};

pub(in crate::runtime) struct ProcessManagerProcessor<P> {
    spec: Spec,
    process_manager: PhantomData<fn() -> P>,
}

impl<P: ProcessManager> ProcessManagerProcessor<P> {
    pub(in crate::runtime) fn new() -> Self {
        let spec = Spec {
            name: P::NAME,
            kind: ProcessorKind::ProcessManager,
            version: 1,
            partitions: P::PARTITIONS,
            start: P::START,
            run: Run::Behind,
            filter: P::Event::filter(),
            knows: Known::add_events::<P::Event>,
            rust_type: std::any::type_name::<P>(),
        };
        Self {
            spec,
            process_manager: PhantomData,
        }
    }
}

#[async_trait]
impl<P: ProcessManager> Processor for ProcessManagerProcessor<P>
where
    P::Command: CommandSet,
{
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn route(&self, recorded: RecordedEvent, routed: &mut Routed) -> Result<(), ProcessorError> {
        routed.add(recorded, |event, keys| {
            if let Some(key) = P::correlate(event) {
                keys.add(&key);
            }
        })
    }

    async fn handle(&self, work: &KeyWork) -> KeyOutcome {
        let mut outcome = KeyOutcome::unchanged(work.document.clone());
        for event in &work.events {
            match react_to_all::<P>(work, event, outcome.document.as_ref()) {
                Ok(steps) => {
                    for step in steps {
                        take(&mut outcome, step, work, event.position);
                    }
                    outcome.done += 1;
                }
                Err(failed) => {
                    outcome.failed = Some(failed);
                    break;
                }
            }
        }
        outcome
    }

    fn sends_commands(&self) -> bool {
        P::Command::CAN_BE_SENT
    }

    async fn send(&self, cqrs: &Cqrs, command: &StagedCommand) -> Sent {
        send_staged::<P::Command>(cqrs, command).await
    }

    async fn rejected(&self, work: RejectedWork) -> KeyOutcome {
        if work.document.is_none() {
            tracing::warn!(
                processor = %self.spec.name,
                key = %work.command.key,
                rejection = %work.rejection,
                "a command of an instance that has ended was rejected"
            );
            return KeyOutcome::default();
        }
        match answer::<P>(&work) {
            Ok(step) => {
                let write = DocumentWrite {
                    key: work.command.key.clone(),
                    content: step.document.clone(),
                    position: work.command.position,
                    is_new: false,
                };
                KeyOutcome {
                    done: 1,
                    document: step.document,
                    write: Some(write),
                    effects: step.effects,
                    failed: None,
                }
            }
            Err(failed) => KeyOutcome {
                failed: Some(failed),
                ..KeyOutcome::unchanged(work.document)
            },
        }
    }
}

/// What one event, or one rejection, has made of an instance.
struct Step {
    document: Option<Payload>,
    effects: Effects,
}

/// All parts of an event, or none when one fails.
fn react_to_all<P: ProcessManager>(
    work: &KeyWork,
    event: &RoutedEvent,
    document: Option<&Payload>,
) -> Result<Vec<Step>, ProcessorError>
where
    P::Command: CommandSet,
{
    let mut steps: Vec<Step> = Vec::with_capacity(1);
    for part in event.typed::<P::Event>() {
        let document = match steps.last() {
            None => document,
            Some(before) => before.document.as_ref(),
        };
        let step = react::<P>(work, part?, document)?;
        steps.push(step);
    }
    Ok(steps)
}

fn react<P: ProcessManager>(
    work: &KeyWork,
    event: &Recorded<P::Event>,
    document: Option<&Payload>,
) -> Result<Step, ProcessorError>
where
    P::Command: CommandSet,
{
    let mut state = decode_document::<P>(document)?;
    let mut reactions = Reactions::at(work.now);
    let state = guarded(|| {
        state.react(event, &mut reactions);
        state
    })?;
    let staging = Staging::because_of(event, &work.key, work.partition);
    let id = DeliveryId::of_part(&P::NAME, event.event_id, event.part, &work.key);
    step(&state, reactions, &staging, |number| id.staged(number))
}

fn answer<P: ProcessManager>(work: &RejectedWork) -> Result<Step, ProcessorError>
where
    P::Command: CommandSet,
{
    let staged = &work.command;
    let command: P::Command = staged
        .command
        .decode()
        .map_err(|error| ProcessorError::coding(&error))?;
    let mut state = decode_document::<P>(work.document.as_ref())?;
    let mut reactions = Reactions::at(work.now);
    let state = guarded(|| {
        state.rejected(&command, &work.rejection, &mut reactions);
        state
    })?;
    let staging = Staging {
        key: &staged.key,
        partition: staged.partition,
        position: staged.position,
        part: Part::WHOLE,
        metadata: staged.metadata.clone(),
    };
    step(&state, reactions, &staging, |number| {
        staged.id.answer(number)
    })
}

fn step<P: ProcessManager>(
    state: &P,
    reactions: Reactions<P::Command>,
    staging: &Staging<'_>,
    id: impl Fn(usize) -> StagedId,
) -> Result<Step, ProcessorError>
where
    P::Command: CommandSet,
{
    let now = reactions.now();
    let mut effects = Effects::default();
    let mut has_ended = false;
    for (number, reaction) in reactions.into_vec().into_iter().enumerate() {
        match reaction {
            Reaction::Send(command) => {
                let staged = staging.stage(id(number), number, &command, Due::Now(now))?;
                effects.staged.push(staged);
            }
            Reaction::SendAt { at, timer, command } => {
                let due = Due::Later(at, timer.clone());
                let staged = staging.stage(id(number), number, &command, due)?;
                effects.forget_timers(timer.as_ref());
                effects.staged.push(staged);
            }
            Reaction::Cancel(timer) => effects.cancel(staging, Some(timer)),
            Reaction::End => {
                has_ended = true;
                effects.cancel(staging, None);
            }
        }
    }
    let document = if has_ended {
        None
    } else {
        let encoded = guarded(|| Payload::encode(state))?;
        Some(encoded.map_err(|error| ProcessorError::coding(&error))?)
    };
    Ok(Step { document, effects })
}

fn take(outcome: &mut KeyOutcome, step: Step, work: &KeyWork, position: Position) {
    // What an earlier event of the batch has staged is not in the store yet: cancelled here, or replaced.
    for cancel in &step.effects.cancelled {
        match &cancel.timer {
            Some(timer) => outcome.effects.forget_timers(Some(timer)),
            None => outcome.effects.staged.retain(|staged| !staged.is_timer),
        }
    }
    for staged in &step.effects.staged {
        outcome.effects.forget_timers(staged.timer.as_ref());
    }
    outcome.effects.cancelled.extend(step.effects.cancelled);
    outcome.effects.staged.extend(step.effects.staged);
    outcome.write = (step.document.is_some() || work.document.is_some()).then(|| DocumentWrite {
        key: work.key.clone(),
        content: step.document.clone(),
        position,
        is_new: work.document.is_none(),
    });
    outcome.document = step.document;
}

impl Effects {
    fn cancel(&mut self, staging: &Staging<'_>, timer: Option<TimerName>) {
        match &timer {
            Some(timer) => self.forget_timers(Some(timer)),
            None => self.staged.retain(|staged| !staged.is_timer),
        }
        self.cancelled.push(CancelTimer {
            key: staging.key.clone(),
            timer,
        });
    }

    /// Forgets a timer that was set before in the same batch.
    fn forget_timers(&mut self, timer: Option<&TimerName>) {
        if timer.is_some() {
            self.staged.retain(|staged| staged.timer.as_ref() != timer);
        }
    }
}
