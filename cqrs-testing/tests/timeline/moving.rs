//! Export and import: the same bytes again, and a log that breaks a promise is refused with its line.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cqrs_core::ports::import::{
    ImportError as RefusedChunk, ImportEvent, ImportEvents, Imported as ImportedChunk,
};
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::export::Exported;
use cqrs_core::runtime::import::{Import, ImportError};
use cqrs_core::runtime::lines::LineError;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;
use cqrs_memory::Memory;

use super::backend::{Backend, InMemory, on_each_backend};
use super::domain::{Checked, Failed, over, record};
use super::random_log::random_log;

async fn export(store: &(impl ReadSide + Clone)) -> Result<Vec<u8>, Failed> {
    let cqrs = over(store.clone()).await?;
    let mut lines = Vec::new();
    let done = cqrs.export().write(&mut lines).await?;
    assert!(done.is_complete);
    assert_eq!(done.bytes, lines.len() as u64);
    Ok(lines)
}

/// The lines could agree and both be wrong.
async fn events_of(store: &impl ReadLog) -> Result<Vec<RecordedEvent>, Failed> {
    let request = LogRead::after(Position::START).limit(10_000);
    Ok(store.read_log(request).await?.events)
}

/// A place with a random log, and its export.
async fn random<B: Backend>(seed: u64, events: u64) -> Result<(B, Vec<u8>), Failed> {
    let backend = B::fresh().await;
    let store = backend.store();
    store.import(random_log(seed, events)?).await?;
    let lines = export(&store).await?;
    Ok((backend, lines))
}

fn changed(lines: &[u8], line: usize, change: impl Fn(&str) -> String) -> Result<Vec<u8>, Failed> {
    let mut text: Vec<String> = std::str::from_utf8(lines)?
        .lines()
        .map(str::to_owned)
        .collect();
    text[line - 1] = change(&text[line - 1]);
    Ok(text.join("\n").into_bytes())
}

async fn export_import_and_export_again_are_byte_equal<B: Backend>() -> Checked {
    for (seed, events) in [(1, 0), (2, 1), (3, 700), (4, 2_500)] {
        let (from, lines) = random::<B>(seed, events).await?;
        for chunk in [1_000, 7] {
            let place = B::fresh().await;
            let copy = place.store();
            let done = Import::into(&copy).chunk(chunk).read(&lines[..]).await?;
            assert_eq!(
                (done.events, done.recorded, done.repeated),
                (events, events, 0)
            );
            let again = export(&copy).await?;
            assert!(
                again == lines,
                "seed {seed}, {events} events: {}",
                first_difference(&again, &lines)
            );
            assert_eq!(events_of(&copy).await?, events_of(&from.store()).await?);
        }
    }
    Ok(())
}

fn first_difference(one: &[u8], other: &[u8]) -> String {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let pair = one
        .lines()
        .zip(other.lines())
        .find(|(one, other)| one != other);
    format!("{pair:?}")
}

/// The test above is worth nothing unless it sees these.
#[tokio::test]
async fn an_import_that_loses_something_gives_other_bytes() -> Checked {
    #[derive(Clone, Copy, Debug)]
    enum Loses {
        Gaps,
        Times,
        Metadata,
    }
    struct Losing(Memory, Loses);
    #[async_trait]
    impl ImportEvents for Losing {
        async fn import(&self, mut chunk: Vec<ImportEvent>) -> Result<ImportedChunk, RefusedChunk> {
            for event in &mut chunk {
                match self.1 {
                    Loses::Gaps => event.position = None,
                    Loses::Times => event.recorded_at = None,
                    Loses::Metadata => event.event.metadata = Arc::default(),
                }
            }
            self.0.import(chunk).await
        }
    }
    let (_, lines) = random::<InMemory>(5, 200).await?;
    for loses in [Loses::Gaps, Loses::Times, Loses::Metadata] {
        let losing = Losing(Memory::new(), loses);
        Import::into(&losing).read(&lines[..]).await?;
        assert_ne!(export(&losing.0).await?, lines, "{loses:?}");
    }
    Ok(())
}

