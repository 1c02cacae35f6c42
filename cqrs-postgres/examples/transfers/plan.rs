//! What a child must know, and the parent has told it in its environment.

use std::time::Duration;

use cqrs_postgres::{Builder, Postgres};
use serde::{Deserialize, Serialize};

/// Where the log is, and how to run on it.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) struct Plan {
    pub url: String,
    pub schema: String,
    pub lease_ms: u64,
    /// How long the projection stands still after each event.
    pub pause_ms: u64,
    pub batch: usize,
}

impl Plan {
    const VARIABLE: &str = "CQRS_TRANSFERS_PLAN";

    /// The plan that the parent left in the environment; none in the parent itself.
    pub(crate) fn of_the_child() -> Option<Self> {
        let text = std::env::var(Self::VARIABLE).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(crate) fn tell(&self, child: &mut tokio::process::Command) -> anyhow::Result<()> {
        child.env(Self::VARIABLE, serde_json::to_string(self)?);
        Ok(())
    }

    pub(crate) fn store(&self) -> Builder {
        Postgres::builder(&self.url)
            .schema(&self.schema)
            .connections(10)
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn pause(&self) -> Duration {
        Duration::from_millis(self.pause_ms)
    }

    /// The same, with connections that go another way.
    pub(crate) fn by(&self, url: String) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }
}
