//! P4: generations are built beside each other, and do not meet.

use std::sync::Arc;

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::processors::GenerationState::{self, Building, Live, Retired};
use cqrs_core::ports::processors::{Declare, ProcessorKind};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::start::StartFrom;

use super::ask::{self, kept};
use super::declarations::append;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::{Node, declared};
use super::sample::{LONG, VIEW, at, command, declare, failed, generation, processor, write};
use crate::conformance::race::race;

const FOUR: PartitionCount = PartitionCount::from_static(4);

/// The number, version and state of each generation.
pub(super) async fn states(
    store: &SharedReadSide,
    name: &'static str,
) -> Vec<(u32, u32, GenerationState)> {
    let all = store.progress(Some(&processor(name))).await;
    let all = all.expect("the progress can be read").into_iter();
    all.map(|one| (one.row.of.generation.get(), one.row.version, one.row.state))
        .collect()
}

fn view(version: u32) -> Declare {
    Declare {
        version,
        ..declare("view", VIEW)
    }
}

/// Catches a store that shows a read model before the past is in it.
pub async fn p4_a_read_model_with_a_past_is_built_before_it_is_read<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let end = append(&store).await;
    let cases = [
        ("past", VIEW, StartFrom::Beginning, Building),
        (
            "some-past",
            ProcessorKind::Projection,
            StartFrom::After(at(1)),
            Building,
        ),
        ("now", VIEW, StartFrom::Now, Live),
        ("after", VIEW, StartFrom::After(end), Live),
        (
            "handler",
            ProcessorKind::EventHandler,
            StartFrom::Beginning,
            Live,
        ),
        (
            "manager",
            ProcessorKind::ProcessManager,
            StartFrom::Beginning,
            Live,
        ),
    ];
    for (name, kind, start, expected) in cases {
        let declare = Declare {
            start,
            ..declare(name, kind)
        };
        let row = declared(&store, declare).await;
        assert_eq!(row.state, expected, "the state of {name}");
        assert_eq!(states(&store, name).await, [(1, 1, expected)]);
    }
}

/// Catches a store where the first read model of an empty log waits for something.
pub async fn p4_a_read_model_without_a_past_is_read_at_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    assert_eq!(declared(&store, view(7)).await.state, Live);
    append(&store).await;
    assert_eq!(declared(&store, view(7)).await.state, Live, "and stays");
    assert_eq!(states(&store, "view").await, [(1, 7, Live)]);
}

/// Catches a store that changes the live one when a program with a new version starts.
pub async fn p4_a_higher_version_is_built_beside_the_live_one<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let live = Node::alone(&store, "view", VIEW).await;
    expect::done(
        live.advance(Advance {
            documents: vec![write("a", 1, 9)],
            ..live.step(0, 9)
        })
        .await,
    );
    let before = kept(&store, &live.of).await;
    let declare = Declare {
        partitions: FOUR,
        ..view(2)
    };
    for _ in 0..2 {
        let generations = store
            .declare(declare.clone())
            .await
            .expect("it can be declared");
        let building = generations.building.expect("the next one is being built");
        assert_eq!(building.of, generation("view", 2));
        assert_eq!((building.version, building.partitions), (2, FOUR));
        assert_eq!(generations.live.map(|row| row.of), Some(live.of.clone()));
        let checkpoints = ask::checkpoints(&store, &building.of).await;
        assert_eq!(
            checkpoints,
            [Position::START; 4],
            "it is built from the first event"
        );
    }
    assert_eq!(kept(&store, &live.of).await, before);
    expect::done(live.advance(live.step(9, 10)).await);
}

/// Catches a store where an older program undoes what a newer one has begun.
pub async fn p4_a_lower_version_changes_nothing<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    declared(&store, view(1)).await;
    declared(&store, view(3)).await;
    let before = states(&store, "view").await;
    for version in [1, 2] {
        let generations = store
            .declare(view(version))
            .await
            .expect("it can be declared");
        let of_version: Vec<_> = generations.of_version(version).collect();
        assert_eq!(
            of_version.len(),
            usize::from(version == 1),
            "what runs version {version}"
        );
        assert_eq!(states(&store, "view").await, before);
    }
}

