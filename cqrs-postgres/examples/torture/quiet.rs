//! How long it takes from a commit to its delivery, when only few append.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::watch::WatchLog;
use cqrs_core::runtime::subscription::{Delivery, Subscription};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;

/// Half of the deliveries took no longer than `median`, 99 of 100 no longer than `p99`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
}

impl Latency {
    /// Not measured.
    pub(crate) const UNKNOWN: Self = Self {
        median: Duration::MAX,
        p99: Duration::MAX,
    };
}

impl std::fmt::Display for Latency {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        write!(
            formatter,
            "{:.2}/{:.2} ms",
            milliseconds(self.median),
            milliseconds(self.p99)
        )
    }
}

/// Appends through one store, and subscribes through another, or the same.
pub(crate) async fn measure(
    writing: &Postgres,
    reading: &Postgres,
    appends: usize,
) -> anyhow::Result<Latency> {
    let mut watch = reading.watch();
    // Until everything before is settled, and both have had the time to connect.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let start = watch.past(Position::START).await.unwrap_or_default();
    let mut subscription = Subscription::new(Arc::new(reading.clone()), start, Filter::all());
    let reader = tokio::spawn(async move {
        let mut delivered = HashMap::new();
        while delivered.len() < appends {
            if let Delivery::Event(event) = subscription.next().await? {
                delivered.insert(event.position, Instant::now());
            }
        }
        anyhow::Ok(delivered)
    });
    let mut committed = HashMap::new();
    for _ in 0..appends {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..25))).await;
        let name = EventName::from_static("quiet");
        let event = NewEvent::new(name, Payload::from_store("{}"));
        let stream = format!("quiet-{}", event.event_id).parse()?;
        let append = Append::to(stream, ExpectedVersion::NoStream, vec![event]);
        if let AppendOutcome::Recorded(appended) = writing.append(append).await? {
            committed.insert(appended.position, Instant::now());
        }
    }
    let delivered = tokio::time::timeout(Duration::from_secs(10), reader).await???;
    let mut times: Vec<_> = committed
        .iter()
        .filter_map(|(position, at)| Some(delivered.get(position)?.saturating_duration_since(*at)))
        .collect();
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    Ok(Latency {
        median: at(50),
        p99: at(99),
    })
}
