//! Export, import and export again are byte-equal, on every pair of backends.

#[path = "../../cqrs-testing/tests/timeline/random_log.rs"]
mod random_log;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::read_log::LogRead;
use cqrs_core::ports::store::EventStore;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::export::Exported;
use cqrs_core::runtime::import::{Import, ImportError};
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;
use random_log::random_log;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Read by small pages, so that pages matter.
async fn export<S: EventStore + Clone>(store: &S) -> Result<Vec<u8>, Failed> {
    let cqrs = Cqrs::builder(store.clone()).page(37).build().await?;
    let mut lines = Vec::new();
    cqrs.export().write(&mut lines).await?;
    Ok(lines)
}

/// From one empty store into another one.
async fn moves<F, T>(from: F, to: T) -> Result<(), Failed>
where
    F: ImportEvents + EventStore + Clone,
    T: ImportEvents + EventStore + Clone,
{
    from.import(random_log(1, 600)?).await?;
    let lines = export(&from).await?;
    assert_eq!(Exported::read(&lines[..]).await?.events, 600);
    let done = Import::into(&to).chunk(50).read(&lines[..]).await?;
    assert_eq!((done.recorded, done.repeated), (600, 0));
    let again = export(&to).await?;
    if again != lines {
        let (again, lines) = (String::from_utf8(again)?, String::from_utf8(lines)?);
        let differing = again
            .lines()
            .zip(lines.lines())
            .find(|(one, other)| one != other);
        panic!("not byte-equal: {differing:?}");
    }
    // The lines could agree and both be wrong.
    let all = || LogRead::after(Position::START).limit(1_000);
    let (one, other) = (from.read_log(all()).await?, to.read_log(all()).await?);
    assert_eq!(one.events.len(), 600);
    assert_eq!(one.events, other.events);
    let done = Import::into(&to).read(&lines[..]).await?;
    assert_eq!((done.recorded, done.repeated), (0, 600), "and again");
    Ok(())
}

#[tokio::test]
async fn from_memory_to_memory() -> Result<(), Failed> {
    moves(Memory::new(), Memory::new()).await
}

#[tokio::test]
async fn from_memory_to_postgres() -> Result<(), Failed> {
    let to = Scratch::new();
    moves(Memory::new(), to.store().await).await
}

#[tokio::test]
async fn from_postgres_to_memory() -> Result<(), Failed> {
    let from = Scratch::new();
    moves(from.store().await, Memory::new()).await
}

#[tokio::test]
async fn from_postgres_to_postgres() -> Result<(), Failed> {
    let (from, to) = (Scratch::new(), Scratch::new());
    moves(from.store().await, to.store().await).await
}

/// What PostgreSQL is asked for besides: the line of what it refuses.
#[tokio::test]
async fn a_log_with_a_hole_is_refused_with_its_line() -> Result<(), Failed> {
    let store = Memory::new();
    store.import(random_log(2, 100)?).await?;
    let text = String::from_utf8(export(&store).await?)?;
    let mut lines: Vec<_> = text.lines().collect();
    let lost = lines.remove(40);
    let stream = lost.split('"').nth(5).ok_or("a line without a stream")?;
    let after = lines
        .iter()
        .skip(40)
        .position(|line| line.contains(&format!("\"stream\":\"{stream}\"")));
    let expected = 41 + after.ok_or("the stream has no further event")?;
    let scratch = Scratch::new();
    let postgres = scratch.store().await;
    for chunk in [10, 1_000] {
        let lines = lines.join("\n");
        let error = Import::into(&postgres)
            .chunk(chunk)
            .read(lines.as_bytes())
            .await;
        let Err(ImportError::Refused { line, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(line, expected as u64);
    }
    Ok(())
}
