//! Group commit: what waits goes out together, and each caller gets its own outcome.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/proxy.rs"]
mod proxy;

use std::sync::Arc;

use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_postgres::scratch::Scratch;
use events::{event, item, receipt, stream, tagged};
use proxy::Proxy;
use tokio::sync::Barrier;

const CALLERS: usize = 300;

type Outcome = Result<AppendOutcome, AppendError>;

/// Runs so many callers at once, and collects what each returns.
async fn at_once<F>(callers: usize, call: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let start = Arc::new(Barrier::new(callers));
    let tasks: Vec<_> = (0..callers)
        .map(|number| {
            let (start, call) = (Arc::clone(&start), call(number));
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(callers);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// As many events as the number says, so that another's outcome has another version.
fn events_of(number: usize) -> Vec<NewEvent> {
    (0..=number % 7).map(|_| event("own")).collect()
}

/// An append of each kind: two that succeed, one in conflict, one whose condition fails, one with a receipt.
fn append_of(number: usize) -> Append {
    let own = stream(&format!("own-{number}"));
    let new = ExpectedVersion::NoStream;
    match number % 5 {
        0 | 1 => Append::to(own, new, events_of(number)),
        2 => Append::to(own, wrong(number), events_of(number)),
        3 => Append::to(own, new, vec![tagged("seen", &["t"])])
            .unless(Filter::from(item(&["before"], &["t"])), Position::START),
        _ => {
            Append::to(own, new, events_of(number)).with_receipt(receipt(&format!("key-{number}")))
        }
    }
}

fn wrong(number: usize) -> ExpectedVersion {
    ExpectedVersion::Exact(StreamVersion::new(number as u64 + 1).unwrap())
}

fn assert_own(number: usize, outcome: &Outcome) {
    let own = stream(&format!("own-{number}"));
    match (number % 5, outcome) {
        (0 | 1 | 4, Ok(AppendOutcome::Recorded(appended))) => {
            let version = StreamVersion::NONE.after(events_of(number).len());
            assert_eq!(appended.streams, [(own, version)]);
        }
        (2, Err(AppendError::Conflict { conflict, .. })) => {
            assert_eq!((&conflict.stream, conflict.expected), (&own, wrong(number)));
        }
        (3, Err(AppendError::ConditionFailed { .. })) => {}
        _ => panic!("caller {number} got {outcome:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outcome_is_never_given_to_another_caller() {
    for _ in 0..3 {
        let scratch = Scratch::new();
        let store = scratch.store().await;
        let before = vec![tagged("before", &["t"])];
        let before = Append::to(stream("seen-0"), ExpectedVersion::Any, before);
        store.append(before).await.unwrap();
        let appender = store.clone();
        at_once(CALLERS, move |number| {
            let store = appender.clone();
            async move { assert_own(number, &store.append(append_of(number)).await) }
        })
        .await;
        // What was acknowledged is there, and what was refused is not.
        for number in 0..CALLERS {
            let own = stream(&format!("own-{number}"));
            let page = store.read_stream(StreamRead::forward(own)).await.unwrap();
            let refused = matches!(number % 5, 2 | 3);
            let expected = if refused { 0 } else { events_of(number).len() };
            assert_eq!(page.events.len(), expected, "caller {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_waits_goes_out_together() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connect().await.unwrap();
    let before = proxy.requests();
    at_once(CALLERS, move |number| {
        let store = store.clone();
        async move {
            let own = stream(&format!("own-{number}"));
            let append = Append::to(own, ExpectedVersion::NoStream, vec![event("own")]);
            store.append(append).await.unwrap();
        }
    })
    .await;
    // Connecting, preparing and polling included; one call each would be 300.
    let requests = proxy.requests() - before;
    assert!(requests < 100, "{requests} requests for {CALLERS} appends");
}

/// Nobody has to wait for a timer, and yet they are not written one by one: who was answered together comes back together.
#[tokio::test]
async fn who_comes_back_at_once_goes_out_with_the_others() {
    const TASKS: usize = 32;
    const EACH: usize = 20;
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connect().await.unwrap();
    let before = proxy.requests();
    at_once(TASKS, move |number| {
        let store = store.clone();
        async move {
            for _ in 0..EACH {
                let own = stream(&format!("own-{number}"));
                let append = Append::to(own, ExpectedVersion::Any, vec![event("own")]);
                store.append(append).await.unwrap();
            }
        }
    })
    .await;
    let requests = proxy.requests() - before;
    // Halves are 16, which makes 40 calls; to connect and to prepare takes some more.
    assert!(
        requests < TASKS * EACH / 8,
        "{requests} requests for {} appends",
        TASKS * EACH
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_append_that_breaks_the_call_breaks_only_itself() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let outcomes = at_once(64, move |number| {
        let store = store.clone();
        async move {
            let own = stream(&format!("own-{number}"));
            // No check of the store sees it: the database refuses the text when it is written.
            let text = if number % 16 == 5 { "no json" } else { "{}" };
            let broken = NewEvent::new("own".parse().unwrap(), Payload::from_store(text));
            let append = Append::to(own, ExpectedVersion::NoStream, vec![broken]);
            store.append(append).await
        }
    })
    .await;
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let is_own = if number % 16 == 5 {
            matches!(&outcome, Err(AppendError::Store(StoreError::Other(_))))
        } else {
            matches!(&outcome, Ok(AppendOutcome::Recorded(_)))
        };
        assert!(is_own, "caller {number} got {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_is_closed_does_what_waits_and_refuses_what_comes() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let appends: Vec<_> = (0..64)
        .map(|number| {
            let store = store.clone();
            let own = stream(&format!("own-{number}"));
            let append = Append::to(own, ExpectedVersion::NoStream, vec![event("own")]);
            tokio::spawn(async move { store.append(append).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;
    let late = Append::to(stream("late-1"), ExpectedVersion::Any, vec![event("late")]);
    assert!(store.append(late).await.is_err());

    let mut acknowledged = Vec::new();
    for append in appends {
        acknowledged.push(append.await.unwrap().is_ok());
    }
    let other = scratch.store().await;
    for (number, acknowledged) in acknowledged.into_iter().enumerate() {
        let own = stream(&format!("own-{number}"));
        let page = other.read_stream(StreamRead::forward(own)).await.unwrap();
        assert_eq!(
            page.events.len(),
            usize::from(acknowledged),
            "caller {number}"
        );
    }
}

/// The writers have connections of their own, so that the store of a small program needs no larger pool.
#[tokio::test]
async fn a_pool_of_one_connection_is_enough() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(1).connect().await.unwrap();
    for number in 0..10 {
        let own = || stream("own-1");
        let append = Append::to(own(), ExpectedVersion::Any, vec![event("own")]);
        store.append(append).await.unwrap();
        let page = store.read_stream(StreamRead::forward(own())).await.unwrap();
        assert_eq!(page.events.len(), number + 1);
    }
}