async fn what_was_imported_behaves_like_what_was_recorded<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":5}"#).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    let mut lines = Vec::new();
    cqrs.export().write(&mut lines).await?;
    let place = B::fresh().await;
    let copy = place.store();
    Import::into(&copy).read(&lines[..]).await?;
    let copy = over(copy).await?;
    record(&copy, "jar-1", "jar.put", r#"{"coins":1}"#).await?;
    copy.run_until_idle().await?;
    let jar = super::domain::JarId(1);
    let jars = copy.repository::<super::domain::Jar>();
    assert_eq!(jars.load(&jar).await?.coins, 6);
    let filling = copy.view::<super::domain::Filling>(jar).await?;
    assert_eq!(filling.map(|filling| filling.coins), Some(6));
    Ok(())
}

async fn a_category_can_be_exported_alone<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = over(backend.store()).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    record(&cqrs, "jar-1", "jar.put", r#"{"coins":5}"#).await?;
    let mut lines = Vec::new();
    let boxes = cqrs.export().category(Category::from_static("box"));
    assert_eq!(boxes.write(&mut lines).await?.events, 1);
    assert!(!String::from_utf8(lines.clone())?.contains("jar"));
    let place = B::fresh().await;
    let copy = place.store();
    Import::into(&copy).read(&lines[..]).await?;
    assert_eq!(export(&copy).await?, lines);
    Ok(())
}

/// Wherever an export was cut off, the rest makes it whole.
async fn an_interrupted_export_is_resumed_to_the_same_bytes<B: Backend>() -> Checked {
    let (from, lines) = random::<B>(6, 30).await?;
    let cqrs = over(from.store()).await?;
    for cut in (0..=lines.len())
        .step_by(11)
        .chain([lines.len() - 1, lines.len()])
    {
        let mut file = lines[..cut].to_vec();
        let so_far = Exported::read(&file[..]).await?;
        assert_eq!(so_far.is_complete, cut >= lines.len() - 1, "cut at {cut}");
        file.truncate(usize::try_from(so_far.bytes)?);
        let done = cqrs.export().resume(so_far).write(&mut file).await?;
        // An editor may take the line break of the last line; nothing is added to a whole export then.
        assert!(file == lines || cut == lines.len() - 1, "cut at {cut}");
        assert_eq!(done.events, 30);
    }
    Ok(())
}

async fn an_interrupted_import_is_begun_again_or_after_what_is_there<B: Backend>() -> Checked {
    let (_, lines) = random::<B>(7, 100).await?;
    for cut in [1, 10, 55, 101] {
        let part: Vec<_> = lines
            .split_inclusive(|byte| *byte == b'\n')
            .take(cut)
            .collect();
        let place = B::fresh().await;
        let copy = place.store();
        let error = Import::into(&copy)
            .chunk(3)
            .read(&part.concat()[..])
            .await
            .unwrap_err();
        let ImportError::Line(LineError::CutOff { line }) = error else {
            panic!("{error}");
        };
        assert_eq!(line, cut as u64);
        let there = line - 1;

        let from_the_beginning = copy.clone();
        let end = Exported::read(&export(&copy).await?[..]).await?;
        assert_eq!(end.events, there, "what was there is recorded");
        let done = Import::into(&from_the_beginning)
            .chunk(7)
            .read(&lines[..])
            .await?;
        assert_eq!((done.repeated, done.recorded), (there, 100 - there));
        assert_eq!(export(&copy).await?, lines);
        let done = Import::into(&copy)
            .after(end.position)
            .read(&lines[..])
            .await?;
        assert_eq!((done.events, done.repeated), (100, 100));
    }
    Ok(())
}

