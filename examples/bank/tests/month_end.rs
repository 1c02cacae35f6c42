//! `--month-end`, on every store.

use bank::large_withdrawal_alert::Outbox;
use bank::{application, month_end};
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

const TOLD: &str = "
The branch keeps its cash book:
  closes 2026-09              version 4
  closes 2026-10              version 8
  has 400.00 at version 9, loaded from the close at version 8
  1 snapshot compared with its events, 0 wrong
";

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

async fn is_told(cqrs: &Cqrs) -> Checked {
    let mut out = Vec::new();
    month_end::tell(cqrs, &mut out).await?;
    assert_eq!(String::from_utf8(out)?, TOLD);
    Ok(())
}

#[tokio::test]
async fn the_months_are_closed_in_memory() -> Checked {
    is_told(&application::open(Memory::new(), Outbox::default()).await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_months_are_closed_on_postgres() -> Checked {
    let scratch = Scratch::new();
    is_told(&application::open(scratch.store().await, Outbox::default()).await?).await
}
