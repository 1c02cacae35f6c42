//! What one advance of a processor costs, and why documents are written as they are.
//!
//! `DATABASE_URL=… cargo run --release -p cqrs-postgres --example advance`

#[path = "advance/forms.rs"]
mod forms;

use std::time::{Duration, Instant};

use cqrs_core::ports::advance::{Advance, AdvanceProcessors, PartitionAdvance};
use cqrs_core::ports::documents::{DocumentWrite, Documents};
use cqrs_core::ports::leases::{HeldPartition, HoldLeases, Leases};
use cqrs_core::ports::processors::{Declare, ProcessorKind, Processors};
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;

const VIEW: ProcessorName = ProcessorName::from_static("view");
const KEYS: u64 = 100_000;
const ROUNDS: u64 = 200;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let declare = Declare {
        processor: VIEW,
        kind: ProcessorKind::View,
        version: 1,
        partitions: PartitionCount::DEFAULT,
        start: StartFrom::Beginning,
    };
    let running = store.declare(declare).await?;
    let Some(live) = running.live else {
        anyhow::bail!("the view is not live")
    };
    let mut runner = Runner::new(store, live.of).await?;

    println!("new documents, 500 an advance: {}", runner.fill().await?);
    for (partitions, documents) in [(1, 0), (1, 1), (1, 50), (1, 500), (16, 500), (1, 5_000)] {
        let time = runner.measure(partitions, documents).await?;
        println!("{partitions:2} partitions, {documents:5} documents: {time}");
    }
    println!(
        "in a user's transaction, 0 documents: {}",
        runner.in_transaction().await?
    );
    println!("hold of one generation: {}", runner.hold().await?);
    println!("load of 500 documents: {}", runner.load().await?);
    println!("{}", runner.sizes(&scratch).await?);
    runner.store.close().await;
    forms::compare(&scratch).await
}

struct Runner {
    store: Postgres,
    of: GenerationId,
    node: NodeId,
    held: Vec<HeldPartition>,
    random: fastrand::Rng,
}

impl Runner {
    async fn new(store: Postgres, of: GenerationId) -> anyhow::Result<Self> {
        let mut runner = Self {
            store,
            of,
            node: NodeId::unique(),
            held: Vec::new(),
            random: fastrand::Rng::with_seed(7),
        };
        runner.hold_once().await?;
        Ok(runner)
    }

    async fn hold_once(&mut self) -> anyhow::Result<()> {
        let request = HoldLeases {
            node: self.node.clone(),
            lease: Duration::from_mins(10),
            generations: vec![self.of.clone()],
        };
        self.held = self.store.hold(request).await?.swap_remove(0).partitions;
        Ok(())
    }

    fn advance(&mut self, partitions: usize, keys: impl IntoIterator<Item = u64>) -> Advance {
        let mut advance = Advance::new(self.of.clone());
        for held in &mut self.held[..partitions] {
            let from = held.checkpoint;
            held.checkpoint = Position::try_from(from.get() + 1).unwrap_or(from);
            advance.partitions.push(PartitionAdvance {
                partition: held.partition,
                epoch: held.epoch,
                from,
                through: held.checkpoint,
            });
        }
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let documents = keys.iter().filter_map(|number| document(*number).ok());
        advance.documents = documents.collect();
        advance
    }

    async fn fill(&mut self) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for first in (0..KEYS).step_by(500) {
            let advance = self.advance(1, first..first + 500);
            times.time(self.store.advance(advance)).await?;
        }
        Ok(times)
    }

    async fn measure(&mut self, partitions: usize, documents: usize) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for _ in 0..ROUNDS {
            let keys: Vec<_> = (0..documents).map(|_| self.random.u64(0..KEYS)).collect();
            let advance = self.advance(partitions, keys);
            times.time(self.store.advance(advance)).await?;
        }
        Ok(times)
    }

    async fn in_transaction(&mut self) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for _ in 0..ROUNDS {
            let advance = self.advance(1, []);
            let store = &self.store;
            let both = async {
                let tx = store.begin(&advance.of).await?;
                store.advance_in(tx, advance.clone()).await
            };
            times.time(both).await?;
        }
        Ok(times)
    }

    async fn hold(&mut self) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for _ in 0..ROUNDS {
            times.time(self.hold_once()).await?;
        }
        Ok(times)
    }

    async fn load(&mut self) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for _ in 0..ROUNDS {
            let keys: Result<Vec<_>, _> = (0..500).map(|_| key(self.random.u64(0..KEYS))).collect();
            let keys = keys?;
            times
                .time(self.store.load_documents(&self.of, &keys))
                .await?;
        }
        Ok(times)
    }

    async fn sizes(&self, scratch: &Scratch) -> anyhow::Result<String> {
        let statement = "SELECT string_agg(format('%s: %s, index %s, updates %s, of them on the page %s', relname, \
             pg_size_pretty(pg_relation_size(relid)), pg_size_pretty(pg_indexes_size(relid)), n_tup_upd, n_tup_hot_upd), E'\\n') \
             FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname IN ('documents', 'partitions')";
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        Ok(sqlx::query_scalar(statement)
            .fetch_one(&scratch.pool().await)
            .await?)
    }
}

fn key(number: u64) -> anyhow::Result<DocumentKey> {
    Ok(DocumentKey::new(format!(
        "{:032x}",
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    ))?)
}

fn document(number: u64) -> anyhow::Result<DocumentWrite> {
    let content = format!(
        "{{\"owner\":\"Ada Lovelace\",\"balance\":{number},\"deposits\":12,\"withdrawals\":3,\"last\":\"2026-11-21T00:00:00Z\"}}"
    );
    Ok(DocumentWrite {
        key: key(number)?,
        content: Some(Payload::from_json(content)?),
        position: Position::new(number)?,
        is_new: false,
    })
}

/// How long each of some calls took.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) async fn time<T, E>(
        &mut self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = Instant::now();
        let outcome = call.await;
        self.0.push(start.elapsed());
        outcome
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut times = self.0.clone();
        times.sort_unstable();
        let at = |share: usize| {
            times
                .get(times.len() * share / 100)
                .copied()
                .unwrap_or_default()
        };
        write!(formatter, "median {:.2?}, p99 {:.2?}", at(50), at(99))
    }
}
