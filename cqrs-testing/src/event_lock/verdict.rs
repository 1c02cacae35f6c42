//! What does not go together, and what can be accepted.

use similar::{ChangeTag, TextDiff};

use super::declared::{Declared, LockedSet, Unread, read};
use super::file::{Key, LockFile};

/// What does not go together.
#[derive(Default)]
pub(super) struct Verdict {
    /// What must be mended in the code.
    broken: Vec<String>,
    /// What a person can accept.
    changed: Vec<String>,
}

impl Verdict {
    pub(super) fn into_result(self, accept: bool, variable: &str) -> Result<(), String> {
        // What can be accepted is told once nothing else stands in the way.
        let is_broken = !self.broken.is_empty();
        let told = match (is_broken, accept) {
            (true, _) => self.broken,
            (false, true) => return Ok(()),
            (false, false) => self.changed,
        };
        if told.is_empty() {
            return Ok(());
        }
        let remedy = match (is_broken, accept) {
            (true, true) => {
                "\n\nNothing was accepted: this must be mended in the code first.".into()
            }
            (true, false) => String::new(),
            (false, _) => format!(
                "\n\nTo accept all this: {variable}=1 cargo test. Then review the difference."
            ),
        };
        Err(format!("{}{remedy}", told.join("\n\n")))
    }
}

pub(super) fn of(
    file: &str,
    locked: &LockFile,
    declared: &Declared,
    sets: &[LockedSet],
) -> Verdict {
    let mut verdict = Verdict {
        broken: declared.mistakes.clone(),
        changed: Vec::new(),
    };
    for (key, event) in declared.events() {
        let title = title(key);
        match locked.0.get(key) {
            None => verdict
                .changed
                .push(format!("{title} is not in {file} yet")),
            Some(entry) if entry.shape == event.shape => {}
            Some(entry) => {
                let difference = difference(&entry.shape, &event.shape);
                let is_read = entry
                    .samples
                    .iter()
                    .all(|sample| read(sets, key, sample).is_ok());
                let mut text = format!("{title} has another shape than {file} says:\n{difference}");
                if is_read {
                    let advice = format!(
                        "  Events of the old shape still decode. While old nodes run, they may not read the new one: then write version {} instead, with a `previous`.",
                        key.1 + 1
                    );
                    text.push_str(&advice);
                    verdict.changed.push(text);
                } else {
                    let advice = format!(
                        "  Give the new shape version {}, and say by `previous` or an upcaster how version {} is read.",
                        key.1 + 1,
                        key.1
                    );
                    text.push_str(&advice);
                    verdict.broken.push(text);
                }
            }
        }
    }
    for (key, entry) in &locked.0 {
        if let Some(text) = unread(file, key, &entry.samples, sets) {
            verdict.broken.push(text);
        }
    }
    verdict
}

/// What keeps the events of an entry from being read.
fn unread(file: &str, key: &Key, samples: &[String], sets: &[LockedSet]) -> Option<String> {
    let title = title(key);
    for sample in samples {
        match read(sets, key, sample) {
            Ok(()) => {}
            Err(Unread::UnknownName) => {
                let name = &key.0;
                return Some(format!(
                    "{title} is in {file}, and no event has this name any more. Where it went, say by `alias = \"{name}\"` or by an upcaster; one that returns nothing says that it means nothing any more"
                ));
            }
            Err(Unread::Error(error)) => {
                return Some(format!(
                    "{title} is in {file}, and is not read any more: {error}\n    {sample}"
                ));
            }
        }
    }
    None
}

fn title((name, version): &Key) -> String {
    format!("{name} version {version}")
}

/// The lines of both, with what is gone and what is new.
fn difference(before: &[String], after: &[String]) -> String {
    let (before, after) = (before.join("\n") + "\n", after.join("\n") + "\n");
    let difference = TextDiff::from_lines(&before, &after);
    let lines = difference.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
            ChangeTag::Equal => " ",
        };
        format!("  {sign} {change}")
    });
    lines.collect()
}
