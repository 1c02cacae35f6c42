//! Importing, with one mistake.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{SubsecRound, Utc};
use cqrs_core::ports::import::{
    ImportError, ImportEvent, ImportEvents, Imported, check_chunk, positions, version_error,
};
use cqrs_core::words::position::Position;

use crate::defect::Defect;
use crate::log::Log;
use crate::store::BrokenStore;

#[async_trait]
impl ImportEvents for BrokenStore {
    async fn import(&self, chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        if self.defect != Defect::ChecksNoLimits {
            self.limits.check_import(&chunk)?;
        }
        if self.defect != Defect::ImportsHoles {
            check_chunk(&chunk)?;
        }
        if self.defect != Defect::ImportsEventByEvent {
            return self.import_whole(chunk);
        }
        let mut sum = Imported::new(0, 0, Position::START);
        for import in chunk {
            let one = self.import_whole(vec![import])?;
            sum.recorded += one.recorded;
            sum.repeated += one.repeated;
            sum.position = one.position;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(sum)
    }
}

impl BrokenStore {
    fn import_whole(&self, mut chunk: Vec<ImportEvent>) -> Result<Imported, ImportError> {
        let mut log = self.log();
        let is_recorded = |import: &&ImportEvent| {
            let mut events = log.events.iter();
            events.any(|recorded| match self.defect {
                Defect::ImportsWhateverHasTheId => recorded.event_id == import.event.event_id,
                _ => import.is_recorded_as(recorded),
            })
        };
        let repeated = match self.defect {
            Defect::RefusesToImportAgain => 0,
            _ => chunk.iter().take_while(is_recorded).count(),
        };
        let new = chunk.split_off(repeated);
        if self.defect != Defect::ImportsHoles {
            check(&log, &new)?;
        }
        let last = match self.defect {
            Defect::ImportsBehindReaders => Position::START,
            _ => log.end(),
        };
        let most = Position::from_static(1 << 60);
        let positions = positions(&new, last, most)?;
        let before = chunk.last().and_then(|import| import.position);
        let position = positions.last().copied().or(before);
        let recorded = new.len();
        for (import, position) in new.into_iter().zip(positions) {
            let now = Utc::now().trunc_subsecs(6);
            let recorded_at = match self.defect {
                Defect::ImportsWithItsOwnTimes => now,
                _ => import.recorded_at.unwrap_or(now),
            };
            let event = import.event;
            let event = event.recorded(import.stream, import.version, position, recorded_at);
            log.events.push(event);
        }
        log.events.sort_by_key(|event| event.position);
        if self.defect != Defect::DrawsImportedPositionsAgain {
            log.draw_after_the_end();
        }
        self.settle(log.end());
        Ok(Imported::new(
            recorded,
            repeated,
            position.unwrap_or(Position::START),
        ))
    }
}

fn check(log: &Log, chunk: &[ImportEvent]) -> Result<(), ImportError> {
    let mut streams = HashSet::new();
    for import in chunk {
        let event_id = import.event.event_id;
        let mut recorded = log.events.iter();
        if recorded.any(|recorded| recorded.event_id == event_id) {
            return Err(ImportError::EventIdReused { event_id });
        }
        let actual = log.version(&import.stream);
        if streams.insert(&import.stream) && import.version != actual.after(1) {
            return Err(version_error(import, actual));
        }
    }
    Ok(())
}
