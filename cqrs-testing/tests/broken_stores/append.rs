//! Appending, with one mistake.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome, Appended};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::receipts::NewReceipt;
use cqrs_core::words::position::Position;

use crate::defect::Defect;
use crate::store::BrokenStore;

type Outcome = Result<AppendOutcome, AppendError>;

/// Long enough for other tasks to come in between.
const A_MOMENT: Duration = Duration::from_millis(1);

#[async_trait]
impl AppendEvents for BrokenStore {
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for mut append in batch {
            let behind_a_failure = outcomes
                .iter()
                .any(|(_, outcome): &(_, Outcome)| outcome.is_err());
            if self.defect == Defect::LosesTheTagsBehindAFailure && behind_a_failure {
                let events = append.streams.iter_mut().flat_map(|part| &mut part.events);
                events.for_each(|event| event.tags.clear());
            }
            let stream = append.streams.first().map(|part| part.stream.clone());
            outcomes.push((stream, self.append_one(append).await));
        }
        match self.defect {
            Defect::SortsTheOutcomesOfABatch => outcomes.sort_by(|(a, _), (b, _)| a.cmp(b)),
            Defect::FailsTheWholeBatch if outcomes.iter().any(|(_, outcome)| outcome.is_err()) => {
                let failed =
                    |_| Err(StoreError::other("another append of the batch failed").into());
                return outcomes.into_iter().map(failed).collect();
            }
            _ => {}
        }
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

impl BrokenStore {
    async fn append_one(&self, append: Append) -> Outcome {
        match self.defect {
            Defect::LocksItsOwnProcessOnly => {
                let _guard = self.process.lock.lock().await;
                self.append_checked(append).await
            }
            Defect::KeepsTheLockOfADroppedFuture => {
                while self.process.is_locked.swap(true, Ordering::SeqCst) {
                    tokio::time::sleep(A_MOMENT).await;
                }
                tokio::time::sleep(3 * A_MOMENT).await;
                let outcome = self.append_checked(append).await;
                self.process.is_locked.store(false, Ordering::SeqCst);
                outcome
            }
            _ => self.append_checked(append).await,
        }
    }

    async fn append_checked(&self, append: Append) -> Outcome {
        if self.defect != Defect::ChecksNoLimits {
            self.limits.check(&append)?;
        }
        if let Some(early) = self.defect.makes_early() {
            let answer = self.log().check(early, &append)?;
            if let Some(outcome) = answer {
                return Ok(outcome);
            }
            tokio::time::sleep(A_MOMENT).await;
        }
        let drawn = self.before_the_lock(&append).await?;
        match self.defect {
            Defect::WritesEventByEvent => self.write_event_by_event(append).await,
            Defect::WritesStreamByStream => self.write_stream_by_stream(append),
            Defect::LosesRacingAppends if drawn.is_none() => Ok(acknowledge(&append)),
            _ => self.write(append, drawn),
        }
    }

    /// What should happen while the lock is held, and does not. Positions that were drawn already, if any; none at all
    /// when a race was lost.
    async fn before_the_lock(&self, append: &Append) -> Result<Option<Vec<Position>>, AppendError> {
        let count = append.events().count();
        match self.defect {
            Defect::ReadsAPlainSequence => {
                let drawn: Vec<_> = {
                    let mut log = self.log();
                    (0..count).map(|_| log.draw()).collect()
                };
                let slow = drawn
                    .first()
                    .is_some_and(|first| first.get().is_multiple_of(3));
                if slow {
                    tokio::time::sleep(2 * A_MOMENT).await;
                }
                Ok(Some(drawn))
            }
            Defect::WakesReadersTooEarly => {
                let end = self.log().end().get() + count as u64;
                self.settle(Position::new(end).expect("a valid position"));
                tokio::time::sleep(A_MOMENT).await;
                Ok(Some(Vec::new()))
            }
            Defect::FailsRacingAppends | Defect::LosesRacingAppends => {
                let Some(part) = append.streams.first() else {
                    return Ok(Some(Vec::new()));
                };
                let before = self.log().version(&part.stream);
                tokio::time::sleep(A_MOMENT).await;
                let moved = self.log().version(&part.stream) != before;
                match self.defect {
                    Defect::FailsRacingAppends if moved => {
                        Err(StoreError::Retryable("somebody else was faster".into()).into())
                    }
                    _ => Ok((!moved).then(Vec::new)),
                }
            }
            _ => Ok(Some(Vec::new())),
        }
    }

