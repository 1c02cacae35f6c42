//! How a generation becomes inline: the store makes it so when it has seen everything, and the lanes go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use super::Processing;
use crate::ports::error::StoreError;
use crate::ports::processors::{GenerationProgress, GenerationRow, GenerationState};
use crate::ports::read_log::LogRead;
use crate::runtime::app::Cqrs;
use crate::runtime::lane::{Lane, LaneError, Step};
use crate::words::processor::ProcessorName;
use crate::words::run::Run;

/// How long a generation is left to the runners after it has ceased to be inline: whoever appends without knowing it will
/// do so again.
const REST: Duration = Duration::from_secs(1);

impl Lane {
    /// Whether the appends are to write this generation, and don't yet.
    pub(in crate::runtime) fn is_to_be_inline(&self) -> bool {
        self.processor().spec().run == Run::Inline && !self.slices().is_inline()
    }
}

impl Processing {
    /// Prepares the inline generations of a processor, and makes one inline at once if it has seen everything: where
    /// nothing was recorded yet, no runner is needed.
    pub(super) async fn begin_inline(&self, name: &ProcessorName) -> Result<(), StoreError> {
        let generations = self.generations(name);
        for row in generations.building.iter().chain(&generations.live) {
            let Some(lane) = self.lane(&row.of) else {
                continue;
            };
            if lane.processor().spec().run != Run::Inline {
                continue;
            }
            lane.prepare().await?;
            let is_due = lane.is_to_be_inline() && self.too_early_for_inline(name).is_none();
            if is_due && self.has_seen_everything(row).await? {
                self.make_inline(&lane).await?;
            }
        }
        Ok(())
    }

    /// How long to wait before a generation is made inline again that has ceased to be.
    pub(in crate::runtime) fn too_early_for_inline(
        &self,
        name: &ProcessorName,
    ) -> Option<Duration> {
        let left = *self.known().left_inline.get(name)?;
        REST.checked_sub(left.elapsed())
            .filter(|rest| !rest.is_zero())
    }

    /// Makes the lane's generation inline, if that is possible; says whether it did. Meanwhile the lane comes through what
    /// is left, which is what the store waits for.
    pub(in crate::runtime) async fn try_inline(
        &self,
        cqrs: &Cqrs,
        lane: &Arc<Lane>,
    ) -> Result<bool, LaneError> {
        let Ok(_making) = self.making_inline.try_lock() else {
            return Ok(false);
        };
        if !lane.is_to_be_inline() {
            return Ok(false);
        }
        lane.prepare().await?;
        if self.has_parked(lane).await? {
            // Until somebody has dealt with them it is read as it is, behind the log.
            let seen = lane.seen().await;
            return Ok(self.try_switch(lane, seen).await?);
        }
        let mut made = std::pin::pin!(self.make_inline(lane));
        loop {
            tokio::select! {
                biased;
                made = &mut made => return Ok(made?),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
            while lane.step(cqrs).await? == Step::Moved {}
        }
    }

    async fn make_inline(&self, lane: &Lane) -> Result<bool, StoreError> {
        let of = &lane.row.of;
        let names: Vec<_> = lane.processor().spec().names().cloned().collect();
        if !self.store.go_inline(of, &names).await? {
            return Ok(false);
        }
        tracing::info!(generation = %of, "a generation is inline now");
        self.switched(of).await?;
        Ok(true)
    }

    async fn has_parked(&self, lane: &Lane) -> Result<bool, StoreError> {
        let own = self.progress_of(&lane.row).await?;
        Ok(own.is_some_and(|own| own.parked_events > 0))
    }

    async fn progress_of(
        &self,
        row: &GenerationRow,
    ) -> Result<Option<GenerationProgress>, StoreError> {
        let progress = self.store.progress(Some(&row.of.processor)).await?;
        Ok(progress.into_iter().find(|progress| {
            progress.row.of == row.of && progress.row.state != GenerationState::Retired
        }))
    }

    /// Whether it is worth to ask: nothing that the generation reads is recorded after its checkpoints.
    async fn has_seen_everything(&self, row: &GenerationRow) -> Result<bool, StoreError> {
        let own = self.progress_of(row).await?;
        let (Some(own), Some(processor)) = (own, self.processor(&row.of.processor)) else {
            return Ok(false);
        };
        let checkpoints = own.partitions.iter().map(|row| row.checkpoint);
        let hindmost = checkpoints.min().unwrap_or_default();
        let rest = LogRead::after(hindmost)
            .filter(processor.spec().filter.clone())
            .limit(1);
        Ok(self.store.read_log(rest).await?.events.is_empty())
    }
}
