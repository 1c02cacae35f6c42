//! The most common append, alone: one event for one stream, without tags, condition and receipt.
//!
//! It has a function of its own in the database, since what suits a batch costs a lone caller more than the write itself.
//! Where it is not recorded, `append_batch` says why, in the same call.

use cqrs_core::ports::append::{Append, StreamAppend};
use cqrs_core::ports::error::StoreError;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::metadata::{CausationId, CorrelationId};

use super::CallError;
use super::locks::{Lock, Locks};
use super::outcome::{Answer, Outcome};
use super::request::expected_number;
use super::writer::Writer;
use crate::postgres::Inner;
use crate::row::metadata_text;
use crate::session::Statement;

/// An append that has the shape for it.
struct One<'a> {
    locks: [Lock; 3],
    part: &'a StreamAppend,
    event: &'a NewEvent,
}

impl<'a> One<'a> {
    fn of(append: &'a Append, locks: &Locks) -> Option<Self> {
        let [part] = append.streams.as_slice() else {
            return None;
        };
        let [event] = part.events.as_slice() else {
            return None;
        };
        let is_plain =
            event.tags.is_empty() && append.condition.is_none() && append.receipts.is_empty();
        let locks = locks.pairs().collect::<Vec<_>>().try_into().ok()?;
        is_plain.then_some(Self { locks, part, event })
    }

    fn bind<'q>(self, mut statement: Statement<'q>) -> Result<Statement<'q>, StoreError>
    where
        'a: 'q,
    {
        for (class, object, exclusive) in self.locks {
            statement = statement.bind(class).bind(object).bind(exclusive);
        }
        let Self { part, event, .. } = self;
        let (correlation, causation) = (event.metadata.correlation_id, event.metadata.causation_id);
        let schema_version =
            i32::try_from(event.schema_version.get()).map_err(StoreError::other)?;
        Ok(statement
            .bind(part.stream.category().as_str())
            .bind(part.stream.key().as_str())
            .bind(expected_number(part.expected))
            .bind(event.event_id.as_uuid())
            .bind(event.name.as_str())
            .bind(schema_version)
            .bind(event.payload.as_str())
            .bind(metadata_text(&event.metadata)?)
            .bind(correlation.map(CorrelationId::as_uuid))
            .bind(causation.map(CausationId::as_uuid)))
    }
}

impl Inner {
    /// What becomes of the append, if it has the shape for it.
    pub(super) async fn append_one(
        &self,
        writer: &mut Writer,
        append: &Append,
        locks: &Locks,
    ) -> Result<Option<Outcome>, CallError> {
        let Some(one) = One::of(append, locks) else {
            return Ok(None);
        };
        let statement = one.bind(sqlx::query(self.statements.append_one.clone()))?;
        let answer = Answer::read(&writer.row(&self.session, statement).await?)?;
        if answer.has_recorded() {
            self.feed.appended();
        }
        Ok(answer.outcomes(&[append]).next())
    }
}
