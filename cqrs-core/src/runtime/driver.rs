//! Decides the commands that wait for one aggregate: many on the state in memory, and one append for all.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::command_error::CommandError;
use super::deciders::Loaded;
use super::driving::{Driving, Handover};
use super::inline;
use super::queued::{Decided, Fate, Queued};
use super::repository::LoadError;
use super::shared_error::{Shared, shared};
use crate::domain::aggregate::Aggregate;
use crate::ports::append::{Append, AppendOutcome, StreamAppend};
use crate::ports::error::{AppendError, StoreError};
use crate::ports::receipts::{NewReceipt, StoredReceipt};
use crate::words::event::{NewEvent, RecordedEvent};
use crate::words::position::Position;
use crate::words::version::{ExpectedVersion, StreamVersion, VersionConflict};

/// Commands of one append at most.
const MOST_COMMANDS: usize = 256;

/// After so many events, or bytes of their payloads, an append takes no more commands.
const MOST_EVENTS: usize = 1_000;
const MOST_BYTES: usize = 1 << 20;

/// How long the others of several nodes that want one aggregate have for an append.
const TURN: Duration = Duration::from_millis(1);

/// After so long without a pause the others have a turn also where none has been met: a node that always loses can't tell the one that wins.
const BETWEEN_TURNS: Duration = Duration::from_millis(100);

/// Serves the aggregate until nobody waits.
///
/// The queue is first come, first served. It is the one place where an append is shared, so that no sender can take the
/// append of others with it when it goes away.
pub(super) async fn drive<A: Aggregate>(mut handover: Handover<A>) {
    let mut driving = handover.begin();
    let mut had_a_turn = Instant::now();
    loop {
        let batch = driving.next_batch(MOST_COMMANDS);
        if batch.is_empty() {
            return;
        }
        let mut serving = Serving {
            driving: &mut driving,
            left: batch.into_iter().map(Item::new).collect(),
            is_current: false,
            is_contended: false,
            one_by_one: false,
        };
        while !serving.left.is_empty() {
            serving.step().await;
        }
        // Who was answered often sends the next command at once: let all of them do it before what waits is looked at again. Else
        // the first of them would decide alone, and the others wait for an append of one.
        tokio::task::yield_now().await;
        if had_a_turn.elapsed() >= BETWEEN_TURNS {
            tokio::time::sleep(TURN).await;
            had_a_turn = Instant::now();
        }
    }
}

struct Item<A: Aggregate> {
    queued: Box<dyn Queued<A>>,
    failed: u32,
}

struct Serving<'a, 'd, A: Aggregate> {
    driving: &'a mut Driving<'d, A>,
    /// Who has no answer yet, in the order of arrival.
    left: Vec<Item<A>>,
    /// Whether the state was compared with the stream after all of these had arrived.
    is_current: bool,
    /// Whether one of their appends has met a conflict.
    is_contended: bool,
    /// After an append that the store refuses for good: who is innocent must not hear of it.
    one_by_one: bool,
}

/// What was decided together.
struct Group<A: Aggregate> {
    items: Vec<Item<A>>,
    /// The state before all of them, for the case of a conflict.
    spare: Option<Box<Loaded<A>>>,
    expected: StreamVersion,
    events: Vec<NewEvent>,
    receipts: Vec<NewReceipt>,
    bytes: usize,
    /// The version of which a snapshot is due once they are recorded.
    due: Option<StreamVersion>,
    /// Whether somebody needs the state to be current who has nothing to record.
    has_unrecorded: bool,
    /// An append of it may have been recorded, and nobody knows.
    is_unknown: bool,
    /// The state is of no use after the group.
    is_spent: bool,
}

impl<A: Aggregate> Item<A> {
    fn new(queued: Box<dyn Queued<A>>) -> Self {
        Self { queued, failed: 0 }
    }

    fn answer(self, fate: Fate<A::Error>) {
        self.queued.answer(fate);
    }

