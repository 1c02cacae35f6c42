//! What the tests ask a store after a step.

use chrono::{DateTime, Utc};
use cqrs_core::ports::documents::{DocumentPage, DocumentRead, ListDocuments, StoredDocument};
use cqrs_core::ports::parked::{BlockedKey, ListParked, ParkedEvent};
use cqrs_core::ports::processors::{GenerationProgress, Generations};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::staged::{DueCommands, DuePage, StagedCommand};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::{Partition, PartitionCount};
use cqrs_core::words::position::Position;

use super::sample::{key, partition, processor};

/// Everything that a generation keeps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) checkpoints: Vec<Position>,
    pub(super) documents: Vec<StoredDocument>,
    pub(super) parked: Vec<ParkedEvent>,
    pub(super) staged: Vec<StagedCommand>,
}

pub(super) async fn kept(store: &SharedReadSide, of: &GenerationId) -> Kept {
    Kept {
        checkpoints: checkpoints(store, of).await,
        documents: documents(store, of).await,
        parked: parked(store, of).await,
        staged: staged(store, of).await,
    }
}

pub(super) async fn progress(store: &SharedReadSide, of: &GenerationId) -> GenerationProgress {
    let all = store.progress(Some(&of.processor)).await;
    let mut all = all.expect("the progress can be read").into_iter();
    let own = all.find(|progress| progress.row.of == *of);
    own.unwrap_or_else(|| panic!("{of} should be there"))
}

/// The checkpoint of each partition.
pub(super) async fn checkpoints(store: &SharedReadSide, of: &GenerationId) -> Vec<Position> {
    let progress = progress(store, of).await;
    let rows = progress.partitions.iter();
    rows.map(|row| row.checkpoint).collect()
}

/// All documents, by key.
pub(super) async fn documents(store: &SharedReadSide, of: &GenerationId) -> Vec<StoredDocument> {
    listed(store, of, "", 1_000).await
}

/// All documents whose keys begin like this, read by pages of at most `limit`.
pub(super) async fn listed(
    store: &SharedReadSide,
    of: &GenerationId,
    prefix: &str,
    limit: usize,
) -> Vec<StoredDocument> {
    let mut documents: Vec<StoredDocument> = Vec::new();
    loop {
        let page = page(store, of, prefix, documents.last(), limit).await;
        assert!(
            page.is_last || !page.documents.is_empty(),
            "a page that is not the last has documents"
        );
        assert!(
            page.documents.len() <= limit,
            "a page has at most as many documents as asked for"
        );
        documents.extend(page.documents);
        if page.is_last {
            return documents;
        }
    }
}

pub(super) async fn page(
    store: &SharedReadSide,
    of: &GenerationId,
    prefix: &str,
    after: Option<&StoredDocument>,
    limit: usize,
) -> DocumentPage {
    let request = ListDocuments {
        of: of.clone(),
        prefix: prefix.to_owned(),
        after: after.map(|document| document.key.clone()),
        limit,
    };
    let page = store.list_documents(request).await;
    page.expect("documents can be listed")
}

/// What is known about a key of partition 0.
pub(super) async fn read(store: &SharedReadSide, of: &GenerationId, text: &str) -> DocumentRead {
    let read = store.read_document(of, partition(0), &key(text)).await;
    read.expect("a document can be read")
}

/// The number in a document.
#[track_caller]
pub(super) fn number(document: &StoredDocument) -> u64 {
    let number = document.content.decode();
    number.expect("the document is a number")
}

/// All parked events, read by pages of two.
pub(super) async fn parked(store: &SharedReadSide, of: &GenerationId) -> Vec<ParkedEvent> {
    let mut parked: Vec<ParkedEvent> = Vec::new();
    loop {
        let last = parked.last().map(|parked| &parked.event);
        let request = ListParked {
            of: of.clone(),
            key: None,
            after: last.map(|event| (event.position, event.key.clone())),
            limit: 2,
        };
        let page = store.list_parked(request).await;
        let page = page.expect("parked events can be listed");
        assert!(page.len() <= 2, "a page has at most what was asked for");
        if page.is_empty() {
            return parked;
        }
        parked.extend(page);
    }
}

/// The parked events of one key.
pub(super) async fn parked_of(
    store: &SharedReadSide,
    of: &GenerationId,
    text: &str,
) -> Vec<ParkedEvent> {
    let request = ListParked {
        of: of.clone(),
        key: Some(key(text)),
        after: None,
        limit: 100,
    };
    let page = store.list_parked(request).await;
    page.expect("parked events can be listed")
}

/// The blocked keys of these partitions, by key.
pub(super) async fn blocked(
    store: &SharedReadSide,
    of: &GenerationId,
    partitions: &[Partition],
) -> Vec<BlockedKey> {
    let blocked = store.blocked_keys(of, partitions).await;
    let mut blocked = blocked.expect("blocked keys can be read");
    blocked.sort_by(|one, other| one.event.key.cmp(&other.event.key));
    blocked
}

/// All staged commands of all partitions, in the order in which they are due.
pub(super) async fn staged(store: &SharedReadSide, of: &GenerationId) -> Vec<StagedCommand> {
    let partitions = PartitionCount::DEFAULT.partitions().collect();
    let mut page = due_in(store, of, partitions, DateTime::<Utc>::MAX_UTC, 10_000).await;
    std::mem::take(&mut page.commands)
}

/// The commands of partition 0 that are due.
pub(super) async fn due(store: &SharedReadSide, of: &GenerationId, now: DateTime<Utc>) -> DuePage {
    due_in(store, of, vec![partition(0)], now, 100).await
}

pub(super) async fn due_in(
    store: &SharedReadSide,
    of: &GenerationId,
    partitions: Vec<Partition>,
    now: DateTime<Utc>,
    limit: usize,
) -> DuePage {
    let request = DueCommands {
        of: of.clone(),
        partitions,
        now,
        limit,
    };
    let page = store.due_commands(request).await;
    page.expect("due commands can be read")
}

/// The numbers of the commands, as the samples have them.
pub(super) fn numbers(commands: &[StagedCommand]) -> Vec<u128> {
    let ids = commands.iter().map(|command| command.id.as_uuid());
    ids.map(|id| id.as_u128()).collect()
}

/// The generations of a processor that run, without a change: as a program of the lowest version finds them.
pub(super) async fn running(store: &SharedReadSide, name: &'static str) -> Generations {
    use cqrs_core::ports::processors::GenerationState::{Building, Inline, Live, Retired};
    let all = store.progress(Some(&processor(name))).await;
    let mut running = Generations::default();
    for progress in all.expect("the progress can be read") {
        match progress.row.state {
            Live | Inline => {
                let other = running.live.replace(progress.row);
                assert!(
                    other.is_none(),
                    "a processor has at most one live generation"
                );
            }
            Building => running.building = Some(progress.row),
            Retired => {}
        }
    }
    running
}

/// Documents, parked events and commands of a generation that is not there.
pub(super) async fn documents_of_nothing(
    store: &SharedReadSide,
    of: &GenerationId,
) -> (Vec<StoredDocument>, Vec<ParkedEvent>, Vec<StagedCommand>) {
    (
        documents(store, of).await,
        parked(store, of).await,
        staged(store, of).await,
    )
}
