//! What both processes must know.

use std::process::Command;
use std::time::Duration;

use cqrs_postgres::{Builder, Postgres};

/// Where and how long to write.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) url: String,
    pub(crate) schema: String,
    pub(crate) seconds: u64,
    pub(crate) writers: usize,
}

impl Plan {
    const VARIABLE: &str = "CQRS_TORTURE_PLAN";

    /// The plan that the first process left in the environment.
    pub(crate) fn of_the_second_process() -> Option<Self> {
        let text = std::env::var(Self::VARIABLE).ok()?;
        let mut parts = text.split('\n');
        Some(Self {
            url: parts.next()?.to_owned(),
            schema: parts.next()?.to_owned(),
            seconds: parts.next()?.parse().ok()?,
            writers: parts.next()?.parse().ok()?,
        })
    }

    pub(crate) fn tell(&self, second: &mut Command) {
        let Self {
            url,
            schema,
            seconds,
            writers,
        } = self;
        second.env(
            Self::VARIABLE,
            format!("{url}\n{schema}\n{seconds}\n{writers}"),
        );
    }

    /// What the connections that may be killed call themselves.
    pub(crate) fn victims(&self) -> &str {
        &self.schema
    }

    /// A URL of connections that may be killed.
    pub(crate) fn victims_url(&self) -> String {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{separator}application_name={}", self.url, self.victims())
    }

    pub(crate) fn writing_store(&self) -> Builder {
        Postgres::builder(&self.victims_url())
            .schema(&self.schema)
            .connections(u32::try_from(self.writers).unwrap_or(32))
            .lock_timeout(Duration::from_secs(2))
    }

    pub(crate) fn reading_store(&self) -> Builder {
        Postgres::builder(&self.url).schema(&self.schema)
    }
}
