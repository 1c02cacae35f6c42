//! The floors of the crate: a file may use its own floor or a lower one.

use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest floor to the highest.
const FLOORS: [&str; 5] = ["words", "encoding", "domain", "ports", "runtime"];

#[test]
fn no_file_looks_up() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut mistakes = Vec::new();
    let mut files_read = 0;
    for (own, floor) in FLOORS.iter().enumerate() {
        for file in files_of(&source, floor) {
            files_read += 1;
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                for used in floors_named_in(line) {
                    if used > own {
                        let place = file.strip_prefix(&source).unwrap().display();
                        mistakes.push(format!("{place}:{}: {}", number + 1, line.trim()));
                    }
                }
            }
        }
    }
    assert!(
        files_read > 30,
        "only {files_read} files were read: has a floor been renamed?"
    );
    assert!(
        mistakes.is_empty(),
        "these lines look up to a higher floor:\n{}",
        mistakes.join("\n")
    );
}

fn files_of(source: &Path, floor: &str) -> Vec<PathBuf> {
    let mut files = vec![source.join(format!("{floor}.rs"))];
    let mut folders = vec![source.join(floor)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files
}

/// The floors that a line of code names by `crate::…`, wherever in the line; documentation may name any.
fn floors_named_in(line: &str) -> Vec<usize> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    line.match_indices("crate::")
        .filter_map(|(at, found)| {
            let rest = &line[at + found.len()..];
            FLOORS.iter().position(|floor| {
                rest.strip_prefix(floor)
                    .is_some_and(|after| after.starts_with("::") || after.starts_with(';'))
            })
        })
        .collect()
}

#[test]
fn a_line_that_looks_up_is_seen() {
    assert_eq!(floors_named_in("use crate::runtime::app::Cqrs;"), [4]);
    assert_eq!(
        floors_named_in(
            "    fn f(_: crate::ports::store::SharedStore, _: crate::words::tag::Tag) {}"
        ),
        [3, 0]
    );
    assert!(floors_named_in("/// See crate::runtime::app::Cqrs.").is_empty());
    assert!(floors_named_in("use super::app::Cqrs;").is_empty());
}
