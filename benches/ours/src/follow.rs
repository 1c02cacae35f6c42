//! Follows the log as a handler would.

use std::sync::Arc;

use anyhow::{Context, Result};
use bench_harness::Arrivals;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::subscription::Delivery;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;

use crate::replay::amount;

/// Returns when the subscription has caught up and listens.
pub(crate) async fn start(cqrs: &Cqrs, arrivals: Arc<Arrivals>) -> Result<()> {
    let mut subscription = cqrs.subscribe(Position::START, Filter::all());
    while !matches!(subscription.next().await?, Delivery::CaughtUp(_)) {}
    tokio::spawn(async move {
        // An error ends it, and the harness finds that events are missing.
        while let Ok(delivery) = subscription.next().await {
            if let Delivery::Event(event) = delivery
                && let Ok(Some(amount)) = amount(&event).context("no deposit")
            {
                arrivals.arrived(amount);
            }
        }
    });
    Ok(())
}
