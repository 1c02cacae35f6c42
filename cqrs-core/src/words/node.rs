//! A node: one running program among those that share the work.

use uuid::Uuid;

use super::text::{rule, word};

word! {
    /// Names one running program among those that share the work of the processors. Another one after each start: what
    /// two programs hold must never be mistaken for each other's.
    ///
    /// Rule: 1 to 200 bytes of UTF-8 without white space and control characters.
    NodeId, "node id", check = rule::check_key
}

impl NodeId {
    /// A name that nobody has had before.
    #[must_use]
    pub fn unique() -> Self {
        Self(super::text::Text::Shared(
            format!("node-{}", Uuid::now_v7()).into(),
        ))
    }
}
