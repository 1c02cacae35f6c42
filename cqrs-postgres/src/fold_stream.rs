//! Streams as they are folded: each event is handed on as soon as it has arrived, straight from the bytes that the server has sent.

use std::ops::ControlFlow;

use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::snapshots::{FoundSnapshot, SnapshotRead};

use crate::names::Names;
use crate::postgres::Inner;
use crate::row::{self, Decoder};
use crate::snapshots;

impl Inner {
    /// As many as the store reads at a time, whatever the request's limit is: nothing stays in memory.
    pub(crate) async fn fold_stream(
        &self,
        request: &StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let left = usize::try_from(request.left()).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(FoldEnd::Done);
        }
        let page = self.page(left);
        let mut handing = Handing::new(page.events, fold);
        let (category, key) = (request.stream.category(), request.stream.key());
        let read = match request.detail {
            Detail::Bare => {
                let statement = sqlx::query(self.statements.fold_stream.clone())
                    .bind(category.as_str())
                    .bind(key.as_str())
                    .bind(request.from.as_i64())
                    .bind(request.through.as_i64())
                    .bind(page.rows);
                let mut names = Names::default();
                let each = self.session.each(statement, |row| {
                    Ok(handing.event(row::event_to_fold(&mut names, row)?))
                });
                each.await
            }
            Detail::Whole => {
                let statement = sqlx::query(self.statements.read_stream_forward.clone())
                    .bind(category.as_str())
                    .bind(key.as_str())
                    .bind(request.from.as_i64())
                    .bind(page.rows);
                let (mut decoder, through) = (Decoder::default(), request.through);
                let each = self.session.each(statement, |row| {
                    let event = decoder.event(row)?;
                    if event.version > through {
                        return Ok(ControlFlow::Break(()));
                    }
                    Ok(handing.event((&event).into()))
                });
                each.await
            }
        };
        handing.end(read)
    }

    pub(crate) async fn fold_from_snapshot(
        &self,
        request: &SnapshotRead,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let page = self.page(usize::MAX);
        let statement = sqlx::query(self.statements.fold_from_snapshot.clone())
            .bind(request.stream.category().as_str())
            .bind(request.stream.key().as_str())
            .bind(request.through.as_i64())
            .bind(request.fingerprint.get().cast_signed())
            .bind(page.rows);
        let (mut handing, mut names) = (Handing::new(page.events, fold), Names::default());
        let each = self.session.each(statement, |row| {
            Ok(match snapshots::beside_events(row, request)? {
                Some(found) => handing.begin(found),
                None => handing.event(row::event_to_fold(&mut names, row)?),
            })
        });
        let read = each.await;
        handing.end(read)
    }
}

/// Hands on what arrives, as long as it is wanted.
struct Handing<'f> {
    fold: &'f mut dyn Fold,
    left: usize,
    has_begun: bool,
    end: FoldEnd,
}

impl<'f> Handing<'f> {
    fn new(events: usize, fold: &'f mut dyn Fold) -> Self {
        Self {
            fold,
            left: events,
            has_begun: false,
            end: FoldEnd::Done,
        }
    }

    fn begin(&mut self, found: FoundSnapshot) -> ControlFlow<()> {
        let wanted = self.fold.begin(found);
        self.after(wanted)
    }

    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        // The row too many, which only says that there is more.
        let Some(left) = self.left.checked_sub(1) else {
            self.end = FoldEnd::More;
            return ControlFlow::Break(());
        };
        self.left = left;
        let wanted = self.fold.event(event);
        self.after(wanted)
    }

    fn after(&mut self, wanted: ControlFlow<()>) -> ControlFlow<()> {
        self.has_begun = true;
        if wanted.is_break() {
            self.end = FoldEnd::BrokenOff;
        }
        wanted
    }

    /// What was handed on is not lost when the rest has not arrived, for instance since folding took longer than a statement may:
    /// whoever folds goes on from there.
    fn end(self, read: Result<(), StoreError>) -> Result<FoldEnd, StoreError> {
        match read {
            Err(error) if self.end == FoldEnd::Done => {
                if self.has_begun && error.is_transient() {
                    Ok(FoldEnd::More)
                } else {
                    Err(error)
                }
            }
            _ => Ok(self.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use cqrs_core::ports::error::StoreError;
    use cqrs_core::ports::fold_stream::{EventToFold, Fold, FoldEnd};
    use cqrs_core::words::event::{EventName, SchemaVersion};
    use cqrs_core::words::position::Position;
    use cqrs_core::words::version::StreamVersion;

    use super::Handing;

    struct Takes(bool);

    impl Fold for Takes {
        fn event(&mut self, _: EventToFold<'_>) -> ControlFlow<()> {
            if self.0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }
    }

    /// How it ends when so many events of a page of two arrive, and then this.
    fn end(
        takes: bool,
        events: usize,
        read: Result<(), StoreError>,
    ) -> Result<FoldEnd, StoreError> {
        let fold = &mut Takes(takes);
        let mut handing = Handing::new(2, fold);
        let name = EventName::from_static("x");
        for _ in 0..events {
            let (version, first) = (StreamVersion::FIRST, SchemaVersion::FIRST);
            let event = EventToFold::bare(version, Position::START, &name, first, "{}");
            if handing.event(event).is_break() {
                break;
            }
        }
        handing.end(read)
    }

    #[test]
    fn what_was_handed_on_before_a_passing_failure_is_not_lost() {
        let passing = || Err(StoreError::Retryable("a time-out".into()));
        let lasting = || Err(StoreError::other("no such table"));
        assert_eq!(end(true, 1, passing()).unwrap(), FoldEnd::More);
        assert!(end(true, 0, passing()).is_err(), "nothing was handed on");
        assert!(end(true, 1, lasting()).is_err());
    }

    #[test]
    fn a_failure_after_the_end_is_none() {
        let failed = || Err(StoreError::other("no"));
        assert_eq!(end(false, 1, failed()).unwrap(), FoldEnd::BrokenOff);
        assert_eq!(end(true, 3, failed()).unwrap(), FoldEnd::More);
        for (events, expected) in [(0, FoldEnd::Done), (2, FoldEnd::Done), (3, FoldEnd::More)] {
            assert_eq!(end(true, events, Ok(())).unwrap(), expected);
        }
    }
}
