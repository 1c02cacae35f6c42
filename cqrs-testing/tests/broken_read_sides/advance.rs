//! Steps, with one mistake.

use std::mem::take;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors, PartitionAdvance};
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::parked::ParkedEvents;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::partition::PartitionCount;

use crate::defect::Defect;
use crate::store::{A_MOMENT, BrokenReadSide};

type Outcome = Result<(), AdvanceError>;

/// When something is written that is not written with its step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    First,
    Later,
}

#[async_trait]
impl AdvanceProcessors for BrokenReadSide {
    async fn advance(&self, mut advance: Advance) -> Outcome {
        self.change(&mut advance).await;
        let first = advance.partitions.first().copied();
        let of = advance.of.clone();
        let outcome = self.advance_otherwise(advance).await;
        match (self.defect, outcome, first) {
            (Defect::StepsBesideTheAppends, Err(AdvanceError::Stale { .. }), _)
                if self.inline().await.contains(&of) =>
            {
                Ok(())
            }
            (Defect::SwallowsStaleSteps, Err(AdvanceError::Stale { .. }), _) => Ok(()),
            (Defect::NamesTheFirstPartition, Err(AdvanceError::Stale { .. }), Some(first)) => {
                Err(AdvanceError::stale(&of, &first))
            }
            (_, outcome, _) => outcome,
        }
    }
}

impl BrokenReadSide {
    async fn advance_otherwise(&self, mut advance: Advance) -> Outcome {
        let inner = &self.memory;
        match self.apart(&mut advance) {
            Some((part, When::First)) => self.write_anyway(part).await,
            Some((part, When::Later)) => {
                inner.advance(advance).await?;
                tokio::time::sleep(A_MOMENT).await;
                self.write_anyway(part).await;
                return Ok(());
            }
            None => {}
        }
        match self.defect {
            Defect::ComparesNoCheckpoints => {
                self.as_it_is(&mut advance.partitions, &advance.of, false, true)
                    .await;
            }
            Defect::ComparesNoEpochs | Defect::KeepsTheEpoch => {
                self.as_it_is(&mut advance.partitions, &advance.of, true, false)
                    .await;
            }
            Defect::ComparesTheFirstPartition => {
                let others = advance.partitions.get_mut(1..).unwrap_or_default();
                self.as_it_is(others, &advance.of, true, true).await;
            }
            Defect::ComparesBeforeTheLock => {
                self.compare(&advance).await?;
                tokio::time::sleep(A_MOMENT).await;
                self.as_it_is(&mut advance.partitions, &advance.of, true, true)
                    .await;
            }
            Defect::MovesPartitionByPartition => {
                for partition in take(&mut advance.partitions) {
                    let step = Advance {
                        partitions: vec![partition],
                        ..Advance::new(advance.of.clone())
                    };
                    inner.advance(step).await?;
                }
                self.write_anyway(advance).await;
                return Ok(());
            }
            Defect::SkipsStepsThatStay => {
                let mut partitions = advance.partitions.iter();
                if partitions.all(|one| one.from == one.through) {
                    return self.compare(&advance).await;
                }
            }
            Defect::KeepsTheLockOfADroppedFuture => {
                while self.data.is_locked.swap(true, Ordering::SeqCst) {
                    tokio::time::sleep(A_MOMENT).await;
                }
                tokio::time::sleep(A_MOMENT).await;
                let outcome = inner.advance(advance).await;
                self.data.is_locked.store(false, Ordering::SeqCst);
                return outcome;
            }
            Defect::KeepsRequests => return self.advance_and_ask_again(advance).await,
            _ => {}
        }
        inner.advance(advance).await
    }

    /// Takes out of a step what is written apart from it.
    fn apart(&self, advance: &mut Advance) -> Option<(Advance, When)> {
        let mut part = Advance::new(advance.of.clone());
        let mut when = When::First;
        match self.defect {
            Defect::WritesDocumentsFirst => part.documents = take(&mut advance.documents),
            Defect::ParksFirst => part.parked = take(&mut advance.parked),
            Defect::UnparksFirst => part.unparked = take(&mut advance.unparked),
            Defect::StagesFirst => part.staged = take(&mut advance.staged),
            Defect::ForgetsSentFirst => part.sent = take(&mut advance.sent),
            Defect::CancelsFirst => part.cancelled = take(&mut advance.cancelled),
            Defect::SharesDocuments => {
                part.of.generation = Generation::FIRST;
                part.documents.clone_from(&advance.documents);
            }
            _ => when = When::Later,
        }
        match self.defect {
            _ if when == When::First => {}
            Defect::WritesDocumentsAfterwards => part.documents = take(&mut advance.documents),
            Defect::WritesHalfOfTheDocumentsLater => {
                part.documents = advance.documents.split_off(advance.documents.len() / 2);
            }
            Defect::CancelsLast => part.cancelled = take(&mut advance.cancelled),
            _ => return None,
        }
        Some((part, when))
    }

    async fn advance_and_ask_again(&self, advance: Advance) -> Outcome {
        let all: Vec<_> = PartitionCount::MAX.partitions().collect();
        let of = advance.of.clone();
        let blocked = self.memory.blocked_keys(&of, &all).await?;
        self.memory.advance(advance).await?;
        for key in blocked {
            if let Some(request) = key.request {
                self.memory.ask(&of, Some(&key.event.key), request).await?;
            }
        }
        Ok(())
    }

    /// Says what is stale, as a careful reader would.
    async fn compare(&self, advance: &Advance) -> Outcome {
        let rows = self.rows(&advance.of).await;
        for one in &advance.partitions {
            let mut rows = rows.iter();
            let fits = rows.any(|row| {
                (row.partition, row.epoch, row.checkpoint) == (one.partition, one.epoch, one.from)
            });
            if !fits {
                return Err(AdvanceError::stale(&advance.of, one));
            }
        }
        Ok(())
    }

    /// Makes a step fit what is there.
    async fn as_it_is(
        &self,
        partitions: &mut [PartitionAdvance],
        of: &GenerationId,
        epochs: bool,
        checkpoints: bool,
    ) {
        for row in self.rows(of).await {
            for one in partitions
                .iter_mut()
                .filter(|one| one.partition == row.partition)
            {
                if epochs {
                    one.epoch = row.epoch;
                }
                if checkpoints {
                    one.from = row.checkpoint;
                }
            }
        }
    }

    /// Writes what a step carries, whoever holds what, and moves nothing.
    pub(crate) async fn write_anyway(&self, mut advance: Advance) {
        loop {
            let rows = self.rows(&advance.of).await;
            let Some(row) = rows.first() else {
                return;
            };
            advance.partitions = vec![PartitionAdvance {
                partition: row.partition,
                epoch: row.epoch,
                from: row.checkpoint,
                through: row.checkpoint,
            }];
            if self.memory.advance(advance.clone()).await.is_ok() {
                return;
            }
        }
    }

    /// Deletes all documents of a generation.
    pub(crate) async fn empty(&self, of: &GenerationId, keys: Vec<DocumentKey>) {
        let deleted = keys.into_iter().map(|key| DocumentWrite {
            key,
            content: None,
            position: cqrs_core::words::position::Position::START,
            is_new: false,
        });
        let of = Advance::new(of.clone());
        self.write_anyway(Advance {
            documents: deleted.collect(),
            ..of
        })
        .await;
    }
}

/// The key without its case.
pub(crate) fn folded(key: &DocumentKey) -> DocumentKey {
    let folded = key.as_str().to_lowercase();
    DocumentKey::new(folded).unwrap_or_else(|_| key.clone())
}
