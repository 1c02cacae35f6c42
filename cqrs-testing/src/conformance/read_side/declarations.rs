//! P1: a processor begins where it says, once, and goes on from there.

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::processors::{Declare, DeclareError, ProcessorKind};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::start::StartFrom;

use super::ask;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::{Node, declared};
use super::sample::{MANAGER, VIEW, at, declare, processor};
use crate::conformance::race::race;
use crate::conformance::sample::{ANY, account, some};

/// Appends some events and says where the log ends.
pub(super) async fn append(store: &SharedReadSide) -> Position {
    let append = Append::to(account("1"), ANY, some(5));
    crate::conformance::expect::recorded(store.append(append).await).position
}

/// Catches a store that begins somewhere else.
pub async fn p1_a_processor_starts_where_it_says<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let end = append(&store).await;
    let starts = [
        ("beginning", StartFrom::Beginning, Position::START),
        ("now", StartFrom::Now, end),
        ("after", StartFrom::After(at(3)), at(3)),
    ];
    for (name, start, expected) in starts {
        let partitions = PartitionCount::from_static(3);
        let declare = Declare {
            start,
            partitions,
            ..declare(name, ProcessorKind::EventHandler)
        };
        let row = declared(&store, declare).await;
        assert_eq!((row.version, row.partitions), (1, partitions));
        assert_eq!(row.kind, ProcessorKind::EventHandler);
        assert_eq!(
            ask::checkpoints(&store, &row.of).await,
            [expected; 3],
            "from {name}"
        );
    }
}

/// Catches a store that begins anew at each start of a program.
pub async fn p1_a_processor_that_is_declared_again_goes_on<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let node = Node::alone(&store, "again", MANAGER).await;
    expect::done(node.advance(node.step(0, 7)).await);
    append(&store).await;
    for start in [
        StartFrom::Beginning,
        StartFrom::Now,
        StartFrom::After(at(2)),
    ] {
        let declare = Declare {
            start,
            ..declare("again", MANAGER)
        };
        assert_eq!(declared(&store, declare).await.of, node.of);
        assert_eq!(ask::checkpoints(&store, &node.of).await, [at(7)]);
    }
}

/// Catches a store that makes two generations for two programs that start together.
pub async fn p1_racing_declarations_make_one_generation<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    for (round, name) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let rows = race(12, |_| {
            let store = Arc::clone(&store);
            async move { declared(&store, declare(name, MANAGER)).await }
        })
        .await;
        assert!(
            rows.iter().all(|row| *row == rows[0]),
            "everybody gets the same"
        );
        let all = store
            .progress(Some(&processor(name)))
            .await
            .expect("progress can be read");
        assert_eq!(all.len(), 1, "generations of {name}");
        let everything = store.progress(None).await.expect("progress can be read");
        assert_eq!(everything.len(), round + 1, "generations altogether");
    }
}

/// Catches a store that lets a view go on where a process manager of the same name has been.
pub async fn p1_a_name_belongs_to_one_kind<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let row = declared(&store, declare("taken", MANAGER)).await;
    for version in [1, 2] {
        let declare = Declare {
            version,
            ..declare("taken", VIEW)
        };
        match store.declare(declare).await {
            Err(DeclareError::KindChanged {
                known, declared, ..
            }) => assert_eq!((known, declared), (MANAGER, VIEW)),
            other => panic!("another kind of the same name is an error, not {other:?}"),
        }
    }
    assert_eq!(declared(&store, declare("taken", MANAGER)).await, row);
}

/// Catches a store whose keys move to partitions that stand elsewhere.
pub async fn p1_the_number_of_partitions_is_kept<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    for kind in [MANAGER, VIEW] {
        let name = if kind == VIEW { "view" } else { "manager" };
        let row = declared(&store, declare(name, kind)).await;
        let other = Declare {
            partitions: PartitionCount::DEFAULT,
            ..declare(name, kind)
        };
        match store.declare(other).await {
            Err(DeclareError::PartitionsChanged {
                generation,
                known,
                declared,
            }) => assert_eq!(
                (generation, known, declared),
                (row.of.clone(), PartitionCount::ONE, PartitionCount::DEFAULT)
            ),
            answer => panic!("another number of partitions is an error, not {answer:?}"),
        }
        assert_eq!(
            ask::checkpoints(&store, &row.of).await.len(),
            1,
            "nothing has changed"
        );
        assert_eq!(declared(&store, declare(name, kind)).await, row);
    }
}