    fn delay(&self) -> Duration {
        self.queued.retry().delay(self.failed)
    }

    /// Counts a failure, and says whether it waits for another attempt.
    fn has_another(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        !self.queued.is_gone() && self.failed < self.queued.retry().attempts.get()
    }
}

impl<A: Aggregate> Serving<'_, '_, A> {
    async fn step(&mut self) {
        if self.driving.loaded.is_none() && !self.load().await {
            return;
        }
        let group = self.decide();
        if group.items.is_empty() {
            return;
        }
        if group.events.is_empty() && group.has_unrecorded && !self.is_current {
            // Nobody is told no, or that there was nothing to do, on a state that was not compared with the stream.
            self.take_back(group);
            self.compare().await;
            return;
        }
        if group.events.is_empty() && group.receipts.is_empty() {
            return self.stand(group, Position::START);
        }
        self.record(group).await;
    }

    /// Whether the aggregate is loaded.
    async fn load(&mut self) -> bool {
        let driving = &mut *self.driving;
        let loading = driving.cqrs.repository::<A>();
        let loading = AssertUnwindSafe(loading.load_counted(driving.id()));
        match futures::FutureExt::catch_unwind(loading).await {
            Ok(Ok(mut loaded)) => {
                if self.is_contended {
                    loaded.contend();
                }
                driving.loaded = Some(loaded);
                self.is_current = true;
                true
            }
            Ok(Err(error)) => {
                self.not_loaded(error).await;
                false
            }
            Err(panic) => {
                self.left.remove(0).answer(Fate::Panicked(panic));
                false
            }
        }
    }

    async fn not_loaded(&mut self, error: LoadError) {
        match error {
            LoadError::Store(error) if error.is_transient() => self.passing(error).await,
            error => {
                let item = self.left.remove(0);
                item.answer(Fate::Failed(error.into_command_error()));
            }
        }
    }

    /// A failure that all of them share. Those with no attempt left hear of it, the others wait.
    async fn passing(&mut self, error: StoreError) {
        tell_the_last(&mut self.left, &Arc::new(error));
        self.pause().await;
    }

    async fn pause(&mut self) {
        let delay = self.left.first().map(Item::delay);
        tokio::time::sleep(delay.unwrap_or_default()).await;
    }

    /// Reads what others have recorded meanwhile.
    async fn compare(&mut self) {
        let driving = &mut *self.driving;
        let Some(mut loaded) = driving.loaded.take() else {
            return;
        };
        let repository = driving.cqrs.repository::<A>();
        let reading = AssertUnwindSafe(repository.catch_up(&mut loaded));
        match futures::FutureExt::catch_unwind(reading).await {
            Ok(Ok(())) => {
                driving.loaded = Some(loaded);
                self.is_current = true;
            }
            Ok(Err(error)) => self.not_loaded(error).await,
            Err(panic) => self.left.remove(0).answer(Fate::Panicked(panic)),
        }
    }

