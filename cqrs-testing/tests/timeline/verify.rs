//! Reading all that was ever recorded with today's code.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::progress::Progress;
use cqrs_core::runtime::verify::{Failing, Problem, Verification};
use cqrs_core::words::event::SchemaVersion;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::Category;

use super::backend::{Backend, on_each_backend};
use super::domain::{Checked, Failed, Jar, JarEvent, JarId, Put, Take, event, over, record};

/// Jars with a few coins each, one event after the other in turns.
async fn filled(backend: &impl Backend, jars: u64) -> Result<Cqrs, Failed> {
    let cqrs = over(backend.store()).await?;
    for coins in 1..=3 {
        for jar in 0..jars {
            let jar = JarId(jar);
            let _ = cqrs.send(Put { jar, coins }).await?;
        }
    }
    Ok(cqrs)
}

fn problems(verification: &Verification) -> Vec<(String, u32, Problem, u64, u64)> {
    let told = |failing: &Failing| {
        (
            failing.name.to_string(),
            failing.schema_version.get(),
            failing.problem,
            failing.count,
            failing.first.position.get(),
        )
    };
    verification.failing.iter().map(told).collect()
}

async fn a_log_that_decodes_and_folds_is_clean<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = filled(&backend, 20).await?;
    let verification = cqrs.verify().await?;
    assert!(verification.is_clean(), "{verification}");
    assert_eq!(verification.events, 60);
    assert_eq!(verification.decoded, 60);
    assert_eq!((verification.streams, verification.folded), (20, 60));
    assert_eq!(verification.rounds, 1);
    assert!(verification.to_string().ends_with("nothing fails"));
    Ok(())
}

