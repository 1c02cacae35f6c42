//! How fast the read side is on the memory store: from commit to handler, and a rebuild. For a glance, not a benchmark:
//! `cargo run --release -p cqrs-testing --example read_side_speed`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::{NewEvent, Recorded};
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum TickEvent {
    #[event(name = "tick.ticked")]
    Ticked { number: u64 },
}

#[derive(Clone, Default)]
struct Watching(Arc<Mutex<Vec<Instant>>>);

impl EventHandler for Watching {
    const NAME: ProcessorName = ProcessorName::from_static("watching");
    const START: StartFrom = StartFrom::Now;
    type Event = TickEvent;
    type Command = NoCommands;
    type Error = std::convert::Infallible;

    async fn handle(
        &self,
        _: &Recorded<TickEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), Self::Error> {
        let mut seen = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.push(Instant::now());
        Ok(())
    }
}

#[derive(Serialize, Deserialize, Default)]
struct Count {
    ticks: u64,
}

impl View for Count {
    const NAME: ProcessorName = ProcessorName::from_static("count");
    type Event = TickEvent;
    type Key = String;

    fn keys(event: &Recorded<TickEvent>) -> impl IntoIterator<Item = String> {
        [event.stream.key().to_string()]
    }

    fn apply(&mut self, _: &Recorded<TickEvent>) {
        self.ticks += 1;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Memory::new();
    let watching = Watching::default();
    let cqrs = Cqrs::builder(store.clone())
        .event_handler(watching.clone())
        .build()
        .await?;
    let runners = cqrs.start_runners();
    let mut written = Vec::new();
    for number in 0..2_000 {
        append(&store, number).await?;
        written.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    runners.stop(Duration::from_secs(1)).await;
    let seen = watching
        .0
        .lock()
        .map(|seen| seen.clone())
        .unwrap_or_default();
    let mut delays: Vec<_> = written
        .iter()
        .zip(&seen)
        .map(|(written, seen)| seen.saturating_duration_since(*written))
        .collect();
    delays.sort();
    println!(
        "commit to handler: {} events, median {:?}, p99 {:?}",
        delays.len(),
        delays[delays.len() / 2],
        delays[delays.len() * 99 / 100]
    );

    for number in 2_000..200_000 {
        append(&store, number).await?;
    }
    let began = Instant::now();
    let built = Cqrs::builder(store.clone()).view::<Count>().build().await?;
    built.run_until_idle().await?;
    let time = began.elapsed();
    println!(
        "built 200,000 events in {time:?}: {:.0} events/s",
        200_000.0 / time.as_secs_f64()
    );
    Ok(())
}

async fn append(store: &Memory, number: u64) -> Result<(), Box<dyn std::error::Error>> {
    let encoded = TickEvent::Ticked { number }.encode()?;
    let event = NewEvent::new(encoded.name, encoded.payload);
    let stream = format!("tick-{}", number % 1_000).parse()?;
    store
        .append(Append::to(stream, ExpectedVersion::Any, vec![event]))
        .await?;
    Ok(())
}
