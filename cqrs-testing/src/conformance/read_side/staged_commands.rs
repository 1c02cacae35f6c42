//! P6: staged commands are there exactly when the state that staged them is, until they were sent.

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::staged::{PostponeCommand, StagedCommand};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::processor::TimerName;
use uuid::Uuid;

use super::ask;
use super::documents::hostile_keys;
use super::expect;
use super::harness::ReadSideHarness;
use super::node::Node;
use super::sample::{MANAGER, at, command, payload, second, staged_id, timer, write};

/// A node that has staged these commands with its state.
pub(super) async fn staged<H: ReadSideHarness>(harness: &H, staged: Vec<StagedCommand>) -> Node {
    let store = harness.read_side();
    let node = Node::alone(&store, "manager", MANAGER).await;
    let step = Advance {
        documents: vec![write("a", 1, 1)],
        staged,
        ..node.step(0, 1)
    };
    expect::done(node.advance(step).await);
    node
}

/// Catches a store that loses something of a command.
pub async fn p6_staged_commands_are_kept_as_they_are<H: ReadSideHarness>(harness: &H) {
    let mut metadata = Metadata::new()
        .with("user", "it's \0 \"Ünï\u{1F600}\"")
        .expect("the metadata of a sample is valid");
    metadata.correlation_id = Some(Uuid::from_u128(u128::MAX).into());
    metadata.causation_id = Some(Uuid::from_u128(7).into());
    let given = vec![
        command(1, "a"),
        StagedCommand {
            position: at(i64::MAX.unsigned_abs()),
            number: 70_000,
            command: payload(r#"{"b" : 1, "a":"\u0000 \ud83d\ude00 é", "b":1e400}"#),
            metadata,
            timer: Some(TimerName::from_static("Remind_me-2.b")),
            is_timer: true,
            due_at: second(1) + chrono::Duration::microseconds(123_456),
            attempts: 1_000_000,
            error: Some(format!("it's \u{1}\n {}", "é".repeat(1_900))),
            ..command(u128::MAX, "it's %\\_ é😀")
        },
        StagedCommand {
            is_timer: true,
            error: Some(String::new()),
            ..command(3, "a")
        },
    ];
    let node = staged(harness, given.clone()).await;
    let mut kept = ask::staged(&node.store, &node.of).await;
    kept.sort_by_key(|command| given.iter().position(|given| given.id == command.id));
    assert_eq!(kept, given);
    let progress = ask::progress(&node.store, &node.of).await;
    assert_eq!(progress.staged_commands, 3);
}

/// Catches a store that sends a command twice because it was staged twice.
pub async fn p6_a_command_that_is_staged_again_stays_as_it_is<H: ReadSideHarness>(harness: &H) {
    let first = vec![command(1, "a"), timer(2, "a", "reminder", second(5))];
    let node = staged(harness, first).await;
    let postponed = Advance {
        postponed: vec![PostponeCommand {
            id: staged_id(1),
            due_at: Some(second(60)),
            attempts: 3,
            error: "away".into(),
        }],
        ..node.step(1, 1)
    };
    expect::done(node.advance(postponed).await);
    let before = ask::staged(&node.store, &node.of).await;
    let again = Advance {
        staged: vec![
            StagedCommand {
                command: payload("\"other\""),
                ..command(1, "b")
            },
            timer(2, "a", "reminder", second(99)),
        ],
        ..node.step(1, 2)
    };
    expect::done(node.advance(again).await);
    assert_eq!(ask::staged(&node.store, &node.of).await, before);
}

/// Catches a store that forgets a command before the step that says it was sent.
pub async fn p6_a_sent_command_is_forgotten_with_its_step<H: ReadSideHarness>(harness: &H) {
    let node = staged(
        harness,
        vec![command(1, "a"), command(2, "a"), command(3, "b")],
    )
    .await;
    let sent = |from| Advance {
        documents: vec![write("a", 2, 1)],
        sent: vec![staged_id(2), staged_id(77)],
        ..node.step(from, from)
    };
    let before = ask::kept(&node.store, &node.of).await;
    expect::stale(node.advance(sent(0)).await);
    assert_eq!(
        ask::kept(&node.store, &node.of).await,
        before,
        "the step was stale"
    );
    expect::done(node.advance(sent(1)).await);
    let left = ask::staged(&node.store, &node.of).await;
    assert_eq!(ask::numbers(&left), [1, 3]);
    expect::done(node.advance(sent(1)).await);
    assert_eq!(
        ask::staged(&node.store, &node.of).await,
        left,
        "again is no error"
    );
}

/// Catches a store that forgets a command which could not be sent, or tries it at once.
pub async fn p6_a_postponed_command_is_due_later<H: ReadSideHarness>(harness: &H) {
    let given = vec![
        command(1, "a"),
        timer(2, "a", "reminder", second(0)),
        command(3, "a"),
    ];
    let node = staged(harness, given.clone()).await;
    let postpone = |number, due_at| PostponeCommand {
        id: staged_id(number),
        due_at: Some(due_at),
        attempts: 4,
        error: "the \"other\" system is away".into(),
    };
    let step = Advance {
        postponed: vec![
            postpone(1, second(20)),
            postpone(2, second(10)),
            postpone(77, second(1)),
        ],
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    for (now, due, next) in [
        (0, vec![3], Some(10)),
        (9, vec![3], Some(10)),
        (10, vec![3, 2], Some(20)),
        (20, vec![3, 2, 1], None),
    ] {
        let page = ask::due(&node.store, &node.of, second(now)).await;
        assert_eq!(ask::numbers(&page.commands), due, "due at {now}");
        assert_eq!(page.next_due_at, next.map(second), "the next after {now}");
    }
    let mut kept = ask::staged(&node.store, &node.of).await;
    let expected = StagedCommand {
        due_at: second(20),
        attempts: 4,
        error: Some("the \"other\" system is away".into()),
        ..given[0].clone()
    };
    assert_eq!(kept.pop(), Some(expected), "everything else stays");
}

/// Catches a store that mixes up the commands of two instances.
pub async fn p6_any_key_can_stage_commands<H: ReadSideHarness>(harness: &H) {
    let keys = hostile_keys();
    let numbered = || keys.iter().zip(1_u128..);
    let timers = numbered().map(|(key, number)| timer(number, key, "reminder", second(0)));
    let node = staged(harness, timers.collect()).await;
    let all = ask::staged(&node.store, &node.of).await;
    assert_eq!(all.len(), keys.len());
    for command in &all {
        let key = numbered().find(|(_, number)| staged_id(*number) == command.id);
        assert_eq!(key.map(|(key, _)| key), Some(&command.key));
    }
    for (cancelled, key) in (1..).zip(&keys) {
        let step = Advance {
            cancelled: vec![super::sample::cancel(key, "reminder")],
            ..node.step(1, 1)
        };
        expect::done(node.advance(step).await);
        let left = ask::staged(&node.store, &node.of).await;
        assert_eq!(
            left.len(),
            keys.len() - cancelled,
            "after the timer of {key:?}"
        );
        assert!(left.iter().all(|command| command.key != *key));
    }
}

/// Catches a store that can't have many commands in one statement.
pub async fn p6_many_commands_are_staged_and_sent_at_once<H: ReadSideHarness>(harness: &H) {
    const COMMANDS: u128 = 2_000;
    let commands = (1..=COMMANDS).map(|number| StagedCommand {
        number: u32::try_from(number).unwrap_or_default(),
        ..command(number, format!("key-{number}"))
    });
    let node = staged(harness, commands.collect()).await;
    let all = ask::staged(&node.store, &node.of).await;
    assert_eq!(ask::numbers(&all), (1..=COMMANDS).collect::<Vec<_>>());
    let step = Advance {
        sent: (1..COMMANDS).map(staged_id).collect(),
        ..node.step(1, 1)
    };
    expect::done(node.advance(step).await);
    let left = ask::staged(&node.store, &node.of).await;
    assert_eq!(ask::numbers(&left), [COMMANDS]);
}

/// Catches a store that keeps commands in its process.
pub async fn p6_staged_commands_are_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let given = vec![command(1, "a"), timer(2, "a", "reminder", second(5))];
    let node = staged(harness, given.clone()).await;
    let store = harness.restart_read_side().await;
    assert_eq!(ask::staged(&store, &node.of).await, given);
    let read = ask::read(&store, &node.of, "a").await;
    assert_eq!(
        read.document.as_ref().map(ask::number),
        Some(1),
        "and the state"
    );
}
