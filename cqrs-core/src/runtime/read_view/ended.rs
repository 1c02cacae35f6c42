//! Waiting until an instance of a process manager has ended: P6.

use std::borrow::Borrow;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::wait::{LOOKS, Waiting};
use super::{PATIENCE, ReadError, given_up, processing};
use crate::domain::process_manager::ProcessManager;
use crate::runtime::app::Cqrs;
use crate::words::document_key::DocumentKey;
use crate::words::position::Position;

/// Waits until an instance of a process manager has ended.
#[must_use = "nothing waits until this is awaited"]
#[derive(Debug)]
pub struct WaitUntilEnded<P> {
    cqrs: Cqrs,
    key: String,
    position: Position,
    within: Duration,
    process_manager: PhantomData<fn() -> P>,
}

impl Cqrs {
    /// Waits until the instance of this key has dealt with everything up to this position, that of the event which began it
    /// say, and has ended. Await the result.
    ///
    /// ### Note: what is over then
    /// The instance has no state and no timers any more, and what it sent before is done, or on its way like any command that could
    /// not be sent at once. The commands of the step in which it ended are recorded with its end and sent after it: they are not
    /// waited for. An instance whose end shall mean that they are done ends at the event that the last of them leads to. A later event of the key begins a new instance, whose end is
    /// waited for as well if it comes in between. A key that has no instance, and has seen everything up to the position, has
    /// ended.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Timeout`]: it has not come as far as the position.
    /// - [`ReadError::NotEnded`]: it has, and goes on.
    /// - [`ReadError::Parked`]: an event of the key failed, and nothing will happen before somebody deals with it. At once.
    /// - Those of a view that is read with [`at_least`](super::ReadView::at_least).
    pub fn wait_until_ended<P: ProcessManager>(
        &self,
        key: impl Borrow<P::Key>,
        position: Position,
    ) -> WaitUntilEnded<P> {
        WaitUntilEnded {
            cqrs: self.clone(),
            key: key.borrow().to_string(),
            position,
            within: PATIENCE,
            process_manager: PhantomData,
        }
    }
}

impl<P: ProcessManager> WaitUntilEnded<P> {
    /// How long to wait for it: 5 seconds where nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn wait(self) -> Result<(), ReadError> {
        let processor = P::NAME;
        let key = DocumentKey::new(self.key).map_err(ReadError::Invalid)?;
        let processing = processing(&self.cqrs, &processor)?;
        let waiting = Waiting::new(&processor, Some(self.position), self.within);
        let mut pause = LOOKS.0;
        loop {
            let (row, read) = waiting.for_key(processing, &key).await?;
            if read.document.is_none() {
                return Ok(());
            }
            // Whatever is parked now may be what would end it.
            if let Some((blocked, error)) = given_up(read.blocked.as_ref()) {
                return Err(ReadError::Parked {
                    processor,
                    key,
                    position: blocked.event.position,
                    error: error.to_owned(),
                });
            }
            if Instant::now() >= waiting.until {
                return Err(ReadError::NotEnded {
                    processor,
                    key,
                    checkpoint: read.checkpoint,
                    within: self.within,
                });
            }
            let partition = row.partitions.partition_of(key.as_str());
            let next = Position::new(read.checkpoint.get().saturating_add(1)).unwrap_or_default();
            let place = Some((&row, partition));
            waiting.pause(processing, place, next, &mut pause).await;
        }
    }
}

impl<P: ProcessManager> IntoFuture for WaitUntilEnded<P> {
    type Output = Result<(), ReadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}
