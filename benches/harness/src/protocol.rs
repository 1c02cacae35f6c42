//! What driver and contender say to each other: one line of JSON each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bank::Totals;
use crate::latency::Latency;
use crate::memory::Memory;

/// What the driver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Work now.
    Go,
    /// Say what the tables have.
    Totals,
}

/// What the contender says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Connected and prepared.
    Ready,
    /// What the tables have.
    Totals(Totals),
    /// What the work came to.
    Outcome(Box<Outcome>),
    /// It can't be done.
    Failed(String),
}

/// What the work came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many times it was done: commands, appends, loads or events, as the work says.
    pub operations: u64,
    /// How long that took.
    pub seconds: f64,
    /// What was acknowledged, and so must be in the tables.
    pub recorded: Totals,
    /// How many attempts ended in a conflict.
    pub conflicts: u64,
    /// How long one took; for the handler's delay: how long after the acknowledgement it came.
    pub latency: Option<Latency>,
    /// How many operations the tasks with the fewest and the most have: who starves.
    pub shares: Option<(u64, u64)>,
    /// The memory of the process.
    pub memory: Memory,
    /// What the contender found wrong by itself.
    pub problems: Vec<String>,
    /// What only this work has, by name and with its unit.
    pub figures: BTreeMap<String, f64>,
}

/// What a contender is, as it says itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The crates whose versions the report names.
    pub crates: Vec<String>,
    /// For each variant: what is special about it, and what is left out for which reason.
    pub variants: BTreeMap<String, VariantDescription>,
}

/// One way of using a library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantDescription {
    /// What is special about it.
    pub note: String,
    /// What is not measured, and why.
    pub left_out: BTreeMap<String, String>,
}
