//! The lines of an exported log, as they are read.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use crate::encoding::line::{FORMAT, Line};
use crate::words::position::Position;

/// The longest line that is read, in bytes: far more than the limits of any store let an event have.
pub const LONGEST_LINE: u64 = 256 << 20;

/// A text that is no exported log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It can't be read.
    #[error("line {line} can't be read")]
    Read {
        /// The number of the line, from 1.
        line: u64,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A line is none of a log.
    #[error("line {line} is no line of an exported log")]
    Malformed {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong, with its column.
        #[source]
        source: serde_json::Error,
    },
    /// A line is longer than [`LONGEST_LINE`].
    #[error("line {line} has more than {LONGEST_LINE} bytes")]
    TooLong {
        /// The number of the line, from 1.
        line: u64,
    },
    /// The first line does not say that this is a log.
    #[error("line 1 does not begin an exported log of format {FORMAT}")]
    NoBegin,
    /// It was written by another release.
    #[error("the log has format {found}, this code reads format {FORMAT}")]
    OtherFormat {
        /// The format that it says it has.
        found: u32,
    },
    /// It was cut off: its last line is missing.
    #[error("the log is cut off after line {line}: its last line is missing")]
    CutOff {
        /// The number of the last whole line; 0 without any.
        line: u64,
    },
    /// Its last line counts other events than there are.
    #[error(
        "line {line} says that there are {said} events up to position {said_position}, and there are {events} up to {position}"
    )]
    OtherEnd {
        /// The number of the line, from 1.
        line: u64,
        /// How many events it says.
        said: u64,
        /// The last position that it says.
        said_position: Position,
        /// How many events there are.
        events: u64,
        /// The position of the last one.
        position: Position,
    },
    /// There is something after its last line.
    #[error("line {line} comes after the end of the log")]
    AfterEnd {
        /// The number of the line, from 1.
        line: u64,
    },
}

/// Reads a log line by line, and sees to it that it has a beginning and an end.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    line: u64,
    bytes: u64,
    events: u64,
    position: Position,
    has_end: bool,
}

impl<R: AsyncBufRead + Unpin + Send> Lines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            line: 0,
            bytes: 0,
            events: 0,
            position: Position::START,
            has_end: false,
        }
    }

    /// The number of the line that was read last.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// The bytes of the lines that were read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` after the last one. A log that is cut off is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, LineError> {
        match self.next_whole().await? {
            None if !self.has_end => Err(LineError::CutOff { line: self.line }),
            line => Ok(line),
        }
    }

    /// The next whole line; `None` where the log ends or is cut off.
    pub(super) async fn next_whole(&mut self) -> Result<Option<Line>, LineError> {
        let line = self.line + 1;
        self.buffer.clear();
        let mut limited = (&mut self.reader).take(LONGEST_LINE + 1);
        let read = limited.read_until(b'\n', &mut self.buffer).await;
        let read = read.map_err(|source| LineError::Read { line, source })? as u64;
        if read > LONGEST_LINE {
            return Err(LineError::TooLong { line });
        }
        if read == 0 || (self.has_end && self.buffer.iter().all(u8::is_ascii_whitespace)) {
            return Ok(None);
        }
        if self.has_end {
            return Err(LineError::AfterEnd { line });
        }
        let is_whole = self.buffer.last() == Some(&b'\n');
        let found = std::str::from_utf8(&self.buffer)
            .map_err(serde::de::Error::custom)
            .and_then(Line::read);
        let found = match found {
            Ok(found @ Line::End { .. }) => found, // An editor may have taken its line break.
            _ if !is_whole => return Ok(None),
            found => found.map_err(|source| LineError::Malformed { line, source })?,
        };
        (self.line, self.bytes) = (line, self.bytes + read);
        self.check(&found)?;
        Ok(Some(found))
    }

    fn check(&mut self, found: &Line) -> Result<(), LineError> {
        let line = self.line;
        match found {
            Line::Begin { format: FORMAT } if line == 1 => {}
            Line::Begin { format } if line == 1 => {
                return Err(LineError::OtherFormat { found: *format });
            }
            _ if line == 1 => return Err(LineError::NoBegin),
            Line::Begin { .. } => {
                let source = serde::de::Error::custom("a log begins once");
                return Err(LineError::Malformed { line, source });
            }
            Line::Event(event) => {
                (self.events, self.position) = (self.events + 1, event.position);
            }
            Line::End { events, position } => {
                self.has_end = true;
                if (*events, *position) != (self.events, self.position) {
                    return Err(LineError::OtherEnd {
                        line,
                        said: *events,
                        said_position: *position,
                        events: self.events,
                        position: self.position,
                    });
                }
            }
        }
        Ok(())
    }
}
