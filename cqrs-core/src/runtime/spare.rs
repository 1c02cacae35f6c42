//! What is left of an aggregate in memory after a conflict: a copy from before the decision, and what the conflict uncovers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::deciders::Loaded;
use crate::domain::aggregate::Aggregate;
use crate::words::event::RecordedEvent;
use crate::words::position::Position;

/// For so many appends after a conflict a copy is made before each decision: who writes to an aggregate once from elsewhere
/// often does it again, and a copy that nobody needs costs every decision.
const APPENDS_WITH_A_SPARE: u8 = 100;

/// For so many appends after a conflict whoever records them lets the others have a turn after every third. With fewer, a node that has won a
/// few times in a row forgets the other one, and goes on winning: it hears of its success before the other one hears of its conflict.
const APPENDS_WITH_TURNS: u8 = 15;
const APPENDS_A_TURN: u8 = 3;

impl<A: Aggregate> Loaded<A> {
    /// A copy for the case of a conflict, if there was one lately and the state can be copied.
    pub(super) fn spare(&self) -> Option<Box<Self>> {
        if self.contended == 0 || !self.root.emitted().is_empty() {
            return None;
        }
        // Users' code: who panics here is asked for its events instead.
        let root = catch_unwind(AssertUnwindSafe(|| self.root.copied()));
        Some(Box::new(Self {
            root: root.ok().flatten()?,
            bytes: self.bytes,
            contended: self.contended,
        }))
    }

    /// Somebody else writes to it.
    pub(super) const fn contend(&mut self) {
        self.contended = APPENDS_WITH_A_SPARE;
    }

    /// Whether others who have been met lately should have a turn now.
    pub(super) const fn is_turn_of_others(&self) -> bool {
        let since = APPENDS_WITH_A_SPARE - self.contended;
        since <= APPENDS_WITH_TURNS && since.is_multiple_of(APPENDS_A_TURN)
    }

    /// An append with payloads of so many bytes is recorded, and has met nobody.
    pub(super) const fn recorded(&mut self, position: Position, bytes: usize) {
        self.root.recorded_at(position);
        self.bytes = self.bytes.saturating_add(bytes);
        self.contended = self.contended.saturating_sub(1);
    }

    /// The state after what the conflict uncovers, which may be only the first part of what there is; nothing when that can't be read.
    pub(super) fn after(mut self: Box<Self>, tail: &[RecordedEvent]) -> Option<Box<Self>> {
        for recorded in tail {
            if recorded.version != self.root.version().after(1) {
                return None;
            }
            let taken = catch_unwind(AssertUnwindSafe(|| self.take_in(recorded, |_| {})));
            // Who loads it finds the same error, and says so.
            taken.ok()?.ok()?;
        }
        self.contend();
        Some(self)
    }
}
