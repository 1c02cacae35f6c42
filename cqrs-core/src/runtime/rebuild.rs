//! Rebuilding a read model beside the live one: P4.

use std::time::Duration;

use futures::Stream;

use super::app::Cqrs;
#[cfg(feature = "progress-bar")]
use super::progress::bar::Bar;
use super::progress::{LOOK, Pace};
use super::read_view::{ReadError, processing};
use crate::domain::view::View;
use crate::ports::processors::{GenerationProgress, GenerationState};
use crate::words::generation::GenerationId;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

/// A read model that is being built anew, beside the live one. It goes on when this is dropped.
#[derive(Debug)]
pub struct Rebuild {
    cqrs: Cqrs,
    of: GenerationId,
    pace: Pace,
}

/// How far a rebuild has come.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RebuildProgress {
    /// Which generation is being built.
    pub generation: GenerationId,
    /// Up to here the log is in it.
    pub position: Position,
    /// Up to here the log goes, as far as this node knows.
    pub end: Position,
    /// How many events of the log it has come through since its start, by their positions: those of other processors
    /// included, and up to as many more as the store has left out positions.
    pub done: u64,
    /// Of how many, counted in the same way. It grows while the rebuild goes on.
    pub total: u64,
    /// Events a second, counted in the same way, since this node looks.
    pub rate: f64,
    /// How long it will still take at this rate, if anything can be said.
    pub left: Option<Duration>,
    /// Whether it is the live one now.
    pub is_live: bool,
}

impl Cqrs {
    /// Begins to build a view anew, beside the live one, which is read until the new one has caught up and replaces it in
    /// one step. The runners of all nodes build it; when it is being built already, this follows it.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the view is not registered, or the store can't be written.
    pub async fn rebuild<V: View>(&self) -> Result<Rebuild, ReadError> {
        self.rebuild_processor(&V::NAME).await
    }

    /// Begins to build a view or a projection anew, as [`rebuild`](Cqrs::rebuild).
    ///
    /// # Errors
    ///
    /// [`ReadError::NotRebuildable`] for an event handler or a process manager: effects outside and commands can't be taken
    /// back. Otherwise as [`rebuild`](Cqrs::rebuild).
    pub async fn rebuild_processor(&self, name: &ProcessorName) -> Result<Rebuild, ReadError> {
        let processing = processing(self, name)?;
        let spec = processing.processor(name).map(|processor| processor.spec());
        let spec = spec.filter(|spec| spec.kind.can_be_rebuilt());
        let spec = spec.ok_or_else(|| ReadError::NotRebuildable {
            processor: name.clone(),
        })?;
        let row = processing
            .store
            .begin_generation(name, spec.version, spec.partitions, spec.start)
            .await?;
        processing.look_again(name).await?;
        Ok(Rebuild {
            cqrs: self.clone(),
            of: row.of,
            pace: Pace::new(),
        })
    }
}

impl Rebuild {
    /// Which generation is being built.
    #[must_use]
    pub const fn generation(&self) -> &GenerationId {
        &self.of
    }

    /// How far it has come now.
    ///
    /// # Errors
    ///
    /// [`ReadError::Store`] when the store can't be read; [`ReadError::Replaced`] when another generation was begun
    /// in its place.
    pub async fn progress(&mut self) -> Result<RebuildProgress, ReadError> {
        let replaced = || ReadError::Replaced {
            generation: self.of.clone(),
        };
        let processing = self.cqrs.processing().ok_or_else(replaced)?;
        let all = processing.store.progress(Some(&self.of.processor)).await?;
        let own = all
            .iter()
            .find(|progress| progress.row.of == self.of)
            .filter(|progress| progress.row.state != GenerationState::Retired)
            .ok_or_else(replaced)?;
        let end = self.cqrs.store().watch().position();
        let position = match own.row.state {
            GenerationState::Inline => end.max(hindmost(own)),
            _ => hindmost(own),
        };
        let end = end.max(position);
        let (rate, left) = self.pace.at(position, end);
        Ok(RebuildProgress {
            generation: self.of.clone(),
            position,
            end,
            done: position.get().saturating_sub(own.row.start.get()),
            total: end.get().saturating_sub(own.row.start.get()),
            rate,
            left,
            is_live: own.row.state.is_read(),
        })
    }

    /// How far it has come after a short while: call it again and again to follow it.
    ///
    /// # Errors
    ///
    /// As [`progress`](Rebuild::progress).
    pub async fn next(&mut self) -> Result<RebuildProgress, ReadError> {
        tokio::time::sleep(LOOK).await;
        self.progress().await
    }

    /// How far it has come: at once, and then ten times a second until it is live, which is the last item. An error is the
    /// last one too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::domain::view::View;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::read_view::ReadError;
    /// use futures::TryStreamExt;
    ///
    /// async fn rebuild<V: View>(cqrs: &Cqrs) -> Result<(), ReadError> {
    ///     let mut progress = std::pin::pin!(cqrs.rebuild::<V>().await?.into_stream());
    ///     while let Some(now) = progress.try_next().await? {
    ///         println!("{} of {} events, {:.0} a second, {:?} left", now.done, now.total, now.rate, now.left);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn into_stream(
        self,
    ) -> impl Stream<Item = Result<RebuildProgress, ReadError>> + Send + use<> {
        futures::stream::unfold((Some(self), Duration::ZERO), async |(rebuild, pause)| {
            let mut rebuild = rebuild?;
            tokio::time::sleep(pause).await;
            let progress = rebuild.progress().await;
            let goes_on = progress.as_ref().is_ok_and(|progress| !progress.is_live);
            Some((progress, (goes_on.then_some(rebuild), LOOK)))
        })
    }

    /// Until it is live.
    ///
    /// # Errors
    ///
    /// As [`progress`](Rebuild::progress).
    pub async fn finished(mut self) -> Result<RebuildProgress, ReadError> {
        loop {
            let progress = self.progress().await?;
            if progress.is_live {
                return Ok(progress);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Until it is live, with a bar on the standard error output: events done, of how many, rate, time left. Where that
    /// is no terminal, nothing is drawn.
    ///
    /// # Errors
    ///
    /// As [`progress`](Rebuild::progress).
    #[cfg(feature = "progress-bar")]
    pub async fn finished_with_bar(mut self) -> Result<RebuildProgress, ReadError> {
        let bar = Bar::new(self.of.to_string());
        loop {
            let progress = self.progress().await?;
            let left = progress.left.filter(|_| !progress.is_live);
            bar.show(progress.done, progress.total, progress.rate, left);
            if progress.is_live {
                bar.finish();
                return Ok(progress);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn hindmost(progress: &GenerationProgress) -> Position {
    let checkpoints = progress.partitions.iter().map(|row| row.checkpoint);
    checkpoints.min().unwrap_or_default()
}
