//! A rebuild under load, short. The long one is `cargo xtask rebuild-under-load`.

#[path = "../examples/ticks/domain.rs"]
#[allow(dead_code, reason = "each program uses some of it")]
mod domain;
#[path = "../examples/ticks/rebuild.rs"]
#[allow(dead_code, reason = "nothing is timed here")]
mod rebuild;

use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

use domain::Failed;
use rebuild::{Plan, run};

const PLAN: Plan = Plan {
    events: 20_000,
    keys: 500,
    rate: 100,
};

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_all_of_a_view_at_any_moment_of_its_rebuild_on_memory() -> Result<(), Failed> {
    assert!(run(Memory::new(), PLAN).await?.looks > 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_all_of_a_view_at_any_moment_of_its_rebuild() -> Result<(), Failed> {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    assert!(run(store.clone(), PLAN).await?.looks > 0);
    store.close().await;
    Ok(())
}
