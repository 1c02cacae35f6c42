//! What can be wrong with a store. Each is a mistake that a real store has made, or easily makes.

use crate::log::Check;

macro_rules! defects {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// One mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Defect {
            $($(#[doc = $doc])* $name,)*
        }

        impl Defect {
            /// All mistakes, and no mistake.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

defects! {
    /// No mistake: the store keeps every promise.
    Intact,
    /// Records the first stream of several.
    RecordsTheFirstStreamOnly,
    /// Checks and writes one stream after the other.
    WritesStreamByStream,
    /// Writes one event after the other, each in a transaction of its own.
    WritesEventByEvent,
    /// Keeps a snapshot's state in its own words.
    RewritesStates,
    /// Keeps snapshots without the category.
    KeepsSnapshotsByKeyOnly,
    /// Puts old snapshots over new ones.
    ReplacesLaterSnapshots,
    /// Keeps a later snapshot, also of code that is gone.
    KeepsLaterSnapshotsOfOtherCode,
    /// Gives a snapshot from after the version that is asked for.
    FindsLaterSnapshots,
    /// Begins to read after the version of the snapshot.
    ReadsAfterTheSnapshot,
    /// Begins to read at the snapshot's version, also where other code has taken it.
    ReadsFromSnapshotsOfOtherCode,
    /// Leaves the last snapshot of a page out.
    LosesTheLastOfAPage,
    /// Drops snapshots without looking at the category.
    DropsSnapshotsOfAllCategories,
    /// Keeps snapshots in the process.
    ForgetsSnapshotsAtRestart,
    /// Fails all appends of a batch when one fails.
    FailsTheWholeBatch,
    /// Files the tags of appends behind one that fails in their batch where nobody looks.
    LosesTheTagsBehindAFailure,
    /// Answers a batch in the order of its streams.
    SortsTheOutcomesOfABatch,
    /// Draws versions before it knows that the append succeeds.
    LeavesGapsInVersions,
    /// Reads backward in rising order.
    ReadsBackwardInRisingOrder,
    /// Takes every page of a stream for the last.
    TakesEveryPageForTheLast,
    /// Folds to the end of the page, whatever version was asked for.
    FoldsBeyondTheVersion,
    /// Takes every page that it folds for the last.
    TakesEveryFoldForDone,
    /// Hands on all that it has read, also to one who wants no more.
    FoldsOnAfterABreak,
    /// Reads for folding in the order in which events happen to be stored.
    FoldsInAnyOrder,
    /// Gives bare events where whole ones are asked for.
    FoldsBareEventsOnly,
    /// Reads payloads that are to be folded, and writes them anew.
    RewritesPayloadsToFold,
    /// Folds the event of the snapshot's version again.
    FoldsTheEventOfTheSnapshot,
    /// Begins to fold at the snapshot's version, also where other code has taken it.
    FoldsFromSnapshotsOfOtherCode,
    /// Believes what a snapshot says of the event of its version.
    BelievesSnapshots,
    /// Compares stream ids without their case.
    FoldsTheCaseOfStreams,
    /// Does not check versions.
    ChecksNoVersions,
    /// Checks versions, and takes the lock afterwards.
    ChecksVersionsBeforeTheLock,
    /// Takes a lock that other processes do not know.
    LocksItsOwnProcessOnly,
    /// Says in a conflict that the stream is where it was expected.
    ReportsTheExpectedVersionAsActual,
    /// Gives the whole stream with a conflict, and not what is new.
    GivesTheWholeStreamAsTail,
    /// Drops the rows of an append that conflicts, and acknowledges it (ON CONFLICT DO NOTHING).
    DropsRowsOnConflict,
    /// Records the same append twice.
    ChecksNoIds,
    /// Looks for the ids, and takes the lock afterwards.
    ChecksIdsBeforeTheLock,
    /// Takes events with the same ids for the same events.
    ComparesIdsOnly,
    /// Lets an append that is repeated fail on its own events.
    ChecksTheConditionBeforeTheIds,
    /// Gives up when somebody else was faster, although nobody asked for an order.
    FailsRacingAppends,
    /// Acknowledges appends that it has lost in a race.
    LosesRacingAppends,
    /// Does not check conditions.
    ChecksNoConditions,
    /// Checks the condition, and takes the lock afterwards.
    ChecksConditionsBeforeTheLock,
    /// Ignores the tags of conditions.
    IgnoresTheTagsOfConditions,
    /// Looks at the first item of a condition.
    LooksAtTheFirstItemOfConditions,
    /// Has one version for the whole log: any event after the position fails the append.
    FailsConditionsOnAnyEvent,
    /// Does not look for the receipt.
    ChecksNoReceipts,
    /// Looks for the receipt, and takes the lock afterwards.
    ChecksReceiptsBeforeTheLock,
    /// Answers an append that it has recorded with its receipts: whether the other requests of it are recorded stays open.
    LooksForReceiptsBeforeTheIds,
    /// Looks for the first of several receipts.
    LooksForTheFirstReceiptOnly,
    /// Keeps the first of several receipts.
    KeepsTheFirstReceiptOnly,
    /// Keeps receipts apart from events, also of appends that fail.
    KeepsReceiptsOfFailedAppends,
    /// Keeps receipts in its process.
    ForgetsReceiptsAtRestart,
    /// Writes the receipt in a step of its own, after the append was acknowledged.
    KeepsReceiptsAfterTheReply,
    /// Keeps in the receipt the position that the decision had seen.
    KeepsThePositionOfTheDecision,
    /// Reads payloads and writes them anew.
    RewritesPayloads,
    /// Leaves out U+0000.
    DropsNul,
    /// Checks no limits.
    ChecksNoLimits,
    /// Numbers events by a plain sequence and reads up to the greatest number that it sees.
    ReadsAPlainSequence,
    /// Believes the reader where the log ends.
    GoesPastTheEndOfTheLog,
    /// Begins a page of the log with the last event of the page before.
    RepeatsTheLastEventOfAPage,
    /// Gives the events of an append falling positions.
    OrdersTheLogOtherwiseThanStreams,
    /// Reads up to where the oldest transaction in the database began.
    WaitsForUnrelatedTransactions,
    /// Says of a filtered page that it goes through its last match.
    StopsAtTheLastMatch,
    /// Filters a page after it was read, and takes a short one for the last.
    FiltersAfterReading,
    /// Takes any tag of a filter for all of them.
    TakesAnyTagForAll,
    /// Forgets to wake up its readers.
    ForgetsToWakeReaders,
    /// Wakes up the readers of its own process only.
    WakesItsOwnProcessOnly,
    /// Wakes up readers before they can read.
    WakesReadersTooEarly,
    /// Keeps a lock when the future that holds it is dropped.
    KeepsTheLockOfADroppedFuture,
    /// Believes the versions of an import.
    ImportsHoles,
    /// Records a chunk of an import event by event.
    ImportsEventByEvent,
    /// Takes an imported event that is recorded with other content for the same.
    ImportsWhateverHasTheId,
    /// Does not know what an import that was interrupted has recorded.
    RefusesToImportAgain,
    /// Lets imported events appear at positions that readers have passed.
    ImportsBehindReaders,
    /// Gives imported events the time of the import.
    ImportsWithItsOwnTimes,
    /// Gives the positions of imported events to others as well.
    DrawsImportedPositionsAgain,
}

impl Defect {
    /// The check that is not made.
    pub(crate) fn leaves_out(self) -> Option<Check> {
        match self {
            Self::ChecksNoReceipts => Some(Check::Receipt),
            Self::ChecksNoIds => Some(Check::Ids),
            Self::ChecksNoVersions => Some(Check::Versions),
            Self::ChecksNoConditions => Some(Check::Condition),
            _ => None,
        }
    }

    /// The check that is made before the lock is taken, and not again.
    pub(crate) fn makes_early(self) -> Option<Check> {
        match self {
            Self::ChecksReceiptsBeforeTheLock => Some(Check::Receipt),
            Self::ChecksIdsBeforeTheLock => Some(Check::Ids),
            Self::ChecksVersionsBeforeTheLock | Self::LocksItsOwnProcessOnly => {
                Some(Check::Versions)
            }
            Self::ChecksConditionsBeforeTheLock => Some(Check::Condition),
            _ => None,
        }
    }

    /// The checks that are made while the lock is held, in their order.
    pub(crate) fn checks(self) -> Vec<Check> {
        let mut checks = match self {
            Self::ChecksTheConditionBeforeTheIds => {
                vec![
                    Check::Condition,
                    Check::Ids,
                    Check::Receipt,
                    Check::Versions,
                ]
            }
            Self::LooksForReceiptsBeforeTheIds => {
                vec![
                    Check::Receipt,
                    Check::Ids,
                    Check::Versions,
                    Check::Condition,
                ]
            }
            _ => vec![
                Check::Ids,
                Check::Receipt,
                Check::Versions,
                Check::Condition,
            ],
        };
        checks.retain(|check| {
            Some(*check) != self.leaves_out() && Some(*check) != self.makes_early()
        });
        checks
    }
}
