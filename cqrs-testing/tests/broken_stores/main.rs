//! The suite catches stores that are broken: for each promise at least one, and each by the tests that are named here.

mod append;
mod defect;
mod harness;
mod log;
mod matching;
mod read;
mod store;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use cqrs_testing::conformance::{Case, ConformanceTest, Failure, TESTS, cases, outcome};

use defect::Defect;
use harness::Broken;

/// The store that is broken in no way passes everything, so that each defect alone is what a test catches.
mod intact {
    cqrs_testing::conformance!(crate::Broken);
}

/// Each defect with tests that catch it.
const CAUGHT: &[(Defect, &[&str])] = &[
    (
        Defect::RecordsTheFirstStreamOnly,
        &["a1_an_append_over_several_streams_is_recorded_whole"],
    ),
    (
        Defect::WritesStreamByStream,
        &["a1_a_conflict_in_the_last_stream_records_nothing"],
    ),
    (
        Defect::WritesEventByEvent,
        &[
            "a1_a_reader_never_sees_half_an_append",
            "r1_a_dropped_append_is_recorded_whole_or_not_at_all",
            "r1_each_append_of_a_dropped_batch_is_recorded_whole_or_not_at_all",
            "r1_dropped_appends_that_are_repeated_are_recorded_once",
        ],
    ),
    (
        Defect::FailsTheWholeBatch,
        &[
            "a1_a_failed_append_leaves_the_others_of_its_batch",
            "a8_an_append_over_a_limit_leaves_the_others_of_its_batch",
        ],
    ),
    (
        Defect::SortsTheOutcomesOfABatch,
        &["a1_a_batch_has_an_outcome_for_each_append_in_its_order"],
    ),
    (
        Defect::LeavesGapsInVersions,
        &["a2_failed_appends_leave_no_gaps"],
    ),
    (
        Defect::ReadsBackwardInRisingOrder,
        &["a2_a_stream_is_read_backward_page_by_page"],
    ),
    (
        Defect::TakesEveryPageForTheLast,
        &[
            "a2_a_page_says_whether_it_is_the_last",
            "a2_a_page_is_cut_to_the_limit_of_the_store",
        ],
    ),
    (
        Defect::FoldsTheCaseOfStreams,
        &["a2_streams_whose_names_look_alike_are_apart"],
    ),
    (
        Defect::ChecksNoVersions,
        &[
            "a3_each_expectation_is_met_by_what_it_says",
            "a3_one_of_the_racing_appends_wins",
            "a2_failed_appends_leave_no_gaps",
        ],
    ),
    (
        Defect::ChecksVersionsBeforeTheLock,
        &[
            "a3_one_of_the_racing_appends_wins",
            "a3_one_of_the_racing_first_appends_wins",
            "a1_racing_appends_over_several_streams_are_each_whole",
        ],
    ),
    (
        Defect::LocksItsOwnProcessOnly,
        &["a3_one_of_the_racing_appends_wins_across_handles"],
    ),
    (
        Defect::ReportsTheExpectedVersionAsActual,
        &["a3_a_conflict_tells_stream_expected_and_actual_version"],
    ),
    (
        Defect::DropsRowsOnConflict,
        &[
            "a3_one_of_the_racing_appends_wins",
            "a3_losers_that_decide_again_all_win_in_the_end",
        ],
    ),
    (
        Defect::ChecksNoIds,
        &[
            "a4_the_same_append_again_returns_the_first_outcome",
            "a4_the_same_id_in_another_stream_is_an_error",
            "r1_dropped_appends_that_are_repeated_are_recorded_once",
        ],
    ),
    (
        Defect::ChecksIdsBeforeTheLock,
        &[
            "a4_racing_repetitions_are_recorded_once",
            "a4_racing_appends_that_share_an_id_record_it_once",
        ],
    ),
    (
        Defect::ComparesIdsOnly,
        &["a4_the_same_ids_with_other_content_are_an_error"],
    ),
    (
        Defect::ChecksTheConditionBeforeTheIds,
        &["a4_the_same_append_again_passes_its_own_condition"],
    ),
    (
        Defect::FailsRacingAppends,
        &["a5_racing_appends_with_any_are_all_recorded"],
    ),
    (
        Defect::LosesRacingAppends,
        &[
            "a5_racing_appends_with_any_are_all_recorded",
            "a5_racing_batches_over_the_same_streams_are_all_recorded",
            "f1_readers_see_every_event_once_while_writers_race",
        ],
    ),
    (
        Defect::ChecksNoConditions,
        &[
            "a6_a_matching_name_fails_the_append",
            "a6_a_matching_tag_fails_the_append",
            "a6_a_condition_without_restriction_means_the_whole_log",
        ],
    ),
    (
        Defect::ChecksConditionsBeforeTheLock,
        &[
            "a6_one_of_the_racing_appends_with_one_tag_wins",
            "a6_one_of_the_racing_appends_with_one_name_wins",
            "a6_one_of_the_racing_appends_on_the_whole_log_wins",
            "a6_no_condition_is_ever_violated_in_a_race",
        ],
    ),
    (
        Defect::IgnoresTheTagsOfConditions,
        &[
            "a6_a_matching_tag_fails_the_append",
            "a6_appends_that_do_not_touch_never_fail_each_other",
        ],
    ),
    (
        Defect::LooksAtTheFirstItemOfConditions,
        &[
            "a6_each_item_of_a_condition_counts",
            "a6_no_condition_is_ever_violated_in_a_race",
        ],
    ),
    (
        Defect::FailsConditionsOnAnyEvent,
        &[
            "a6_events_that_do_not_match_do_not_count",
            "a6_appends_that_do_not_touch_never_fail_each_other",
        ],
    ),
    (
        Defect::ChecksNoReceipts,
        &["a7_the_same_key_returns_the_stored_receipt"],
    ),
    (
        Defect::ChecksReceiptsBeforeTheLock,
        &["a7_racing_appends_with_one_key_are_done_once"],
    ),
    (
        Defect::KeepsReceiptsOfFailedAppends,
        &[
            "a7_a_failed_append_leaves_no_receipt",
            "a1_a_failed_condition_records_nothing",
        ],
    ),
    (
        Defect::ForgetsReceiptsAtRestart,
        &["a7_a_receipt_is_there_after_a_restart"],
    ),
    (
        Defect::KeepsThePositionOfTheDecision,
        &["a7_a_receipt_tells_the_position_of_the_last_event"],
    ),
    (
        Defect::RewritesPayloads,
        &[
            "a8_payloads_are_kept_byte_for_byte",
            "a8_numbers_at_their_limits_are_kept",
            "a8_random_events_are_kept",
        ],
    ),
    (Defect::DropsNul, &["a8_nul_characters_are_kept"]),
    (
        Defect::ChecksNoLimits,
        &[
            "a8_an_append_over_a_limit_is_refused_with_its_name",
            "a8_an_append_that_makes_no_sense_is_refused",
            "a8_the_default_limits_hold",
        ],
    ),
    (
        Defect::ReadsAPlainSequence,
        &[
            "f1_readers_see_every_event_once_while_writers_race",
            "f1_filtered_readers_miss_nothing_while_writers_race",
        ],
    ),
    (
        Defect::GoesPastTheEndOfTheLog,
        &["f1_a_page_never_goes_past_the_end_of_the_log"],
    ),
    (
        Defect::RepeatsTheLastEventOfAPage,
        &[
            "f1_the_log_is_read_page_by_page_without_loss_or_doubles",
            "f1_a_reader_at_the_end_misses_nothing_that_comes",
        ],
    ),
    (
        Defect::OrdersTheLogOtherwiseThanStreams,
        &[
            "f2_events_of_an_append_keep_their_order",
            "f2_events_of_a_stream_come_in_version_order",
        ],
    ),
    (
        Defect::WaitsForUnrelatedTransactions,
        &[
            "f3_an_unrelated_transaction_does_not_hold_readers_back",
            "f3_an_unrelated_transaction_does_not_hold_watches_back",
        ],
    ),
    (
        Defect::StopsAtTheLastMatch,
        &["f4_a_page_goes_through_events_that_do_not_match"],
    ),
    (
        Defect::FiltersAfterReading,
        &[
            "f4_a_name_is_filtered",
            "f4_random_filters_find_what_they_mean",
        ],
    ),
    (
        Defect::TakesAnyTagForAll,
        &[
            "f4_all_tags_are_filtered",
            "f4_random_filters_find_what_they_mean",
        ],
    ),
    (
        Defect::ForgetsToWakeReaders,
        &[
            "f5_a_watch_moves_after_an_append",
            "f5_a_subscription_catches_up_once_and_then_delivers",
        ],
    ),
    (
        Defect::WakesItsOwnProcessOnly,
        &[
            "f5_a_watch_moves_after_an_append_through_another_handle",
            "f5_a_subscription_delivers_what_another_handle_appends",
        ],
    ),
    (
        Defect::WakesReadersTooEarly,
        &["f5_what_a_watch_shows_can_be_read"],
    ),
    (
        Defect::KeepsTheLockOfADroppedFuture,
        &["r1_dropped_appends_do_not_hold_others_up"],
    ),
];

