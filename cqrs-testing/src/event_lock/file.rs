//! The file: parsed, and written.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

use super::declared::Declared;

/// Name and version of an event.
pub(super) type Key = (String, u32);

/// What stands in the file.
#[derive(Debug, Default)]
pub(super) struct LockFile(pub(super) BTreeMap<Key, Entry>);

/// An event of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// One line for each field.
    pub(super) shape: Vec<String>,
    /// JSON texts.
    pub(super) samples: Vec<String>,
}

const HEAD: &str = "\
# Every event that was ever recorded: its shape, and samples that must decode for ever. Kept by `event_lock_test!`.
# To accept a change: CQRS_ACCEPT_EVENTS=1 cargo test. Then review the difference: what is here can be in the log.
";

impl LockFile {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut file = Self::default();
        let mut key = None;
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |why: &str| format!("line {number}: {why}: {line}");
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if !line.starts_with(' ') {
                let read = line.split_once(" version ");
                let read =
                    read.and_then(|(name, version)| Some((name.to_owned(), version.parse().ok()?)));
                let read: Key =
                    read.ok_or_else(|| wrong("an event begins with `name version N`"))?;
                if file.0.contains_key(&read) {
                    return Err(wrong("this event stands here twice"));
                }
                file.0.insert(read.clone(), Entry::default());
                key = Some(read);
                continue;
            }
            let entry = key.as_ref().and_then(|key| file.0.get_mut(key));
            let entry = entry.ok_or_else(|| wrong("this belongs to no event"))?;
            if let Some(sample) = line.strip_prefix("  = ") {
                entry.samples.push(sample.to_owned());
            } else if let Some(shape) = line.strip_prefix("    ") {
                entry.shape.push(shape.to_owned());
            } else {
                return Err(wrong(
                    "fields are indented by four blanks, samples begin with `  = `",
                ));
            }
        }
        Ok(file)
    }

    /// Takes over what the code says; whether that changes anything.
    pub(super) fn take(&mut self, declared: &Declared) -> bool {
        let mut changed = false;
        for (key, event) in declared.events() {
            let entry = self.0.entry(key.clone()).or_default();
            let is_new = entry.samples.is_empty() || entry.shape != event.shape;
            if !is_new {
                continue;
            }
            changed = true;
            entry.shape.clone_from(&event.shape);
            for sample in &event.samples {
                if !entry.samples.contains(sample) {
                    entry.samples.push(sample.clone());
                }
            }
        }
        changed
    }
}

impl Display for LockFile {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(HEAD)?;
        for ((name, version), entry) in &self.0 {
            writeln!(formatter, "\n{name} version {version}")?;
            for line in &entry.shape {
                writeln!(formatter, "    {line}")?;
            }
            for sample in &entry.samples {
                writeln!(formatter, "  = {sample}")?;
            }
        }
        Ok(())
    }
}
