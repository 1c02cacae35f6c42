//! The shipped sample on Postgres: what memory gives, kept.

use std::path::Path;

use cqrs_core::runtime::app::Cqrs;
use cqrs_postgres::scratch::Scratch;
use fines::import::{Import, import};
use fines::log_file::LogFile;
use fines::report::Report;
use fines::store::StoreChoice;

use crate::expected::{assert_refused_as_expected, sample_report};

fn sample() -> LogFile {
    LogFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample.csv")).unwrap()
}

/// As another start of the program would open it.
async fn open(scratch: &Scratch) -> Cqrs {
    let store = StoreChoice::Postgres(scratch.url().to_owned());
    store.open(scratch.schema()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gives_what_memory_gives_and_keeps_it() {
    let scratch = Scratch::new();
    let first = import(&open(&scratch).await, sample(), |_| ())
        .await
        .unwrap();
    assert_refused_as_expected(&first);
    assert_eq!(first.known, 0);

    let cqrs = open(&scratch).await;
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
    let second = import(&cqrs, sample(), |_| ()).await.unwrap();
    let expected = Import {
        recorded: 0,
        known: first.recorded,
        ..first
    };
    assert_eq!(second, expected);
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_stopped_half_way_goes_on() {
    let scratch = Scratch::new();
    let mut half = sample();
    half.cases.truncate(150);
    let half = import(&open(&scratch).await, half, |_| ()).await.unwrap();
    let cqrs = open(&scratch).await;
    let whole = import(&cqrs, sample(), |_| ()).await.unwrap();
    assert_refused_as_expected(&whole);
    assert_eq!(whole.known, half.recorded);
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_imports_at_the_same_time_record_each_row_once() {
    let scratch = Scratch::new();
    let (one, other) = (open(&scratch).await, open(&scratch).await);
    let (first, second) = futures::join!(
        import(&one, sample(), |_| ()),
        import(&other, sample(), |_| ())
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_refused_as_expected(&first);
    assert_refused_as_expected(&second);
    assert_eq!(first.recorded, second.known);
    assert_eq!(Report::from_log(&one).await.unwrap(), sample_report());
}