/// Catches a store that builds two at once for one processor.
pub async fn p4_a_newer_version_replaces_the_one_that_is_being_built<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    for version in [1, 2, 3] {
        declared(&store, view(version)).await;
    }
    let expected = [(1, 1, Live), (2, 2, Retired), (3, 3, Building)];
    assert_eq!(states(&store, "view").await, expected);
    let name = processor("view");
    let again = store
        .begin_generation(&name, 3, FOUR, StartFrom::Beginning)
        .await;
    let again = again.expect("a generation begins");
    assert_eq!(
        again.of,
        generation("view", 4),
        "another number of partitions is another build"
    );
    let expected = [
        (1, 1, Live),
        (2, 2, Retired),
        (3, 3, Retired),
        (4, 3, Building),
    ];
    assert_eq!(states(&store, "view").await, expected);
}

/// Catches a store that rebuilds what has effects outside.
pub async fn p4_handlers_and_process_managers_are_never_rebuilt<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    for (name, kind) in [
        ("handler", ProcessorKind::EventHandler),
        ("manager", ProcessorKind::ProcessManager),
    ] {
        let row = declared(&store, declare(name, kind)).await;
        let declare = Declare {
            version: 2,
            ..declare(name, kind)
        };
        assert_eq!(declared(&store, declare).await, row);
        assert_eq!(states(&store, name).await, [(1, 1, Live)]);
    }
}

/// Catches a store that begins one generation for each program that asks.
pub async fn p4_racing_programs_begin_one_generation<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    declared(&store, view(1)).await;
    let rows = race(12, |task| {
        let store = Arc::clone(&store);
        async move {
            if task % 2 == 0 {
                return declared(&store, view(2)).await;
            }
            let name = processor("view");
            let begun = store
                .begin_generation(&name, 2, PartitionCount::ONE, StartFrom::Beginning)
                .await;
            begun.expect("a generation begins")
        }
    })
    .await;
    assert!(
        rows.iter().all(|row| *row == rows[0]),
        "everybody gets the same"
    );
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Live), (2, 2, Building)]
    );
}

/// Catches a store that takes a rebuild by hand, of the same version, for the live one.
pub async fn p4_the_same_version_can_be_built_again<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    declared(&store, view(1)).await;
    let build = async || {
        let name = processor("view");
        let begun = store
            .begin_generation(&name, 1, PartitionCount::ONE, StartFrom::Beginning)
            .await;
        begun.expect("a generation begins").of
    };
    assert_eq!(build().await, generation("view", 2));
    assert_eq!(
        build().await,
        generation("view", 2),
        "it is being built already"
    );
    let unknown = processor("nobody");
    let begun = store
        .begin_generation(&unknown, 1, FOUR, StartFrom::Beginning)
        .await;
    assert!(
        begun.is_err(),
        "a processor that is not known has no generations"
    );
}

/// Catches a store whose read model changes when it is built again, because it starts elsewhere.
pub async fn p4_a_rebuild_starts_where_the_first_build_did<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    append(&store).await;
    let now = Declare {
        start: StartFrom::Now,
        ..view(1)
    };
    let first = declared(&store, now.clone()).await;
    let start = first.start;
    assert!(start > Position::START, "events were recorded before");
    append(&store).await;
    let name = processor("view");
    for number in 2..=3 {
        let begun = store.begin_generation(&name, number, FOUR, StartFrom::Now);
        let begun = begun.await.expect("a generation begins");
        assert_eq!((begun.of.generation.get(), begun.start), (number, start));
        let checkpoints = ask::checkpoints(&store, &begun.of).await;
        assert_eq!(checkpoints, [start; 4], "of generation {number}");
        append(&store).await;
    }
    let raised = declared(&store, Declare { version: 4, ..now }).await;
    assert_eq!(raised.start, start, "a raised version");
    let after = StartFrom::After(at(3));
    let elsewhere = [(after, at(3)), (StartFrom::Beginning, Position::START)];
    for (version, (said, expected)) in (5..).zip(elsewhere) {
        let declare = Declare {
            start: said,
            ..view(version)
        };
        let row = declared(&store, declare).await;
        assert_eq!(row.start, expected, "what the code says counts");
        assert_eq!(ask::checkpoints(&store, &row.of).await, [expected]);
    }
    let again = store.begin_generation(&name, 7, FOUR, StartFrom::Now).await;
    assert_eq!(again.expect("a generation begins").start, start, "is kept");
}

