//! Files that are no files of the log, and rows that are far too large: each gives an error, and nothing else happens.

use std::io::Write;
use std::path::Path;

use fines::import::import;
use fines::log_file::{FileError, LogFile};
use fines::refused::Refusal;
use fines::row::columns::HeaderError;
use fines::row::error::RowError;
use fines::store::{SCHEMA, StoreChoice};

fn read(content: &[u8]) -> Result<LogFile, FileError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    LogFile::read(file.path())
}

fn header() -> Vec<u8> {
    let sample = fines::sample::make();
    let end = sample.iter().position(|byte| *byte == b'\n').unwrap();
    sample[..=end].to_vec()
}

const CREATE: &[u8] =
    b"36.0,157.0,A1,Create Fine,NIL,,,complete,,541,,0.0,2007-07-14 00:00:00+02:00,0.0,A\n";

#[test]
fn a_file_that_is_not_there_or_is_none_is_an_error() {
    for path in ["no/such/file.csv", env!("CARGO_MANIFEST_DIR")] {
        let error = LogFile::read(Path::new(path)).unwrap_err();
        assert!(matches!(error, FileError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[test]
fn an_empty_file_is_an_error() {
    for content in ["", "\n\r\n  \n"] {
        let error = read(content.as_bytes()).unwrap_err();
        assert!(matches!(error, FileError::Empty { .. }), "{error:?}");
    }
}

#[test]
fn a_file_of_another_format_is_an_error() {
    for content in [
        &b"a,b,c\n1,2,3\n"[..],
        b"\x7fELF\x02\x01\0\0\0",
        b"{}",
        &[0; 100],
        CREATE,
    ] {
        let error = read(content).unwrap_err();
        let missing = matches!(
            &error,
            FileError::Header {
                source: HeaderError::Missing(_),
                ..
            }
        );
        assert!(missing, "{error:?}");
    }
    for content in [vec![b'x'; 10 << 20], b"\"amount".to_vec()] {
        let error = read(&content).unwrap_err();
        assert!(matches!(error, FileError::NoHeader { .. }), "{error:?}");
    }
}

#[test]
fn a_file_without_rows_is_fine() {
    let log = read(&header()).unwrap();
    assert_eq!((log.rows, log.cases.len(), log.refused.len()), (0, 0, 0));
}

#[tokio::test]
async fn a_field_of_10_megabytes_is_refused_and_the_next_row_is_not() {
    let mut content = header();
    content.extend_from_slice(b",,");
    content.extend(std::iter::repeat_n(b'A', 10 << 20));
    content.extend_from_slice(b",Payment,,,,complete,,,36.0,,2007-07-16 00:00:00+02:00,36.0,\n");
    content.extend_from_slice(CREATE);
    let log = read(&content).unwrap();
    assert_eq!(log.refused.len(), 1);
    assert_eq!(log.refused[0].refusal, Refusal::Form(RowError::LineTooLong));
    let cqrs = StoreChoice::Memory.open(SCHEMA).await.unwrap();
    let import = import(&cqrs, log, |_| ()).await.unwrap();
    assert_eq!((import.recorded, import.refused.len()), (1, 1));
}

#[test]
fn a_file_that_was_cut_off_anywhere_gives_its_whole_rows() {
    let mut content = header();
    for _ in 0..3 {
        content.extend_from_slice(CREATE);
    }
    for length in header().len()..content.len() {
        let log = read(&content[..length]).unwrap();
        let whole = (length - header().len()) / CREATE.len();
        let rows: usize = log.cases.iter().map(Vec::len).sum();
        assert!(
            rows >= whole && rows <= whole + 1,
            "{length}: {rows} of {whole}"
        );
        assert!(log.refused.len() <= 1, "{length}");
    }
}

#[test]
fn bytes_of_every_kind_are_refused_or_accepted_but_never_more() {
    let mut content = header();
    for byte in 0..=u8::MAX {
        for place in [0, 11, 14, 45, 62, CREATE.len() - 1] {
            let mut row = CREATE.to_vec();
            row.insert(place, byte);
            content.extend_from_slice(&row);
        }
    }
    let log = read(&content).unwrap();
    let rows: usize = log.cases.iter().map(Vec::len).sum();
    assert_eq!(rows + log.refused.len(), usize::try_from(log.rows).unwrap());
    for refused in &log.refused {
        let text = format!("{} {}", refused.case, refused.refusal);
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_follows_the_header_each_line_is_a_row_or_refused(noise: Vec<u8>, text in "[ -~\"\r\n,]{0,400}") {
        for rest in [noise, text.into_bytes()] {
            let log = read(&[header(), rest].concat()).unwrap();
            let rows: usize = log.cases.iter().map(Vec::len).sum();
            assert_eq!(rows + log.refused.len(), usize::try_from(log.rows).unwrap());
        }
    }

    #[test]
    fn amounts_are_read_to_the_cent(cents in 0..=fines::cents::Cents::MOST.get()) {
        let text = format!("{}.{:02}", cents / 100, cents % 100);
        assert_eq!(text.parse(), Ok(fines::cents::Cents::new(cents)));
    }

    #[test]
    fn no_text_makes_an_amount_panic(text: String) {
        let amount = text.parse::<fines::cents::Cents>();
        assert!(amount.is_err() || text.starts_with(|first: char| first.is_ascii_digit()));
    }
}
