//! Writing what today's code makes of the log, for people and other programs.

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Export, ExportError, Exported, put};
use crate::encoding::decoded_line::{write_begin, write_event};
use crate::encoding::line::Line;
use crate::runtime::known::TodayError;
use crate::runtime::scan::Scan;
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;

/// The events as today's code knows them, about to be written, one a line: see [`Export::decoded`].
#[derive(Debug)]
#[must_use = "nothing is written until `.write(…).await`"]
pub struct DecodedExport {
    export: Export,
    known_only: bool,
}

impl Export {
    /// Writes the events in the shapes of today's code instead: renamed, upcasted, and where one is read as several, a line for each, with
    /// `part` and `of_parts`. Each is read by the aggregate of its stream, or else by the first view or other processor of the
    /// application that reads its name.
    ///
    /// For analyses and other programs. It is no log, and no store takes it: what is recorded moves with the export as
    /// it is. The first line is `{"cqrs_decoded_log":1}`; the last one is that of a log, and counts lines.
    ///
    /// ### Note: it can't be resumed
    /// Of an event that is read as several the first lines may be there and the last not: an export that was cut off begins again.
    pub fn decoded(mut self) -> DecodedExport {
        self.so_far = Exported::default();
        DecodedExport {
            export: self,
            known_only: false,
        }
    }
}

impl DecodedExport {
    /// Leaves out events of names that nobody in the application knows. Where nothing is said they are an error.
    pub const fn known_only(mut self) -> Self {
        self.known_only = true;
        self
    }

    /// Writes it, a page of the log at a time. Only a page is in memory.
    ///
    /// # Errors
    ///
    /// [`ExportError`]; [`Decode`](ExportError::Decode) names the first event that today's code can't read.
    /// [`verify`](crate::runtime::app::Cqrs::verify) finds all of them.
    pub async fn write<W>(self, mut writer: W) -> Result<Exported, ExportError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let Export {
            cqrs,
            filter,
            mut observer,
            ..
        } = self.export;
        let (mut done, mut lines) = (Exported::default(), Vec::new());
        let position = done.position;
        write_begin(&mut lines).map_err(|source| ExportError::Line { position, source })?;
        let mut scan = Scan::new(&cqrs, Filter::from(filter));
        observer.begin_round(position);
        while let Some(page) = scan.next().await? {
            for recorded in &page.events {
                let parts = match cqrs.known().today(recorded) {
                    Some(parts) => parts.map_err(|source| failed(recorded, source))?,
                    None if self.known_only => continue,
                    None => return Err(ExportError::unknown(recorded)),
                };
                let position = recorded.position;
                for (part, event) in parts {
                    write_event(recorded, part, &event, &mut lines)
                        .map_err(|source| ExportError::Line { position, source })?;
                    (done.events, done.position) = (done.events + 1, position);
                }
            }
            done.bytes += put(&mut writer, &mut lines).await?;
            let end = scan.end();
            observer.advance(page.events.len(), scan.position(), Some(end));
        }
        let (events, position) = (done.events, done.position);
        super::add(&Line::End { events, position }, position, &mut lines)?;
        done.bytes += put(&mut writer, &mut lines).await?;
        writer.flush().await?;
        observer.finish(scan.position());
        done.is_complete = true;
        Ok(done)
    }
}

fn failed(recorded: &RecordedEvent, error: TodayError) -> ExportError {
    let position = recorded.position;
    match error {
        TodayError::Decode(source) => ExportError::Decode { position, source },
        TodayError::Encode(source) => ExportError::Encode { position, source },
    }
}
