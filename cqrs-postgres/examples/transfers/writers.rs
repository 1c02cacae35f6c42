//! Writers: deposits, and requests for transfers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_testing::bank::transfer::{Request, TransferId};
use tokio::task::JoinHandle;

use super::account::{AccountId, BALANCE, CLOSED, Close, Deposit, OPEN, Open, RECEIVERS};

/// Writers at work.
pub(crate) struct Writers {
    stopping: Arc<AtomicBool>,
    failed: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

/// Opens the accounts that everybody knows.
pub(crate) async fn accounts(cqrs: &Cqrs) -> anyhow::Result<()> {
    for number in OPEN.chain(CLOSED) {
        open(cqrs, number, "ada").await?;
    }
    for number in CLOSED {
        let account = AccountId(number);
        let _ = cqrs.send(Close { account }).await?;
    }
    Ok(())
}

/// Opens an account with something on it.
pub(crate) async fn open(cqrs: &Cqrs, number: u64, owner: &str) -> anyhow::Result<()> {
    let (account, owner) = (AccountId(number), owner.to_owned());
    let _ = cqrs.send(Open { account, owner }).await?;
    let _ = cqrs.send(deposit(account, BALANCE)).await?;
    Ok(())
}

pub(crate) fn deposit(account: AccountId, amount: i64) -> Deposit {
    Deposit {
        account,
        amount,
        transfer: None,
    }
}

impl Writers {
    /// So many, each of which writes every 100 ms on average.
    pub(crate) fn start(cqrs: &Cqrs, writers: usize) -> Self {
        let (stopping, failed) = (Arc::default(), Arc::default());
        let next = Arc::new(AtomicU64::new(1));
        let tasks = (0..writers)
            .map(|_| {
                tokio::spawn(write(
                    cqrs.clone(),
                    Arc::clone(&next),
                    Arc::clone(&stopping),
                    Arc::clone(&failed),
                ))
            })
            .collect();
        Self {
            stopping,
            failed,
            tasks,
        }
    }

    /// Says how many commands failed.
    pub(crate) async fn stop(self) -> anyhow::Result<u64> {
        self.stopping.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await?;
        }
        Ok(self.failed.load(Ordering::Relaxed))
    }
}

async fn write(
    cqrs: Cqrs,
    next: Arc<AtomicU64>,
    stopping: Arc<AtomicBool>,
    failed: Arc<AtomicU64>,
) {
    while !stopping.load(Ordering::Relaxed) {
        let done = if fastrand::bool() {
            let account = AccountId(fastrand::u64(OPEN));
            let deposited = cqrs.send(deposit(account, fastrand::i64(1..50))).await;
            deposited.is_ok()
        } else {
            let request = Request {
                transfer: TransferId(next.fetch_add(1, Ordering::Relaxed)),
                from: fastrand::u64(OPEN),
                to: fastrand::u64(RECEIVERS),
                amount: fastrand::i64(1..400),
            };
            cqrs.send(request).await.is_ok()
        };
        if !done {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..200))).await;
    }
}
