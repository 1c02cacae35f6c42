//! Aggregates and views as they were: at each version, position and time, also when the clock goes backward.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::domain::root::Root;
use cqrs_core::encoding::change::Change;
use cqrs_core::encoding::event::EventSet;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;
use cqrs_testing::ManualClock;
use std::sync::Arc;

use super::backend::{Backend, log_of, moved, on_each_backend};
use super::domain::{Checked, Failed, Filling, Jar, JarEvent, JarId, Put, Take, over, record};
use cqrs_core::prelude::*;

const JARS: u64 = 5;

/// Jars to which things happen at random times, several of them at the same time.
async fn busy<B: Backend>(backend: &B, clock: &ManualClock, steps: u32) -> Result<Cqrs, Failed> {
    let mut random = fastrand::Rng::with_seed(7);
    let cqrs = over(Memory::new().with_clock(Arc::new(clock.clone()))).await?;
    for _ in 0..steps {
        let jar = JarId(random.u64(0..JARS));
        clock.advance(Duration::from_micros(random.u64(0..3)));
        if random.bool() {
            let coins = random.u32(1..9);
            let _ = cqrs.send(Put { jar, coins }).await?;
        } else {
            // A refusal is fine: nothing happens.
            let _ = cqrs.send(Take { jar, coins: 1 }).await;
        }
    }
    moved(&cqrs, backend).await
}

/// The fold of these events of a jar, by hand.
fn folded<'a>(events: impl IntoIterator<Item = &'a RecordedEvent>) -> Result<Jar, Failed> {
    let mut jar = Jar::default();
    for recorded in events {
        for (_, event) in JarEvent::decode(recorded)? {
            jar.apply_event(&event);
        }
    }
    Ok(jar)
}

fn state(root: &Root<Jar>) -> Jar {
    Jar::clone(root)
}

/// Done-when 5 of the issue.
async fn state_as_of_a_time_is_the_fold_of_the_events_recorded_up_to_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let clock = ManualClock::default();
    let began = cqrs_core::words::clock::Clock::now(&clock);
    let cqrs = busy(&backend, &clock, 2_000).await?;
    let log = log_of(&cqrs).await?;
    let ended = log.last().ok_or("the log is empty")?.recorded_at;
    let span = (ended - began).num_microseconds().unwrap_or_default();
    assert!(span > 1_000);

    let mut random = fastrand::Rng::with_seed(8);
    let mut distinct = std::collections::HashSet::new();
    for _ in 0..1_000 {
        let time = began + Duration::from_micros(random.u64(0..u64::try_from(span)? + 10))
            - Duration::from_micros(5);
        let id = JarId(random.u64(0..JARS));
        let key = id.0.to_string();
        let by_hand: Vec<_> = log
            .iter()
            .filter(|event| event.stream.key().as_str() == key && event.recorded_at <= time)
            .collect();
        let loaded = cqrs.as_of(time).load::<Jar>(&id).await?;
        assert_eq!(loaded.version().get(), by_hand.len() as u64, "{time} {key}");
        assert_eq!(state(&loaded), folded(by_hand)?, "{time} {key}");
        distinct.insert((key, loaded.version()));
    }
    assert!(
        distinct.len() > 500,
        "the times are spread: {}",
        distinct.len()
    );
    Ok(())
}

async fn a_view_as_of_a_time_has_the_events_recorded_up_to_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let clock = ManualClock::default();
    let cqrs = busy(&backend, &clock, 400).await?;
    let log = log_of(&cqrs).await?;
    for probe in log.iter().step_by(7) {
        let time = probe.recorded_at;
        let then = cqrs.as_of(time);
        let views = then.views::<Filling>().await?;
        for jar in 0..JARS {
            let events = log.iter().filter(|event| event.recorded_at <= time);
            let mut expected = Filling::default();
            for recorded in events.filter(|event| event.stream.key().as_str() == jar.to_string()) {
                for event in JarEvent::decode(recorded)?.recorded(recorded.clone()) {
                    expected.apply(&event);
                }
            }
            let expected = (expected.events > 0).then_some(expected);
            let view = then.view::<Filling>(JarId(jar)).await?;
            assert_eq!(view, expected, "{time} {jar}");
            assert_eq!(views.get(&jar.to_string()), expected.as_ref());
        }
    }
    Ok(())
}

async fn as_of_a_version_and_as_of_a_position<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = busy(&backend, &ManualClock::default(), 300).await?;
    let log = log_of(&cqrs).await?;
    for probe in &log {
        let id = JarId(probe.stream.key().as_str().parse()?);
        let own = || log.iter().filter(|event| event.stream == probe.stream);
        let expected = folded(own().filter(|event| event.version <= probe.version))?;
        let version = cqrs.as_of(probe.version).load::<Jar>(&id).await?;
        let position = cqrs.as_of(probe.position).load::<Jar>(&id).await?;
        assert_eq!(state(&version), expected);
        assert_eq!(state(&position), expected);
        assert_eq!(position.position(), probe.position);
        let before = Position::new(probe.position.get() - 1)?;
        let before = cqrs.as_of(before).load::<Jar>(&id).await?;
        assert_eq!(before.version().after(1), probe.version);
    }
    let far = cqrs.as_of(Position::MAX).views::<Filling>().await?;
    let events: u32 = far.values().map(|filling| filling.events).sum();
    assert_eq!(usize::try_from(events)?, log.len());
    let five = cqrs.as_of(StreamVersion::new(5)?);
    assert!(
        five.views::<Filling>()
            .await?
            .values()
            .all(|view| view.events == 5)
    );
    Ok(())
}

