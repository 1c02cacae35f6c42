//! The one step of a processor: P1, P2, P3, P6.

use async_trait::async_trait;
use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors};

use super::Memory;

#[async_trait]
impl AdvanceProcessors for Memory {
    /// Without a single await: a future that is dropped has written everything, or was never polled.
    async fn advance(&self, advance: Advance) -> Result<(), AdvanceError> {
        self.processors().advance(advance, self.now())
    }
}
