//! Several nodes as processes on one database, short. The long run is `cargo xtask nodes`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../examples/nodes/figures.rs"]
mod figures;
#[path = "../examples/nodes/gaps.rs"]
mod gaps;
#[path = "../examples/nodes/late.rs"]
mod late;
#[path = "../examples/nodes/parked.rs"]
mod parked;
#[path = "../examples/transfers/program.rs"]
mod program;
#[path = "../examples/nodes/reads.rs"]
mod reads;
#[path = "../examples/nodes/run.rs"]
mod run;
#[path = "../examples/transfers/schema.rs"]
mod schema;

use std::process::Command;
use std::time::Duration;

use program::child;
use program::plan::Plan;

/// Whatever the machine does beside: not longer does any partition stand still.
const AT_MOST: Duration = Duration::from_mins(1);

/// What the parent starts: it ends when the parent has no use for it.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    if let Some(plan) = Plan::of_the_child() {
        child::run(&plan).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_over_from_each_other() {
    let lease = Duration::from_millis(1_500);
    let figures = run::run(2, lease, this_test).await.unwrap();
    println!("{figures}");
    assert!(figures.is_correct(), "{figures}");
    // Strict bounds are for a machine that has nothing else to do: `cargo xtask nodes`.
    assert!(figures.longest() < AT_MOST, "{figures}");
    let is_in_time = figures.is_in_time();
    println!("within the bounds of `cargo xtask nodes`: {is_in_time}");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_read_back_on_two_nodes() {
    let lease = Duration::from_secs(2);
    let reads = reads::run(600, lease, this_test).await.unwrap();
    println!("{reads}");
    assert!(reads.is_good(), "{reads}");
}

fn this_test() -> anyhow::Result<Command> {
    let mut child = Command::new(std::env::current_exe()?);
    child.args(["child", "--exact", "--nocapture"]);
    Ok(child)
}