fn case(name: &str) -> Case<Broken> {
    let mut cases = cases::<Broken>().into_iter();
    let case = cases.find(|case| case.test.name == name);
    case.unwrap_or_else(|| panic!("no test of the suite is called {name}"))
}

#[test]
fn every_broken_store_is_caught_by_the_tests_that_are_named() {
    let missed = on_silent_threads(async {
        let mut running = Vec::new();
        for (defect, tests) in CAUGHT {
            for test in *tests {
                let (harness, case) = (Broken::new(*defect), case(test));
                let task = async move { outcome(&harness, case.run, LONGEST).await };
                running.push((defect, test, tokio::spawn(task)));
            }
        }
        let mut missed = Vec::new();
        for (defect, test, task) in running {
            match task.await.expect("a failing test is caught") {
                Err(Failure::Panicked(_)) => {}
                Ok(()) => missed.push(format!("{defect:?} passes {test}")),
                Err(failure) => missed.push(format!("{defect:?}, {test}: {failure}")),
            }
        }
        missed
    });
    assert!(
        missed.is_empty(),
        "the suite does not see these:\n{}",
        missed.join("\n")
    );
}

/// A broken store fails tests; it does not hang them.
const LONGEST: Duration = Duration::from_secs(30);

/// Runs on threads whose panics are not printed: each is one that the test wants.
fn on_silent_threads<T>(future: impl Future<Output = T>) -> T {
    const SILENT: &str = "panics are wanted here";
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(SILENT) {
            print(panic);
        }
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .thread_name(SILENT)
        .enable_all()
        .build();
    runtime.expect("the runtime starts").block_on(future)
}

#[test]
fn every_defect_is_in_the_table_once() {
    let table: Vec<_> = CAUGHT.iter().map(|(defect, _)| *defect).collect();
    let defects: Vec<_> = Defect::ALL
        .iter()
        .copied()
        .filter(|defect| *defect != Defect::Intact)
        .collect();
    assert_eq!(
        table.iter().collect::<HashSet<_>>(),
        defects.iter().collect()
    );
    assert_eq!(table.len(), defects.len());
}

#[test]
fn every_promise_of_the_suite_has_a_broken_store() {
    let promises: BTreeSet<_> = TESTS.iter().map(ConformanceTest::promise).collect();
    let tests = CAUGHT.iter().flat_map(|(_, tests)| *tests);
    let broken: BTreeSet<_> = tests.map(|test| case(test).test.promise()).collect();
    assert_eq!(broken, promises);
    let expected = "A1 A2 A3 A4 A5 A6 A7 A8 F1 F2 F3 F4 F5 R1";
    assert_eq!(promises.into_iter().collect::<Vec<_>>().join(" "), expected);
}
