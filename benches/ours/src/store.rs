//! Which store is behind it.

use std::sync::Arc;

use anyhow::Result;
use bench_harness::Settings;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// A store, and what counts its tables past it.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Memory(Memory),
    Postgres { store: Postgres, counter: PgPool },
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Memory::new())
    }

    pub(crate) async fn postgres(settings: &Settings) -> Result<Self> {
        let store = Postgres::builder(&settings.url)
            .connections(settings.pool)
            .connect()
            .await?;
        let counter = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy(&settings.url)?;
        Ok(Self::Postgres { store, counter })
    }

    /// The same events, as after a restart.
    pub(crate) async fn reopened(&self, settings: &Settings) -> Result<Self> {
        match self {
            Self::Memory(memory) => Ok(Self::Memory(memory.reopen())),
            Self::Postgres { store, counter } => {
                store.close().await;
                counter.close().await;
                Self::postgres(settings).await
            }
        }
    }

    pub(crate) fn application(&self) -> CqrsBuilder<SharedStore> {
        match self {
            Self::Memory(memory) => Cqrs::builder(Arc::new(memory.clone()) as SharedStore),
            Self::Postgres { store, .. } => Cqrs::builder(Arc::new(store.clone()) as SharedStore),
        }
    }
}
