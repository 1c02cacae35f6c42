//! The floors of the crate: a file may use its own floor or a lower one.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// From the lowest floor to the highest.
const FLOORS: [&str; 5] = ["words", "encoding", "domain", "ports", "runtime"];

#[test]
fn no_file_looks_up() -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut mistakes = Vec::new();
    let mut files_read = 0;
    for (own, floor) in FLOORS.iter().enumerate() {
        for file in files_of(&source, floor)? {
            files_read += 1;
            for (index, line) in fs::read_to_string(&file)?.lines().enumerate() {
                if floors_named_in(line).iter().any(|used| *used > own) {
                    mistakes.push(format!("{}:{}: {}", file.display(), index + 1, line.trim()));
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
    Ok(())
}

fn files_of(source: &Path, floor: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = vec![source.join(format!("{floor}.rs"))];
    let mut folders = vec![source.join(floor)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    Ok(files)
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
