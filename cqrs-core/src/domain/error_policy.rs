//! What to do when a processor fails at an event.

use std::time::Duration;

use crate::words::document_key::DocumentKey;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

/// Decides what to do when a processor fails at an event, or a staged command can't be sent. It decides, and does nothing
/// itself.
pub trait ErrorPolicy: Send + Sync + 'static {
    /// What to do about this failure.
    fn decide(&self, failure: &Failure) -> ErrorDecision;
}

impl<F: Fn(&Failure) -> ErrorDecision + Send + Sync + 'static> ErrorPolicy for F {
    fn decide(&self, failure: &Failure) -> ErrorDecision {
        self(failure)
    }
}

/// A processor failed at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Which processor.
    pub processor: ProcessorName,
    /// Under which key.
    pub key: DocumentKey,
    /// At which event.
    pub position: Position,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// In which way.
    pub kind: FailureKind,
    /// The error with all its causes, as text.
    pub error: String,
}

/// In which way a processor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The event, or the document or state that it belongs to, can't be decoded or encoded by today's code.
    Coding,
    /// The user's code said that it failed.
    Failed,
    /// The user's code panicked.
    Panicked,
    /// The user's code took too long.
    TimedOut,
    /// The store refuses what the user's code has made of the event.
    Refused,
    /// A staged command could not be sent, and it was not the domain that said no.
    NotSent,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorDecision {
    /// Try again after this time. Later events of the key wait; other keys go on.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// Park the key: this event and later ones of the key wait until somebody asks to replay or discard it. Other keys
    /// go on. A staged command waits until somebody asks to send it again or to discard it; other commands go on, also
    /// those of its key.
    Park,
    /// Go on as if the event had not happened. A staged command is forgotten unsent, and who staged it is not told.
    Skip,
    /// Stop the processor on this node, loudly. It goes on from here when it is started again.
    Stop,
}

impl Failure {
    /// Puts the parts together. For the runtime and for tests.
    #[must_use]
    pub const fn new(
        processor: ProcessorName,
        key: DocumentKey,
        position: Position,
        attempts: u32,
        kind: FailureKind,
        error: String,
    ) -> Self {
        Self {
            processor,
            key,
            position,
            attempts,
            kind,
            error,
        }
    }
}

/// Tries again after delays that double, with full jitter, then parks the key. What can't be decoded is parked at once:
/// only other code can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryThenPark {
    /// How often an event is tried altogether.
    pub attempts: u32,
    /// The bound of the first delay.
    pub first_delay: Duration,
    /// The bound that no delay exceeds.
    pub longest_delay: Duration,
}

impl Default for RetryThenPark {
    /// 8 attempts, delays up to 100 ms at first and up to a minute at last.
    fn default() -> Self {
        Self {
            attempts: 8,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_mins(1),
        }
    }
}

impl ErrorPolicy for RetryThenPark {
    fn decide(&self, failure: &Failure) -> ErrorDecision {
        let hopeless = failure.kind == FailureKind::Coding;
        if failure.kind != FailureKind::NotSent && (hopeless || failure.attempts >= self.attempts) {
            return ErrorDecision::Park;
        }
        let doubled = 2_u32
            .checked_pow(failure.attempts.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let bound = self
            .first_delay
            .saturating_mul(doubled)
            .min(self.longest_delay);
        ErrorDecision::Retry {
            after: bound.mul_f64(fastrand::f64()),
        }
    }
}
