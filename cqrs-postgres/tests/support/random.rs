//! Random steps of processors.

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::{Advance, CancelTimer, PartitionAdvance};
use cqrs_core::ports::parked::{ParkEvent, ParkedFailure};
use cqrs_core::ports::staged::{PostponeCommand, StagedCommand};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::partition::{Partition, PartitionCount};
use fastrand::Rng;

use crate::processors::{self, at, delete, key, of, write};

pub(crate) const KEYS: [&str; 12] = [
    "a",
    "a b",
    "a%",
    "a_",
    "ab",
    "abc",
    "B",
    "z",
    "ä",
    "ö",
    "日本",
    "\u{10FFFF}",
];
pub(crate) const PARTITIONS: PartitionCount = PartitionCount::from_static(3);

pub(crate) fn any_key(rng: &mut Rng) -> DocumentKey {
    key(KEYS[rng.usize(..KEYS.len())])
}

pub(crate) fn any_generation(rng: &mut Rng) -> GenerationId {
    let processors = ["view", "handler", "manager"];
    of(processors[rng.usize(..3)], rng.u32(1..=4))
}

pub(crate) fn moment(rng: &mut Rng) -> DateTime<Utc> {
    DateTime::from_timestamp(rng.i64(0..50), 0).unwrap()
}

pub(crate) fn some<T>(rng: &mut Rng, most: usize, mut one: impl FnMut(&mut Rng) -> T) -> Vec<T> {
    (0..rng.usize(..=most)).map(|_| one(rng)).collect()
}

pub(crate) fn any_parked(rng: &mut Rng) -> ParkEvent {
    let key = any_key(rng);
    ParkEvent {
        partition: PARTITIONS.partition_of(key.as_str()),
        key,
        position: at(rng.u64(1..6)),
        failure: rng.bool().then(|| ParkedFailure {
            attempts: rng.u32(..),
            error: "so \"it\" was".to_owned(),
            retry_at: rng.bool().then(|| moment(rng)),
        }),
    }
}

/// One of forty: an id is always that of the same command.
pub(crate) fn any_staged(rng: &mut Rng) -> StagedCommand {
    let id = rng.u64(1..40);
    let rng = &mut Rng::with_seed(id);
    let key = any_key(rng);
    let mut command = processors::staged(id.into(), key.as_str(), rng.i64(0..50));
    command.partition = PARTITIONS.partition_of(key.as_str());
    command.position = at(rng.u64(1..6));
    command.number = rng.u32(0..3);
    command.is_timer = rng.bool();
    if command.is_timer && rng.bool() {
        command.timer = Some(["t", "u"][rng.usize(..2)].parse().unwrap());
    }
    if rng.bool() {
        let mut metadata = Metadata::new();
        metadata.insert("user", "ada").unwrap();
        metadata.correlation_id = Some(uuid::Uuid::from_u128(7).into());
        command.metadata = metadata;
        command.error = Some("no".to_owned());
        command.attempts = rng.u32(..);
    }
    command
}

pub(crate) fn any_advance(
    rng: &mut Rng,
    of: GenerationId,
    places: &[(Partition, Epoch, u64)],
) -> Advance {
    let mut advance = Advance::new(of);
    for (partition, epoch, checkpoint) in places {
        if rng.bool() {
            let wrong = rng.u8(..) < 8;
            advance.partitions.push(PartitionAdvance {
                partition: *partition,
                epoch: if wrong { epoch.next() } else { *epoch },
                from: at(checkpoint + u64::from(rng.u8(..) < 4)),
                through: at(checkpoint + rng.u64(1..4)),
            });
        }
    }
    let mut keys = some(rng, 6, any_key);
    keys.sort();
    keys.dedup();
    advance.documents = keys
        .iter()
        .map(|key| match rng.u8(0..2) {
            0 => write(
                key.as_str(),
                &format!("{{ \"n\":{}}}", rng.u8(..)),
                rng.u64(1..9),
            ),
            _ => delete(key.as_str(), 1),
        })
        .collect();
    advance.unparked = some(rng, 4, |rng| (any_key(rng), at(rng.u64(1..6))));
    advance.parked = some(rng, 3, any_parked);
    advance
        .parked
        .sort_by_key(|event| (event.key.clone(), event.position));
    advance
        .parked
        .dedup_by_key(|event| (event.key.clone(), event.position));
    advance.parked.retain(|event| {
        !advance
            .unparked
            .contains(&(event.key.clone(), event.position))
    });
    advance.sent = some(rng, 3, |rng| uuid::Uuid::from_u128(rng.u128(1..40)).into());
    advance.postponed = some(rng, 2, |rng| PostponeCommand {
        id: uuid::Uuid::from_u128(rng.u128(1..40)).into(),
        due_at: rng.bool().then(|| moment(rng)),
        attempts: rng.u32(..),
        error: "later".to_owned(),
    });
    advance.postponed.sort_by_key(|postponed| postponed.id);
    advance.postponed.dedup_by_key(|postponed| postponed.id);
    advance.cancelled = some(rng, 1, |rng| CancelTimer {
        key: any_key(rng),
        timer: rng.bool().then(|| "t".parse().unwrap()),
    });
    advance.staged = some(rng, 6, any_staged);
    // A delivery stages a command once.
    let mut seen = std::collections::HashSet::new();
    advance.staged.retain(|command| seen.insert(command.id));
    advance
}
