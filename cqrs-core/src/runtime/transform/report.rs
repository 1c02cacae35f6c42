//! What a transformation has done, or would do.

use std::fmt::Display;

use super::TransformedEvent;
use crate::words::event::RecordedEvent;

/// What a transformation has done, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transformed {
    /// Whether nothing was written.
    pub is_dry: bool,
    /// How many events were read.
    pub read: u64,
    /// How many came of them.
    pub written: u64,
    /// How many of those read were left out.
    pub dropped: u64,
    /// How many of those read became several.
    pub split: u64,
    /// How many of those written are in another stream than what they came of.
    pub moved: u64,
    /// How many of those written have another name, payload, schema version or other tags.
    pub reshaped: u64,
    /// How many streams were written.
    pub streams: u64,
}

impl Transformed {
    pub(super) const fn new(is_dry: bool) -> Self {
        Self {
            is_dry,
            read: 0,
            written: 0,
            dropped: 0,
            split: 0,
            moved: 0,
            reshaped: 0,
            streams: 0,
        }
    }

    pub(super) fn add(&mut self, old: &RecordedEvent, new: &[TransformedEvent]) {
        self.read += 1;
        self.written += new.len() as u64;
        self.dropped += u64::from(new.is_empty());
        self.split += u64::from(new.len() > 1);
        for event in new {
            self.moved += u64::from(event.stream != old.stream);
            let event = &event.event;
            let is_same = event.name == old.name
                && event.payload == old.payload
                && event.schema_version == old.schema_version
                && event.tags == old.tags;
            self.reshaped += u64::from(!is_same);
        }
    }
}

impl Display for Transformed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            read,
            written,
            dropped,
            split,
            moved,
            reshaped,
            streams,
            ..
        } = self;
        let verb = if self.is_dry {
            "would become"
        } else {
            "became"
        };
        write!(
            formatter,
            "{read} events {verb} {written} in {streams} streams: {dropped} dropped, {split} split, {moved} moved, {reshaped} reshaped"
        )
    }
}
