//! Waiting until a processor has come far enough: P5.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{PATIENCE, ReadError, given_up, processing, read_live};
use crate::ports::documents::DocumentRead;
use crate::ports::processors::{GenerationRow, GenerationState};
use crate::ports::watch::LogWatch;
use crate::runtime::app::Cqrs;
use crate::runtime::lane::{Checkpoints, Lane};
use crate::runtime::processing::Processing;
use crate::words::document_key::DocumentKey;
use crate::words::partition::Partition;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;
use crate::words::run::Run;

/// The shortest and the longest time between two looks at a store that another node writes to.
pub(super) const LOOKS: (Duration, Duration) =
    (Duration::from_millis(2), Duration::from_millis(50));

/// What a reader waits for, and how long.
pub(super) struct Waiting<'a> {
    name: &'a ProcessorName,
    at_least: Option<Position>,
    within: Duration,
    pub(super) until: Instant,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(
        name: &'a ProcessorName,
        at_least: Option<Position>,
        within: Duration,
    ) -> Self {
        Self {
            name,
            at_least,
            within,
            until: Instant::now() + within,
        }
    }

    /// The document of the key, with a state that is not older than asked for.
    ///
    /// The checkpoint and the first parked event come with the document, as of one moment. A key that has no parked event
    /// up to the position has seen everything up to the checkpoint of its partition.
    pub(super) async fn for_key(
        &self,
        processing: &Processing,
        key: &DocumentKey,
    ) -> Result<(GenerationRow, DocumentRead), ReadError> {
        let mut pause = LOOKS.0;
        let mut at_least = self.at_least;
        let settled = processing.store.watch();
        loop {
            // Asked before the read: what is settled by then is in what an inline generation shows.
            let is_settled = at_least.is_none_or(|asked| is_settled(&settled, asked));
            let found = read_live(processing, self.name, key).await?;
            let Some(asked) = at_least else {
                let Some((row, read)) = found else {
                    return Err(ReadError::Building {
                        processor: self.name.clone(),
                    });
                };
                if read.state == Some(GenerationState::Inline) || !self.is_inline(processing) {
                    return Ok((row, read));
                }
                // It should be inline and is not: the runners are at it. Nobody reads it older than the log all the same.
                at_least = Some(processing.store.end_of_log().await?);
                processing.look_again(self.name).await?;
                continue;
            };
            let mut checkpoint = Position::START;
            let mut live = None;
            if let Some((row, read)) = found {
                live = Some(row.version);
                if read.state == Some(GenerationState::Inline) {
                    if is_settled {
                        return Ok((row, read));
                    }
                    self.until_settled(processing, asked).await?;
                    continue;
                }
                checkpoint = read.checkpoint;
                let behind = read
                    .blocked
                    .as_ref()
                    .filter(|blocked| blocked.event.position <= asked);
                if let Some((blocked, error)) = given_up(behind) {
                    return Err(ReadError::Parked {
                        processor: self.name.clone(),
                        key: key.clone(),
                        position: blocked.event.position,
                        error: error.to_owned(),
                    });
                }
                if checkpoint >= asked && behind.is_none() {
                    return Ok((row, read));
                }
                let partition = row.partitions.partition_of(key.as_str());
                self.pause(processing, Some((&row, partition)), asked, &mut pause)
                    .await;
            } else {
                self.pause(processing, None, asked, &mut pause).await;
            }
            self.check(processing, asked, checkpoint, live)?;
        }
    }

    /// Until each partition has come as far as asked for.
    pub(super) async fn for_all(
        &self,
        processing: &Processing,
    ) -> Result<GenerationRow, ReadError> {
        let mut pause = LOOKS.0;
        let mut at_least = self.at_least;
        let settled = processing.store.watch();
        loop {
            let asked = at_least.unwrap_or_default();
            let is_settled = at_least.is_none_or(|asked| is_settled(&settled, asked));
            if at_least.is_none() && processing.live(self.name).is_none() {
                processing.look_again(self.name).await?;
            }
            match (processing.live(self.name), at_least) {
                (Some(row), None)
                    if row.state == GenerationState::Inline || !self.is_inline(processing) =>
                {
                    return Ok(row);
                }
                (Some(_), None) => {
                    at_least = Some(processing.store.end_of_log().await?);
                    processing.look_again(self.name).await?;
                    continue;
                }
                (None, None) => {
                    return Err(ReadError::Building {
                        processor: self.name.clone(),
                    });
                }
                (_, Some(_)) => {}
            }
            if Instant::now() < self.until && self.is_missing_here(processing, asked) {
                self.pause(processing, None, asked, &mut pause).await;
                continue;
            }
            let progress = processing.store.progress(Some(self.name)).await?;
            let live = progress
                .into_iter()
                .find(|progress| progress.row.state.is_read());
            let mut hindmost = Position::START;
            let version = live.as_ref().map(|live| live.row.version);
            if let Some(live) = live {
                if live.row.state == GenerationState::Inline {
                    if is_settled {
                        return Ok(live.row);
                    }
                    self.until_settled(processing, asked).await?;
                    continue;
                }
                let checkpoints = live.partitions.iter().map(|row| row.checkpoint);
                hindmost = checkpoints.min().unwrap_or_default();
                if hindmost >= asked {
                    return Ok(live.row);
                }
            }
            self.pause(processing, None, asked, &mut pause).await;
            self.check(processing, asked, hindmost, version)?;
        }
    }

    fn is_inline(&self, processing: &Processing) -> bool {
        let processor = processing.processor(self.name);
        processor.is_some_and(|processor| processor.spec().run == Run::Inline)
    }

    /// Until the log is settled up to a position, and with it a generation that the appends write.
    async fn until_settled(
        &self,
        processing: &Processing,
        asked: Position,
    ) -> Result<(), ReadError> {
        let mut watch = processing.store.watch();
        let before = Position::new(asked.get().saturating_sub(1)).unwrap_or_default();
        match tokio::time::timeout_at(self.until, watch.past(before)).await {
            Ok(settled) => settled.map(drop).map_err(ReadError::Store),
            Err(_elapsed) => self.check(processing, asked, watch.position(), None),
        }
    }

    /// An error when the time is over, which says so where the version that is read is not that of the code: this node does
    /// not drive it, and whether another one does is not known here.
    fn check(
        &self,
        processing: &Processing,
        asked: Position,
        checkpoint: Position,
        live: Option<u32>,
    ) -> Result<(), ReadError> {
        if Instant::now() < self.until {
            return Ok(());
        }
        let processor = self.name.clone();
        let within = self.within;
        let code = processing
            .processor(self.name)
            .map(|own| own.spec().version);
        Err(match (live, code) {
            (Some(live), Some(code)) if live != code => ReadError::BeingReplaced {
                processor,
                live,
                code,
                asked,
                checkpoint,
                within,
            },
            _ => ReadError::Timeout {
                processor,
                asked,
                checkpoint,
                within,
            },
        })
    }

    /// Whether this node has still to bring something there of what is read: then nothing of all can be complete, and the store need not
    /// be asked. Of what the appends write, lanes know nothing.
    fn is_missing_here(&self, processing: &Processing, asked: Position) -> bool {
        if self.is_inline(processing) {
            return false;
        }
        let partition = None;
        let arrival = Arrival { asked, partition };
        let lanes = processing.lanes();
        self.behind(processing, &lanes, arrival).next().is_some()
    }

    /// The lanes of what is read that have something to do until then.
    fn behind<'l>(
        &self,
        processing: &Processing,
        lanes: &'l [Arc<Lane>],
        arrival: Arrival,
    ) -> impl Iterator<Item = &'l Arc<Lane>> {
        // A generation that is being built beside the live one is not what is read.
        let live = processing.live(self.name);
        let live = live.filter(|_| arrival.partition.is_none());
        let is_read = move |lane: &&Arc<Lane>| match &live {
            Some(live) => lane.row.of == live.of,
            None => lane.name() == self.name,
        };
        let is_awaited = move |lane: &&Arc<Lane>| arrival.is_awaited(processing, lane);
        lanes.iter().filter(is_read).filter(is_awaited)
    }

    /// Until it makes sense to look again: at once when this node has brought the partition there, or all that it drives
    /// where no partition is named, and after a while when another node may have.
    pub(super) async fn pause(
        &self,
        processing: &Processing,
        place: Option<(&GenerationRow, Partition)>,
        asked: Position,
        pause: &mut Duration,
    ) {
        let (lanes, partition) = match place {
            Some((row, partition)) => (
                processing.lane(&row.of).into_iter().collect(),
                Some(partition),
            ),
            None => (processing.lanes(), None),
        };
        let arrival = Arrival { asked, partition };
        let behind: Vec<_> = self
            .behind(processing, &lanes, arrival)
            .map(|lane| lane.observed.watch())
            .collect();
        // As long as anything is missing here, nothing of all can be complete.
        let is_known = place.is_none() && !behind.is_empty();
        let next = if is_known { LOOKS.1 } else { *pause };
        let wake = (Instant::now() + next).min(self.until);
        tokio::select! {
            // What is left then is a matter of moments: becoming live, for one.
            () = arrival.of(behind) => *pause = LOOKS.0,
            () = tokio::time::sleep_until(wake) => *pause = (*pause * 2).min(LOOKS.1),
        }
    }
}

