//! The port that knows the processors: their generations, which one is live, and how far they have come.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::StoreError;
use crate::words::epoch::Epoch;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::partition::{Partition, PartitionCount};
use crate::words::position::Position;
use crate::words::processor::ProcessorName;
use crate::words::start::StartFrom;

/// Knows the processors: their generations, which one is live, and how far they have come.
///
/// # Guarantees
///
/// - P4: a processor has at most one live generation at any moment, [`switch`](Processors::switch) changes which one in
///   one step, and a generation that is being built is never live before it has come as far as the one it replaces.
#[async_trait]
pub trait Processors: Send + Sync {
    /// Makes a processor known, and says which generations it has. Every program does this at each start, at the same
    /// time as others.
    ///
    /// In one step, in this order:
    ///
    /// 1. A processor that is not known gets generation 1 with a partition row for each partition, all with the
    ///    position of `start` as checkpoint, without owner and with [`Epoch::NONE`]. The generation is
    ///    [`Live`](GenerationState::Live), or [`Building`](GenerationState::Building) when the kind
    ///    [can be rebuilt](ProcessorKind::can_be_rebuilt) and events with a position after `start` are recorded already,
    ///    since readers must not see part of a read model.
    /// 2. A known one of another kind is [`DeclareError::KindChanged`].
    /// 3. When the greatest version among its live and building generations is below `version` and the kind can be
    ///    rebuilt, a building generation (if any) is retired, and the next generation begins as in
    ///    [`begin_generation`](Processors::begin_generation), where `start` says.
    /// 4. When a live or building generation has just this version and another number of partitions, it is
    ///    [`DeclareError::PartitionsChanged`].
    /// 5. Otherwise nothing changes; a smaller `version` comes from a program that is older than the generations.
    ///
    /// [`StartFrom::Now`] is one position for all generations of a processor: the end of the log when its first generation that
    /// starts so began. It is kept with the processor, so that a rebuild of such a read model starts where its first build did.
    ///
    /// Numbers of generations rise and are not used again, also when all that is left of one is its number.
    ///
    /// # Errors
    ///
    /// [`DeclareError`]. Nothing was changed then.
    async fn declare(&self, declare: Declare) -> Result<Generations, DeclareError>;

    /// Begins the next generation of a known processor beside the live one, with new partition rows where `start` says, as
    /// in [`declare`](Processors::declare). When one with this version and number of partitions is being built already, that is
    /// the one; any other that is being built is retired.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written, or does not know the processor.
    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError>;

    /// Makes a building generation the live one in one step, and retires the one that was; says whether it did.
    ///
    /// It does so only if the generation is being built, and each of its checkpoints is at least `caught_up_to` and at
    /// least the greatest checkpoint of the live generation, if there is one: a reader never goes back.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError>;

    /// Forgets a retired generation with its documents, parked events, staged commands and partition rows; says whether
    /// there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError>;

    /// All generations of one processor or of all, by name and number, with what a status page shows.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError>;
}

/// What a processor does with events. Kept as the text of [`as_str`](ProcessorKind::as_str).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessorKind {
    /// Keeps documents.
    View,
    /// Keeps tables of the user's own.
    Projection,
    /// Has effects outside.
    EventHandler,
    /// Keeps state and sends commands.
    ProcessManager,
}

impl ProcessorKind {
    /// Whether its state can be made again from the log. Effects outside and commands can't.
    #[must_use]
    pub const fn can_be_rebuilt(self) -> bool {
        matches!(self, Self::View | Self::Projection)
    }

    /// The name of the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Projection => "projection",
            Self::EventHandler => "event handler",
            Self::ProcessManager => "process manager",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::View,
            Self::Projection,
            Self::EventHandler,
            Self::ProcessManager,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }
}

impl std::fmt::Display for ProcessorKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A processor as a program declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declare {
    /// Its name.
    pub processor: ProcessorName,
    /// What it does.
    pub kind: ProcessorKind,
    /// The version of its code; 1 for kinds that can't be rebuilt. It fits the databases' 32-bit integers.
    pub version: u32,
    /// Into how many partitions its keys are shared out.
    pub partitions: PartitionCount,
    /// From where its first generation starts, and each rebuild.
    pub start: StartFrom,
}

/// The generations of a processor that run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    /// What is read.
    pub live: Option<GenerationRow>,
    /// What will be read.
    pub building: Option<GenerationRow>,
}

/// A generation as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationRow {
    /// Which one.
    pub of: GenerationId,
    /// What the processor does.
    pub kind: ProcessorKind,
    /// The version of the code that builds it.
    pub version: u32,
    /// Into how many partitions its keys are shared out.
    pub partitions: PartitionCount,
    /// Whether it is read.
    pub state: GenerationState,
    /// After which position it started.
    pub start: Position,
    /// When it began, by the store's clock.
    pub began_at: DateTime<Utc>,
}

/// Whether a generation is read. Kept as the text of [`as_str`](GenerationState::as_str).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GenerationState {
    /// It is being built, and nobody reads it yet.
    Building,
    /// It is read, and the runners write it, behind the log.
    Live,
    /// It is read, and the appends of its events write it: see
    /// [`AppendInline`](super::inline::AppendInline). Its checkpoints stand still.
    Inline,
    /// It was replaced, and is kept for a while.
    Retired,
}

impl GenerationState {
    /// Whether readers read it.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Live | Self::Inline)
    }

    /// The name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Live => "live",
            Self::Inline => "inline",
            Self::Retired => "retired",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Building, Self::Live, Self::Inline, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// A generation, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationProgress {
    /// The generation.
    pub row: GenerationRow,
    /// Each of its partitions, in order.
    pub partitions: Vec<PartitionRow>,
    /// How many keys have parked events that nothing will try again by itself.
    pub parked_keys: u64,
    /// How many events are parked, those that wait behind others included.
    pub parked_events: u64,
    /// How many commands are staged, those that are not due yet included.
    pub staged_commands: u64,
    /// How many of those are parked: somebody has to ask for them.
    pub parked_commands: u64,
}

/// A partition of a generation as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionRow {
    /// Which one.
    pub partition: Partition,
    /// Up to here it has seen the log.
    pub checkpoint: Position,
    /// Which taking of the lease it is.
    pub epoch: Epoch,
    /// Who holds it: nobody when the lease has ended.
    pub owner: Option<NodeId>,
}

/// A processor that can't be declared like this. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeclareError {
    /// The name belongs to another kind of processor.
    #[error(
        "{processor} is known as a {known}, not as a {declared}: give one of them another name"
    )]
    KindChanged {
        /// The name.
        processor: ProcessorName,
        /// What it is known as.
        known: ProcessorKind,
        /// What it is declared as.
        declared: ProcessorKind,
    },
    /// Its checkpoints are for another number of partitions.
    #[error(
        "{generation} has {known} partitions, the code says {declared}: keep the number, or raise the version of what can be rebuilt"
    )]
    PartitionsChanged {
        /// The generation.
        generation: GenerationId,
        /// How many partitions it has.
        known: PartitionCount,
        /// How many the code says.
        declared: PartitionCount,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Generations {
    /// The generations that code of this version runs: the live one first.
    pub fn of_version(&self, version: u32) -> impl Iterator<Item = &GenerationRow> {
        self.live
            .iter()
            .chain(&self.building)
            .filter(move |row| row.version == version)
    }
}
