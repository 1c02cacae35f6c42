//! One correction: an aggregate is loaded, compensated and appended to, once.

use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use super::{REASON, REPAIR, Repair, RepairError, RepairedOutcome};
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::encoding::error::EventPlace;
use crate::encoding::event::{EncodedEvent, EventSet};
use crate::ports::append::Append;
use crate::ports::error::{AppendError, StoreError};
use crate::ports::read_stream::StreamRead;
use crate::runtime::attempts::Attempts;
use crate::runtime::events::ReadError;
use crate::runtime::request::Request;
use crate::words::error::InvalidWord;
use crate::words::event::{EventId, NewEvent, Recorded};
use crate::words::metadata::{CausationId, Metadata};
use crate::words::stream::StreamId;
use crate::words::version::ExpectedVersion;

/// How often a correction is decided again when others were faster.
const ATTEMPTS: u32 = 16;

impl<A> Repair<A>
where
    A: Aggregate,
    A::Id: FromStr,
{
    pub(super) async fn correct(
        &self,
        found: &Recorded<A::Event>,
        place: &EventPlace,
        is_dry: bool,
    ) -> Result<RepairedOutcome, RepairError> {
        let no_id = || RepairError::Id {
            stream: found.stream.clone(),
        };
        let id: A::Id = found.id().ok_or_else(no_id)?;
        let metadata = Arc::new(self.metadata(found)?);
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let first = self.event_id(found, 0);
            let Some(mut root) = self.load(id.clone(), &found.stream, first).await? else {
                return Ok(RepairedOutcome::CorrectedBefore);
            };
            (self.compensate)(found, &mut root);
            let encoded: Result<Vec<_>, _> = root.emitted().iter().map(EventSet::encode).collect();
            let events = encoded.map_err(|source| RepairError::Encode {
                of: Box::new(place.clone()),
                source,
            })?;
            if events.is_empty() {
                return Ok(RepairedOutcome::Nothing);
            }
            if is_dry {
                return Ok(RepairedOutcome::WouldAppend(events));
            }
            let new = self.new_events(found, &events, &metadata);
            let expected = ExpectedVersion::at(root.loaded_version());
            let append = Append::to(found.stream.clone(), expected, new);
            match self.append(append).await {
                Ok(()) => return Ok(RepairedOutcome::Corrected(events)),
                // Another node was faster: with this correction, or with something else.
                Err(error @ (AppendError::Conflict { .. } | AppendError::EventIdReused { .. })) => {
                    last = Some(error);
                }
                Err(error) => return Err(not_appended(place, error)),
            }
        }
        let last = last.unwrap_or_else(|| StoreError::other("it was never tried").into());
        Err(not_appended(place, last))
    }

    /// The aggregate as it is now; `None` when it has this event already.
    async fn load(
        &self,
        id: A::Id,
        stream: &StreamId,
        ours: EventId,
    ) -> Result<Option<Root<A>>, RepairError> {
        let mut root = self.cqrs.new_root::<A>(id);
        loop {
            let request = StreamRead::forward(stream.clone())
                .from(root.version().after(1))
                .limit(self.cqrs.page());
            let page = self.cqrs.store().read_stream(request).await;
            let page = page.map_err(ReadError::Store)?;
            for recorded in &page.events {
                if recorded.event_id == ours {
                    return Ok(None);
                }
                root.replay_recorded(recorded).map_err(ReadError::Decode)?;
            }
            if page.is_last || page.events.is_empty() {
                return Ok(Some(root));
            }
        }
    }

    /// After a passing failure, the same again: the ids make that safe.
    async fn append(&self, append: Append) -> Result<(), AppendError> {
        let envelope = self.cqrs.envelope();
        let mut attempts = Attempts::new(envelope.retry);
        let request = Request::new(&self.cqrs, "repair", None, &envelope);
        request.append(append, &mut attempts).await.map(drop)
    }

    fn new_events(
        &self,
        found: &Recorded<A::Event>,
        events: &[EncodedEvent],
        metadata: &Arc<Metadata>,
    ) -> Vec<NewEvent> {
        let each = events.iter().enumerate().map(|(index, encoded)| {
            let EncodedEvent { name, payload, .. } = encoded.clone();
            NewEvent::identified(self.event_id(found, index), name, payload)
                .with_schema_version(encoded.schema_version)
                .with_metadata(Arc::clone(metadata))
                .with_tags(encoded.tags.iter().cloned())
        });
        each.collect()
    }

    /// The same in each run.
    fn event_id(&self, found: &Recorded<A::Event>, index: usize) -> EventId {
        let text = format!("repair {} {index} {}", found.part.number(), self.name);
        EventId::from(Uuid::new_v5(&found.event_id.as_uuid(), text.as_bytes()))
    }

    fn metadata(&self, found: &Recorded<A::Event>) -> Result<Metadata, InvalidWord> {
        let mut metadata = Metadata::new()
            .with(REPAIR, self.name.as_str())?
            .with(REASON, self.reason.as_str())?;
        metadata.correlation_id = found.metadata.correlation_id;
        metadata.causation_id = Some(CausationId::from(found.event_id));
        Ok(metadata)
    }
}

fn not_appended(place: &EventPlace, source: AppendError) -> RepairError {
    RepairError::Append {
        of: Box::new(place.clone()),
        source: Box::new(source),
    }
}
