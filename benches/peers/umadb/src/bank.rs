//! The harness's calls, answered with the client of UmaDB.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use bench_harness::{
    About, Account as Id, Arrivals, Bank, Entry, Settings, Totals, Tried, Variant, Work,
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{
    DcbAppendCondition, DcbError, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem,
};

use crate::server::Server;

#[derive(Serialize, Deserialize)]
struct MoneyDeposited {
    amount: u32,
}

pub(crate) struct UmaDb {
    clients: Vec<AsyncUmaDbClient>,
    next: AtomicUsize,
    server: Arc<Server>,
}

impl Bank for UmaDb {
    const ABOUT: About = About {
        crates: &["umadb", "umadb-server", "umadb-client"],
        variants: &[Variant {
            name: "UmaDB",
            note: "a server process with its defaults, over gRPC, as many connections as a pool has",
        }],
    };

    fn leaves_out(_: &str, work: Work) -> Option<&'static str> {
        match work {
            Work::Append | Work::AppendUnless | Work::Replay | Work::HandlerDelay => None,
            _ => Some("it is an event store: it has no aggregates, commands and views"),
        }
    }

    async fn connect(settings: &Settings) -> Result<Self> {
        Self::over(Arc::new(Server::start()?), settings).await
    }

    async fn reconnect(&self, settings: &Settings) -> Result<Self> {
        Self::over(Arc::clone(&self.server), settings).await
    }

    async fn append(&self, entry: Entry) -> Result<Tried> {
        let events = vec![event(entry)?];
        self.client().append(events, None, None).await?;
        Ok(Tried::Accepted)
    }

    async fn append_unless(&self, entry: Entry, after: u64) -> Result<Option<u64>> {
        let item = DcbQueryItem::new().tags([tag(entry.account)]);
        let condition = DcbAppendCondition::new(DcbQuery::new().item(item));
        let condition = condition.after((after > 0).then_some(after));
        let appended = self
            .client()
            .append(vec![event(entry)?], Some(condition), None);
        match appended.await {
            Ok(position) => Ok(Some(position)),
            Err(DcbError::IntegrityError(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn seed(&self, accounts: &[Id], events: u32) -> Result<()> {
        let mut all = Vec::new();
        for account in accounts {
            all.push(
                DcbEvent::default()
                    .event_type("account.opened")
                    .tags([tag(*account)])
                    .data("{}"),
            );
            for version in 1..events {
                all.push(event(Entry {
                    account: *account,
                    version,
                    amount: 1,
                })?);
            }
        }
        self.client().append(all, None, None).await?;
        Ok(())
    }

    async fn replay(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        let mut events = self.client().read(None, None, false, None).await?;
        while let Some(event) = events.next().await {
            totals.events += 1;
            totals.amount += amount(&event?.event)?.map_or(0, u64::from);
        }
        Ok(totals)
    }

    async fn follow(&self, arrivals: Arc<Arrivals>) -> Result<()> {
        let mut events = self.client().subscribe(None, None).await?;
        tokio::spawn(async move {
            // An error ends it, and the harness finds that events are missing.
            while let Some(Ok(event)) = events.next().await {
                if let Ok(Some(amount)) = amount(&event.event) {
                    arrivals.arrived(amount);
                }
            }
        });
        Ok(())
    }

    /// It has no tables to look into: everything is read over its API.
    async fn totals(&self) -> Result<Totals> {
        self.replay().await
    }
}

impl UmaDb {
    async fn over(server: Arc<Server>, settings: &Settings) -> Result<Self> {
        let connections = settings.tasks.clamp(1, settings.pool as usize);
        let mut clients = Vec::with_capacity(connections);
        while clients.len() < connections {
            clients.push(connect(server.url()).await?);
        }
        Ok(Self {
            clients,
            next: AtomicUsize::new(0),
            server,
        })
    }

    fn client(&self) -> &AsyncUmaDbClient {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.clients[next % self.clients.len()]
    }
}

/// Waits until the server listens.
async fn connect(url: &str) -> Result<AsyncUmaDbClient> {
    for _ in 0..200 {
        if let Ok(client) = UmaDbClient::new(url.to_owned()).connect_async().await {
            return Ok(client);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("the server of UmaDB does not answer at {url}")
}

fn tag(account: Id) -> String {
    format!("account:{account}")
}

fn event(entry: Entry) -> Result<DcbEvent> {
    let amount = entry.amount;
    Ok(DcbEvent::default()
        .event_type("account.deposited")
        .tags([tag(entry.account)])
        .data(serde_json::to_vec(&MoneyDeposited { amount })?))
}

fn amount(event: &DcbEvent) -> Result<Option<u32>> {
    if event.event_type != "account.deposited" {
        return Ok(None);
    }
    let deposited: MoneyDeposited = serde_json::from_slice(&event.data)?;
    Ok(Some(deposited.amount))
}
