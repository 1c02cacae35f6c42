//! The courier: sends staged commands that are due, and tells process managers of rejections (P6).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use tracing::Instrument;

use super::events::Recorded;
use super::{Lane, LaneError, LaneState, Step, later};
use crate::domain::error_policy::{ErrorDecision, FailureKind};
use crate::domain::process_manager::Rejection;
use crate::ports::advance::Advance;
use crate::ports::error::StoreError;
use crate::ports::parked::ParkedRequest;
use crate::ports::staged::{DueCommands, PostponeCommand, StagedCommand};
use crate::runtime::app::Cqrs;
use crate::runtime::command_set::Sent;
use crate::runtime::processor::{ProcessorError, RejectedWork};
use crate::words::payload::Payload;

/// How many commands are sent before what became of them is recorded.
const MOST: usize = 256;

/// How many keys are sent for at the same time.
const CONCURRENCY: usize = 32;

/// So many attempts make a command that can't be sent a matter of health.
const STUCK: u32 = 8;

/// What became of a command, or that somebody wants it to be forgotten.
type Outcome = Option<Sent>;

impl Lane {
    /// Sends what is due, and records what became of it. Events are handled meanwhile: only the recording is a step.
    pub(in crate::runtime) async fn deliver(&self, cqrs: &Cqrs) -> Result<Step, LaneError> {
        let now = cqrs.now();
        let partitions: Vec<_> = {
            let mut state = self.state.lock().await;
            self.take_up(&mut state).await?;
            state.held.keys().copied().collect()
        };
        if partitions.is_empty() {
            return Ok(Step::Idle(None));
        }
        let page = self
            .store
            .due_commands(DueCommands {
                of: self.row.of.clone(),
                partitions,
                now,
                limit: MOST,
            })
            .await?;
        if page.commands.is_empty() {
            return Ok(Step::Idle(page.next_due_at));
        }
        let span = tracing::debug_span!(
            "cqrs.processor.commands",
            processor = %self.name(),
            commands = page.commands.len(),
        );
        let sent = self.send_all(cqrs, page.commands).instrument(span).await;
        let mut state = self.state.lock().await;
        self.record_sent(&mut state, sent, cqrs.now()).await?;
        Ok(Step::Moved)
    }

    /// Those of one key one after the other, up to the first that can't be sent.
    async fn send_all(
        &self,
        cqrs: &Cqrs,
        commands: Vec<StagedCommand>,
    ) -> Vec<(StagedCommand, Outcome)> {
        let mut keys: Vec<Vec<StagedCommand>> = Vec::new();
        let mut places = HashMap::new();
        for command in commands {
            let place = *places.entry(command.key.clone()).or_insert_with(|| {
                keys.push(Vec::new());
                keys.len() - 1
            });
            if let Some(of_key) = keys.get_mut(place) {
                of_key.push(command);
            }
        }
        futures::stream::iter(keys)
            .map(|commands| async move {
                let mut sent = Vec::with_capacity(commands.len());
                for command in commands {
                    let outcome = match command.request {
                        Some(ParkedRequest::Discard) => None,
                        _ => Some(self.processor.send(cqrs, &command).await),
                    };
                    let goes_on = !matches!(outcome, Some(Sent::Failed { .. }));
                    sent.push((command, outcome));
                    if !goes_on {
                        break;
                    }
                }
                sent
            })
            .buffer_unordered(CONCURRENCY)
            .collect::<Vec<_>>()
            .await
            .concat()
    }

