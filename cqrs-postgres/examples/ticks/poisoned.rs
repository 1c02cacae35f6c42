//! A poisoned event among many keys: P3.

use std::time::{Duration, Instant};

use cqrs_core::domain::error_policy::RetryThenPark;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::runners::Runners;
use cqrs_core::words::position::Position;
use tokio::task::JoinSet;

use super::domain::{Count, Failed, POISON, key, one, position};

/// Which key is poisoned.
pub(crate) const POISONED: u64 = 13;

/// An application that tries a poisoned event a few times, and then parks its key.
pub(crate) async fn application<S: ReadSide + Clone>(store: &S) -> Result<Cqrs, Failed> {
    let policy = RetryThenPark {
        attempts: 4,
        first_delay: Duration::from_millis(50),
        longest_delay: Duration::from_millis(500),
    };
    let cqrs = Cqrs::builder(store.clone()).view::<Count>();
    Ok(cqrs.error_policy(policy).build().await?)
}

/// A tick for each key, one of them poisoned if there is to be one, at so many a second; says how long it took for each
/// of the others until readers saw it.
pub(crate) async fn lags<S: ReadSide + Clone>(
    store: S,
    cqrs: &Cqrs,
    keys: u64,
    rate: u64,
    is_poisoned: bool,
) -> Result<Vec<Duration>, Failed> {
    let runners: Runners = cqrs.start_runners();
    let mut reading = JoinSet::new();
    let mut every = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate)?);
    for of in 0..keys {
        every.tick().await;
        let is_poison = is_poisoned && of == POISONED;
        let number = if is_poison { POISON } else { of };
        let (store, cqrs) = (store.clone(), cqrs.clone());
        reading.spawn(async move {
            let at = position(&store.append(one(of, number)?).await?)?;
            let written = Instant::now();
            if !is_poison {
                read(&cqrs, of, at).await?;
            }
            Ok::<_, Failed>((!is_poison).then(|| written.elapsed()))
        });
    }
    let mut lags = Vec::new();
    while let Some(lag) = reading.join_next().await {
        lags.extend(lag??);
    }
    runners.stop(Duration::from_secs(5)).await;
    lags.sort();
    Ok(lags)
}

async fn read(cqrs: &Cqrs, of: u64, at: Position) -> Result<(), Failed> {
    let document = cqrs.view::<Count>(key(of)).at_least(at);
    document
        .within(Duration::from_secs(30))
        .await?
        .ok_or("no document")?;
    Ok(())
}
