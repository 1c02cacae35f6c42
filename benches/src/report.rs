//! Everything that a run came to, as it is written to a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::contenders::{Contender, MISSING, Role};
use crate::goals::{Goal, goals};
use crate::machine::Machine;
use crate::options::Options;
use crate::results::{Results, Series};

/// A run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) mode: &'static str,
    /// How long all runs took together, compiling not counted.
    pub(crate) seconds: u64,
    pub(crate) rounds: u32,
    pub(crate) milliseconds: u64,
    pub(crate) pool: u32,
    pub(crate) machine: Machine,
    pub(crate) contenders: Vec<Described>,
    pub(crate) series: Vec<Series>,
    pub(crate) goals: Vec<Goal>,
    /// What is not in the rows, and why.
    pub(crate) not_measured: Vec<String>,
    /// What was recorded and is not what was acknowledged.
    pub(crate) wrong: Vec<String>,
}

/// A contender with its versions.
#[derive(Debug, Serialize)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) note: String,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        machine: Machine,
        contenders: &[Contender],
        results: &Results,
        took: Duration,
    ) -> Self {
        let series = results.series();
        Self {
            mode: if options.quick { "quick" } else { "full" },
            seconds: took.as_secs(),
            rounds: options.rounds(),
            milliseconds: options.milliseconds(),
            pool: options.pool,
            machine,
            contenders: described(contenders),
            goals: goals(&series),
            not_measured: not_measured(contenders, &series),
            wrong: series
                .iter()
                .filter(|series| !series.is_correct())
                .map(|series| format!("{}: {}", series.cell, series.check))
                .collect(),
            series,
        }
    }

    /// Whether all that our own contenders acknowledged is recorded once. What is wrong with others is only told.
    pub(crate) fn ours_are_correct(&self) -> bool {
        let ours = self
            .series
            .iter()
            .filter(|series| series.role == Role::Ours);
        ours.into_iter().all(Series::is_correct)
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
    }
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

/// Nothing is dropped in silence: who does not build, what a contender leaves out, and what failed.
fn not_measured(contenders: &[Contender], series: &[Series]) -> Vec<String> {
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
    for series in series {
        for why in &series.failures {
            lines.push(format!(
                "{}: failed: {}",
                series.cell,
                why.replace('\n', " ")
            ));
        }
    }
    lines
}
