//! An idempotency key: what makes two requests the same request.

use super::staged::StagedId;
use super::text::{Text, rule, word};

word! {
    /// Chosen by the caller, once for each thing that it wants done. Sending the same key again returns the first
    /// receipt and does nothing else (promise A7).
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without white space and control characters.
    IdempotencyKey, "idempotency key", check = rule::check_key
}

/// The key under which a staged command is sent.
impl From<StagedId> for IdempotencyKey {
    fn from(id: StagedId) -> Self {
        Self(Text::Shared(format!("staged:{id}").into()))
    }
}
