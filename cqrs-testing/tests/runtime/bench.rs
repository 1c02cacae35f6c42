//! A till whose commands can be made to wait for each other.

use std::time::Duration;

use cqrs_core::ports::store::EventStore;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::dispatch::Dispatch;
use cqrs_core::runtime::receipt::Receipt;
use cqrs_core::runtime::send::SendCommand;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::AppendFault;
use tokio::task::JoinHandle;

use super::counting_store::CountingStore;
use super::domain::{Open, Put, TILL, Take, Till, TooFewCoins};

type Outcome<R, E> = Result<Receipt<R>, CommandError<E>>;
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A till, and a store that counts and fails.
pub(super) struct Bench {
    pub(super) counting: CountingStore,
    pub(super) faulty: FaultyStore,
    pub(super) cqrs: Cqrs,
}

pub(super) async fn bench() -> Result<Bench, Failed> {
    let counting = CountingStore::default();
    let faulty = FaultyStore::new(counting.clone());
    let cqrs = over(faulty.clone()).await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    counting.asked();
    Ok(Bench {
        counting,
        faulty,
        cqrs,
    })
}

pub(super) async fn over(store: impl EventStore) -> Result<Cqrs, Failed> {
    let builder = Cqrs::builder(store).aggregate::<Till>();
    Ok(builder.build().await?)
}

pub(super) const fn put(coins: u32) -> Put {
    Put { till: TILL, coins }
}

pub(super) const fn take(coins: u32) -> Take {
    Take { till: TILL, coins }
}

impl Bench {
    /// Sends, in a task of its own, and lets it come as far as it comes.
    pub(super) async fn begin<C>(
        &self,
        send: SendCommand<C>,
    ) -> JoinHandle<Outcome<C::Reply, C::Error>>
    where
        C: Command<Reply: Send>,
        C::Route: Dispatch<C>,
    {
        let task = tokio::spawn(send.into_future());
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        task
    }

    /// A command whose append takes a while: what comes meanwhile waits.
    pub(super) async fn occupy(&self) -> JoinHandle<Outcome<u32, TooFewCoins>> {
        self.faulty
            .next_append(AppendFault::DelayReply(Duration::from_millis(50)));
        self.begin(self.cqrs.send(put(1))).await
    }

    pub(super) async fn coins(&self) -> Result<(u32, u64), Failed> {
        let till = self.cqrs.repository::<Till>().load(&TILL).await?;
        Ok((till.coins, till.version().get()))
    }
}