    async fn record_sent(
        &self,
        state: &mut LaneState,
        sent: Vec<(StagedCommand, Outcome)>,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        let mut advance = Advance::new(self.row.of.clone());
        let mut partitions = Vec::new();
        let mut documents: HashMap<_, Option<Payload>> = HashMap::new();
        for (command, outcome) in sent {
            if !state.held.contains_key(&command.partition) {
                // Another node has it now. It sends the command again, which takes effect once.
                continue;
            }
            partitions.push(command.partition);
            self.measure_sent(outcome.as_ref());
            match outcome {
                Some(Sent::Done) | None => {
                    self.observed.sent(command.id);
                    advance.sent.push(command.id);
                }
                Some(Sent::Failed { error }) => {
                    self.not_sent(&mut advance, &command, error, now)?;
                }
                Some(Sent::Rejected(rejection)) => {
                    self.tell(&mut advance, &mut documents, command, rejection, now)
                        .await?;
                }
            }
        }
        advance.partitions = state.at(&partitions);
        advance
            .documents
            .sort_by(|one, other| one.key.cmp(&other.key));
        match self.record(state, advance, &[]).await? {
            Recorded::Done => Ok(()),
            Recorded::Stale => Ok(self.start_over(state).await?),
            Recorded::Refused(error) | Recorded::Failed(ProcessorError { error, .. }) => {
                Err(StoreError::other(error).into())
            }
        }
    }

    /// Tells the processor of a rejection, and records its answer with it.
    async fn tell(
        &self,
        advance: &mut Advance,
        documents: &mut HashMap<crate::words::document_key::DocumentKey, Option<Payload>>,
        command: StagedCommand,
        rejection: Rejection,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        let (id, key) = (command.id, command.key.clone());
        let document = if let Some(document) = documents.get(&key) {
            document.clone()
        } else {
            let keys = std::slice::from_ref(&key);
            let stored = self.store.load_documents(&self.row.of, keys).await?;
            stored.into_iter().next().map(|stored| stored.content)
        };
        let work = RejectedWork {
            command: command.clone(),
            rejection,
            document,
            now,
        };
        let outcome = self.processor.rejected(work).await;
        if let Some(failed) = outcome.failed {
            // The command stays staged: it is refused again, and the answer is tried again.
            return self.not_sent(advance, &command, failed.error, now);
        }
        if let Some(write) = outcome.write {
            advance.documents.retain(|other| other.key != write.key);
            advance.documents.push(write);
        }
        documents.insert(key, outcome.document);
        self.observed.sent(id);
        advance.sent.push(id);
        advance.cancelled.extend(outcome.effects.cancelled);
        advance.staged.extend(outcome.effects.staged);
        Ok(())
    }

    /// The command was not sent, or its rejection not heard: the policy says what to do.
    fn not_sent(
        &self,
        advance: &mut Advance,
        command: &StagedCommand,
        error: String,
        now: DateTime<Utc>,
    ) -> Result<(), LaneError> {
        let attempts = command.attempts.saturating_add(1);
        let failed = ProcessorError {
            kind: FailureKind::NotSent,
            error,
        };
        let due_at = match self.ask_policy(&command.key, command.position, attempts, &failed) {
            ErrorDecision::Retry { after } => Some(later(now, after)),
            ErrorDecision::Park => None,
            ErrorDecision::Skip => {
                tracing::error!(
                    processor = %self.name(),
                    key = %command.key,
                    position = %command.position,
                    attempts,
                    error = %failed.error,
                    "a staged command is forgotten unsent, as the error policy says"
                );
                self.observed.sent(command.id);
                advance.sent.push(command.id);
                return Ok(());
            }
            ErrorDecision::Stop => {
                return Err(LaneError::Stopped {
                    position: command.position,
                    key: command.key.clone(),
                    error: failed.error,
                });
            }
        };
        if due_at.is_none() {
            tracing::error!(
                processor = %self.name(),
                key = %command.key,
                position = %command.position,
                attempts,
                error = %failed.error,
                "a staged command is parked: somebody has to ask for it to be sent again or discarded"
            );
            self.observed.sent(command.id);
        } else if attempts >= STUCK {
            self.observed.stuck(command.id, command.partition);
        }
        advance.postponed.push(PostponeCommand {
            id: command.id,
            due_at,
            attempts,
            error: failed.error,
        });
        Ok(())
    }

    fn measure_sent(&self, sent: Option<&Sent>) {
        let outcome = match sent {
            Some(Sent::Done) => "done",
            Some(Sent::Rejected(_)) => "rejected",
            Some(Sent::Failed { .. }) => "failed",
            None => "discarded",
        };
        metrics::counter!(
            "cqrs_staged_commands_total",
            "processor" => self.name().to_string(),
            "outcome" => outcome
        )
        .increment(1);
    }
}
