//! The stores that these tests run on, one after the other.

use std::fmt::Debug;

use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;

use super::domain::{Failed, over};

/// A place for a log that no other test sees.
pub(super) trait Backend: Send + Sync + 'static {
    /// In chunks of how many events a log that is refused is imported: a new place takes some databases a second.
    const CHUNKS: &'static [usize];

    type Store: ReadSide + ImportEvents + Clone + Debug;

    async fn fresh() -> Self;

    /// The store, each time the same one.
    fn store(&self) -> Self::Store;
}

pub(super) struct InMemory(Memory);

impl Backend for InMemory {
    const CHUNKS: &'static [usize] = &[1, 2, 100];

    type Store = Memory;

    async fn fresh() -> Self {
        Self(Memory::new())
    }

    fn store(&self) -> Memory {
        self.0.clone()
    }
}

pub(super) struct OnPostgres {
    store: Postgres,
    // Dropped behind the store.
    _scratch: Scratch,
}

impl Backend for OnPostgres {
    const CHUNKS: &'static [usize] = &[2];

    type Store = Postgres;

    async fn fresh() -> Self {
        let scratch = Scratch::new();
        let store = scratch.store().await;
        Self {
            store,
            _scratch: scratch,
        }
    }

    fn store(&self) -> Postgres {
        self.store.clone()
    }
}

/// A test for each of these functions on each backend.
macro_rules! on_each_backend {
    ($($test:ident,)*) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $test() -> super::Checked {
                    super::$test::<crate::timeline::backend::InMemory>().await
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() -> super::Checked {
                    super::$test::<crate::timeline::backend::OnPostgres>().await
                }
            )*
        }
    };
}

pub(super) use on_each_backend;

pub(super) async fn log_of(cqrs: &Cqrs) -> Result<Vec<RecordedEvent>, Failed> {
    let request = LogRead::after(Position::START).limit(10_000);
    Ok(cqrs.store().read_log(request).await?.events)
}

/// What was recorded in memory by a clock of the test, in a store of this kind: with the same positions and times.
pub(super) async fn moved<B: Backend>(from: &Cqrs, to: &B) -> Result<Cqrs, Failed> {
    let log = log_of(from).await?.into_iter().map(ImportEvent::from);
    to.store().import(log.collect()).await?;
    over(to.store()).await
}
