//! The program as people start it.

use std::path::Path;
use std::process::{Command, Output};

use cqrs_postgres::scratch::Scratch;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.csv");

fn fines(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fines"));
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn succeeds(arguments: &[&str]) -> String {
    let output = fines(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    assert_eq!(errors, "", "without a terminal there is no progress bar");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(status: i32, arguments: &[&str]) -> String {
    let output = fines(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn import_reports_in_one_go_and_ends_well_although_rows_were_refused() {
    let text = succeeds(&["import", SAMPLE]);
    let expected = "
Report
  fines                         319
  events                      1,221
  paid in total         11,127.35 €  by 186 payments
  outstanding           14,292.57 €  of 167 fines
  paid in full                  132
  overpaid                        1  by 1.18 € too much
  dismissed                      20
  in credit collection           99
  other total                     1  where payments do not add up to totalPaymentAmount
";
    assert!(text.ends_with(expected), "{text}");
    assert!(
        text.contains("  rows      1,305\n  accepted  1,221\n  refused      84\n"),
        "{text}"
    );
    assert!(
        text.contains("  … and 64 more; --refused FILE writes them all\n"),
        "{text}"
    );
    assert!(!text.contains(|character: char| character.is_control() && character != '\n'));
}

#[test]
fn import_writes_all_refused_rows_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refused.csv");
    let text = succeeds(&["import", SAMPLE, "--refused", path.to_str().unwrap()]);
    assert!(text.contains("All refused rows are in"), "{text}");
    let mut refused = csv::Reader::from_path(path).unwrap();
    let rows: Vec<_> = refused.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 84);
    let risky = |field: &str| field.starts_with(['=', '+', '-', '@']);
    assert!(!rows.iter().flatten().any(risky));
}

#[test]
fn show_tells_the_history_of_a_fine_from_a_file() {
    let text = succeeds(&["show", "B26", "--from", SAMPLE]);
    let expected = "\
Fine B26

  date        event     amount      due     paid  outstanding  details
  2007-07-14  created  36.00 €  36.00 €   0.00 €      36.00 €  article 157, vehicle class A, officer 541
  2007-07-16  paid     30.00 €  36.00 €  30.00 €       6.00 €

  Due: 6.00 € of 36.00 €.
";
    assert_eq!(text, expected);
}

#[test]
fn show_leaves_out_what_is_after_the_day() {
    let show = |day| succeeds(&["show", "B26", "--from", SAMPLE, "--as-of", day]);
    let text = show("2007-07-14");
    assert!(text.contains("Fine B26, as of 2007-07-14"), "{text}");
    assert!(
        text.contains("Due: 36.00 € of 36.00 €.\n  Left out: 1 event after that day."),
        "{text}"
    );
    assert!(show("2007-07-13").contains("It had not been created yet."));
}

#[test]
fn what_makes_no_sense_is_told_in_one_line() {
    let line = |arguments: &[&str]| {
        let text = fails(1, arguments);
        assert!(
            text.starts_with("fines: ") && text.lines().count() == 1,
            "{text}"
        );
        text
    };
    let text = line(&["import", "no/such/file.csv"]);
    assert!(
        text.contains("can't read no/such/file.csv: No such file"),
        "{text}"
    );
    let folder = line(&["import", env!("CARGO_MANIFEST_DIR")]);
    assert!(folder.contains("is a directory"), "{folder}");
    let other = line(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert!(other.contains("amount, article, "), "{other}");
    assert!(line(&["show", "A1"]).contains("--from FILE"));
    assert!(line(&["report", "--store", "memory"]).contains("in one go"));
    assert!(line(&["show", "A1", "--from", SAMPLE]).contains("there is no fine A1"));
    assert!(
        line(&["import", SAMPLE, "--refused", "no/such/folder/x"]).contains("no/such/folder/x")
    );
}

#[test]
fn a_database_that_can_not_be_reached_is_told_without_its_password() {
    let url = "postgres://ada:secret@127.0.0.1:1/fines";
    let text = fails(1, &["report", "--store", url]);
    assert!(text.starts_with("fines: can't open the database"), "{text}");
    assert!(
        text.lines().count() == 1 && !text.contains("secret"),
        "{text}"
    );
}

#[test]
fn bad_arguments_have_another_status() {
    fails(2, &[]);
    fails(2, &["import"]);
    fails(2, &["import", SAMPLE, "--store", "mysql://x"]);
    fails(2, &["show", "=cmd()", "--from", SAMPLE]);
    fails(2, &["show", "A1", "--from", SAMPLE, "--as-of", "yesterday"]);
    assert!(succeeds(&["--help"]).contains("import"));
}

#[test]
fn a_database_keeps_what_it_is_given() {
    let scratch = Scratch::new();
    let store = ["--store", scratch.url(), "--schema", scratch.schema()];
    let run = |task: &[&str]| succeeds(&[task, &store].concat());
    let report = |text: &str| {
        text.split_once("in the database\n")
            .map(|(_, report)| report.to_owned())
    };

    let first = run(&["import", SAMPLE]);
    let second = run(&["import", SAMPLE]);
    assert!(second.contains("nothing changed"), "{second}");
    assert_eq!(report(&first), report(&second));
    assert_eq!(report(&first), Some(run(&["report"])));
    assert!(run(&["show", "B26"]).contains("Due: 6.00 € of 36.00 €."));
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let command = format!(
        "'{}' import '{SAMPLE}' | head -n 1",
        env!("CARGO_BIN_EXE_fines")
    );
    let output = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(Path::new(SAMPLE).exists());
}
