//! The time of recording comes from the clock that the store was given.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
use cqrs_core::words::clock::Clock;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;

#[derive(Debug)]
struct Stopped(DateTime<Utc>);

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

#[tokio::test]
async fn takes_the_time_from_its_clock_in_whole_microseconds() {
    let time = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
    let store = Memory::new().with_clock(Arc::new(Stopped(time)));
    let stream: StreamId = "account-7".parse().unwrap();
    let event = NewEvent::new(
        EventName::from_static("account.opened"),
        Payload::from_json("{}").unwrap(),
    );
    let append = Append::to(stream.clone(), ExpectedVersion::NoStream, vec![event]);
    store.append(append).await.unwrap();
    let page = store
        .read_stream(StreamRead::forward(stream))
        .await
        .unwrap();
    let whole = DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap();
    assert_eq!(page.events[0].recorded_at, whole);
}

#[test]
fn shows_itself_without_its_events() {
    let text = format!("{:?}", Memory::new());
    assert!(
        text.starts_with("Memory { end: Position(0), limits: Limits {"),
        "{text}"
    );
}