/// What is waited for of lanes of this node: that they bring this partition to this position, or all that they drive.
#[derive(Clone, Copy)]
struct Arrival {
    asked: Position,
    partition: Option<Partition>,
}

impl Arrival {
    /// Whether the lane has something to do until then; one that is about to begin has.
    fn is_awaited(self, processing: &Processing, lane: &Lane) -> bool {
        let is_starting = || processing.is_driven() && lane.observed.is_resting();
        lane.observed.with(|seen| self.is_ahead_of(seen))
            || (self.partition.is_none() && is_starting())
    }

    fn is_ahead_of(self, seen: &Checkpoints) -> bool {
        let hindmost = match self.partition {
            Some(partition) => seen.get(&partition),
            None => seen.values().min(),
        };
        hindmost.is_some_and(|checkpoint| *checkpoint < self.asked)
    }

    /// Until all of these lanes have come there, or one that begins has said where it stands; for ever when there is none.
    async fn of(self, awaited: Vec<watch::Receiver<Checkpoints>>) {
        if awaited.is_empty() {
            return std::future::pending().await;
        }
        for mut watch in awaited {
            let is_ahead = self.is_ahead_of(&watch.borrow_and_update());
            // An error: the lane is gone. The store is asked in any case.
            let _ = if is_ahead {
                watch
                    .wait_for(|seen| !self.is_ahead_of(seen))
                    .await
                    .map(drop)
            } else {
                watch.changed().await
            };
        }
    }
}

