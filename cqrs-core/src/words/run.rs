//! When a read model is written: behind the log, or together with it.

/// When a read model is written.
///
/// ### Note: what it costs to be inline
/// Each append of its events is a transaction of its own, which waits for others that write the same documents, and which
/// fails when the read model fails: the sender is told, and nothing is recorded. What nobody has to read at once is
/// better behind the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Run {
    /// By the runners, behind the log: within milliseconds, but a reader may be faster.
    #[default]
    Behind,
    /// In the transaction of each append, so that no reader finds it older than what is recorded.
    Inline,
}
