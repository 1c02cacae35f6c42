//! An advance as the columns of `advance.sql`.

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::{Advance, CancelTimer, PartitionAdvance};
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::parked::ParkEvent;
use cqrs_core::ports::staged::{PostponeCommand, StagedCommand};
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::metadata::{CausationId, CorrelationId};
use cqrs_core::words::position::Position;
use uuid::Uuid;

use crate::row::metadata_text;
use crate::session::Statement;

macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($column:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        struct $name<'a> {
            $($column: Vec<$type>,)+
            _of: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $name<'a> {
            /// The columns as parameters, nulls when there is no row: the server skips what is null.
            fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
            where
                'a: 'q,
            {
                statement$(.bind((!self.$column.is_empty()).then_some(self.$column)))+
            }
        }
    };
}

/// One field for each group of parameters.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    partitions: Partitions<'a>,
    inserted: Inserted<'a>,
    written: Written<'a>,
    deleted: Deleted<'a>,
    unparked: Unparked<'a>,
    parked: Parked<'a>,
    sent: Sent<'a>,
    postponed: Postponed<'a>,
    cancelled: Cancelled<'a>,
    staged: Staged<'a>,
}

columns!(Partitions {
    numbers: i32,
    epochs: i64,
    froms: i64,
    throughs: i64,
});
columns!(Inserted { keys: &'a str, positions: i64, contents: &'a str });
columns!(Written { keys: &'a str, positions: i64, contents: &'a str });
columns!(Deleted { keys: &'a str });
columns!(Unparked { keys: &'a str, positions: i64 });
columns!(Parked {
    partitions: i32,
    keys: &'a str,
    positions: i64,
    attempts: Option<i64>,
    errors: Option<&'a str>,
    retry_ats: Option<DateTime<Utc>>,
});
columns!(Sent { ids: Uuid });
columns!(Postponed {
    ids: Uuid,
    due_ats: Option<DateTime<Utc>>,
    attempts: i64,
    errors: &'a str,
});
columns!(Cancelled { keys: &'a str, timers: Option<&'a str> });
columns!(Staged {
    ids: Uuid,
    partitions: i32,
    keys: &'a str,
    positions: i64,
    numbers: i64,
    commands: &'a str,
    correlations: Option<Uuid>,
    causations: Option<Uuid>,
    metadatas: Option<String>,
    timers: Option<&'a str>,
    are_timers: bool,
    due_ats: DateTime<Utc>,
    attempts: i64,
    errors: Option<&'a str>,
});

/// What to make of documents that are said to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// They are inserted: the server refuses the step when one is there.
    Believed,
    /// They are written like any other.
    Doubted,
}

impl<'a> Request<'a> {
    pub(crate) fn of(advance: &'a Advance, news: News) -> Result<Self, StoreError> {
        let mut request = Self::default();
        for partition in &advance.partitions {
            request.partitions.add(partition);
        }
        for document in &advance.documents {
            request.add_document(document, news);
        }
        for (key, position) in &advance.unparked {
            request.unparked.add(key, *position);
        }
        for event in &advance.parked {
            request.parked.add(event);
        }
        request.sent.ids = advance.sent.iter().map(|id| id.as_uuid()).collect();
        for postponed in &advance.postponed {
            request.postponed.add(postponed);
        }
        for cancelled in &advance.cancelled {
            request.cancelled.add(cancelled);
        }
        for staged in &advance.staged {
            request.staged.add(staged)?;
        }
        Ok(request)
    }

    fn add_document(&mut self, document: &'a DocumentWrite, news: News) {
        let key = document.key.as_str();
        match &document.content {
            Some(content) if document.is_new && news == News::Believed => {
                self.inserted.keys.push(key);
                self.inserted.positions.push(document.position.as_i64());
                self.inserted.contents.push(content.as_str());
            }
            Some(content) => {
                self.written.keys.push(key);
                self.written.positions.push(document.position.as_i64());
                self.written.contents.push(content.as_str());
            }
            None => self.deleted.keys.push(key),
        }
    }

    /// The statement with all these parameters, in the order of their numbers.
    pub(crate) fn bind<'q>(self, statement: Statement<'q>) -> Statement<'q>
    where
        'a: 'q,
    {
        let statement = self.partitions.bind(statement);
        let statement = self.inserted.bind(statement);
        let statement = self.written.bind(statement);
        let statement = self.deleted.bind(statement);
        let statement = self.unparked.bind(statement);
        let statement = self.parked.bind(statement);
        let statement = self.sent.bind(statement);
        let statement = self.postponed.bind(statement);
        let statement = self.cancelled.bind(statement);
        self.staged.bind(statement)
    }
}

impl Partitions<'_> {
    fn add(&mut self, advance: &PartitionAdvance) {
        self.numbers.push(advance.partition.into());
        self.epochs.push(advance.epoch.as_i64());
        self.froms.push(advance.from.as_i64());
        self.throughs.push(advance.through.as_i64());
    }
}

impl<'a> Unparked<'a> {
    fn add(&mut self, key: &'a DocumentKey, position: Position) {
        self.keys.push(key.as_str());
        self.positions.push(position.as_i64());
    }
}

impl<'a> Parked<'a> {
    fn add(&mut self, event: &'a ParkEvent) {
        let failure = event.failure.as_ref();
        self.partitions.push(event.partition.into());
        self.keys.push(event.key.as_str());
        self.positions.push(event.position.as_i64());
        self.attempts
            .push(failure.map(|failure| failure.attempts.into()));
        self.errors
            .push(failure.map(|failure| failure.error.as_str()));
        self.retry_ats
            .push(failure.and_then(|failure| failure.retry_at));
    }
}

impl<'a> Postponed<'a> {
    fn add(&mut self, postponed: &'a PostponeCommand) {
        self.ids.push(postponed.id.as_uuid());
        self.due_ats.push(postponed.due_at);
        self.attempts.push(postponed.attempts.into());
        self.errors.push(&postponed.error);
    }
}

impl<'a> Cancelled<'a> {
    fn add(&mut self, cancelled: &'a CancelTimer) {
        self.keys.push(cancelled.key.as_str());
        self.timers
            .push(cancelled.timer.as_ref().map(AsRef::as_ref));
    }
}

impl<'a> Staged<'a> {
    fn add(&mut self, staged: &'a StagedCommand) -> Result<(), StoreError> {
        let metadata = &staged.metadata;
        self.ids.push(staged.id.as_uuid());
        self.partitions.push(staged.partition.into());
        self.keys.push(staged.key.as_str());
        self.positions.push(staged.position.as_i64());
        self.numbers.push(staged.number.into());
        self.commands.push(staged.command.as_str());
        self.correlations
            .push(metadata.correlation_id.map(CorrelationId::as_uuid));
        self.causations
            .push(metadata.causation_id.map(CausationId::as_uuid));
        self.metadatas.push(metadata_text(metadata)?);
        self.timers.push(staged.timer.as_ref().map(AsRef::as_ref));
        self.are_timers.push(staged.is_timer);
        self.due_ats.push(staged.due_at);
        self.attempts.push(staged.attempts.into());
        self.errors.push(staged.error.as_deref());
        Ok(())
    }
}
