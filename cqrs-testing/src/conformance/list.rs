//! The list of all tests: the one place where a test is entered.

use super::harness::StoreHarness;
use super::run::TestFuture;

/// Calls the macro in brackets with a context and the list: modules, and in each its tests with what they need.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([$($then:tt)*] $context:tt) => {
        $($then)*! {
            $context
            atomicity {
                a1_an_append_over_several_streams_is_recorded_whole;
                a1_an_append_of_many_events_is_recorded_whole;
                a1_a_conflict_in_the_last_stream_records_nothing;
                a1_a_conflict_in_the_first_stream_records_nothing;
                a1_a_failed_condition_records_nothing;
                a1_racing_appends_over_several_streams_are_each_whole;
                a1_a_reader_never_sees_half_an_append;
            }
            batches {
                a1_a_batch_has_an_outcome_for_each_append_in_its_order;
                a1_a_failed_append_leaves_the_others_of_its_batch;
                a1_tags_and_receipts_of_a_batch_are_those_of_their_appends;
                a1_an_empty_batch_has_no_outcomes;
                a2_appends_of_a_batch_to_one_stream_follow_each_other;
                a3_an_append_sees_those_before_it_in_its_batch;
                a5_racing_batches_over_the_same_streams_are_all_recorded;
            }
            versions {
                a2_versions_begin_at_one_and_have_no_gaps;
                a2_failed_appends_leave_no_gaps;
                a2_racing_appends_leave_no_gaps;
                a2_the_outcome_tells_each_stream_with_its_version_and_the_last_position;
                a2_streams_whose_names_look_alike_are_apart;
            }
            stream_reads {
                a2_a_stream_is_read_forward_page_by_page;
                a2_a_stream_is_read_backward_page_by_page;
                a2_a_stream_is_read_from_any_version;
                a2_a_stream_that_nobody_appended_to_reads_as_empty;
                a2_a_page_says_whether_it_is_the_last;
                a2_a_page_is_cut_to_the_limit_of_the_store;
                a2_an_acknowledged_append_is_read_at_once;
                a2_an_acknowledged_append_is_read_at_once_through_another_handle needs second_handle;
                a2_a_stream_is_there_after_a_restart needs restart;
            }
            stream_folds {
                a2_a_stream_is_folded_as_it_is_read;
                a2_a_fold_goes_on_beyond_the_limit_of_the_store;
                a2_a_fold_ends_where_it_is_broken_off;
                s1_a_fold_begins_after_the_event_of_the_snapshot needs snapshots;
            }
            expectations {
                a3_each_expectation_is_met_by_what_it_says;
                a3_a_conflict_tells_stream_expected_and_actual_version;
                a3_each_stream_of_an_append_has_its_own_expectation;
                a3_the_tail_of_a_conflict_is_what_was_not_expected;
                a3_one_of_the_racing_appends_wins;
                a3_one_of_the_racing_first_appends_wins;
                a3_one_of_the_racing_appends_wins_across_handles needs second_handle;
                a3_losers_that_decide_again_all_win_in_the_end;
            }
            repeats {
                a4_the_same_append_again_returns_the_first_outcome;
                a4_the_same_append_again_over_several_streams_returns_the_first_outcome;
                a4_the_same_append_again_after_other_events_returns_the_first_outcome;
                a4_the_same_append_twice_in_a_batch_is_recorded_once;
                a4_racing_repetitions_are_recorded_once;
                a4_the_same_append_again_passes_its_own_condition;
                a4_the_same_append_again_through_another_handle_returns_the_first_outcome needs second_handle;
                a4_the_same_append_again_after_a_restart_returns_the_first_outcome needs restart;
                a4_the_same_ids_with_other_content_are_an_error;
                a4_the_same_id_in_another_stream_is_an_error;
                a4_the_same_ids_under_another_expectation_are_an_error;
                a4_a_recorded_id_beside_a_new_one_is_an_error;
                a4_the_same_ids_in_another_order_are_an_error;
                a4_racing_appends_that_share_an_id_record_it_once;
            }
            racing_any {
                a5_racing_appends_with_any_are_all_recorded;
                a5_racing_appends_with_any_are_all_recorded_across_handles needs second_handle;
                a5_racing_appends_over_streams_in_opposite_order_are_all_recorded;
            }
            conditions {
                a6_a_matching_name_fails_the_append;
                a6_a_matching_tag_fails_the_append;
                a6_an_item_matches_all_of_its_tags_and_any_of_its_names;
                a6_a_category_narrows_what_matches;
                a6_a_condition_without_restriction_means_the_whole_log;
                a6_each_item_of_a_condition_counts;
                a6_only_events_after_the_position_count;
                a6_events_that_do_not_match_do_not_count;
                a6_the_appends_own_events_do_not_count;
                a6_expectation_and_condition_both_count;
                a6_an_event_of_another_handle_fails_the_append needs second_handle;
            }
            racing_conditions {
                a6_one_of_the_racing_appends_with_one_tag_wins;
                a6_one_of_the_racing_appends_with_one_name_wins;
                a6_one_of_the_racing_appends_on_the_whole_log_wins;
                a6_one_of_the_racing_appends_wins_across_handles needs second_handle;
                a6_no_condition_is_ever_violated_in_a_race;
                a6_appends_that_do_not_touch_never_fail_each_other;
            }
            receipts {
                a7_the_same_key_returns_the_stored_receipt;
                a7_the_key_counts_before_the_expectation;
                a7_a_receipt_tells_the_position_of_the_last_event;
                a7_a_receipt_is_returned_as_it_was_given;
                a7_the_same_append_again_with_its_receipts_returns_the_first_outcome;
                a7_each_request_of_an_append_has_its_receipt;
                a7_one_known_key_of_several_stops_the_append_and_is_told;
                a7_a_receipt_can_be_recorded_without_events;
                a7_the_same_key_twice_in_a_batch_is_done_once;
                a7_a_failed_append_leaves_no_receipt;
                a7_a_receipt_is_there_after_a_restart needs restart;
                a7_forgotten_keys_can_be_used_again;
                a7_only_older_receipts_are_forgotten;
            }
            racing_receipts {
                a7_racing_appends_with_one_key_are_done_once;
                a7_racing_appends_with_one_key_are_done_once_across_handles needs second_handle;
                a7_racing_appends_with_different_keys_are_all_done;
                a7_a_request_that_fails_in_flight_does_not_use_its_key;
            }
            content {
                a8_nul_characters_are_kept;
                a8_any_unicode_is_kept;
                a8_numbers_at_their_limits_are_kept;
                a8_payloads_are_kept_byte_for_byte;
                a8_empty_payloads_are_kept;
                a8_the_deepest_nesting_is_kept;
                a8_payloads_of_one_mebibyte_are_kept;
                a8_metadata_is_kept;
                a8_tags_are_kept;
                a8_the_longest_names_and_keys_are_kept;
                a8_any_event_id_and_schema_version_is_kept;
                a8_hostile_text_is_data;
                a8_the_time_of_recording_is_the_same_for_every_reader;
            }
            bad_input {
                a8_an_append_that_makes_no_sense_is_refused;
                a8_an_append_over_a_limit_is_refused_with_its_name;
                a8_an_append_at_its_limits_is_recorded;
                a8_the_default_limits_hold;
                a8_an_append_over_a_limit_leaves_the_others_of_its_batch;
                a8_what_cannot_be_kept_is_refused_whole;
            }
            random_content {
                a8_random_events_are_kept;
                a8_random_stream_ids_are_kept;
                a4_random_events_are_the_same_when_they_are_repeated;
            }
            feed {
                f1_the_log_is_read_page_by_page_without_loss_or_doubles;
                f1_positions_rise;
                f1_reading_begins_after_any_position;
                f1_after_the_end_nothing_comes;
                f1_a_page_never_goes_past_the_end_of_the_log;
                f1_a_page_ends_where_it_is_asked_to;
                f1_a_page_says_whether_it_is_the_last;
                f1_a_page_is_cut_to_the_limit_of_the_store;
                f1_the_log_is_the_same_after_a_restart needs restart;
                f2_events_of_an_append_keep_their_order;
                f1_a_reader_at_the_end_misses_nothing_that_comes;
            }
            racing_feed {
                f1_readers_see_every_event_once_while_writers_race;
                f1_readers_see_every_event_once_while_writers_race_across_handles needs second_handle;
                f1_filtered_readers_miss_nothing_while_writers_race;
                f2_events_of_a_stream_come_in_version_order;
            }
            unrelated {
                f3_an_unrelated_transaction_does_not_hold_readers_back;
                f3_an_unrelated_transaction_does_not_hold_watches_back;
                f3_failed_appends_do_not_hold_readers_back;
            }
            filters {
                f4_a_category_is_filtered;
                f4_a_name_is_filtered;
                f4_all_tags_are_filtered;
                f4_category_name_and_tag_are_filtered_together;
                f4_an_event_that_several_items_match_comes_once;
                f4_a_filter_without_restriction_finds_everything;
                f4_tags_that_look_alike_are_apart;
                f4_a_page_goes_through_events_that_do_not_match;
                f4_a_filtered_page_ends_where_it_is_asked_to;
                f4_random_filters_find_what_they_mean;
            }
            watches {
                f5_a_watch_moves_after_an_append;
                f5_a_watch_moves_after_an_append_through_another_handle needs second_handle;
                f5_a_new_watch_shows_what_is_there;
                f5_a_watch_shows_what_is_there_after_a_restart needs restart;
                f5_a_watch_rests_while_nothing_is_recorded;
                f5_what_a_watch_shows_can_be_read;
            }
            subscriptions {
                f5_a_subscription_catches_up_once_and_then_delivers;
                f5_a_subscription_on_an_empty_log_has_caught_up;
                f5_a_subscription_delivers_what_another_handle_appends needs second_handle;
                f5_a_subscription_goes_on_after_a_restart needs restart;
                f5_every_subscription_gets_everything;
                f5_a_subscription_that_is_dropped_while_it_waits_loses_nothing;
                f5_a_filtered_subscription_delivers_what_matches;
            }
            imports {
                a1_an_import_that_is_refused_records_nothing needs import;
                a2_an_import_goes_on_with_its_streams needs import;
                a2_versions_with_holes_are_not_imported needs import;
                a4_an_import_that_begins_again_records_nothing_twice needs import;
                a4_an_imported_id_of_another_event_is_an_error needs import;
                a6_an_imported_event_fails_a_condition needs import;
                a8_an_import_keeps_everything_as_it_was needs import;
                a8_an_import_over_a_limit_is_refused needs import;
                f1_positions_that_readers_have_passed_are_not_imported needs import;
                f1_appends_go_on_after_an_import needs import;
                f5_a_watch_moves_after_an_import needs import;
            }
            racing_imports {
                a5_racing_appends_and_imports_are_all_recorded needs import;
                f1_readers_see_imported_events_once needs import;
                r1_a_dropped_import_is_recorded_whole_or_not_at_all needs import;
            }
            snapshots {
                s1_a_snapshot_is_found_as_it_was_given needs snapshots;
                s1_each_stream_has_its_own_snapshot needs snapshots;
                s1_a_snapshot_never_replaces_a_later_one needs snapshots;
                s1_a_snapshot_of_a_later_version_is_not_found needs snapshots;
                s1_a_read_begins_with_the_event_of_the_snapshot needs snapshots;
                s1_snapshots_are_listed_page_by_page needs snapshots;
                s1_dropped_snapshots_are_gone needs snapshots;
                s1_a_snapshot_is_there_after_a_restart needs snapshots restart;
            }
            dropped_appends {
                r1_a_dropped_append_is_recorded_whole_or_not_at_all;
                r1_each_append_of_a_dropped_batch_is_recorded_whole_or_not_at_all;
                r1_dropped_appends_that_are_repeated_are_recorded_once;
                r1_dropped_appends_do_not_hold_others_up;
            }
            sends {
                r1_racing_senders_are_each_recorded_exactly_once;
                r1_racing_senders_with_an_exact_expectation_are_each_recorded_exactly_once;
                r1_dropped_sends_that_are_repeated_are_done_exactly_once;
                r1_dropping_half_of_the_sends_loses_and_doubles_nothing;
                r1_a_lost_reply_does_not_double_the_command;
                r2_nothing_is_left_to_do_when_the_append_is_recorded;
                a7_a_repeated_command_gets_the_first_receipt_though_it_would_be_refused;
                a7_a_repeated_command_gets_the_first_receipt_after_a_restart needs restart;
                a7_racing_repetitions_of_a_command_are_done_once;
                a7_racing_repetitions_of_a_command_are_done_once_across_handles needs second_handle;
            }
        }
    };
}

