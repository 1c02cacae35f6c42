//! Other code over the same history: where its results differ.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::decide::Refusal;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::as_of::Moment;
use cqrs_core::runtime::what_if::{Answer, AppliedOutcome};
use cqrs_core::words::clock::Clock;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use cqrs_testing::ManualClock;

use super::backend::{Backend, moved, on_each_backend};
use super::domain::{
    Checked, Failed, Filling, Jar, JarEvent, JarId, Put, Take, TooFewCoins, over, record,
};

/// The same jar, with a fee: one coin stays for every ten that are put in.
#[derive(Aggregate, Serialize, Default, Debug, Clone, PartialEq)]
#[aggregate(name = "jar", id = JarId, error = TooFewCoins, event = JarEvent)]
struct FeeJar {
    owner: String,
    coins: u32,
}

impl Apply<JarEvent> for FeeJar {
    fn apply(&mut self, event: &JarEvent) {
        match event {
            JarEvent::Made { owner } => self.owner.clone_from(owner),
            JarEvent::Put { coins } => self.coins += coins - coins / 10,
            JarEvent::Taken { coins } => {
                self.coins = self.coins.checked_sub(*coins).expect("too much was taken");
            }
        }
    }
}

/// The new rule: at most three coins at once, and always one left.
#[derive(Command, Debug, PartialEq, Clone)]
#[command(aggregate = Jar)]
struct TakeLess {
    #[id]
    jar: JarId,
    coins: u32,
}

impl Handle<TakeLess> for Jar {
    fn handle(command: &TakeLess, jar: &mut Root<Self>) -> Result<(), TooFewCoins> {
        if jar.coins <= command.coins {
            return Err(TooFewCoins(jar.coins));
        }
        let coins = command.coins.min(3);
        jar.emit(JarEvent::Taken { coins });
        Ok(())
    }
}

fn take_less(event: &Recorded<JarEvent>) -> Option<TakeLess> {
    match event.event {
        JarEvent::Taken { coins } => Some(TakeLess {
            jar: event.id()?,
            coins,
        }),
        _ => None,
    }
}

/// Three jars, a second apart from each other.
async fn history<B: Backend>(backend: &B, clock: &ManualClock) -> Result<Cqrs, Failed> {
    let cqrs = over(Memory::new().with_clock(Arc::new(clock.clone()))).await?;
    for (jar, put, taken) in [(1, 5, [2, 1]), (2, 25, [4, 20]), (3, 5, [2, 3])] {
        let jar = JarId(jar);
        let _ = cqrs.send(Put { jar, coins: put }).await?;
        for coins in taken {
            clock.advance(Duration::from_secs(1));
            let _ = cqrs.send(Take { jar, coins }).await?;
        }
    }
    moved(&cqrs, backend).await
}

async fn another_apply_tells_whose_state_differs_and_where<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    let same = cqrs.what_if().apply::<Jar, Jar>().await?;
    assert_eq!((same.compared, same.differing), (3, 0));

    let differences = cqrs.what_if().apply::<Jar, FeeJar>().await?;
    assert_eq!((differences.compared, differences.differing), (3, 1));
    let case = &differences.cases[0];
    assert_eq!(case.stream.to_string(), "jar-2");
    let AppliedOutcome::Panicked { at, text } = &case.outcome else {
        panic!("{case:?}");
    };
    assert_eq!(
        (at.get(), text.as_str()),
        (3, "panicked: too much was taken")
    );

    let before = cqrs
        .what_if()
        .until(Position::new(5)?)
        .apply::<Jar, FeeJar>()
        .await?;
    assert_eq!((before.compared, before.differing), (2, 1));
    let AppliedOutcome::Changed(changes) = &before.cases[0].outcome else {
        panic!("{before:?}");
    };
    assert_eq!(changes[0].to_string(), "/coins: 21 → 19");
    Ok(())
}

async fn another_decision_tells_what_it_would_have_refused_or_done_otherwise<B: Backend>() -> Checked
{
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    let differences = cqrs.what_if().decide(take_less).await?;
    assert_eq!((differences.compared, differences.differing), (6, 3));
    let told: Vec<_> = differences
        .cases
        .iter()
        .map(|case| (case.event.position.get(), case.command.coins, &case.answer))
        .collect();
    let three = JarEvent::Taken { coins: 3 }.encode()?;
    let emits = Answer::Emits(vec![three]);
    let refused = |left| Answer::Refused(Refusal::Rejected(TooFewCoins(left)));
    let one_less = refused(3);
    assert_eq!(told, [(5, 4, &emits), (6, 20, &emits), (9, 3, &one_less)]);
    Ok(())
}

async fn the_old_decision_gives_the_old_results<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    let differences = cqrs
        .what_if()
        .decide::<Take>(|event| match event.event {
            JarEvent::Taken { coins } => Some(Take {
                jar: event.id()?,
                coins,
            }),
            _ => None,
        })
        .await?;
    assert_eq!((differences.compared, differences.differing), (6, 0));
    Ok(())
}

