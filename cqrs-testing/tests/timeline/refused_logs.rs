//! Logs that are not taken: by an import and by a check, in the same words, and with the line.

use cqrs_core::ports::import::ImportError as RefusedChunk;
use cqrs_core::ports::limits::Limits;
use cqrs_core::runtime::import::{Import, ImportError};
use cqrs_core::runtime::lines::LineError;
use cqrs_memory::Memory;

use super::backend::{Backend, InMemory, on_each_backend};
use super::domain::{Checked, Failed};
use super::exported::{events_of, random};

fn changed(lines: &[u8], line: usize, change: impl Fn(&str) -> String) -> Result<Vec<u8>, Failed> {
    let mut text: Vec<String> = std::str::from_utf8(lines)?
        .lines()
        .map(str::to_owned)
        .collect();
    text[line - 1] = change(&text[line - 1]);
    Ok(text.join("\n").into_bytes())
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

on_each_backend!(
    a_log_that_breaks_a_promise_is_refused_with_its_line,
    what_is_no_exported_log_is_refused_with_its_line,
);
