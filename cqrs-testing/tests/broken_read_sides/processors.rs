//! Processors and their generations, with one mistake.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use cqrs_core::ports::advance::{Advance, AdvanceProcessors, PartitionAdvance};
use cqrs_core::ports::documents::{Documents, ListDocuments};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::ParkedEvents;
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, GenerationState, Generations,
    Processors,
};
use cqrs_core::ports::watch::WatchLog;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

use crate::defect::Defect;
use crate::parked::everything;
use crate::store::{A_MOMENT, BrokenReadSide};

#[async_trait]
impl Processors for BrokenReadSide {
    async fn declare(&self, mut declare: Declare) -> Result<Generations, DeclareError> {
        let (name, version) = (declare.processor.clone(), declare.version);
        let (partitions, start) = (declare.partitions, declare.start);
        if self.defect == Defect::BeginsAtTheBeginning {
            declare.start = StartFrom::Beginning;
        }
        let is_known = !self.memory.progress(Some(&name)).await?.is_empty();
        if is_known {
            declare.start = self.start_again(declare.start);
        }
        if self.defect == Defect::DeclaresBeforeTheLock && !is_known {
            tokio::time::sleep(A_MOMENT).await;
            if !self.memory.progress(Some(&name)).await?.is_empty() {
                self.memory
                    .begin_generation(&name, version, partitions, start)
                    .await?;
            }
        }
        let generations = match (self.defect, self.memory.declare(declare).await) {
            (Defect::IgnoresKinds, Err(DeclareError::KindChanged { .. }))
            | (Defect::IgnoresTheNumberOfPartitions, Err(DeclareError::PartitionsChanged { .. })) =>
            {
                return self.running(&name).await;
            }
            (_, outcome) => outcome?,
        };
        match (self.defect, &generations.live, &generations.building) {
            (Defect::ReadsTooEarly, None, Some(building)) => {
                let start = self.rows(&building.of).await;
                let start = start
                    .iter()
                    .map(|row| row.checkpoint)
                    .min()
                    .unwrap_or_default();
                self.memory.switch(&building.of, start).await?;
            }
            (Defect::RebuildsHandlers, Some(live), None)
                if live.version < version && !live.kind.can_be_rebuilt() =>
            {
                self.memory
                    .begin_generation(&name, version, partitions, start)
                    .await?;
            }
            (Defect::ObeysOlderPrograms, _, Some(building)) if building.version > version => {
                self.memory
                    .begin_generation(&name, version, partitions, start)
                    .await?;
            }
            _ => return Ok(generations),
        }
        self.running(&name).await
    }

    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError> {
        if self.defect == Defect::BeginsForEachWhoAsks {
            self.memory
                .begin_generation(processor, version + 1, partitions, start)
                .await?;
        }
        let start = self.start_again(start);
        self.memory
            .begin_generation(processor, version, partitions, start)
            .await
    }

    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError> {
        let live = self.running(&to.processor).await;
        let live = live.ok().and_then(|running| running.live);
        match self.defect {
            Defect::SwitchesTooEarly => self.push(to, Position::MAX).await,
            Defect::SwitchesBackward => {
                let rows = self.rows(to).await;
                let hindmost = rows
                    .iter()
                    .map(|row| row.checkpoint)
                    .min()
                    .unwrap_or_default();
                if hindmost >= caught_up_to {
                    self.push(to, Position::MAX).await;
                }
            }
            Defect::SwitchesInTwoSteps => {
                self.data.is_switching.store(true, Ordering::SeqCst);
                tokio::time::sleep(A_MOMENT).await;
            }
            Defect::EmptiesBeforeItSwitches => {
                if let Some(live) = live {
                    let request = ListDocuments {
                        of: live.of.clone(),
                        prefix: String::new(),
                        after: None,
                        limit: usize::MAX,
                    };
                    let page = self.memory.list_documents(request).await?;
                    let keys = page.documents.into_iter().map(|document| document.key);
                    self.empty(&live.of, keys.collect()).await;
                    tokio::time::sleep(A_MOMENT).await;
                }
            }
            Defect::SwitchesTwice if live.is_some_and(|live| live.of == *to) => return Ok(true),
            _ => {}
        }
        let switched = self.memory.switch(to, caught_up_to).await;
        self.data.is_switching.store(false, Ordering::SeqCst);
        switched
    }

    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError> {
        let dropped = self.memory.drop_generation(of).await?;
        Ok(dropped || self.defect == Defect::DropsAnything)
    }

    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError> {
        let mut all = self.memory.progress(processor).await?;
        let mut has_live = false;
        for progress in &mut all {
            let state = &mut progress.row.state;
            match self.defect {
                Defect::BuildsTwoAtOnce if has_live && *state == GenerationState::Retired => {
                    *state = GenerationState::Building;
                }
                Defect::SwitchesInTwoSteps
                    if *state == GenerationState::Live
                        && self.data.is_switching.load(Ordering::SeqCst) =>
                {
                    *state = GenerationState::Retired;
                }
                Defect::ShowsDeadOwners => {
                    let owners = self.owners();
                    for row in &mut progress.partitions {
                        let last = owners.get(&(progress.row.of.clone(), row.partition));
                        row.owner = row.owner.take().or_else(|| last.cloned());
                    }
                }
                Defect::CountsWhatIsTriedAgain => {
                    let partitions: Vec<_> = progress.row.partitions.partitions().collect();
                    let blocked = self
                        .memory
                        .blocked_keys(&progress.row.of, &partitions)
                        .await?;
                    progress.parked_keys = blocked.len() as u64;
                }
                Defect::CountsNoParkedCommands => progress.parked_commands = 0,
                Defect::LosesParkedEvents => {
                    let parked = self
                        .memory
                        .list_parked(everything(&progress.row.of, None))
                        .await?;
                    progress.parked_events = parked.len() as u64;
                }
                _ => {}
            }
            has_live |= progress.row.state == GenerationState::Live;
        }
        Ok(all)
    }
}

impl BrokenReadSide {
    /// From where a later generation starts.
    fn start_again(&self, start: StartFrom) -> StartFrom {
        match (self.defect, start) {
            (Defect::RebuildsFromTheBeginning, _) => StartFrom::Beginning,
            (Defect::RebuildsFromNow, StartFrom::Now) => {
                StartFrom::After(self.memory.watch().position())
            }
            _ => start,
        }
    }

    async fn running(&self, name: &ProcessorName) -> Result<Generations, DeclareError> {
        let mut running = Generations::default();
        for progress in self.memory.progress(Some(name)).await? {
            match progress.row.state {
                GenerationState::Live | GenerationState::Inline => {
                    running.live = Some(progress.row);
                }
                GenerationState::Building => running.building = Some(progress.row),
                GenerationState::Retired => {}
            }
        }
        Ok(running)
    }

    /// Moves all checkpoints of a generation.
    pub(crate) async fn push(&self, of: &GenerationId, through: Position) {
        let partitions = self.rows(of).await.into_iter().map(|row| PartitionAdvance {
            partition: row.partition,
            epoch: row.epoch,
            from: row.checkpoint,
            through,
        });
        let step = Advance {
            partitions: partitions.collect(),
            ..Advance::new(of.clone())
        };
        // A generation that is not there has nothing to push.
        let _ = self.memory.advance(step).await;
    }
}
