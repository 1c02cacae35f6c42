//! Reads that fail, and events that come back damaged.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::payload::Payload;

use super::FaultyStore;
use super::fault::{ReadFault, unavailable};

#[async_trait]
impl ReadStream for FaultyStore {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        let fault = self.script.reads.take();
        before(fault.as_ref()).await?;
        let mut page = self.inner.read_stream(request).await?;
        after(fault, &mut page.events);
        Ok(page)
    }

    /// Goes through to the store, unless an event is to be damaged: then a page is read for it.
    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let fault = self.script.reads.take();
        before(fault.as_ref()).await?;
        let read = request.page().filter(|_| damages(fault.as_ref()));
        let Some(read) = read else {
            return self.inner.fold_stream(request, fold).await;
        };
        let mut page = self.inner.read_stream(read).await?;
        after(fault, &mut page.events);
        Ok(page.fold(request.through, fold))
    }
}

#[async_trait]
impl ReadLog for FaultyStore {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        let fault = self.script.reads.take();
        before(fault.as_ref()).await?;
        let mut page = self.inner.read_log(request).await?;
        after(fault, &mut page.events);
        Ok(page)
    }
}

async fn before(fault: Option<&ReadFault>) -> Result<(), StoreError> {
    match fault {
        Some(ReadFault::Unavailable) => Err(unavailable()),
        Some(ReadFault::Delay(delay)) => {
            tokio::time::sleep(*delay).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

const fn damages(fault: Option<&ReadFault>) -> bool {
    !matches!(
        fault,
        None | Some(ReadFault::Unavailable | ReadFault::Delay(_))
    )
}

/// Damages the last event of the page. The log itself stays as it is.
fn after(fault: Option<ReadFault>, events: &mut [RecordedEvent]) {
    let (Some(fault), Some(event)) = (fault, events.last_mut()) else {
        return;
    };
    match fault {
        ReadFault::Unavailable | ReadFault::Delay(_) => {}
        ReadFault::TruncatePayload => event.payload = cut(&event.payload),
        ReadFault::UnknownName(name) => event.name = name,
        ReadFault::SchemaVersion(version) => event.schema_version = version,
    }
}

/// The first half of a payload, at most all but its last character. Of a number that can still be JSON, and so it
/// gets a bracket that is never closed.
fn cut(payload: &Payload) -> Payload {
    let text = payload.as_str();
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    let opens = half.trim_start().starts_with(['{', '[', '"']);
    Payload::from_store(if opens { half } else { format!("[{half}") })
}
