//! Reading, with one mistake.

use std::ops::ControlFlow;

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{Direction, ReadStream, StreamPage, StreamRead};
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

use crate::defect::Defect;
use crate::matching::is_read;
use crate::store::BrokenStore;

#[async_trait]
impl ReadStream for BrokenStore {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        let log = self.log();
        let of_stream = log.of_stream(&request.stream).cloned();
        let mut events: Vec<RecordedEvent> = match request.direction {
            Direction::Forward => of_stream
                .filter(|event| event.version >= request.from)
                .collect(),
            Direction::Backward => of_stream
                .filter(|event| event.version <= request.from)
                .collect(),
        };
        events.sort_by_key(|event| event.version);
        let in_rising_order = self.defect == Defect::ReadsBackwardInRisingOrder;
        if request.direction == Direction::Backward && !in_rising_order {
            events.reverse();
        }
        let limit = request.limit.min(self.limits.events_per_page).max(1);
        let is_last = events.len() <= limit || self.defect == Defect::TakesEveryPageForTheLast;
        events.truncate(limit);
        Ok(StreamPage { events, is_last })
    }

    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let Some(mut read) = request.page() else {
            return Ok(FoldEnd::Done);
        };
        let mut through = request.through;
        if self.defect == Defect::FoldsBeyondTheVersion {
            (read.limit, through) = (request.limit, StreamVersion::MAX);
        }
        let mut page = self.read_stream(read).await?;
        if self.defect == Defect::FoldsInAnyOrder {
            page.events.rotate_left(1);
        }
        let mut broken = Broken {
            fold,
            defect: self.defect,
            detail: request.detail,
        };
        let end = page.fold(through, &mut broken);
        Ok(match self.defect {
            Defect::TakesEveryFoldForDone => FoldEnd::Done,
            Defect::FoldsOnAfterABreak => FoldEnd::BrokenOff,
            _ => end,
        })
    }
}

/// Hands events on, with one mistake.
struct Broken<'f> {
    fold: &'f mut dyn Fold,
    defect: Defect,
    detail: Detail,
}

impl Fold for Broken<'_> {
    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        let rewritten = serde_json::from_str(event.payload)
            .map(|payload: serde_json::Value| payload.to_string())
            .unwrap_or_default();
        let mut event = event;
        match self.defect {
            Defect::FoldsBareEventsOnly => event.recorded = None,
            Defect::RewritesPayloadsToFold => event.payload = &rewritten,
            _ if self.detail == Detail::Bare => event.recorded = None,
            _ => {}
        }
        let wanted = self.fold.event(event);
        if self.defect == Defect::FoldsOnAfterABreak {
            return ControlFlow::Continue(());
        }
        wanted
    }
}

#[async_trait]
impl ReadLog for BrokenStore {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        let log = self.log();
        let readable = self.held_at().map_or(log.end(), |held| held.min(log.end()));
        let asked = request.through.unwrap_or(Position::MAX);
        let end = asked.min(readable).max(request.after);
        let limit = request.limit.min(self.limits.events_per_page).max(1);
        let from_after = self.defect == Defect::RepeatsTheLastEventOfAPage;
        let mut events: Vec<RecordedEvent> = log
            .events
            .iter()
            .filter(|event| {
                let begins = event.position > request.after
                    || (from_after && event.position == request.after);
                begins && event.position <= end
            })
            .cloned()
            .collect();
        if self.defect == Defect::FiltersAfterReading {
            events.truncate(limit);
        }
        events.retain(|event| is_read(self.defect, &request.filter, event));
        let is_last = match self.defect {
            Defect::FiltersAfterReading => events.len() < limit,
            _ => events.len() <= limit,
        };
        events.truncate(limit);
        let last = events.last().map(|event| event.position);
        let through = match (self.defect, last) {
            (Defect::GoesPastTheEndOfTheLog, _) if is_last => request.through.unwrap_or(end),
            (Defect::StopsAtTheLastMatch, _) => last.unwrap_or(request.after),
            (_, Some(last)) if !is_last => last,
            _ => end,
        };
        Ok(LogPage {
            events,
            through,
            is_last,
        })
    }
}