    /// Has the aggregate decide about as many as fit into one append.
    fn decide(&mut self) -> Group<A> {
        let Self { driving, left, .. } = self;
        let mut group = Group {
            items: Vec::new(),
            spare: None,
            expected: StreamVersion::NONE,
            events: Vec::new(),
            receipts: Vec::new(),
            bytes: 0,
            due: None,
            has_unrecorded: false,
            is_unknown: false,
            is_spent: false,
        };
        let Some(loaded) = &mut driving.loaded else {
            return group;
        };
        group.expected = loaded.root.version();
        group.spare = loaded.spare();
        let (mut count, mut panicked) = (0, None);
        for item in &mut *left {
            driving.cqrs.begin(&mut loaded.root);
            let deciding = AssertUnwindSafe(|| item.queued.decide(driving.cqrs, &mut loaded.root));
            match std::panic::catch_unwind(deciding) {
                Ok(Decided::Done {
                    events,
                    receipt,
                    due,
                }) => {
                    group.due = due.or(group.due);
                    group.has_unrecorded |= events.is_empty();
                    group.bytes += events
                        .iter()
                        .map(|event| event.payload.size())
                        .sum::<usize>();
                    group.events.extend(events);
                    group.receipts.extend(receipt);
                }
                Ok(Decided::Refused { is_spent }) => {
                    group.has_unrecorded = true;
                    group.is_spent = is_spent;
                }
                Err(panic) => {
                    group.is_spent = true;
                    panicked = Some(panic);
                    break;
                }
            }
            count += 1;
            let is_full = group.events.len() >= MOST_EVENTS || group.bytes >= MOST_BYTES;
            if group.is_spent || is_full || self.one_by_one {
                break;
            }
        }
        if let Some(panic) = panicked {
            left.remove(count).answer(Fate::Panicked(panic));
        }
        group.items = left.drain(..count).collect();
        if group.is_spent && group.items.is_empty() {
            driving.loaded = None;
        }
        group
    }

    /// They are decided again.
    fn take_back(&mut self, group: Group<A>) {
        if group.is_spent || !group.events.is_empty() {
            self.driving.loaded = None;
        }
        self.left.splice(..0, group.items);
    }

    /// What was decided is so.
    fn stand(&mut self, group: Group<A>, position: Position) {
        if group.is_spent {
            self.driving.loaded = None;
        }
        for item in group.items {
            item.answer(Fate::Stands(position));
        }
    }

    async fn record(&mut self, mut group: Group<A>) {
        let mut append = Append::new();
        append.receipts = std::mem::take(&mut group.receipts);
        if !group.events.is_empty() {
            append.streams = vec![StreamAppend {
                stream: self.driving.stream().clone(),
                expected: ExpectedVersion::at(group.expected),
                events: std::mem::take(&mut group.events),
            }];
        }
        let has_events = !append.streams.is_empty();
        // Until it is known that they are recorded, the state in memory may be ahead of the log.
        let loaded = self.driving.loaded.take().filter(|_| !group.is_spent);
        match self.append(append, &mut group).await {
            Ok(AppendOutcome::Recorded(appended)) => {
                if let Some(version) = group.due {
                    let driving = &*self.driving;
                    driving.cqrs.begin_snapshot::<A>(driving.id(), version);
                }
                if let Some(mut loaded) = loaded {
                    if has_events {
                        loaded.recorded(appended.position, group.bytes);
                        // The append has compared the version.
                        self.is_current = true;
                    }
                    self.driving.loaded = Some(loaded);
                }
                self.stand(group, appended.position);
                let loaded = self.driving.loaded.as_ref();
                if loaded.is_some_and(Loaded::is_turn_of_others) {
                    // Whoever has won is ahead of those who must hear of it first: let them have their turn.
                    tokio::time::sleep(TURN).await;
                }
            }
            Ok(AppendOutcome::Repeated(stored)) => {
                self.driving.loaded = loaded.filter(|_| !has_events);
                self.repeated(group, &stored);
            }
            Err(AppendError::Conflict { conflict, tail }) => {
                self.conflict(group, &conflict, &tail).await;
            }
            // Those who are left have attempts left, and nothing was recorded.
            Err(AppendError::Store(error)) if error.is_transient() => {
                self.left.splice(..0, group.items);
            }
            Err(error) => self.refused(group, error, loaded.filter(|_| !has_events)),
        }
    }

    fn repeated(&mut self, group: Group<A>, stored: &[StoredReceipt]) {
        let mut again = Vec::new();
        for item in group.items {
            let is_this = |stored: &&StoredReceipt| Some(&stored.receipt.key) == item.queued.key();
            match stored.iter().find(is_this).cloned() {
                Some(stored) => item.answer(Fate::Repeated(stored)),
                None => again.push(item),
            }
        }
        self.left.splice(..0, again);
    }

