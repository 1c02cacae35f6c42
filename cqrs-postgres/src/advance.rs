//! The one step of a processor: P1, P2, P3, P6. One round trip, first the checkpoints.

pub(crate) mod request;

use std::sync::Arc;

use async_trait::async_trait;
use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors};
use cqrs_core::ports::error::StoreError;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::Instrument;

use self::request::{News, Request};
use crate::postgres::{Inner, Postgres};
use crate::session::Statement;
use crate::sqlstate::{Failure, store_error};

#[async_trait]
impl AdvanceProcessors for Postgres {
    /// In a task of its own: a future that is dropped leaves no connection in the middle of an answer.
    async fn advance(&self, advance: Advance) -> Result<(), AdvanceError> {
        let span = tracing::debug_span!("cqrs_postgres.advance", of = %advance.of);
        let inner = Arc::clone(&self.inner);
        let task = async move { inner.advance(&advance).await };
        match tokio::spawn(task.instrument(span)).await {
            Ok(outcome) => outcome,
            Err(ended) => Err(Failure::Unavailable.into_store_error(ended).into()),
        }
    }
}

impl Inner {
    async fn advance(&self, advance: &Advance) -> Result<(), AdvanceError> {
        let believed = self.advance_statement(advance, None, News::Believed)?;
        let answer = self.session.row(believed).await;
        let has_news = advance.documents.iter().any(|document| document.is_new);
        let answer = match answer {
            // Nothing was recorded. A document that was said to be new is there after all: somebody has written to the tables by hand.
            Err(error) if has_news && Failure::of(&error) == Failure::Duplicate => {
                let doubted = self.advance_statement(advance, None, News::Doubted)?;
                self.session.row(doubted).await
            }
            answer => answer,
        };
        outcome(advance, &answer.map_err(store_error)?)
    }

    /// The statement of an advance; inside a transaction of a user, with the place in which that began.
    pub(crate) fn advance_statement<'a>(
        &self,
        advance: &'a Advance,
        place: Option<&'a str>,
        news: News,
    ) -> Result<Statement<'a>, StoreError> {
        if advance.partitions.is_empty() {
            return Err(StoreError::other("the advance names no partition"));
        }
        let statement = sqlx::query(self.statements.advance.clone())
            .bind(advance.of.processor.as_str())
            .bind(advance.of.generation.as_i32())
            .bind(place);
        Ok(Request::of(advance, news)?.bind(statement))
    }
}

/// What the server says: nothing, or the first partition that is not where it was thought to be.
pub(crate) fn outcome(advance: &Advance, row: &PgRow) -> Result<(), AdvanceError> {
    let stale: Option<i32> = row.try_get(0).map_err(StoreError::other)?;
    let Some(stale) = stale else { return Ok(()) };
    let found = advance
        .partitions
        .iter()
        .find(|partition| i32::from(partition.partition) == stale);
    let Some(partition) = found else {
        let what = format!("the server names partition {stale}, which the advance does not");
        return Err(StoreError::other(what).into());
    };
    Err(AdvanceError::stale(&advance.of, partition))
}