/// A test of the suite, as the table of guarantees shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConformanceTest {
    /// Its name: the number of the promise and what it states.
    pub name: &'static str,
    /// The module with its body.
    pub module: &'static str,
    /// What a store must be able to do for it, of `second_handle`, `restart`, `import` and `snapshots`.
    pub needs: &'static [&'static str],
}

impl ConformanceTest {
    /// The number of the promise, for instance `A3`.
    #[must_use]
    pub fn promise(&self) -> String {
        let (number, _) = self.name.split_once('_').unwrap_or((self.name, ""));
        number.to_uppercase()
    }

    /// What the test states, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (_, sentence) = self.name.split_once('_').unwrap_or(("", self.name));
        sentence.replace('_', " ")
    }
}

/// A test of the suite with its body, for one kind of harness.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case<H> {
    /// What it is called.
    pub test: ConformanceTest,
    /// Its body.
    pub run: for<'a> fn(&'a H) -> TestFuture<'a>,
}

/// The tests of a list, from these modules.
macro_rules! list_of_tests {
    (() $($module:ident { $($name:ident $(needs $($needs:ident)+)?;)* })*) => {
        &[$($(crate::conformance::list::list_entry!($module $name $($($needs)+)?)),*),*]
    };
}

/// The same with their bodies, which are functions of modules beside the list.
macro_rules! list_of_cases {
    (() $($module:ident { $($name:ident $(needs $($needs:ident)+)?;)* })*) => {
        vec![$($(crate::conformance::Case {
            test: crate::conformance::list::list_entry!($module $name $($($needs)+)?),
            run: |harness| Box::pin(super::$module::$name(harness)),
        }),*),*]
    };
}

macro_rules! list_entry {
    ($module:ident $name:ident $($needs:ident)*) => {
        crate::conformance::ConformanceTest {
            name: stringify!($name),
            module: stringify!($module),
            needs: &[$(stringify!($needs)),*],
        }
    };
}

pub(super) use {list_entry, list_of_cases, list_of_tests};

/// All tests of the suite.
pub const TESTS: &[ConformanceTest] = crate::__conformance_tests!([list_of_tests]());

/// All tests of the suite with their bodies, for one kind of harness.
#[must_use]
pub fn cases<H: StoreHarness>() -> Vec<Case<H>> {
    crate::__conformance_tests!([list_of_cases]())
}
