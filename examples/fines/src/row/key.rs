//! What makes a row the same row when it comes again.

use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use uuid::Uuid;

use super::Row;
use super::fields::Fields;

/// Made up once for this program. Another one would make all rows new.
const ROWS: Uuid = Uuid::from_u128(0x6f1d_2c0a_93f4_4f0b_8a53_77d1_5e2b_90c4);

/// A hash of all fields that the program reads: equal rows have equal contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content(Uuid);

impl Content {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = fields.texts().join("\u{1f}");
        Self(Uuid::new_v5(&ROWS, text.as_bytes()))
    }
}

impl Row {
    /// The idempotency key: fine, activity and day for people who look into the database, then the content, and
    /// which of the rows of this content in its file it is.
    ///
    /// The last is for rows that are refused where they stand first and right where they stand again: both are asked, and
    /// each keeps its own answer. Once a row is accepted, its equals after it are not asked: see [`import`](mod@crate::import).
    ///
    /// # Errors
    ///
    /// Never: what it consists of has stricter rules than a key.
    pub fn key(&self) -> Result<IdempotencyKey, InvalidWord> {
        let activity = self.activity.name().replace(' ', "-");
        IdempotencyKey::new(format!(
            "{}/{activity}/{}/{}/{}",
            self.fine,
            self.at.format("%Y-%m-%d"),
            self.content.0.simple(),
            self.occurrence
        ))
    }
}
