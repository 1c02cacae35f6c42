//! Random steps on this store and on the one in memory, which is the reference: both answer the same.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/processors.rs"]
mod processors;
#[path = "support/random.rs"]
mod random;

use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::AdvanceError;
use cqrs_core::ports::append::Append;
use cqrs_core::ports::documents::ListDocuments;
use cqrs_core::ports::leases::HoldLeases;
use cqrs_core::ports::parked::{ListParked, ParkedEvent, ParkedRequest};
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationRow, GenerationState, Generations, ProcessorKind,
};
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::ports::staged::{DueCommands, ListUnsent};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::start::StartFrom;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;
use fastrand::Rng;
use processors::{at, node, part};
use random::{PARTITIONS, any_advance, any_generation, any_key, moment, some};
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn timeless(mut parked: ParkedEvent) -> ParkedEvent {
    parked.parked_at = now();
    parked
}

fn row(mut row: GenerationRow) -> GenerationRow {
    row.began_at = now();
    row
}

fn rows(generations: Generations) -> Generations {
    Generations {
        live: generations.live.map(row),
        building: generations.building.map(row),
    }
}

fn any_start(rng: &mut Rng) -> StartFrom {
    let starts = [
        StartFrom::Beginning,
        StartFrom::After(at(100)),
        StartFrom::Now,
    ];
    starts[rng.usize(..3)]
}

/// One of the things that a runtime asks for, as this generator says; its answer as text.
async fn ask(store: &dyn ReadSide, rng: &mut Rng) -> String {
    let of = any_generation(rng);
    match rng.u8(0..26) {
        0..=3 => ask_for_generations(store, rng, of).await,
        4..=8 => ask_for_leases(store, rng, of).await,
        9..=18 => ask_for_what_is_there(store, rng, of).await,
        _ => advance(store, rng, of).await,
    }
}

fn shown(answer: impl Debug) -> String {
    format!("{answer:?}")
}

async fn ask_for_generations(store: &dyn ReadSide, rng: &mut Rng, of: GenerationId) -> String {
    match rng.u8(0..4) {
        0 => {
            let processor = of.processor.clone();
            let version = rng.u32(1..4);
            // Only where it is refused: keys are shared out among three.
            let one = rng.u8(..) < 64;
            let known = store.progress(Some(&processor)).await.unwrap();
            let is_refused = known.iter().any(|generation| {
                generation.row.state != GenerationState::Retired
                    && generation.row.version == version
            });
            let declare = Declare {
                kind: match processor.as_str() {
                    _ if rng.u8(..) < 16 => ProcessorKind::View,
                    "handler" => ProcessorKind::EventHandler,
                    "manager" => ProcessorKind::ProcessManager,
                    _ => ProcessorKind::View,
                },
                processor,
                version,
                partitions: if one && is_refused {
                    PartitionCount::ONE
                } else {
                    PARTITIONS
                },
                start: any_start(rng),
            };
            shown(
                store
                    .declare(declare)
                    .await
                    .map(rows)
                    .map_err(|error| match error {
                        DeclareError::Store(error) => format!("{error:?}"),
                        error => error.to_string(),
                    }),
            )
        }
        1 => {
            let begun =
                store.begin_generation(&of.processor, rng.u32(1..4), PARTITIONS, any_start(rng));
            shown(begun.await.map(row).map_err(|_| ()))
        }
        2 => shown(store.switch(&of, at(rng.u64(0..20))).await.unwrap()),
        3 if rng.u8(..) < 128 => shown(store.drop_generation(&of).await.unwrap()),
        _ => String::new(),
    }
}

async fn ask_for_leases(store: &dyn ReadSide, rng: &mut Rng, of: GenerationId) -> String {
    let partitions = some(rng, 3, |rng| part(rng.u16(0..3)));
    match rng.u8(4..9) {
        4..=6 => {
            let request = HoldLeases {
                node: node(["n1", "n2"][rng.usize(..2)]),
                lease: Duration::from_mins(10),
                generations: some(rng, 4, any_generation),
            };
            let mut request = request;
            request.generations.sort();
            request.generations.dedup();
            shown(store.hold(request).await.unwrap())
        }
        7 => shown(store.release(&node("n1"), &of, &partitions).await.is_ok()),
        8 if rng.u8(..) < 64 => shown(store.leave(&node("n2")).await.is_ok()),
        _ => String::new(),
    }
}