/// Catches a store that gives the number of a generation that is gone to the next one.
pub async fn p4_the_number_of_a_generation_is_not_used_again<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    for version in [1, 2, 3] {
        declared(&store, view(version)).await;
    }
    // Given up before it was built.
    let second = generation("view", 2);
    let dropped = store.drop_generation(&second).await;
    assert!(dropped.expect("dropping is answered"), "it is retired");
    for version in [4, 5] {
        let row = declared(&store, view(version)).await;
        assert_eq!(row.of.generation.get(), version);
        let dropped = store
            .drop_generation(&generation("view", version - 1))
            .await;
        assert!(dropped.expect("dropping is answered"), "it was given up");
    }
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Live), (5, 5, Building)]
    );
}

/// Catches a store whose generations share documents, parked events, commands or checkpoints.
pub async fn p4_generations_do_not_meet<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let live = Node::alone(&store, "view", VIEW).await;
    let step = |node: &Node, number| Advance {
        documents: vec![
            write("a", number, number),
            write(format!("only-{number}"), 1, number),
        ],
        parked: vec![failed("b", number)],
        staged: vec![command(number.into(), "a")],
        ..node.step(0, number)
    };
    expect::done(live.advance(step(&live, 5)).await);
    let before = kept(&store, &live.of).await;
    let next = declared(&store, view(2)).await.of;
    let building = Node::holding(&store, "node-a", &next, LONG).await;
    expect::done(building.advance(step(&building, 7)).await);
    assert_eq!(
        kept(&store, &live.of).await,
        before,
        "the live one has not changed"
    );
    let built = kept(&store, &next).await;
    assert_eq!(built.documents.len(), 2);
    assert_eq!(ask::read(&store, &next, "only-5").await.document, None);
    assert_eq!(
        (built.parked.len(), ask::numbers(&built.staged)),
        (1, vec![7])
    );
}

/// Catches a store that forgets what is read, or leaves something of what was.
pub async fn p4_only_a_retired_generation_is_dropped_and_whole<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let old = Node::alone(&store, "view", VIEW).await;
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        parked: vec![failed("b", 2)],
        staged: vec![command(1, "a")],
        ..old.step(0, 3)
    };
    expect::done(old.advance(step).await);
    let next = declared(&store, view(2)).await.of;
    let dropped = async |of: &GenerationId| {
        store
            .drop_generation(of)
            .await
            .expect("dropping is answered")
    };
    let before = kept(&store, &old.of).await;
    assert!(!dropped(&old.of).await, "the live one");
    assert!(!dropped(&next).await, "the one being built");
    assert!(
        !dropped(&generation("view", 9)).await,
        "one that is not there"
    );
    assert_eq!(kept(&store, &old.of).await, before);
    let building = Node::holding(&store, "node-a", &next, LONG).await;
    expect::done(building.advance(building.step(0, 3)).await);
    assert!(
        store
            .switch(&next, at(3))
            .await
            .expect("switching is answered")
    );
    assert!(dropped(&old.of).await, "it is retired");
    assert!(!dropped(&old.of).await, "it is gone");
    assert_eq!(states(&store, "view").await, [(2, 2, Live)]);
    let read = ask::read(&store, &old.of, "a").await;
    assert_eq!(
        (read.state, read.document, read.blocked),
        (None, None, None)
    );
    assert_eq!(
        ask::documents_of_nothing(&store, &old.of).await,
        (vec![], vec![], vec![])
    );
    let begun = declared(&store, view(3)).await.of;
    assert_eq!(begun, generation("view", 3), "its number is not used again");
}