/// The month of the question ends and begins where it says; the states before it are folded all the same.
async fn only_decisions_between_two_moments_are_asked_about<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let clock = ManualClock::default();
    let began = clock.now();
    let cqrs = history(&backend, &clock).await?;
    let at = |seconds| Moment::Time(began + Duration::from_secs(seconds));
    for (after, until, compared, differing) in [
        (0, 6, 6, 3),
        (2, 3, 1, 1),
        (3, 5, 2, 1),
        (5, 9, 1, 1),
        (6, 9, 0, 0),
    ] {
        let asked = cqrs.what_if().after(at(after)).until(at(until));
        let differences = asked.decide(take_less).await?;
        let found = (differences.compared, differences.differing);
        assert_eq!(found, (compared, differing), "after {after} until {until}");
    }
    Ok(())
}

/// Takes in two portions what was taken at once, or puts something back.
#[derive(Command, Debug, PartialEq, Clone)]
#[command(aggregate = Jar)]
struct TakeTwice {
    #[id]
    jar: JarId,
    coins: [u32; 2],
}

impl Handle<TakeTwice> for Jar {
    fn handle(command: &TakeTwice, jar: &mut Root<Self>) -> Result<(), TooFewCoins> {
        for coins in command.coins {
            jar.emit(JarEvent::Taken { coins });
        }
        Ok(())
    }
}

async fn a_decision_of_several_events_is_compared_with_all_of_them<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    for (jar, coins, same) in [
        (1, [2, 1], true),
        (1, [1, 1], false),
        (2, [4, 20], true),
        (2, [4, 21], false),
        (3, [2, 2], false),
        (3, [3, 2], false),
    ] {
        let asked = cqrs.what_if();
        let differences = asked
            .decide::<TakeTwice>(|event| match event.event {
                JarEvent::Taken { .. }
                    if event.version.get() == 2 && event.id() == Some(JarId(jar)) =>
                {
                    Some(TakeTwice {
                        jar: JarId(jar),
                        coins,
                    })
                }
                _ => None,
            })
            .await?;
        assert_eq!(differences.compared, 1);
        assert_eq!(differences.differing == 0, same, "{jar} {coins:?}");
    }
    // More events than were recorded.
    let differences = cqrs
        .what_if()
        .decide::<TakeTwice>(|event| match event.event {
            JarEvent::Taken { coins } if event.version.get() == 3 => Some(TakeTwice {
                jar: event.id()?,
                coins: [coins, 0],
            }),
            _ => None,
        })
        .await?;
    assert_eq!((differences.compared, differences.differing), (3, 3));
    Ok(())
}

async fn a_decision_that_panics_is_an_answer<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":1}"#).await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":1}"#).await?;
    let differences = cqrs
        .what_if()
        .decide::<TakeTwice>(|event| {
            Some(TakeTwice {
                jar: event.id()?,
                coins: [9, 9],
            })
        })
        .await?;
    let failed = Answer::Failed("panicked: nobody takes what is not there".to_owned());
    let refused = Answer::Refused(Refusal::NotFound);
    let answers: Vec<_> = differences.cases.iter().map(|case| &case.answer).collect();
    assert_eq!(answers, [&refused, &failed]);
    Ok(())
}

/// Counts what was put in, and leaves out jars out of which something was taken.
#[derive(Serialize, Deserialize, Default, Debug)]
struct Untouched {
    coins: i64,
    events: u32,
    is_touched: bool,
}

impl View for Untouched {
    const NAME: ProcessorName = ProcessorName::from_static("untouched");
    type Event = JarEvent;
    type Key = JarId;

    fn keys(event: &Recorded<JarEvent>) -> impl IntoIterator<Item = JarId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<JarEvent>) {
        self.events += 1;
        match event.event {
            JarEvent::Put { coins } => self.coins += i64::from(coins),
            JarEvent::Taken { .. } => self.is_touched = true,
            JarEvent::Made { .. } => {}
        }
    }

    fn is_deleted(&self) -> bool {
        self.is_touched
    }
}

async fn another_view_tells_which_documents_differ<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    let same = cqrs.what_if().view::<Filling, Filling>().await?;
    assert_eq!((same.compared, same.differing), (3, 0));

    let differences = cqrs.what_if().view::<Filling, Untouched>().await?;
    assert_eq!((differences.compared, differences.differing), (3, 3));
    assert_eq!(
        differences.cases[0].changes[0].to_string(),
        r#"{"coins":2,"events":3} → null"#
    );

    let first = cqrs
        .what_if()
        .until(Position::new(1)?)
        .view::<Filling, Untouched>()
        .await?;
    let told: Vec<_> = first.cases[0]
        .changes
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told, ["/is_touched: nothing → false"]);
    Ok(())
}

async fn differences_are_counted_beyond_those_that_are_kept<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = history(&backend, &ManualClock::default()).await?;
    let differences = cqrs.what_if().cases(1).view::<Filling, Untouched>().await?;
    assert_eq!((differences.differing, differences.cases.len()), (3, 1));
    Ok(())
}

on_each_backend!(
    another_apply_tells_whose_state_differs_and_where,
    another_decision_tells_what_it_would_have_refused_or_done_otherwise,
    the_old_decision_gives_the_old_results,
    only_decisions_between_two_moments_are_asked_about,
    a_decision_of_several_events_is_compared_with_all_of_them,
    a_decision_that_panics_is_an_answer,
    another_view_tells_which_documents_differ,
    differences_are_counted_beyond_those_that_are_kept,
);