fn is_settled(settled: &LogWatch, position: Position) -> bool {
    position == Position::START || settled.position() >= position
}

/// Waits until an event handler, a process manager or a view has dealt with everything of a key up to a position.
#[must_use = "nothing waits until this is awaited"]
#[derive(Debug)]
pub struct WaitFor {
    cqrs: Cqrs,
    processor: ProcessorName,
    key: String,
    position: Position,
    within: Duration,
}

impl Cqrs {
    /// Waits until this processor has dealt with everything of this key up to this position. Await the result.
    ///
    /// # Errors
    ///
    /// As those of a view that is read with [`at_least`](super::ReadView::at_least).
    pub fn wait_for(
        &self,
        processor: ProcessorName,
        key: impl std::fmt::Display,
        position: Position,
    ) -> WaitFor {
        WaitFor {
            cqrs: self.clone(),
            processor,
            key: key.to_string(),
            position,
            within: PATIENCE,
        }
    }
}

impl WaitFor {
    /// How long to wait for it: 5 seconds where nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn wait(self) -> Result<(), ReadError> {
        let key = DocumentKey::new(self.key).map_err(ReadError::Invalid)?;
        let processing = processing(&self.cqrs, &self.processor)?;
        Waiting::new(&self.processor, Some(self.position), self.within)
            .for_key(processing, &key)
            .await?;
        Ok(())
    }
}

impl IntoFuture for WaitFor {
    type Output = Result<(), ReadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}
