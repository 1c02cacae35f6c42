//! The shipped sample from end to end, in memory: what is accepted, what is refused and why, and what comes out.

use std::path::Path;

use crate::expected::{assert_refused_as_expected, sample_report};
use fines::cents::Cents;
use fines::import::{Import, import};
use fines::log_file::LogFile;
use fines::report::Report;
use fines::store::{SCHEMA, StoreChoice};

fn sample() -> LogFile {
    LogFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample.csv")).unwrap()
}

#[test]
fn is_what_the_generator_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample.csv");
    assert!(
        std::fs::read(path).unwrap() == fines::sample::make(),
        "data/sample.csv is not what the generator makes: run `cargo run -p fines --example make_sample`"
    );
}

#[tokio::test]
async fn each_bad_row_is_refused_for_its_reason_and_no_other_row_is() {
    let cqrs = StoreChoice::Memory.open(SCHEMA).await.unwrap();
    let mut progress = 0;
    let import = import(&cqrs, sample(), |rows| progress += rows)
        .await
        .unwrap();
    assert_refused_as_expected(&import);
    assert!(import.rows > 1_000, "{}", import.rows);
    assert_eq!(import.recorded + import.refused.len() as u64, import.rows);
    assert!(progress > import.recorded && progress < import.rows);
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_says_the_same() {
    let cqrs = StoreChoice::Memory.open(SCHEMA).await.unwrap();
    let first = import(&cqrs, sample(), |_| ()).await.unwrap();
    let second = import(&cqrs, sample(), |_| ()).await.unwrap();
    let expected = Import {
        recorded: 0,
        known: first.recorded,
        ..first
    };
    assert_eq!(second, expected);
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
}

#[tokio::test]
async fn two_imports_at_the_same_time_record_each_row_once() {
    let cqrs = StoreChoice::Memory.open(SCHEMA).await.unwrap();
    let (one, other) = futures::join!(
        import(&cqrs, sample(), |_| ()),
        import(&cqrs, sample(), |_| ())
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.recorded, other.known);
    assert_eq!(one.known, other.recorded);
    assert_refused_as_expected(&one);
    assert_refused_as_expected(&other);
    assert_eq!(Report::from_log(&cqrs).await.unwrap(), sample_report());
}

/// The public sample stays out of the repository. Where it is, it is checked.
#[tokio::test]
async fn all_rows_of_the_public_sample_are_accepted() {
    let Some(path) = std::env::var_os("FINES_SAMPLE") else {
        eprintln!("the public sample was not checked: FINES_SAMPLE does not name it");
        return;
    };
    let cqrs = StoreChoice::Memory.open(SCHEMA).await.unwrap();
    let file = LogFile::read(Path::new(&path)).unwrap();
    let import = import(&cqrs, file, |_| ()).await.unwrap();
    assert_eq!((import.rows, import.recorded), (390, 390));
    let report = Report::from_log(&cqrs).await.unwrap();
    assert_eq!((report.fines, report.events), (100, 390));
    assert_eq!(report.paid, Cents::new(296_803));
    assert_eq!(report.other_total, 0);
}
