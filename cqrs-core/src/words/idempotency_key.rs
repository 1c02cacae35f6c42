//! An idempotency key: what makes two requests the same request.

use super::text::{rule, word};

word! {
    /// Chosen by the caller, once for each thing that it wants done. Sending the same key again returns the first
    /// receipt and does nothing else (promise A7).
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without white space and control characters.
    IdempotencyKey, "idempotency key", check = rule::check_key
}
