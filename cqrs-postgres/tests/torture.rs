//! The feed under torture, short. The long one is `cargo xtask torture`.

#[path = "../examples/torture/delays.rs"]
mod delays;
#[path = "../examples/torture/killer.rs"]
mod killer;
#[path = "../examples/torture/plan.rs"]
mod plan;
#[path = "../examples/torture/quiet.rs"]
mod quiet;
#[path = "../examples/torture/readers.rs"]
mod readers;
#[path = "../examples/torture/run.rs"]
mod run;
#[path = "../examples/torture/writers.rs"]
mod writers;

use std::process::Command;

use plan::Plan;

/// Starts itself as the second process, with a plan in the environment.
#[tokio::test(flavor = "multi_thread")]
async fn no_reader_misses_anything_under_torture() {
    if let Some(plan) = Plan::of_the_second_process() {
        writers::second_process(&plan).await.unwrap();
        return;
    }
    let mut second = Command::new(std::env::current_exe().unwrap());
    second.args(["no_reader_misses_anything_under_torture", "--exact"]);
    let report = run::run(6, 16, second).await.unwrap();
    println!("{report}");
    assert!(report.is_good(), "{report}");
}
