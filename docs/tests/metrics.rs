//! The tables of metrics and spans name what the code names, and nothing else; and each metric has a test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

const METRICS: [&str; 3] = ["counter!(", "gauge!(", "histogram!("];
const SPANS: [&str; 6] = [
    "trace_span!(",
    "debug_span!(",
    "info_span!(",
    "warn_span!(",
    "error_span!(",
    "span!(",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names in the first column of the table under this heading.
fn documented(heading: &str) -> io::Result<BTreeSet<String>> {
    let page = fs::read_to_string(root().join("docs/metrics.md"))?;
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_default();
    Ok(section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect())
}

/// The texts that directly follow one of these words in the sources of the libraries.
fn used(words: &[&str]) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for library in ["cqrs-core", "cqrs-memory", "cqrs-postgres"] {
        let mut folders = vec![root().join(library).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let source = fs::read_to_string(&path)?;
                    let found = words.iter().flat_map(|word| names_after(&source, word));
                    names.extend(found);
                }
            }
        }
    }
    Ok(names)
}

fn names_after(source: &str, word: &str) -> Vec<String> {
    let after = source.split(word).skip(1);
    let text = after.filter_map(|after| after.trim_start().strip_prefix('"')?.split_once('"'));
    text.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_page_names_the_metrics_of_the_code() -> io::Result<()> {
    assert_eq!(documented("Metrics")?, used(&METRICS)?);
    Ok(())
}

#[test]
fn the_page_names_the_spans_of_the_code() -> io::Result<()> {
    assert_eq!(documented("Spans")?, used(&SPANS)?);
    Ok(())
}

/// The tests that make metrics move.
fn tests() -> io::Result<String> {
    let folder = root().join("cqrs-testing/tests/read_side");
    let files = ["metrics.rs", "gauges.rs"];
    let texts = files.map(|file| fs::read_to_string(folder.join(file)));
    texts.into_iter().collect()
}

#[test]
fn each_metric_has_a_test_that_makes_it_move() -> io::Result<()> {
    let tests = tests()?;
    for name in documented("Metrics")? {
        assert!(tests.contains(&name), "no test makes {name} move");
    }
    Ok(())
}

/// A kind of failure, or an outcome, that nobody has seen move may never do.
#[test]
fn each_value_of_a_label_has_a_test_that_makes_it_move() -> io::Result<()> {
    let page = fs::read_to_string(root().join("docs/metrics.md"))?;
    let tests = tests()?;
    let mut values = 0;
    let labels = ["`kind`: ", "`outcome`: ", "`reason`: "];
    let cells = labels.map(|label| page.split(label).skip(1).map(move |rest| (label, rest)));
    for (label, rest) in cells.into_iter().flatten() {
        let (cell, _) = rest.split_once(" |").unwrap_or_default();
        for value in cell.split(", ").map(|value| value.trim_matches('`')) {
            let is_there =
                tests.contains(&format!("{value:?}")) || tests.contains(&format!("={value}}}"));
            assert!(is_there, "no test makes {label}{value} move");
            values += 1;
        }
    }
    assert_eq!(values, 18, "as many as the page has");
    Ok(())
}