async fn a_log_that_breaks_a_promise_is_refused_with_its_line<B: Backend>() -> Checked {
    let event = |position: u64, stream: &str, version: u64, id: u64| {
        format!(
            r#"{{"position":{position},"stream":"{stream}","version":{version},"event_id":"00000000-0000-0000-0000-{id:012}","name":"a","schema_version":1,"recorded_at":"2026-01-01T00:00:00.000000Z","payload":{{}}}}"#
        )
    };
    let cases = [
        (
            "A2: a hole",
            event(9, "jar-1", 4, 9),
            "has version 4 of stream jar-1, which is at version 2",
        ),
        (
            "A2: twice",
            event(9, "jar-1", 2, 9),
            "has version 2 of stream jar-1, which is at version 2",
        ),
        (
            "A2: no beginning",
            event(9, "jar-9", 2, 9),
            "has version 2 of stream jar-9, which is at version 0",
        ),
        (
            "F2: out of order",
            event(9, "jar-2", 1, 9),
            "has version 1 of stream jar-2, which is at version 1",
        ),
        (
            "F1: the same position",
            event(5, "jar-9", 1, 9),
            "has position 5, and must be after 5",
        ),
        (
            "F1: a position that goes back",
            event(4, "jar-9", 1, 9),
            "has position 4, and must be after 5",
        ),
        (
            "A4: an id twice",
            event(9, "jar-9", 1, 1),
            "belongs to another event already",
        ),
    ];
    for (case, wrong, expected) in cases {
        for &chunk in B::CHUNKS {
            let lines = [
                r#"{"cqrs_log":1}"#.to_owned(),
                event(1, "jar-1", 1, 1),
                event(3, "jar-2", 1, 2),
                event(5, "jar-1", 2, 3),
                wrong.clone(),
                event(11, "jar-3", 1, 4),
                r#"{"end":{"events":5,"position":11}}"#.to_owned(),
            ];
            let lines = lines.join("\n") + "\n";
            let place = B::fresh().await;
            let store = place.store();
            let error = Import::into(&store)
                .chunk(chunk)
                .read(lines.as_bytes())
                .await
                .unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with("line 5 is refused: "), "{case}: {text}");
            assert!(text.contains(expected), "{case}: {text}");
            let checked = Import::check().chunk(chunk).read(lines.as_bytes()).await;
            assert_eq!(checked.unwrap_err().to_string(), text, "{case}: the check");
        }
    }
    Ok(())
}

