//! Where the tables of projections are: a schema for each generation, and one in which readers find the live one's.

use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::processor::ProcessorName;
use uuid::Uuid;

use crate::postgres::{Inner, Postgres};

/// A name has 63 bytes at most, and that of a generation ends with `#` and up to ten digits.
const LONGEST: usize = 52;

impl Postgres {
    /// The schema in which readers find the tables of a projection: `cqrs_totals` for the projection `totals` of the log
    /// `cqrs`.
    ///
    /// It has a view on each table of the live generation. A rebuild builds tables of its own, and the views are replaced
    /// in one step when it has caught up (P4).
    ///
    /// The name is that of the log's schema, `_`, and that of the projection in small letters, with `_` for `.` and `-`.
    /// Where that is too long, its end is a hash.
    #[must_use]
    pub fn schema_of(&self, projection: &ProcessorName) -> String {
        self.inner.place(projection)
    }
}

impl Inner {
    pub(crate) fn place(&self, projection: &ProcessorName) -> String {
        place(&self.schema, projection.as_str())
    }

    /// The schema of one generation.
    pub(crate) fn place_of(&self, of: &GenerationId) -> String {
        format!("{}#{}", self.place(&of.processor), of.generation)
    }
}

fn place(schema: &str, projection: &str) -> String {
    let whole = format!("{schema}_{projection}");
    let mut place: String = whole
        .chars()
        .map(|char| match char {
            '.' | '-' => '_',
            _ => char.to_ascii_lowercase(),
        })
        .collect();
    if place.len() > LONGEST {
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, whole.as_bytes());
        let hash = hash.simple().to_string();
        // All of it is ASCII, as a schema's and a processor's name are.
        place.truncate(LONGEST - 9);
        place.push('_');
        place.push_str(&hash[..8]);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, place};

    #[test]
    fn readers_can_write_it_without_quotes() {
        assert_eq!(place("cqrs", "totals"), "cqrs_totals");
        assert_eq!(place("cqrs", "Daily-totals.v2"), "cqrs_daily_totals_v2");
    }

    #[test]
    fn long_names_end_with_a_hash() {
        let long = "a".repeat(128);
        assert_eq!(place("cqrs", &long).len(), LONGEST);
        assert_ne!(place("cqrs", &long), place("cqrs", &long[1..]));
    }
}