    fn write(&self, mut append: Append, drawn: Option<Vec<Position>>) -> Outcome {
        let mut log = self.log();
        for check in self.defect.checks() {
            match log.check(check, &append) {
                Ok(None) => {}
                Ok(Some(outcome)) => return Ok(outcome),
                Err(AppendError::Conflict { .. }) if self.defect == Defect::DropsRowsOnConflict => {
                    return Ok(acknowledge(&append));
                }
                Err(error) => {
                    if self.defect == Defect::KeepsReceiptsOfFailedAppends {
                        let mut receipt_alone = append;
                        receipt_alone.streams.clear();
                        log.record(receipt_alone, Vec::new());
                    }
                    return Err(error);
                }
            }
        }
        if self.defect == Defect::KeepsReceiptsAfterTheReply {
            self.keep_afterwards(std::mem::take(&mut append.receipts));
        }
        let count = append.events().count();
        let mut positions = drawn.unwrap_or_default();
        while positions.len() < count {
            positions.push(log.draw());
        }
        if self.defect == Defect::OrdersTheLogOtherwiseThanStreams {
            positions.reverse();
        }
        let appended = log.record(append, positions);
        self.settle(log.end());
        Ok(AppendOutcome::Recorded(appended))
    }

    /// Nobody waits for it, so that it is not done when the process ends.
    fn keep_afterwards(&self, receipts: Vec<NewReceipt>) {
        let store = self.clone();
        let mut receipt_alone = Append::new();
        receipt_alone.receipts = receipts;
        tokio::spawn(async move {
            tokio::time::sleep(100 * A_MOMENT).await;
            store.log().record(receipt_alone, Vec::new());
        });
    }

    fn write_stream_by_stream(&self, append: Append) -> Outcome {
        let mut log = self.log();
        let mut appended = Appended::new(Position::START, Vec::new());
        for part in append.streams {
            log.check_version(&part)?;
            for event in part.events {
                appended.position = log.draw();
                log.push(&part.stream, event, appended.position);
            }
            let version = log.version(&part.stream);
            appended.streams.push((part.stream, version));
        }
        self.settle(log.end());
        Ok(AppendOutcome::Recorded(appended))
    }

    async fn write_event_by_event(&self, append: Append) -> Outcome {
        for check in self.defect.checks() {
            let answer = self.log().check(check, &append)?;
            if let Some(outcome) = answer {
                return Ok(outcome);
            }
        }
        let mut appended = Appended::new(Position::START, Vec::new());
        for part in append.streams {
            for event in part.events {
                {
                    let mut log = self.log();
                    appended.position = log.draw();
                    log.push(&part.stream, event, appended.position);
                    self.settle(log.end());
                }
                tokio::time::sleep(A_MOMENT).await;
            }
            let version = self.log().version(&part.stream);
            appended.streams.push((part.stream, version));
        }
        Ok(AppendOutcome::Recorded(appended))
    }
}

/// Says that everything is recorded.
fn acknowledge(append: &Append) -> AppendOutcome {
    let streams = append.streams.iter();
    let streams = streams.map(|part| {
        (
            part.stream.clone(),
            cqrs_core::words::version::StreamVersion::FIRST,
        )
    });
    AppendOutcome::Recorded(Appended::new(Position::START, streams.collect()))
}
