//! An event handler that takes its time outside: whoever stops it most probably stops it there, before it writes that
//! it is done.

use std::convert::Infallible;
use std::time::Duration;

use cqrs_core::prelude::*;

use super::account::AccountEvent;

pub(crate) struct Letters {
    /// How long it takes to write one.
    pub pause: Duration,
}

impl EventHandler for Letters {
    const NAME: ProcessorName = ProcessorName::from_static("letters");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = Infallible;

    async fn handle(
        &self,
        _: &Recorded<AccountEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), Infallible> {
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        Ok(())
    }
}
