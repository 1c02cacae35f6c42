//! What was measured, as it stands in the file: written after each measurement, so that whatever ends the run ends nothing else,
//! and read again for a report or to go on.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Planned};
use crate::contenders::{Contender, MISSING, Role};
use crate::machine::Machine;
use crate::measure::Measured;
use crate::options::Options;

/// A run, as far as it came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) mode: String,
    /// How long all runs took together, compiling not counted.
    pub(crate) seconds: u64,
    pub(crate) rounds: u32,
    /// How long a run takes, as it was planned; each measurement has its own.
    pub(crate) milliseconds: u64,
    pub(crate) pool: u32,
    pub(crate) machine: Machine,
    pub(crate) contenders: Vec<Described>,
    /// What is not in the plan, and why.
    pub(crate) left_out: Vec<String>,
    /// The plan, in the order of the report.
    pub(crate) plan: Vec<Cell>,
    pub(crate) measurements: Vec<Measurement>,
}

/// A contender with its versions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) note: String,
}

/// One cell, measured once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) cell: Cell,
    /// How long it ran.
    pub(crate) milliseconds: u64,
    /// How long all of it took, with what came before and after.
    pub(crate) seconds: f64,
    /// What it came to, if it did.
    pub(crate) measured: Option<Measured>,
    /// Why not.
    pub(crate) failure: Option<String>,
}

impl Record {
    pub(crate) fn new(
        options: &Options,
        machine: Machine,
        contenders: &[Contender],
        plan: &[Planned],
    ) -> Self {
        Self {
            mode: if options.quick { "quick" } else { "full" }.to_owned(),
            seconds: 0,
            rounds: 0,
            milliseconds: 0,
            pool: options.pool,
            machine,
            contenders: described(contenders),
            left_out: left_out(contenders),
            plan: plan.iter().map(|planned| planned.cell.clone()).collect(),
            measurements: Vec::new(),
        }
    }

    /// Reads what [`write`](crate::report::Report::write) has written.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no file of this benchmark", path.display()))
    }

    /// The same, with what is planned now.
    pub(crate) fn and_plan(mut self, plan: &[Cell]) -> Self {
        let new = plan.iter().filter(|cell| !self.plan.contains(cell));
        let new: Vec<_> = new.cloned().collect();
        self.plan.extend(new);
        self
    }

    /// How often a cell was measured already, failures not counted: those are tried again.
    pub(crate) fn times(&self, cell: &Cell) -> usize {
        let same = |measurement: &&Measurement| {
            measurement.cell == *cell && measurement.measured.is_some()
        };
        self.measurements.iter().filter(same).count()
    }
}

/// Writes a file whole, or leaves the one that is there.
pub(crate) fn write(path: &Path, content: &impl Serialize) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let written = || -> Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.flush()?;
        file.persist(path)?;
        Ok(())
    };
    written().with_context(|| format!("can't write {}", path.display()))
}

fn described(contenders: &[Contender]) -> Vec<Described> {
    let built = contenders
        .iter()
        .filter(|contender| !contender.program.only_counts())
        .filter_map(|contender| contender.built.as_ref().ok());
    built
        .flat_map(|built| {
            let variants = built.description.variants.iter();
            variants.map(|(name, variant)| Described {
                name: name.clone(),
                versions: built.versions.clone(),
                note: variant.note.clone(),
            })
        })
        .collect()
}

/// Nothing is dropped in silence: who does not build, and what a contender leaves out.
fn left_out(contenders: &[Contender]) -> Vec<String> {
    let mut lines: Vec<_> = MISSING
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    for contender in contenders {
        match &contender.built {
            Err(why) => lines.push(format!(
                "{}: does not build: {why}",
                contender.program.package
            )),
            // A limit is there for what it limits.
            Ok(_) if contender.program.only_counts() || contender.program.role == Role::Limit => {}
            Ok(built) => {
                for (name, variant) in &built.description.variants {
                    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                    for (work, why) in &variant.left_out {
                        reasons.entry(why).or_default().push(work);
                    }
                    let reasons = reasons.iter();
                    lines.extend(
                        reasons.map(|(why, works)| format!("{name}, {}: {why}", works.join(", "))),
                    );
                }
            }
        }
    }
    lines
}

#[cfg(test)]
impl Record {
    /// A run that has measured this, on no machine.
    pub(crate) fn of(measurements: Vec<Measurement>) -> Self {
        let mut plan: Vec<Cell> = Vec::new();
        for measurement in &measurements {
            if !plan.contains(&measurement.cell) {
                plan.push(measurement.cell.clone());
            }
        }
        Self {
            mode: "full".into(),
            seconds: 1,
            rounds: 1,
            milliseconds: 1,
            pool: 32,
            machine: Machine::default(),
            contenders: Vec::new(),
            left_out: Vec::new(),
            plan,
            measurements,
        }
    }
}

#[cfg(test)]
mod tests {
    use bench_harness::{Outcome, Work};

    use super::{Measurement, Record};
    use crate::cell::Cell;
    use crate::contenders::Role;
    use crate::measure::Measured;
    use crate::report::Report;
    use crate::{plot, table};

    fn measurement(tasks: usize, measured: bool) -> Measurement {
        let outcome = Outcome {
            operations: 10,
            seconds: 1.0,
            latency: Some(bench_harness::Latency::default()),
            ..Outcome::default()
        };
        let measured = measured.then(|| Measured {
            outcomes: vec![outcome],
            wrong: vec!["one is lost".into()],
        });
        Measurement {
            cell: Cell {
                work: Work::Append,
                length: 0,
                log: 0,
                nodes: 1,
                tasks,
                times: 1,
                contender: "ours on Postgres".into(),
                role: Role::Ours,
            },
            milliseconds: 1_000,
            seconds: 1.5,
            failure: measured.is_none().then(|| "it fell over".into()),
            measured,
        }
    }

    #[test]
    fn a_report_is_the_same_from_the_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (file, svg) = (folder.path().join("a.json"), folder.path().join("a.svg"));
        let record = Record::of(vec![
            measurement(1, true),
            measurement(32, true),
            measurement(512, false),
        ]);
        let report = Report::new(&record);
        report.write(&file).unwrap();
        // The next one replaces it.
        report.write(&file).unwrap();
        let read = Record::read(&file).unwrap();
        let again = Report::new(&read);
        let text = table::text(&again);
        assert_eq!(text, table::text(&report));
        for told in ["one is lost", "it fell over", "must be"] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!again.ours_are_correct());
        plot::draw(&again, &svg).unwrap();
        assert!(
            std::fs::read_to_string(svg)
                .unwrap()
                .contains("ours on Postgres")
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_was_measured_is_not_measured_again_and_what_failed_is() {
        let record = Record::of(vec![
            measurement(1, true),
            measurement(1, true),
            measurement(8, false),
        ]);
        assert_eq!(record.times(&measurement(1, true).cell), 2);
        assert_eq!(record.times(&measurement(8, true).cell), 0);
        let new = measurement(32, true).cell;
        assert_eq!(record.times(&new), 0);
        let again = record.and_plan(&[measurement(1, true).cell, new.clone()]);
        assert_eq!(again.plan.len(), 3);
        assert_eq!(again.plan.last(), Some(&new));
    }

    #[test]
    fn another_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{}").unwrap();
        let error = Record::read(file.path()).unwrap_err();
        assert!(error.to_string().contains("is no file of this benchmark"));
    }
}
