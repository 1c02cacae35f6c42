//! The program that is killed, stopped and cut off: accounts, transfers between them, and everything that reads them.
//! The examples `kill_loop` and `nodes`, and the tests of these names, run it in processes of its own.
#![allow(dead_code, reason = "each example uses some of it")]

pub(crate) mod account;
pub(crate) mod child;
pub(crate) mod comparison;
pub(crate) mod facts;
pub(crate) mod letters;
pub(crate) mod outgoing;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod stale_steps;
pub(crate) mod sums;
pub(crate) mod views;
pub(crate) mod writers;

use cqrs_core::domain::error_policy::{ErrorDecision, ErrorPolicy, Failure, RetryThenPark};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::BuildError;
use cqrs_core::words::node::NodeId;
use cqrs_postgres::Postgres;
use cqrs_testing::bank::moving::MovingByTimers;
use cqrs_testing::bank::transfer::Transfer;

use account::Account;
use letters::Letters;
use outgoing::{Outgoing, OutgoingSums};
use plan::Plan;
use sums::Sums;
use views::{Activity, Totals};

/// Two views, a projection with a plain `+=`, a process manager, and an event handler; and one more view and projection
/// that are written by the appends.
pub(crate) async fn program(
    store: Postgres,
    plan: &Plan,
    node: NodeId,
) -> Result<Cqrs, BuildError> {
    Cqrs::builder(store)
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .view::<Activity>()
        .view::<Totals>()
        .projection(Sums {
            pause: plan.pause(),
        })
        .view::<Outgoing>()
        .projection(OutgoingSums)
        .process_manager::<MovingByTimers>()
        .event_handler(Letters {
            pause: plan.pause() * 20,
        })
        .error_policy(policy)
        .lease(plan.lease())
        .batch(plan.batch)
        .node(node)
        .build()
        .await
}

/// What panics is poisoned, and is parked soon; everything else has time.
fn policy(failure: &Failure) -> ErrorDecision {
    let attempts = if failure.error.contains(views::POISON) {
        3
    } else {
        1_000
    };
    let policy = RetryThenPark {
        attempts,
        longest_delay: std::time::Duration::from_millis(500),
        ..RetryThenPark::default()
    };
    policy.decide(failure)
}
