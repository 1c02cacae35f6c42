//! A program that is killed, short. The long run is `cargo xtask kill-loop`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../examples/kill_loop/cuts.rs"]
mod cuts;
#[path = "../examples/transfers/program.rs"]
mod program;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "../examples/kill_loop/run.rs"]
mod run;
#[path = "../examples/transfers/schema.rs"]
mod schema;

use std::process::Command;

use program::child;
use program::plan::Plan;
use run::Connections;

/// What the parent starts: it ends when the parent has no use for it.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    if let Some(plan) = Plan::of_the_child() {
        child::run(&plan).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_as_the_log_says_after_kills() {
    let report = run::run(10, Connections::Hold, this_test).await.unwrap();
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_as_the_log_says_after_kills_and_lost_replies() {
    let report = run::run(10, Connections::AreCut, this_test).await.unwrap();
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

fn this_test() -> anyhow::Result<Command> {
    let mut child = Command::new(std::env::current_exe()?);
    child.args(["child", "--exact", "--nocapture"]);
    Ok(child)
}
