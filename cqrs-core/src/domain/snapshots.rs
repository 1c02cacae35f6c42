//! Whether snapshots of an aggregate are taken, and when.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::aggregate::Aggregate;
use crate::encoding::event::EventSet;
use crate::words::fingerprint::Fingerprint;
use crate::words::payload::{InvalidPayload, Payload};
use crate::words::version::StreamVersion;

/// Loading that folds fewer events than this is slow for another reason: no snapshot makes it faster.
const FEWEST_THAT_ARE_SLOW: u64 = 16;

/// What loading an aggregate was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The version of the snapshot that it began with, or none.
    pub from: StreamVersion,
    /// The version that it came to.
    pub to: StreamVersion,
    /// The version of the last event among those that were folded with which a chapter ends.
    pub end_of_chapter: Option<StreamVersion>,
    /// How long it took.
    pub took: Duration,
}

/// That `#[apply]` has read the code of an `impl Apply<…>`. See `#[aggregate(snapshot(…))]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "snapshots of `{Self}` would not notice a change of `impl Apply<{E}> for {Self}`",
    label = "the `impl Apply<{E}>` lacks `#[apply]`",
    note = "write `#[apply]` above `impl Apply<{E}> for {Self}`"
)]
pub trait Fingerprinted<E> {
    /// The number of its tokens.
    const FINGERPRINT: u64;
}

/// A state that serde can write and read.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the state of `{Self}` can't be kept in snapshots",
    label = "snapshots need a state with `Serialize` and `Deserialize`",
    note = "write `#[derive(Serialize, Deserialize)]` on `{Self}`"
)]
pub trait SnapshotState: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<A: Serialize + DeserializeOwned> SnapshotState for A {}

/// That snapshots of an aggregate are taken, when, and by which code. What `#[aggregate(snapshot(…))]` writes.
///
/// A snapshot is the state at one version, kept so that loading begins there. It only ever makes loading faster (S1): it is used
/// only by the code that took it, as far as the fingerprint can tell, and only if the event of its version is where it was.
pub struct SnapshotPolicy<A: Aggregate> {
    fingerprint: Fingerprint,
    every: Option<NonZeroU64>,
    slower_than: Option<Duration>,
    at: Option<fn(&A::Event) -> bool>,
    encode: fn(&A) -> Result<Payload, InvalidPayload>,
    decode: fn(&Payload) -> Result<A, serde_json::Error>,
}

impl<A: Aggregate> SnapshotPolicy<A> {
    /// Snapshots that the code with this fingerprint takes. The names of the aggregate and of the
    /// events, and the events' versions, are added to it.
    #[must_use]
    pub const fn new(fingerprint: Fingerprint) -> Self
    where
        A: SnapshotState,
    {
        let category = const { &A::CATEGORY };
        let mut fingerprint = fingerprint.and_text(category.as_static_str());
        let mut events = <A::Event as EventSet>::EVENTS;
        while let [first, rest @ ..] = events {
            fingerprint = fingerprint
                .and_text(first.name.as_static_str())
                .and(first.schema_version.get() as u64);
            events = rest;
        }
        Self {
            fingerprint,
            every: None,
            slower_than: None,
            at: None,
            encode: Payload::encode::<A>,
            decode: Payload::decode::<A>,
        }
    }

    /// One after each so many events.
    #[must_use]
    pub const fn every(mut self, events: NonZeroU64) -> Self {
        self.every = Some(events);
        self
    }

    /// One whenever loading took longer than this.
    #[must_use]
    pub const fn slower_than(mut self, time: Duration) -> Self {
        self.slower_than = Some(time);
        self
    }

    /// One at each event that this says yes to: where a chapter of the aggregate's life ends.
    #[must_use]
    pub const fn at(mut self, ends_chapter: fn(&A::Event) -> bool) -> Self {
        self.at = Some(ends_chapter);
        self
    }

    /// Which code takes them.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The version of which a snapshot is to be taken, when these events came after the version `before`.
    #[must_use]
    pub fn due(&self, before: StreamVersion, events: &[A::Event]) -> Option<StreamVersion> {
        let after = before.after(events.len());
        let end_of_chapter = self.at.and_then(|ends_chapter| {
            let last = events.iter().rposition(ends_chapter)?;
            Some(before.after(last + 1))
        });
        let passed = self
            .every
            .is_some_and(|every| before.get() / every < after.get() / every);
        end_of_chapter.or_else(|| passed.then_some(after))
    }

    /// Whether a chapter of the aggregate's life ends with this event.
    #[must_use]
    pub fn ends_chapter(&self, event: &A::Event) -> bool {
        self.at.is_some_and(|ends_chapter| ends_chapter(event))
    }

    /// The version of which a snapshot is to be taken when loading has folded so much: for streams that were long before there
    /// were snapshots of them, and where one was not taken or was of no use.
    #[must_use]
    pub fn due_after_loading(&self, loading: &Loading) -> Option<StreamVersion> {
        let folded = loading.to.get().saturating_sub(loading.from.get());
        let is_slow = self
            .slower_than
            .is_some_and(|longest| loading.took > longest && folded >= FEWEST_THAT_ARE_SLOW);
        let is_far = self.every.is_some_and(|every| folded >= every.get());
        if is_slow || is_far {
            Some(loading.to)
        } else {
            loading.end_of_chapter
        }
    }

    /// The state in its durable form.
    ///
    /// # Errors
    ///
    /// [`InvalidPayload`] when it has no JSON form.
    pub fn encode(&self, state: &A) -> Result<Payload, InvalidPayload> {
        (self.encode)(state)
    }

    /// The state again.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` when it does not have this shape.
    pub fn decode(&self, state: &Payload) -> Result<A, serde_json::Error> {
        (self.decode)(state)
    }
}

impl<A: Aggregate> fmt::Debug for SnapshotPolicy<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SnapshotPolicy")
            .field("fingerprint", &self.fingerprint)
            .field("every", &self.every)
            .field("slower_than", &self.slower_than)
            .field("at", &self.at.is_some())
            .finish_non_exhaustive()
    }
}
