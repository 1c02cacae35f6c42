//! Readers that follow the log, and one that does it wrong.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::runtime::subscription::{Delivery, Subscription};
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_postgres::Postgres;
use sqlx::Row;
use sqlx::postgres::PgPool;
use tokio::sync::watch;

/// What a reader saw, in its order: position, stream and version.
pub(crate) type Seen = Vec<(u64, String, u64)>;

/// What is wrong with what a reader saw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) missed: usize,
    pub(crate) doubled: usize,
    pub(crate) inverted: usize,
}

impl Faults {
    pub(crate) fn any(self) -> bool {
        self.missed + self.doubled + self.inverted > 0
    }

    /// Compares with the table.
    pub(crate) fn of(seen: &Seen, table: &HashSet<u64>) -> Self {
        let mut faults = Self::default();
        let mut positions = HashSet::new();
        let mut versions = std::collections::HashMap::new();
        let mut last = 0;
        for (position, stream, version) in seen {
            faults.doubled += usize::from(!positions.insert(*position));
            // F2 as well: the versions of a stream rise by one.
            let before = versions.insert(stream, *version).unwrap_or(0);
            faults.inverted += usize::from(*position < last || *version != before + 1);
            last = *position;
        }
        faults.missed = table.difference(&positions).count();
        faults
    }
}

impl std::ops::AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.missed += other.missed;
        self.doubled += other.doubled;
        self.inverted += other.inverted;
    }
}

fn note(seen: &mut Seen, event: &RecordedEvent) {
    seen.push((
        event.position.get(),
        event.stream.to_string(),
        event.version.get(),
    ));
}

/// Reads page after page until `end`, which is known when the writers are done.
pub(crate) async fn by_pages(
    store: Postgres,
    end: watch::Receiver<Option<u64>>,
) -> Result<Seen, StoreError> {
    let (mut seen, mut after) = (Seen::new(), Position::START);
    while end.borrow().is_none_or(|end| after.get() < end) {
        let limit = fastrand::usize(1..200);
        let page = store.read_log(LogRead::after(after).limit(limit)).await?;
        page.events.iter().for_each(|event| note(&mut seen, event));
        after = page.through;
        if page.is_last {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(..5))).await;
        }
    }
    Ok(seen)
}

/// Subscribes; drops the future of `next` now and then, which must lose nothing.
pub(crate) async fn by_subscription(
    store: Postgres,
    mut end: watch::Receiver<Option<u64>>,
) -> Result<Seen, StoreError> {
    let mut seen = Seen::new();
    let mut subscription =
        Subscription::new(Arc::new(store), Position::START, Filter::all()).page(100);
    loop {
        let last = seen.last().map_or(0, |(position, _, _)| *position);
        let is_over = end.borrow_and_update().is_some();
        if is_over && end.borrow().is_some_and(|end| last >= end) {
            return Ok(seen);
        }
        let wait = if is_over { 2_000 } else { fastrand::u64(1..50) };
        match tokio::time::timeout(Duration::from_millis(wait), subscription.next()).await {
            Ok(delivery) => {
                if let Delivery::Event(event) = delivery? {
                    note(&mut seen, &event);
                }
            }
            // What has not come by now is missed.
            Err(_) if is_over => return Ok(seen),
            Err(_) => {}
        }
    }
}

/// Follows the greatest position that is visible: what is often done, and misses events.
pub(crate) async fn naive(
    pool: PgPool,
    schema: String,
    end: watch::Receiver<Option<u64>>,
) -> Result<Seen, sqlx::Error> {
    let statement = format!(
        "SELECT position, category || '-' || key, version FROM \"{schema}\".events \
         WHERE position > $1 ORDER BY position LIMIT 200"
    );
    let statement: Arc<str> = statement.into();
    let (mut seen, mut after) = (Seen::new(), 0_i64);
    while end.borrow().is_none_or(|end| after.unsigned_abs() < end) {
        let rows = sqlx::query(sqlx::AssertSqlSafe(Arc::clone(&statement)))
            .bind(after)
            .fetch_all(&pool)
            .await?;
        for row in &rows {
            after = row.try_get(0)?;
            let version: i64 = row.try_get(2)?;
            seen.push((
                after.unsigned_abs(),
                row.try_get(1)?,
                version.unsigned_abs(),
            ));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(seen)
}
