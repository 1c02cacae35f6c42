//! Connections of the old driver, on the old runtime that it needs.

use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result};
use eventually_postgres::{EventStore, EventStoreBuilder};
use tokio_02::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

use crate::account::AccountEvent;

pub(crate) type Store = EventStore<String, AccountEvent>;

/// It runs the connections until the process ends.
static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new()
        .threaded_scheduler()
        .enable_all()
        .core_threads(2)
        .build()
});

/// So many stores, each with a client of its own: the library has no pool.
pub(crate) async fn stores(url: &str, count: usize) -> Result<(Vec<Store>, Client)> {
    let mut migrator = connect(url).await?;
    let mut stores = Vec::with_capacity(count);
    EventStoreBuilder::migrate_database(&mut migrator).await?;
    for _ in 0..count {
        let client = Arc::new(connect(url).await?);
        let mut own = connect(url).await?;
        let builder = EventStoreBuilder::migrate_database(&mut own).await?;
        stores.push(builder.builder(client).build("account").await?);
    }
    Ok((stores, migrator))
}

async fn connect(url: &str) -> Result<Client> {
    let url = url.to_owned();
    let runtime = RUNTIME
        .as_ref()
        .ok()
        .context("the old runtime can't be started")?;
    let connected = runtime.spawn(async move {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio_02::spawn(connection);
        Ok::<_, tokio_postgres::Error>(client)
    });
    Ok(connected.await.context("connecting panicked")??)
}