async fn ask_for_what_is_there(store: &dyn ReadSide, rng: &mut Rng, of: GenerationId) -> String {
    let partitions = some(rng, 3, |rng| part(rng.u16(0..3)));
    match rng.u8(9..19) {
        9 => shown({
            let mut progress = store.progress(None).await.unwrap();
            for generation in &mut progress {
                generation.row.began_at = now();
            }
            progress
        }),
        10 => {
            let keys = some(rng, 5, any_key);
            let mut keys: Vec<_> = keys.into_iter().collect();
            keys.sort();
            keys.dedup();
            let mut documents = store.load_documents(&of, &keys).await.unwrap();
            documents.sort_by(|one, other| one.key.cmp(&other.key));
            shown(documents)
        }
        11 => {
            let key = any_key(rng);
            let partition = PARTITIONS.partition_of(key.as_str());
            let mut read = store.read_document(&of, partition, &key).await.unwrap();
            read.blocked = read.blocked.map(timeless);
            shown(read)
        }
        12 => shown({
            let request = ListDocuments {
                of,
                prefix: ["", "a", "a%", "ä", "\u{10FFFF}", "a\0", "zz"][rng.usize(..7)].to_owned(),
                after: rng.bool().then(|| any_key(rng)),
                limit: rng.usize(0..5),
            };
            store.list_documents(request).await.unwrap()
        }),
        13 => {
            let mut blocked = store.blocked_keys(&of, &partitions).await.unwrap();
            blocked.sort_by(|one, other| one.event.key.cmp(&other.event.key));
            shown(blocked.into_iter().map(timeless).collect::<Vec<_>>())
        }
        14 => {
            let request = ListParked {
                of,
                key: rng.bool().then(|| any_key(rng)),
                after: rng.bool().then(|| (at(rng.u64(1..6)), any_key(rng))),
                limit: rng.usize(1..6),
            };
            let parked = store.list_parked(request).await.unwrap();
            shown(parked.into_iter().map(timeless).collect::<Vec<_>>())
        }
        15 => {
            let key = rng.bool().then(|| any_key(rng));
            let request = [ParkedRequest::Replay, ParkedRequest::Discard][rng.usize(..2)];
            shown(store.ask(&of, key.as_ref(), request).await.unwrap())
        }
        16 => {
            let id = rng.bool().then(|| Uuid::from_u128(rng.u128(1..40)).into());
            let request = [ParkedRequest::Replay, ParkedRequest::Discard][rng.usize(..2)];
            let asked = store.ask_unsent(&of, id, request, moment(rng)).await;
            shown(asked.unwrap())
        }
        17 => {
            let after = (at(rng.u64(0..4)), Uuid::from_u128(rng.u128(0..40)).into());
            let request = ListUnsent {
                of,
                after: rng.bool().then_some(after),
                limit: rng.usize(1..6),
            };
            shown(store.list_unsent(request).await.unwrap())
        }
        _ => {
            let request = DueCommands {
                of,
                partitions,
                now: moment(rng),
                limit: rng.usize(1..6),
            };
            shown(store.due_commands(request).await.unwrap())
        }
    }
}

async fn advance(store: &dyn ReadSide, rng: &mut Rng, of: GenerationId) -> String {
    let progress = store.progress(Some(&of.processor)).await.unwrap();
    let found = progress.iter().find(|generation| generation.row.of == of);
    let places: Vec<_> = found
        .iter()
        .flat_map(|generation| &generation.partitions)
        .map(|row| (row.partition, row.epoch, row.checkpoint.get()))
        .collect();
    match store.advance(any_advance(rng, of, &places)).await {
        Ok(()) => "advanced".to_owned(),
        Err(AdvanceError::Store(_)) => "refused".to_owned(),
        Err(stale) => stale.to_string(),
    }
}

#[tokio::test]
async fn answers_as_the_store_in_memory_does() {
    compare(true).await;
}

#[tokio::test]
async fn answers_so_without_prepared_statements_too() {
    compare(false).await;
}

async fn compare(prepared: bool) {
    let (scratch, memory) = (Scratch::new(), Memory::new());
    let builder = scratch.builder().prepared_statements(prepared);
    let postgres = builder.connect().await.unwrap();
    for number in 0..3 {
        let stream = events::stream(&format!("a-{number}"));
        let append = Append::to(stream, ExpectedVersion::Any, vec![events::event("x")]);
        for store in [&memory as &dyn ReadSide, &postgres] {
            store.append(append.clone()).await.unwrap();
        }
    }
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let steps = std::env::var("STEPS").map_or(1_500, |steps| steps.parse().unwrap());
    let mut advanced = 0;
    for number in 0..steps {
        let mut again = rng.fork();
        let mut first = again.clone();
        let expected = ask(&memory, &mut first).await;
        let answer = ask(&postgres, &mut again).await;
        if answer != expected {
            let same = std::iter::zip(answer.chars(), expected.chars());
            let same = same.take_while(|(one, other)| one == other).count();
            let rest = |text: &str| {
                text.chars()
                    .skip(same.saturating_sub(300))
                    .take(600)
                    .collect::<String>()
            };
            panic!(
                "step {number} with SEED={seed}\n got …{}\nnot …{}",
                rest(&answer),
                rest(&expected)
            );
        }
        advanced += usize::from(answer == "advanced");
    }
    assert!(
        advanced > steps / 20,
        "only {advanced} of {steps} steps advanced"
    );
}