async fn what_fails_is_told_by_name_version_problem_count_and_first_position<B: Backend>() -> Checked
{
    let backend = B::fresh().await;
    let cqrs = filled(&backend, 2).await?;
    record(&cqrs, "jar-0", "jar.stolen", "{}").await?;
    record(&cqrs, "jar-0", "jar.put", r#"{"coins":1}"#).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    record(&cqrs, "jar-1", "jar.taken", r#"{"coins":"many"}"#).await?;
    record(&cqrs, "jar-2", "jar.taken", r#"{"coins":1}"#).await?;
    record(&cqrs, "jar-2", "jar.put", r#"{"coins":1}"#).await?;
    record(&cqrs, "jar-3", "jar.taken", r#"{"coins":1}"#).await?;
    let future =
        event("jar.put", r#"{"coins":1}"#)?.with_schema_version(SchemaVersion::from_static(7));
    let append = cqrs_core::ports::append::Append::to(
        "jar-4".parse()?,
        cqrs_core::words::version::ExpectedVersion::NoStream,
        vec![future],
    );
    cqrs.store().append(append).await?;

    for (tasks, open) in [(1, 1), (1, 100), (3, 3), (4, 100)] {
        let verification = cqrs.verify().tasks(tasks).open(open).page(4).await?;
        let expected = [
            ("jar.stolen".to_owned(), 1, Problem::Unknown, 1, 7),
            ("box.opened".to_owned(), 1, Problem::Unknown, 2, 9),
            ("jar.taken".to_owned(), 1, Problem::Undecodable, 1, 11),
            ("jar.taken".to_owned(), 1, Problem::Panicked, 2, 12),
            ("jar.put".to_owned(), 7, Problem::Undecodable, 1, 15),
        ];
        assert_eq!(
            problems(&verification),
            expected,
            "{tasks} tasks, {open} open"
        );
        assert_eq!(verification.streams, 5);
        assert_eq!(verification.broken_streams, 5);
        assert_eq!((verification.events, verification.decoded), (15, 15));
        assert_eq!(verification.folded, 6);
        let text = verification.to_string();
        assert!(
            text.contains(
                "jar.taken version 1: 2 made `apply` panic, first at position 12 (stream jar-2, version 1): \
                 panicked: nobody takes what is not there"
            ),
            "{text}"
        );
        assert!(
            text.contains("known are jar.made, jar.put, jar.taken"),
            "{text}"
        );
    }
    Ok(())
}

/// With room for one aggregate a task, the log is read many times, and the result is the same.
async fn a_bounded_number_of_open_aggregates_folds_all_of_them<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = filled(&backend, 30).await?;
    let all = cqrs.verify().tasks(1).await?;
    for (tasks, open, rounds) in [(1, 1, 30), (1, 7, 5), (1, 30, 1)] {
        let bounded = cqrs.verify().tasks(tasks).open(open).page(3).await?;
        assert_eq!(bounded.rounds, rounds, "{open} open");
        let counted = |verification: &Verification| {
            let Verification {
                events,
                decoded,
                streams,
                folded,
                ..
            } = verification;
            (*events, *decoded, *streams, *folded)
        };
        assert_eq!(counted(&bounded), counted(&all));
        assert!(bounded.is_clean());
    }
    let shared = cqrs.verify().tasks(4).open(4).await?;
    assert_eq!((shared.streams, shared.folded), (30, 90));
    Ok(())
}

async fn a_category_or_a_sample_of_whole_streams_can_be_verified<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = filled(&backend, 200).await?;
    record(&cqrs, "box-1", "box.opened", "{}").await?;
    assert!(!cqrs.verify().await?.is_clean());

    let jars = cqrs.verify().category(Category::from_static("jar")).await?;
    assert!(jars.is_clean(), "{jars}");
    assert_eq!(jars.events, 600);

    let one_in = NonZeroU32::new(4).unwrap();
    let sample = cqrs.verify().category(Category::from_static("jar"));
    let sample = sample.one_in(one_in).await?;
    assert_eq!(sample.events, 600, "all is read");
    assert_eq!(sample.decoded, 3 * sample.streams, "streams are whole");
    assert_eq!(sample.folded, sample.decoded);
    assert!((20..=90).contains(&sample.streams), "{}", sample.streams);
    Ok(())
}

/// A view may have a type of its own for an event that an aggregate has too.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Coins {
    #[event(name = "jar.put")]
    Put { coins: String },
}

#[derive(Serialize, Deserialize, Default, Debug)]
struct Texts;

impl View for Texts {
    const NAME: ProcessorName = ProcessorName::from_static("texts");
    type Event = Coins;
    type Key = JarId;

    fn keys(event: &Recorded<Coins>) -> impl IntoIterator<Item = JarId> {
        event.id()
    }

    fn apply(&mut self, _: &Recorded<Coins>) {}
}

async fn events_that_only_a_view_reads_are_decoded_by_it<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let store = backend.store();
    let cqrs = over(store.clone()).await?;
    let jar = JarId(1);
    let _ = cqrs.send(Put { jar, coins: 2 }).await?;
    let _ = cqrs.send(Take { jar, coins: 1 }).await?;

    let builder = Cqrs::builder(store.clone()).aggregate::<Jar>();
    let disagreeing = builder.view::<Texts>().build().await?;
    let found = disagreeing.verify().await?;
    let expected = [("jar.put".to_owned(), 1, Problem::Undecodable, 1, 1)];
    assert_eq!(problems(&found), expected);
    assert_eq!(found.folded, 2, "the aggregate itself is fine");

    let alone = Cqrs::builder(store).view::<Texts>().build().await?;
    let names: Vec<_> = problems(&alone.verify().await?)
        .into_iter()
        .map(|(name, _, problem, ..)| (name, problem))
        .collect();
    let expected = [
        ("jar.put".to_owned(), Problem::Undecodable),
        ("jar.taken".to_owned(), Problem::Unknown),
    ];
    assert_eq!(names, expected);
    assert!(matches!(JarEvent::EVENTS, [_, _, _]));
    Ok(())
}

async fn tells_its_progress_and_ends_at_the_end<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let cqrs = filled(&backend, 50).await?;
    let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let tell = Arc::clone(&told);
    let verify = cqrs.verify().page(10).progress(move |progress| {
        let mut told = tell.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(progress.clone());
    });
    verify.await?;
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let (first, last) = (told.first().unwrap(), told.last().unwrap());
    assert_eq!((first.round, first.events), (1, 10));
    // Nobody knows more of the end than the watch of the store.
    let end = first.end.map(Position::get);
    assert!(end.is_some_and(|end| (10..=150).contains(&end)), "{end:?}");
    assert_eq!(last.end.map(Position::get), Some(150));
    assert_eq!((last.events, last.position.get()), (150, 150));
    assert!(last.rate > 0.0);
    Ok(())
}

async fn an_empty_log_is_clean<B: Backend>() -> Checked {
    let backend = B::fresh().await;
    let verification = over(backend.store()).await?.verify().await?;
    assert!(verification.is_clean());
    assert_eq!((verification.events, verification.rounds), (0, 1));
    Ok(())
}

on_each_backend!(
    a_log_that_decodes_and_folds_is_clean,
    what_fails_is_told_by_name_version_problem_count_and_first_position,
    a_bounded_number_of_open_aggregates_folds_all_of_them,
    a_category_or_a_sample_of_whole_streams_can_be_verified,
    events_that_only_a_view_reads_are_decoded_by_it,
    tells_its_progress_and_ends_at_the_end,
    an_empty_log_is_clean,
);
