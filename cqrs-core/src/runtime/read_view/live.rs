//! Which version readers find: P4.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::wait::LOOKS;
use super::{ReadError, processing};
use crate::runtime::app::Cqrs;
use crate::words::generation::GenerationId;
use crate::words::processor::ProcessorName;

/// Asks whether a version is what readers find.
#[must_use = "nothing is asked until this is awaited"]
#[derive(Debug)]
pub struct AwaitLive {
    cqrs: Cqrs,
    processor: ProcessorName,
    version: u32,
    within: Duration,
}

impl Cqrs {
    /// The generation that readers find, if it is of this version: before a program reads tables of a projection, or
    /// documents, that only this version has. Await the result; see [`AwaitLive::within`] for waiting.
    ///
    /// It is as of the moment of the answer. A version stays live until a program with another one, or
    /// [`rebuild`](Cqrs::rebuild), has built the next.
    ///
    /// # Errors
    ///
    /// - [`ReadError::NotLive`]: readers find another version.
    /// - [`ReadError::Building`]: readers find nothing yet; the first generation is being built.
    /// - [`ReadError::NotRegistered`], [`ReadError::Store`].
    pub fn live(&self, processor: ProcessorName, version: u32) -> AwaitLive {
        AwaitLive {
            cqrs: self.clone(),
            processor,
            version,
            within: Duration::ZERO,
        }
    }
}

impl AwaitLive {
    /// How long to wait for it: not at all where nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn ask(self) -> Result<GenerationId, ReadError> {
        let Self {
            processor, version, ..
        } = self;
        let processing = processing(&self.cqrs, &processor)?;
        let until = Instant::now() + self.within;
        let mut pause = LOOKS.0;
        loop {
            let progress = processing.store.progress(Some(&processor)).await?;
            let mut rows = progress.into_iter().map(|progress| progress.row);
            let error = match rows.find(|row| row.state.is_read()) {
                Some(row) if row.version == version => return Ok(row.of),
                Some(row) => ReadError::NotLive {
                    live: row.version,
                    processor: processor.clone(),
                    version,
                },
                None => ReadError::Building {
                    processor: processor.clone(),
                },
            };
            if Instant::now() >= until {
                return Err(error);
            }
            tokio::time::sleep_until((Instant::now() + pause).min(until)).await;
            pause = (pause * 2).min(LOOKS.1);
        }
    }
}

impl IntoFuture for AwaitLive {
    type Output = Result<GenerationId, ReadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.ask())
    }
}
