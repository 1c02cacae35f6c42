//! What can be wrong with a read side. Each is a mistake that is easily made.

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

    // Steps.
    /// Does not compare checkpoints.
    ComparesNoCheckpoints,
    /// Compares checkpoints, and takes the lock afterwards.
    ComparesBeforeTheLock,
    /// Takes a partition that it does not have for one that fits.
    IgnoresUnknownPartitions,
    /// Compares the first partition of a step.
    ComparesTheFirstPartition,
    /// Moves one partition after the other.
    MovesPartitionByPartition,
    /// Answers a stale step as if it had been recorded.
    SwallowsStaleSteps,
    /// Names the first partition of a step, whichever was stale.
    NamesTheFirstPartition,
    /// Takes a step that goes nowhere for one that does nothing.
    SkipsStepsThatStay,
    /// Writes documents before it compares.
    WritesDocumentsFirst,
    /// Writes documents in a transaction after the checkpoint's.
    WritesDocumentsAfterwards,
    /// Writes the second half of the documents a moment later.
    WritesHalfOfTheDocumentsLater,
    /// Keeps a lock when the future that holds it is dropped.
    KeepsTheLockOfADroppedFuture,
    /// Keeps everything in its process.
    ForgetsEverythingAtRestart,

    // Documents.
    /// Reads documents and writes them anew.
    RewritesDocuments,
    /// Keeps a document that is there where the step says that there is none.
    InsertsWhatIsNew,
    /// Keeps documents that are deleted.
    DeletesNothing,
    /// Compares keys without their case.
    FoldsTheCaseOfKeys,
    /// Loads the first thousand documents.
    LoadsAThousandDocuments,
    /// Takes a prefix for a pattern of LIKE.
    TakesPrefixesForPatterns,
    /// Looks for the end of a prefix by raising its last character.
    RaisesTheLastCharacter,
    /// Compares texts as people do.
    ListsWithoutCase,
    /// Takes every page for the last.
    TakesEveryPageForTheLast,

    // Users' transactions.
    /// Records what a user writes, and then the checkpoint.
    CommitsRowsFirst,
    /// Records the checkpoint, and what a user writes a moment later.
    CommitsRowsAfterwards,

    // Events that are read as several.
    /// Stages one command of a key for an event.
    StagesOnePerEvent,
    /// Gives the last command of an event first.
    OrdersBackwardInAnEvent,
    /// Parks an event under one key.
    ParksOneKeyOfAnEvent,
    /// Un-parks an event under all of its keys.
    UnparksEveryKeyOfAnEvent,

    // Declarations.
    /// Begins with the first event, whatever is asked for.
    BeginsAtTheBeginning,
    /// Looks whether a processor is known, and takes the lock afterwards.
    DeclaresBeforeTheLock,
    /// Lets a name have several kinds.
    IgnoresKinds,
    /// Lets the number of partitions change.
    IgnoresTheNumberOfPartitions,

    // Leases.
    /// Does not compare epochs.
    ComparesNoEpochs,
    /// Tells every node that it holds everything.
    HoldsWithoutTaking,
    /// Looks for free partitions, and takes the lock afterwards.
    TakesBeforeTheLock,
    /// Never lets a lease end.
    NeverEndsLeases,
    /// Gives the next owner the epoch of the last.
    KeepsTheEpoch,
    /// Takes anew what is renewed.
    RaisesTheEpochAtRenewal,
    /// Takes what others hold.
    TakesFromTheLiving,
    /// Lets every node hold everything.
    KnowsNoShares,
    /// Keeps released partitions until the lease ends.
    ReleasesNothing,
    /// Releases whatever a node names.
    ReleasesWhatOthersHold,
    /// Keeps everything of a node that leaves.
    LetsNobodyLeave,
    /// Lets nodes go on with a generation that was replaced.
    HoldsRetiredGenerations,
    /// Shows who held a partition last as its owner.
    ShowsDeadOwners,

    // Parked events.
    /// Forgets what is parked.
    LosesParkedEvents,
    /// Parks before it compares.
    ParksFirst,
    /// Un-parks before it compares.
    UnparksFirst,
    /// Keeps the first failure of an event.
    KeepsTheFirstFailure,
    /// Forgets when an event was parked first.
    ParksAnew,
    /// Lists parked events by key.
    ListsParkedByKey,
    /// Shows the last parked event of a key.
    BlocksByTheLastEvent,
    /// Shows the blocked keys of all partitions.
    BlocksEveryPartition,
    /// Counts keys that are tried again by themselves.
    CountsWhatIsTriedAgain,
    /// Keeps a request with each event of the key.
    AsksForEveryEvent,
    /// Asks for one key when all are meant.
    AsksForOneKey,
    /// Keeps a request that was done.
    KeepsRequests,
    /// Does not tell the owner of a request.
    TellsNobody,
    /// Tells everybody of a request.
    TellsEverybody,

    // Generations.
    /// Shows a read model before the past is in it.
    ReadsTooEarly,
    /// Rebuilds what starts now from the first event.
    RebuildsFromTheBeginning,
    /// Rebuilds what starts now from the end of the log.
    RebuildsFromNow,
    /// Builds again what has effects outside.
    RebuildsHandlers,
    /// Lets an older program begin a generation.
    ObeysOlderPrograms,
    /// Goes on to build what was replaced before it was built.
    BuildsTwoAtOnce,
    /// Begins a generation for each program that asks.
    BeginsForEachWhoAsks,
    /// Writes documents of each generation into the first.
    SharesDocuments,
    /// Switches to what has not caught up.
    SwitchesTooEarly,
    /// Switches to what is behind the live one.
    SwitchesBackward,
    /// Takes the old generation away, and makes the next one live a moment later.
    SwitchesInTwoSteps,
    /// Empties the live generation before it switches.
    EmptiesBeforeItSwitches,
    /// Says that it has switched although somebody else did.
    SwitchesTwice,
    /// Drops what is read.
    DropsAnything,
    /// Does not say that a generation was replaced.
    HidesThatItWasReplaced,

    // Reads.
    /// Reads the document, and the checkpoint a moment later.
    ReadsTheCheckpointLast,
    /// Reads documents from a cache.
    ReadsFromACache,
    /// Hides that a key is parked.
    HidesParkedKeys,
    /// Has one checkpoint for all partitions.
    ReadsOneCheckpoint,
    /// Answers for generations that it does not have.
    AnswersForAnything,

    // Counts.
    /// Counts what does not match.
    CountsWithoutFilter,
    /// Counts more than was asked for.
    CountsBeyondWhatIsAsked,
    /// Counts past the position that was asked for.
    CountsToTheEndOfTheLog,
    /// Does not say that there are more.
    CountsWithoutSayingThatThereAreMore,
    /// Does not say when the first was recorded.
    CountsFromNow,

    // Inline read models.
    /// Loses what read models write together with an append.
    LosesWhatReadModelsWrite,
    /// Writes the first of several read models.
    WritesTheFirstReadModel,
    /// Has read models write in a transaction after the append's.
    WritesReadModelsAfterwards,
    /// Has read models write again what was appended before.
    WritesReadModelsAgain,
    /// Records what a read model has refused.
    IgnoresReadModelsThatFail,
    /// Tells read models of positions that are not those of the log.
    TellsReadModelsOfOtherPositions,
    /// Reads the documents of read models, and takes the lock afterwards.
    ReadsDocumentsBeforeTheLock,
    /// Does not look which read models are inline.
    AppendsWithAnyReadModels,
    /// Records appends without read models as if nothing were inline.
    AppendsPastInline,
    /// Lets the runners begin after the append that they should begin with.
    LeavesInlineTooLate,
    /// Answers steps of inline generations as if they had been recorded.
    StepsBesideTheAppends,
    /// Makes inline what has not seen everything.
    GoesInlineTooEarly,
    /// Makes inline what has parked events.
    GoesInlineOverParkedEvents,
    /// Never makes anything inline.
    NeverGoesInline,
    /// Leaves everything to the runners for an append that is refused.
    LeavesInlineForNothing,

    // Refusals.
    /// Takes an append without events for one that does nothing, and keeps no receipt.
    KeepsNoReceiptAlone,

    // Staged commands.
    /// Forgets what is staged.
    LosesStagedCommands,
    /// Stages before it compares.
    StagesFirst,
    /// Stages a command again whose id is staged.
    StagesTwice,
    /// Forgets sent commands before it compares.
    ForgetsSentFirst,
    /// Never forgets what was sent.
    ForgetsNothingSent,
    /// Forgets what is postponed.
    LosesPostponedCommands,
    /// Tries a parked command again by itself.
    TriesParkedCommandsAgain,
    /// Does not list what is parked.
    ListsOnlyWhatIsTriedAgain,
    /// Lists what could not be sent by its ids.
    ListsUnsentById,
    /// Counts no parked commands.
    CountsNoParkedCommands,
    /// Says that it asks for a command, and does not.
    AsksForNoCommand,
    /// Asks for one command when all are meant.
    AsksForOneCommand,
    /// Sends a command again that should be discarded.
    SendsWhatIsDiscarded,
    /// Forgets to discard a command when an attempt was on its way.
    ForgetsToDiscard,
    /// Drops the metadata of commands.
    DropsMetadata,
    /// Keeps whole seconds.
    KeepsWholeSeconds,
    /// Gives commands before their time.
    IgnoresTime,
    /// Gives commands after their time.
    ComparesBelow,
    /// Orders commands by their ids.
    OrdersById,
    /// Gives more than was asked for.
    IgnoresTheLimit,
    /// Gives the commands of all partitions.
    SendsForEveryPartition,
    /// Does not say when the next is due.
    ForgetsTheNext,
    /// Cancels before it compares.
    CancelsFirst,
    /// Stages before it cancels.
    CancelsLast,
    /// Cancels commands that are no timers.
    CancelsCommands,
    /// Cancels all timers when one is named.
    CancelsEveryName,
    /// Has several timers of one name.
    ReplacesNoTimers,
}