async fn what_is_no_exported_log_is_refused_with_its_line<B: Backend>() -> Checked {
    let (_, lines) = random::<B>(8, 20).await?;
    let read = async |lines: Vec<u8>| {
        let place = B::fresh().await;
        let store = place.store();
        let error = Import::into(&store).read(&lines[..]).await.unwrap_err();
        let checked = Import::check().read(&lines[..]).await.unwrap_err();
        assert_eq!(checked.to_string(), error.to_string(), "the check");
        error.to_string()
    };
    assert_eq!(
        read(Vec::new()).await,
        "the log is cut off after line 0: its last line is missing"
    );
    assert_eq!(
        read(b"hello\n".to_vec()).await,
        "line 1 is no line of an exported log"
    );
    let headless = changed(&lines, 1, |_| String::new())?[1..].to_vec();
    assert_eq!(
        read(headless).await,
        "line 1 does not begin an exported log of format 1"
    );
    let other = changed(&lines, 1, |_| r#"{"cqrs_log":2}"#.to_owned())?;
    assert_eq!(
        read(other).await,
        "the log has format 2, this code reads format 1"
    );
    let damaged = changed(&lines, 8, |line| {
        line.replace("\"version\":", "\"version\":-")
    })?;
    assert_eq!(read(damaged).await, "line 8 is no line of an exported log");
    let unknown = changed(&lines, 8, |line| line.replace('{', "{\"more\":1,"))?;
    assert_eq!(read(unknown).await, "line 8 is no line of an exported log");
    let count = changed(&lines, 22, |line| line.replace("20", "21"))?;
    assert!(
        read(count)
            .await
            .starts_with("line 22 says that there are 21 events")
    );
    let mut longer = lines.clone();
    longer.extend_from_slice(b"{}\n");
    assert_eq!(read(longer).await, "line 23 comes after the end of the log");
    let not_utf8 = lines
        .iter()
        .map(|byte| if *byte == b'j' { 0xff } else { *byte });
    assert_eq!(
        read(not_utf8.collect()).await,
        "line 2 is no line of an exported log"
    );
    Ok(())
}

/// What would be recorded, without a store.
#[tokio::test]
async fn a_check_of_a_log_that_is_right_says_what_is_in_it() -> Checked {
    let (store, lines) = random::<InMemory>(13, 1_500).await?;
    let found = Import::check().chunk(7).read(&lines[..]).await?;
    assert_eq!(
        (found.events, found.recorded, found.repeated),
        (1_500, 1_500, 0)
    );
    let last = events_of(&store.store()).await?.pop().ok_or("no event")?;
    assert_eq!(found.position, last.position);
    Ok(())
}

/// As strict with a file as with a program: a key that nobody could have written does not get in by the back door.
#[tokio::test]
async fn metadata_keys_of_a_file_keep_the_rule_of_all_metadata_keys() -> Checked {
    let (_, lines) = random::<InMemory>(14, 200).await?;
    let text = std::str::from_utf8(&lines)?;
    let found = text.lines().position(|line| line.contains(r#""user":"#));
    let line = found.ok_or("no metadata")? + 1;
    for key in ["", "a b", "ü", "\\u0000", &"k".repeat(65)] {
        let lines = changed(&lines, line, |line| {
            line.replace(r#""user":"#, &format!("\"{key}\":"))
        })?;
        let store = Memory::new();
        let error = Import::into(&store).read(&lines[..]).await.unwrap_err();
        let told = format!("line {line} is no line of an exported log");
        assert_eq!(error.to_string(), told, "{key:?}");
        let ImportError::Line(LineError::Malformed { source, .. }) = error else {
            panic!("{error}");
        };
        let source = source.to_string();
        assert!(
            source.contains("1 to 64 visible ASCII characters"),
            "{source}"
        );
        let checked = Import::check().read(&lines[..]).await.unwrap_err();
        assert_eq!(checked.to_string(), told);
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_refuses_a_chunk_tells_its_lines() -> Checked {
    let (_, lines) = random::<InMemory>(9, 20).await?;
    let mut limits = Limits::default();
    limits.payload_bytes = 3;
    let store = Memory::with_limits(limits);
    let error = Import::into(&store)
        .chunk(100)
        .read(&lines[..])
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "lines 2 to 21 could not be recorded");
    assert!(matches!(
        error,
        ImportError::Store {
            source: RefusedChunk::Limit(_),
            ..
        }
    ));
    Ok(())
}

async fn another_log_in_the_store_is_not_mixed_with_the_import<B: Backend>() -> Checked {
    let (_, lines) = random::<B>(10, 20).await?;
    let (place, before) = random::<B>(11, 20).await?;
    let other = place.store();
    let error = Import::into(&other).read(&lines[..]).await.unwrap_err();
    assert!(
        matches!(error, ImportError::Refused { line: 2, .. }),
        "{error}"
    );
    assert_eq!(export(&other).await?, before);
    Ok(())
}

async fn both_tell_their_progress<B: Backend>() -> Checked {
    let (from, _) = random::<B>(12, 50).await?;
    let cqrs: Cqrs = over(from.store()).await?;
    let told: [Arc<Mutex<Vec<u64>>>; 2] = Default::default();
    let listening = |told: &Arc<Mutex<Vec<u64>>>| {
        let told = Arc::clone(told);
        move |progress: &cqrs_core::runtime::progress::Progress| {
            told.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(progress.events);
        }
    };
    let mut lines = Vec::new();
    cqrs.export()
        .progress(listening(&told[0]))
        .write(&mut lines)
        .await?;
    let place = B::fresh().await;
    let copy = place.store();
    Import::into(&copy)
        .chunk(20)
        .progress(listening(&told[1]))
        .read(&lines[..])
        .await?;
    for (told, first) in told.iter().zip([50, 20]) {
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!((told.first(), told.last()), (Some(&first), Some(&50)));
        assert!(told.is_sorted(), "{told:?}");
    }
    Ok(())
}

on_each_backend!(
    export_import_and_export_again_are_byte_equal,
    what_was_imported_behaves_like_what_was_recorded,
    a_category_can_be_exported_alone,
    an_interrupted_export_is_resumed_to_the_same_bytes,
    an_interrupted_import_is_begun_again_or_after_what_is_there,
    a_log_that_breaks_a_promise_is_refused_with_its_line,
    what_is_no_exported_log_is_refused_with_its_line,
    another_log_in_the_store_is_not_mixed_with_the_import,
    both_tell_their_progress,
);