/// Records what happens to a jar at these microseconds.
async fn at_times<B: Backend>(backend: &B, times: &[(u64, u64, i64)]) -> Result<Cqrs, Failed> {
    let clock = ManualClock::default();
    let cqrs = over(Memory::new().with_clock(Arc::new(clock.clone()))).await?;
    for (jar, coins, micros) in times {
        clock.set(micro(*micros));
        let payload = format!(r#"{{"coins":{coins}}}"#);
        record(&cqrs, &format!("jar-{jar}"), "jar.put", &payload).await?;
    }
    moved(&cqrs, backend).await
}

fn micro(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// The clock goes backward at the third event. A state without the second, but with the third, never was.
async fn when_the_clock_goes_backward_a_state_is_still_one_that_has_been<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = at_times(
        &backend,
        &[
            (1, 1, 10),
            (1, 10, 30),
            (1, 100, 20),
            (2, 1, 20),
            (1, 1_000, 40),
        ],
    )
    .await?;
    for (time, coins) in [
        (9, 0),
        (10, 1),
        (19, 1),
        (20, 1),
        (29, 1),
        (30, 111),
        (40, 1_111),
    ] {
        let then = cqrs.as_of(micro(time));
        let jar = then.load::<Jar>(&JarId(1)).await?;
        assert_eq!(jar.coins, coins, "as of {time}");
        let view = then.view::<Filling>(JarId(1)).await?.unwrap_or_default();
        assert_eq!(view.coins, i64::from(coins), "the view agrees as of {time}");
        let other = then.load::<Jar>(&JarId(2)).await?;
        assert_eq!(
            other.exists(),
            time >= 20,
            "another stream has times of its own"
        );
    }
    Ok(())
}

async fn events_of_the_same_time_are_there_together<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = at_times(&backend, &[(1, 1, 10), (1, 2, 10), (1, 4, 10), (1, 8, 11)]).await?;
    for (time, coins) in [(9, 0), (10, 7), (11, 15)] {
        let jar = cqrs.as_of(micro(time)).load::<Jar>(&JarId(1)).await?;
        assert_eq!(jar.coins, coins);
    }
    Ok(())
}

async fn the_timeline_has_each_event_with_the_state_after_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = busy(&backend, &ManualClock::default(), 200).await?;
    let id = JarId(3);
    let mut timeline = cqrs.repository::<Jar>().timeline(&id)?;
    let mut events = 0;
    while let Some((event, jar)) = timeline.next().await? {
        events += 1;
        assert_eq!(event.version.get(), events);
        let then = cqrs.repository::<Jar>().load_at(&id, event.version).await?;
        assert_eq!(*jar, state(&then));
    }
    assert_eq!(
        events,
        cqrs.repository::<Jar>().load(&id).await?.version().get()
    );
    assert!(events > 10);
    Ok(())
}

/// What comes after an event that can't be read can't be known.
async fn the_timeline_ends_at_an_event_that_cannot_be_decoded<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = at_times(&backend, &[(1, 1, 10)]).await?;
    record(&cqrs, "jar-1", "jar.put", "{}").await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":5}"#).await?;
    let mut timeline = cqrs.repository::<Jar>().timeline(&JarId(1))?;
    assert_eq!(timeline.next().await?.map(|(_, jar)| jar.coins), Some(1));
    assert!(matches!(timeline.next().await, Err(ReadError::Decode(_))));
    assert!(timeline.next().await?.is_none());
    // As of a moment before it, all is well; after it, nobody is told a state that has a hole.
    let before = cqrs
        .as_of(StreamVersion::FIRST)
        .load::<Jar>(&JarId(1))
        .await?;
    assert_eq!(before.coins, 1);
    assert!(
        cqrs.as_of(Position::MAX)
            .load::<Jar>(&JarId(1))
            .await
            .is_err()
    );
    Ok(())
}

async fn two_moments_are_compared_field_by_field<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    record(&cqrs, "jar-1", "jar.made", r#"{"owner":"ada"}"#).await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":5}"#).await?;
    record(&cqrs, "jar-1", "jar.made", r#"{"owner":"eve"}"#).await?;
    let (first, last) = (StreamVersion::FIRST, Position::new(3)?);
    let comparison = cqrs.compare::<Jar>(&JarId(1), first, last).await?;
    assert_eq!(comparison.before.owner, "ada");
    assert_eq!(comparison.after.coins, 5);
    let told: Vec<_> = comparison
        .changes()?
        .iter()
        .map(Change::to_string)
        .collect();
    assert_eq!(told, ["/coins: 0 → 5", r#"/owner: "ada" → "eve""#]);
    Ok(())
}

on_each_backend!(
    state_as_of_a_time_is_the_fold_of_the_events_recorded_up_to_it,
    a_view_as_of_a_time_has_the_events_recorded_up_to_it,
    as_of_a_version_and_as_of_a_position,
    when_the_clock_goes_backward_a_state_is_still_one_that_has_been,
    events_of_the_same_time_are_there_together,
    the_timeline_has_each_event_with_the_state_after_it,
    the_timeline_ends_at_an_event_that_cannot_be_decoded,
    two_moments_are_compared_field_by_field,
);
