//! Compares everything with the log.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::View;
use cqrs_core::runtime::app::Cqrs;
use cqrs_postgres::Postgres;
use cqrs_testing::bank::transfer::Outcome;
use sqlx::postgres::PgPool;

use super::facts::Facts;
use super::outgoing::{self, Outgoing};
use super::sums;
use super::views::{Activity, Totals};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    events: u64,
    transfers: usize,
    given_back: usize,
    refused: usize,
    /// What is not as the log says: all of it, for people.
    pub mistakes: Vec<String>,
}

impl Comparison {
    /// Nothing is wrong, and there was something to get wrong.
    pub(crate) fn is_good(&self) -> bool {
        self.mistakes.is_empty() && self.transfers > 0 && self.given_back > 0
    }
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            events,
            transfers,
            given_back,
            refused,
            mistakes,
        } = self;
        write!(
            formatter,
            "{events} events, {transfers} transfers ({given_back} compensated, {refused} refused), {} not as the log says",
            mistakes.len()
        )?;
        let mut shown = mistakes.iter().take(10);
        shown.try_for_each(|mistake| write!(formatter, "; {mistake}"))
    }
}

/// Waits until no processor is far behind. Others run the processors, and may go on writing.
pub(crate) async fn caught_up(cqrs: &Cqrs, within: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + within;
    loop {
        let statuses = cqrs.processors().await?;
        if statuses.iter().all(|status| status.lag_events < 100) {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < until, "still behind: {statuses:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until nothing moves any more. Others run the processors: `cqrs` only looks.
pub(crate) async fn idle(cqrs: &Cqrs, within: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + within;
    let mut quiet = 0;
    loop {
        let statuses = cqrs.processors().await?;
        let moves = |status: &cqrs_core::runtime::status::ProcessorStatus| {
            let waits = status.parked_events > 0 && status.parked_keys == 0;
            status.lag_events > 0 || status.staged_commands > 0 || waits
        };
        quiet = if statuses.iter().any(moves) {
            0
        } else {
            quiet + 1
        };
        if quiet == 3 {
            return Ok(());
        }
        if Instant::now() > until {
            anyhow::bail!("still not idle after {within:?}: {statuses:#?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Compares each counter, each row and each transfer with the log.
pub(crate) async fn compare(
    cqrs: &Cqrs,
    store: &Postgres,
    url: &str,
) -> anyhow::Result<Comparison> {
    let facts = Facts::of_log(cqrs).await?;
    let mut mistakes = Vec::new();
    let text = |(key, value): (&u64, &Activity)| (key.to_string(), value.clone());
    let accounts: BTreeMap<_, _> = facts.accounts.iter().map(text).collect();
    differ(
        "activity",
        &accounts,
        &documents::<Activity>(cqrs).await?,
        &mut mistakes,
    );
    let text = |(key, value): (&&str, &Totals)| ((*key).to_owned(), value.clone());
    let totals = facts.totals.iter().map(text).collect();
    differ(
        "totals",
        &totals,
        &documents::<Totals>(cqrs).await?,
        &mut mistakes,
    );
    let row = |(key, value): (&String, &Activity)| {
        (key.clone(), (value.balance, value.events.cast_signed()))
    };
    let rows = accounts.iter().map(row).collect();
    let pool = PgPool::connect(url).await?;
    differ(
        "sums",
        &rows,
        &sums::table(&pool, store).await?,
        &mut mistakes,
    );
    let text = |(key, value): (&u64, &Outgoing)| (key.to_string(), value.clone());
    let outgoing = facts.outgoing.iter().map(text).collect();
    differ(
        "outgoing",
        &outgoing,
        &documents::<Outgoing>(cqrs).await?,
        &mut mistakes,
    );
    differ(
        "outgoing-sums",
        &outgoing,
        &outgoing::table(&pool, store).await?,
        &mut mistakes,
    );
    pool.close().await;
    for (id, course) in &facts.transfers {
        if !course.is_settled_once() {
            mistakes.push(format!("transfer {id}: {course:?}"));
        }
    }
    for status in cqrs.processors().await? {
        let is_inline = status.generation_state == GenerationState::Inline;
        if is_inline != outgoing::NAMES.contains(&status.generation.processor) {
            mistakes.push(format!(
                "{} is {:?}",
                status.generation, status.generation_state
            ));
        }
        if status.parked_events > 0 {
            let (of, events) = (status.generation, status.parked_events);
            mistakes.push(format!("{events} events of {of} are parked"));
        }
    }
    let count = |ended: fn(&Outcome) -> bool| {
        let courses = facts.transfers.values();
        let ended = courses
            .filter(|course| matches!(course.outcomes.as_slice(), [outcome] if ended(outcome)));
        ended.count()
    };
    Ok(Comparison {
        events: facts.events,
        transfers: facts.transfers.len(),
        given_back: count(|outcome| *outcome == Outcome::GivenBack),
        refused: count(|outcome| matches!(outcome, Outcome::Refused(_))),
        mistakes,
    })
}

async fn documents<V: View>(cqrs: &Cqrs) -> anyhow::Result<BTreeMap<String, V>> {
    let listed = cqrs.views::<V>().limit(100_000).await?;
    anyhow::ensure!(listed.next.is_none(), "more documents than were asked for");
    let documents = listed.documents.into_iter();
    Ok(documents
        .map(|(key, view)| (key.as_str().to_owned(), view))
        .collect())
}

fn differ<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &BTreeMap<String, T>,
    found: &BTreeMap<String, T>,
    mistakes: &mut Vec<String>,
) {
    for key in expected
        .keys()
        .chain(found.keys().filter(|key| !expected.contains_key(*key)))
    {
        let (expected, found) = (expected.get(key), found.get(key));
        if expected != found {
            mistakes.push(format!(
                "{what} {key} is {found:?}, and {expected:?} by the log"
            ));
        }
    }
}
