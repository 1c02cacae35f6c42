//! The table: which tests catch which mistake.

mod documents;
mod generations;
mod inline;
mod leases;
mod parked;
mod parts;
mod reads;
mod staged;
mod steps;

use crate::broken::Row;
use crate::defect::Defect;

/// Each defect with tests that catch it.
pub(crate) const CAUGHT: &[&[Row<Defect>]] = &[
    steps::CAUGHT,
    documents::CAUGHT,
    leases::CAUGHT,
    parked::CAUGHT,
    parts::CAUGHT,
    generations::CAUGHT,
    reads::CAUGHT,
    inline::CAUGHT,
    staged::CAUGHT,
];
