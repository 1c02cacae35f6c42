//! What is asked of a log at each size.

use std::time::{Duration, Instant};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use sqlx::Row;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::content;
use crate::fill::Filler;
use crate::table::Table;

/// Times of one question, in its order.
const QUESTIONS: usize = 300;

pub(crate) async fn all(
    table: &mut Table,
    store: &Postgres,
    pool: &PgPool,
    filler: &Filler,
    seconds: u64,
) -> anyhow::Result<()> {
    analyze(table, pool).await?;
    appends(table, store, Duration::from_secs(seconds)).await?;
    streams(table, store, filler.events).await?;
    feed(table, store, filler.events, Duration::from_secs(seconds)).await?;
    filters(table, store, filler.events).await?;
    sizes(table, pool).await
}

/// As autovacuum does behind an import, so that it is not measured with the rest.
async fn analyze(table: &mut Table, pool: &PgPool) -> anyhow::Result<()> {
    let start = Instant::now();
    sqlx::raw_sql("VACUUM (ANALYZE) events")
        .execute(pool)
        .await?;
    sqlx::raw_sql("VACUUM (ANALYZE) event_tags")
        .execute(pool)
        .await?;
    table.row(
        "VACUUM (ANALYZE), s",
        format!("{:.1}", start.elapsed().as_secs_f64()),
    );
    Ok(())
}

async fn appends(table: &mut Table, store: &Postgres, longest: Duration) -> anyhow::Result<()> {
    for tasks in [1, 32] {
        let start = Instant::now();
        let running: Vec<_> = (0..tasks)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while start.elapsed() < longest {
                        let event = content::event(fastrand::u64(..))?;
                        let stream = format!("account-{}", Uuid::now_v7()).parse()?;
                        let one = Instant::now();
                        let append = Append::to(stream, ExpectedVersion::NoStream, vec![event]);
                        store.append(append).await?;
                        times.push(one.elapsed());
                    }
                    anyhow::Ok(times)
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in running {
            times.extend(task.await??);
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = times.len() as f64 / start.elapsed().as_secs_f64();
        if tasks == 1 {
            times_row(table, "append, 1 task", times);
        } else {
            table.row(
                format!("append, {tasks} tasks, appends/s"),
                format!("{rate:.0}"),
            );
        }
    }
    Ok(())
}

async fn streams(table: &mut Table, store: &Postgres, events: u64) -> anyhow::Result<()> {
    let mut times = Vec::new();
    let streams = content::streams(events);
    for _ in 0..if streams == 0 { 0 } else { QUESTIONS } {
        let stream = content::stream(fastrand::u64(..streams))?;
        let start = Instant::now();
        let page = store.read_stream(StreamRead::forward(stream)).await?;
        times.push(start.elapsed());
        anyhow::ensure!(
            page.events.len() as u64 == content::LENGTH,
            "a stream is whole"
        );
    }
    times_row(table, "load of a stream of 20 events", times);
    Ok(())
}

async fn feed(
    table: &mut Table,
    store: &Postgres,
    events: u64,
    longest: Duration,
) -> anyhow::Result<()> {
    let (start, mut after, mut read) = (Instant::now(), Position::START, 0);
    while start.elapsed() < longest {
        let page = store.read_log(LogRead::after(after).limit(1_000)).await?;
        read += page.events.len();
        after = if page.is_last {
            Position::START
        } else {
            page.through
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = read as f64 / start.elapsed().as_secs_f64();
    table.row("the log from its beginning, events/s", format!("{rate:.0}"));
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        let after = Position::new(fastrand::u64(..events))?;
        let start = Instant::now();
        store.read_log(LogRead::after(after).limit(100)).await?;
        times.push(start.elapsed());
    }
    times_row(table, "100 events after any position", times);
    Ok(())
}

async fn filters(table: &mut Table, store: &Postgres, events: u64) -> anyhow::Result<()> {
    let never = cqrs_core::words::tag::Tag::of("customer", "nobody")?;
    let filters = |customer: u64| -> anyhow::Result<[(&'static str, Filter); 4]> {
        let category = Filter::category(Category::from_static("order"));
        Ok([
            ("a category of a tenth", category),
            ("a name of a thousandth", Filter::name(content::RARE)),
            ("a tag of few events", Filter::tag(content::tag(customer)?)),
            ("a tag of none", Filter::tag(never.clone())),
        ])
    };
    for kind in 0..4 {
        let (mut times, mut name) = (Vec::new(), "");
        for _ in 0..QUESTIONS {
            let after = Position::new(fastrand::u64(..events))?;
            let (what, filter) = filters(fastrand::u64(..content::CUSTOMERS))?[kind].clone();
            let start = Instant::now();
            let read = LogRead::after(after).filter(filter).limit(10);
            store.read_log(read).await?;
            times.push(start.elapsed());
            name = what;
        }
        times_row(
            table,
            &format!("10 events of {name}, after any position"),
            times,
        );
    }
    Ok(())
}

async fn sizes(table: &mut Table, pool: &PgPool) -> anyhow::Result<()> {
    const SQL: &str = "
        WITH tables AS (
            SELECT c.oid, p.name FROM (VALUES ('events'), ('event_tags')) p(name)
            CROSS JOIN LATERAL (SELECT relid::oid AS oid FROM pg_partition_tree(p.name::regclass)
                                UNION SELECT p.name::regclass::oid) c
        ), parts AS (
            SELECT '`' || name || '`, rows' AS what, pg_table_size(oid) AS bytes FROM tables
            UNION ALL
            SELECT '`' || name || '`, index on `' || (
                SELECT string_agg(a.attname, ', ' ORDER BY k.n)
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, n)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
            ) || '`', pg_relation_size(i.indexrelid)
            FROM tables JOIN pg_index i ON i.indrelid = tables.oid
        )
        SELECT what, sum(bytes)::float8 / 1048576 FROM parts GROUP BY what ORDER BY what <> '`events`, rows', what";
    let mut sum = 0.0;
    for row in sqlx::query(SQL).fetch_all(pool).await? {
        let size: f64 = row.try_get(1)?;
        sum += size;
        table.row(
            format!("{}, MiB", row.try_get::<&str, _>(0)?),
            format!("{size:.0}"),
        );
    }
    table.row("in all, MiB", format!("{sum:.0}"));
    Ok(())
}

fn times_row(table: &mut Table, what: &str, mut times: Vec<Duration>) {
    if times.is_empty() {
        return;
    }
    times.sort_unstable();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e3;
    table.row(
        format!("{what}, median and p99, ms"),
        format!("{:.2}, {:.2}", at(50), at(99)),
    );
}
