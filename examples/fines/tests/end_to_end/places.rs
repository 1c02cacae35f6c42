//! Rows are decided where they stand: what is refused once is refused again, whatever came after it.

use std::io::Write;

use cqrs_core::runtime::app::Cqrs;
use fines::fine::error::FineError;
use fines::fine::progress::Stage;
use fines::import::{Import, import};
use fines::log_file::LogFile;
use fines::refused::Refusal;
use fines::report::Report;
use fines::store::{SCHEMA, StoreChoice};

const HEADER: &str = "amount,article,case:concept:name,concept:name,dismissal,expense,lastSent,lifecycle:transition,\
notificationType,org:resource,paymentAmount,points,time:timestamp,totalPaymentAmount,vehicleClass";

fn create(case: &str) -> String {
    format!(
        "36.0,157.0,{case},Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A"
    )
}

fn send(case: &str) -> String {
    format!(",,{case},Send Fine,,13.0,,complete,,,,,2007-09-01 00:00:00+02:00,,")
}

fn notify(case: &str) -> String {
    format!(",,{case},Insert Fine Notification,,,P,complete,P,,,,2007-09-20 00:00:00+02:00,,")
}

fn pay(case: &str, amount: &str) -> String {
    format!(",,{case},Payment,,,,complete,,,{amount},,2007-07-16 00:00:00+02:00,{amount},")
}

fn file(rows: &[String]) -> LogFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEADER}\n{}", rows.join("\n")).unwrap();
    LogFile::read(file.path()).unwrap()
}

async fn memory() -> Cqrs {
    StoreChoice::Memory.open(SCHEMA).await.unwrap()
}

async fn run(cqrs: &Cqrs, rows: &[String]) -> Import {
    import(cqrs, file(rows), |_| ()).await.unwrap()
}

fn refusals(import: &Import) -> Vec<(u64, Refusal)> {
    let refused = import.refused.iter();
    refused.map(|row| (row.line, row.refusal.clone())).collect()
}

#[tokio::test]
async fn a_row_that_came_too_early_is_not_accepted_by_the_second_import() {
    let cqrs = memory().await;
    let rows = [pay("A1", "5.0"), create("A1"), notify("A1"), send("A1")];
    let expected = [
        (2, Refusal::Unknown),
        (4, Refusal::Rule(FineError::NotYet(Stage::Sent))),
    ];
    for (recorded, known) in [(2, 0), (0, 2)] {
        let import = run(&cqrs, &rows).await;
        assert_eq!(refusals(&import), expected);
        assert_eq!((import.recorded, import.known), (recorded, known));
    }
}

#[tokio::test]
async fn a_second_file_goes_on_where_the_first_ended_and_can_be_imported_again_too() {
    let cqrs = memory().await;
    run(&cqrs, &[create("A1")]).await;
    let second = [notify("A1"), send("A1"), notify("A1")];
    let early = Refusal::Rule(FineError::NotYet(Stage::Sent));
    for (recorded, known) in [(2, 0), (0, 2)] {
        let import = run(&cqrs, &second).await;
        assert_eq!(refusals(&import), [(2, early.clone())]);
        assert_eq!((import.recorded, import.known), (recorded, known));
    }
    let again = run(&cqrs, &[create("A1")]).await;
    assert_eq!((again.known, again.refused.len()), (1, 0));
}

#[tokio::test]
async fn a_file_that_has_grown_is_imported_from_where_it_had_ended() {
    let cqrs = memory().await;
    run(&cqrs, &[create("A1"), send("A1")]).await;
    let import = run(&cqrs, &[create("A1"), send("A1"), notify("A1")]).await;
    assert_eq!(
        (import.recorded, import.known, import.refused.len()),
        (1, 2, 0)
    );
}

#[tokio::test]
async fn a_row_that_was_put_between_others_later_comes_too_late() {
    let cqrs = memory().await;
    run(&cqrs, &[create("A1"), send("A1")]).await;
    let import = run(&cqrs, &[create("A1"), pay("A1", "5.0"), send("A1")]).await;
    let [(3, Refusal::TooLate { place, now })] = refusals(&import)[..] else {
        panic!("{:?}", import.refused)
    };
    assert_eq!((place.get(), now.get()), (1, 2));
}

#[tokio::test]
async fn equal_rows_are_one_fact_once_one_is_accepted() {
    let cqrs = memory().await;
    let rows = [
        pay("A1", "5.0"),
        create("A1"),
        pay("A1", "5.0"),
        pay("A1", "5.0"),
    ];
    for _ in 0..2 {
        let import = run(&cqrs, &rows).await;
        let expected = [(2, Refusal::Unknown), (5, Refusal::Repeats { line: 4 })];
        assert_eq!(refusals(&import), expected);
        assert_eq!(Report::from_log(&cqrs).await.unwrap().payments, 1);
    }
}

#[tokio::test]
async fn columns_in_another_order_and_columns_of_others_make_no_difference() {
    let cqrs = memory().await;
    run(&cqrs, &[create("A1"), pay("A1", "36.0")]).await;
    let mut names: Vec<_> = HEADER.split(',').rev().collect();
    names.push("matricola");
    let turned = |row: String| {
        let mut fields: Vec<_> = row.split(',').rev().map(str::to_owned).collect();
        fields.push("0.0".to_owned());
        fields.join(",")
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let rows = [
        names.join(","),
        turned(create("A1")),
        turned(pay("A1", "36.0")),
    ];
    write!(file, "{}", rows.join("\r\n")).unwrap();
    let log = LogFile::read(file.path()).unwrap();
    let import = import(&cqrs, log, |_| ()).await.unwrap();
    assert_eq!((import.known, import.rows), (2, 2));
}
