//! An idle application polls, each of its pollers at most every 50 ms, as the statements that arrive at the server say.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/proxy.rs"]
mod proxy;

use std::time::Duration;

use cqrs_core::domain::event_handler::{Delivery, EventHandler};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::BoxError;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_set::{CommandDelivery, CommandSet, Sent};
use cqrs_core::words::event::{EventName, NewEvent, Recorded};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use proxy::Proxy;

type Checked = Result<(), BoxError>;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug)]
enum Counted {
    #[event(name = "counted")]
    Counted,
}

/// There is a courier for it too.
#[derive(Serialize, Deserialize)]
struct Anything;

impl CommandSet for Anything {
    async fn deliver(self, _: CommandDelivery) -> Sent {
        Sent::Done
    }
}

struct Handler;

impl EventHandler for Handler {
    const NAME: ProcessorName = ProcessorName::from_static("handler");
    const START: StartFrom = StartFrom::Beginning;
    type Event = Counted;
    type Command = Anything;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        _: &Recorded<Counted>,
        delivery: &mut Delivery<Anything>,
    ) -> Result<(), Self::Error> {
        delivery.stage(Anything);
        Ok(())
    }
}

async fn idles(listens: bool) -> Checked {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    // Not kept prepared, so that each statement is sent with its text.
    let store = builder
        .prepared_statements(false)
        .listen(listens)
        .connect()
        .await?;
    let cqrs = Cqrs::builder(store.clone())
        .event_handler(Handler)
        .build()
        .await?;
    let runners = cqrs.start_runners();
    let started = tokio::time::Instant::now();
    let event = NewEvent::new(EventName::from_static("counted"), Payload::from_json("{}")?);
    let append = Append::to("s-1".parse()?, ExpectedVersion::Any, vec![event]);
    store.append(append).await?;
    let end = cqrs_core::ports::watch::WatchLog::watch(&store).position();
    cqrs.wait_for(Handler::NAME, "s-1", end).await?;
    // Between two looks at how the processors fare, which are one second and six seconds after the start: a look is another
    // poller, and asks for the end of the log too.
    tokio::time::sleep_until(started + Duration::from_secs(2)).await;
    let began = tokio::time::Instant::now();
    proxy.forget();
    tokio::time::sleep_until(started + Duration::from_millis(5_500)).await;
    let gaps = proxy.gaps();
    let most = began.elapsed().as_millis() / 50 + 2;
    runners.stop(Duration::from_secs(5)).await;
    store.close().await;
    assert!(
        gaps.iter()
            .any(|(text, times, _)| text.contains("settled") && *times > 1),
        "the end of the log is asked for: {gaps:#?}"
    );
    for (text, times, shortest) in &gaps {
        println!(
            "listens {listens}: {times} times, shortest gap {shortest:?}: {}",
            &text[..text.len().min(60)]
        );
        // Counted, since a statement that is late on its way arrives just before the next one.
        assert!(
            *times as u128 <= most,
            "{times} times, and not {most} at most: {text}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_polls_faster_than_every_50_ms_while_nothing_happens() -> Checked {
    idles(true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_no_notification_says_that_something_has_happened() -> Checked {
    idles(false).await
}