    async fn conflict(
        &mut self,
        mut group: Group<A>,
        conflict: &VersionConflict,
        tail: &[RecordedEvent],
    ) {
        let commands = group.items.len();
        tracing::debug!(%conflict, commands, uncovered = tail.len(), "conflict");
        self.is_contended = true;
        let known = group.spare.take().and_then(|spare| spare.after(tail));
        self.driving.loaded = known.map(|known| *known);
        // The append has compared the version, after all of them had arrived.
        let is_at = |loaded: &Loaded<A>| loaded.root.version() == conflict.actual;
        self.is_current = self.driving.loaded.as_ref().is_some_and(is_at);
        let mut again = Vec::new();
        let mut delayed = false;
        for mut item in group.items {
            if item.has_another() {
                // Who loses once goes on at once: the other node is as far as this one then.
                delayed |= item.failed > 1;
                again.push(item);
            } else {
                item.answer(Fate::Refused(CommandError::Conflict(conflict.clone())));
            }
        }
        self.left.splice(..0, again);
        if !self.is_current && !self.left.is_empty() {
            self.compare().await;
        }
        // So does whoever knows the new state, by the tail or by reading the rest: to wait with it in hand only lets the other node win
        // again. With a node of many commands the tail is often too short, and who waited then waited for seconds.
        if delayed && !self.is_current {
            self.pause().await;
        }
    }

    /// The store refuses the append for good: of one command it is its own fault, of several each is tried alone.
    fn refused(&mut self, mut group: Group<A>, error: AppendError, loaded: Option<Loaded<A>>) {
        self.driving.loaded = loaded;
        if group.is_unknown {
            // An append before this one may have been recorded after all: nobody may decide again.
            let error = Arc::new(StoreError::Unavailable(error.into()));
            for item in group.items {
                item.answer(Fate::Failed(CommandError::Store(shared(&error))));
            }
        } else if group.items.len() > 1 {
            self.one_by_one = true;
            self.left.splice(..0, group.items);
        } else if let Some(item) = group.items.pop() {
            item.answer(Fate::Failed(CommandError::of_append(error)));
        }
    }

    /// Appends, and after a passing failure appends the same again: the event ids make that safe (A4). Those with no
    /// attempt left hear of the failure.
    ///
    /// While it is unknown whether the append was recorded, it stays as it is. Once it is known that it was not, those who
    /// were told so must not be in it: the others are decided again.
    async fn append(
        &mut self,
        append: Append,
        group: &mut Group<A>,
    ) -> Result<AppendOutcome, AppendError> {
        loop {
            let error = match inline::append(self.driving.cqrs, &append).await {
                Err(AppendError::Store(error)) if error.is_transient() => Arc::new(error),
                outcome => return outcome,
            };
            tracing::debug!(%error, "append failed");
            let error = if group.is_unknown {
                Arc::new(StoreError::Unavailable(Box::new(Shared(error))))
            } else {
                error
            };
            group.is_unknown = matches!(*error, StoreError::Unavailable(_));
            let has_told = tell_the_last(&mut group.items, &error);
            let Some(delay) = group.items.first().map(Item::delay) else {
                return Err(shared(&error).into());
            };
            tokio::time::sleep(delay).await;
            if has_told && !group.is_unknown {
                return Err(shared(&error).into());
            }
        }
    }
}

/// Counts the failure for each, and tells those with no attempt left, which leave; whether there were any.
fn tell_the_last<A: Aggregate>(items: &mut Vec<Item<A>>, error: &Arc<StoreError>) -> bool {
    let (patient, told): (Vec<_>, Vec<_>) = std::mem::take(items)
        .into_iter()
        .map(|mut item| (item.has_another(), item))
        .partition(|(has_another, _)| *has_another);
    *items = patient.into_iter().map(|(_, item)| item).collect();
    let has_told = !told.is_empty();
    for (_, item) in told {
        item.answer(Fate::Failed(CommandError::Store(shared(error))));
    }
    has_told
}
