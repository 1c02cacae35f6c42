//! Export and import: the same bytes again, also after an interruption.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cqrs_core::ports::import::{
    ImportError as RefusedChunk, ImportEvent, ImportEvents, Imported as ImportedChunk,
};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::export::Exported;
use cqrs_core::runtime::import::{Import, ImportError};
use cqrs_core::runtime::lines::LineError;
use cqrs_core::words::stream::Category;
use cqrs_memory::Memory;

use super::backend::{Backend, InMemory, on_each_backend};
use super::domain::{Checked, over, record};
use super::exported::{events_of, export, random};

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
    another_log_in_the_store_is_not_mixed_with_the_import,
    both_tell_their_progress,
);
