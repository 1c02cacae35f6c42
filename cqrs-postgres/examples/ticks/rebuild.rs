//! A rebuild under load: P4.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cqrs_core::ports::append::AppendEvents;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::runtime::app::Cqrs;

use super::domain::{Count, Failed, append, key, one, position, rows};

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many events are recorded before the rebuild.
    pub(crate) events: u64,
    /// Over how many keys.
    pub(crate) keys: u64,
    /// How many events a second are appended meanwhile.
    pub(crate) rate: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// How long the rebuild took.
    pub(crate) time: Duration,
    /// How many events were in the log at its end.
    pub(crate) events: u64,
    /// How many were appended meanwhile.
    pub(crate) live: u64,
    /// How often the reader looked.
    pub(crate) looks: u64,
}

/// Builds, rebuilds under load with a reader that must never see less than before, and compares with a clean build.
pub(crate) async fn run<S: ReadSide + Clone>(store: S, plan: Plan) -> Result<Outcome, Failed> {
    let end = append(&store, 0..plan.events, plan.keys).await?;
    let cqrs = Cqrs::builder(store.clone()).view::<Count>().build().await?;
    let runners = cqrs.start_runners();
    let patience = Duration::from_mins(30);
    let all = cqrs.views::<Count>().at_least(end).within(patience);
    all.limit(1).await?;

    let is_over = Arc::new(AtomicBool::new(false));
    let appended = Arc::new(AtomicU64::new(plan.events));
    let writer = tokio::spawn(write(store, plan, is_over.clone(), appended.clone()));
    let reader = tokio::spawn(look(cqrs.clone(), plan, is_over.clone()));
    let began = Instant::now();
    let rebuilt = cqrs.rebuild::<Count>().await?.finished().await;
    let time = began.elapsed();
    let events = appended.load(Ordering::SeqCst);
    // The first moments of the new one are looked at too.
    tokio::time::sleep(Duration::from_millis(200)).await;
    is_over.store(true, Ordering::SeqCst);
    let end = writer.await??;
    let looks = reader.await??;
    rebuilt?;

    cqrs.views::<Count>().at_least(end).limit(1).await?;
    let under_load = rows(&cqrs).await?;
    cqrs.rebuild::<Count>().await?.finished().await?;
    if rows(&cqrs).await? != under_load {
        return Err("the rebuild under load differs from a clean one".into());
    }
    let ticks: u64 = under_load.iter().map(|(_, count)| count.ticks).sum();
    let written = appended.load(Ordering::SeqCst);
    if ticks != written {
        return Err(format!("{written} events were written, {ticks} are counted").into());
    }
    runners.stop(Duration::from_secs(10)).await;
    Ok(Outcome {
        time,
        events,
        live: events - plan.events,
        looks,
    })
}

/// Appends until it is over; says where the last event is.
async fn write<S: AppendEvents>(
    store: S,
    plan: Plan,
    is_over: Arc<AtomicBool>,
    appended: Arc<AtomicU64>,
) -> Result<cqrs_core::words::position::Position, Failed> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(plan.rate)?);
    loop {
        ticks.tick().await;
        let number = appended.load(Ordering::SeqCst);
        let recorded = store.append(one(number % plan.keys, number)?).await?;
        appended.fetch_add(1, Ordering::SeqCst);
        if is_over.load(Ordering::SeqCst) {
            return position(&recorded);
        }
    }
}

/// Looks every millisecond, at one key after the other and at the first of the list: nothing may be missing, and
/// nothing may be less than it was. Says how often it has looked.
async fn look(cqrs: Cqrs, plan: Plan, is_over: Arc<AtomicBool>) -> Result<u64, Failed> {
    let mut seen = vec![0; usize::try_from(plan.keys)?];
    for (number, seen) in seen.iter_mut().enumerate() {
        *seen = (plan.events + plan.keys - 1 - number as u64) / plan.keys;
    }
    let mut check = |number: usize, count: Option<&Count>| {
        let ticks = count.map_or(0, |count| count.ticks);
        let before = std::mem::replace(&mut seen[number], ticks);
        if ticks < before || ticks == 0 {
            return Err(format!("key {number} had {before} ticks, and then {ticks}"));
        }
        Ok(())
    };
    let mut looks = 0;
    let mut every = tokio::time::interval(Duration::from_millis(1));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !is_over.load(Ordering::SeqCst) {
        every.tick().await;
        let number = looks * 7_919 % plan.keys;
        let count = cqrs.view::<Count>(key(number)).await?;
        check(usize::try_from(number)?, count.as_ref())?;
        if looks % 8 == 0 {
            let first = cqrs.views::<Count>().limit(20).await?.documents;
            if first.len() as u64 != plan.keys.min(20) {
                return Err(format!("{} documents of 20 are listed", first.len()).into());
            }
            for (number, (_, count)) in first.iter().enumerate() {
                check(number, Some(count))?;
            }
        }
        looks += 1;
    }
    Ok(looks)
}

/// How many events a second are handled when each is a step of its own.
pub(crate) async fn live_rate<S: ReadSide + Clone>(
    store: S,
    events: u64,
    keys: u64,
) -> Result<f64, Failed> {
    let live = Cqrs::builder(store.clone())
        .view::<Count>()
        .batch(1)
        .rebuild_batch(1)
        .build()
        .await?;
    let end = append(&store, 0..events, keys).await?;
    let runners = live.start_runners();
    let began = Instant::now();
    let all = live.views::<Count>().at_least(end);
    all.limit(1).within(Duration::from_mins(10)).await?;
    let time = began.elapsed();
    runners.stop(Duration::from_secs(5)).await;
    #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
    let rate = events as f64 / time.as_secs_f64();
    Ok(rate)
}
