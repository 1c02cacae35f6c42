//! The list of the read side's tests: the one place where a test is entered.

use super::harness::ReadSideHarness;
use super::projections::ProjectionHarness;
use crate::conformance::list::{list_of_cases, list_of_tests};
use crate::conformance::{Case, ConformanceTest};

/// Calls the macro in brackets with a context and the list: modules, and in each its tests with what they need.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_side_tests {
    ([$($then:tt)*] $context:tt) => {
        $($then)*! {
            $context
            steps {
                p1_a_step_records_everything_that_it_names;
                p1_a_step_from_another_checkpoint_writes_nothing;
                p1_a_step_of_an_unknown_partition_writes_nothing;
                p1_a_step_of_an_unknown_generation_writes_nothing;
                p1_a_step_of_a_dropped_generation_writes_nothing;
                p1_one_stale_partition_fails_the_step_of_all;
                p1_a_step_moves_all_of_its_partitions;
                p1_a_step_can_stay_where_it_is;
                p1_a_step_again_is_stale_and_doubles_nothing;
                p1_processors_do_not_meet;
                p1_a_step_is_there_after_a_restart needs restart;
                p1_a_step_is_seen_at_once_through_another_handle needs second_handle;
            }
            racing_steps {
                p1_one_of_the_racing_steps_wins;
                p1_one_of_the_racing_steps_wins_across_handles needs second_handle;
                p1_racing_runners_count_every_event_once;
                p1_racing_steps_of_different_partitions_are_all_recorded;
                p1_racing_steps_over_the_same_partitions_are_each_whole;
            }
            dropped_steps {
                p1_a_dropped_step_is_recorded_whole_or_not_at_all;
                p1_dropped_steps_do_not_hold_others_up;
                p1_a_page_never_shows_half_a_step;
            }
            documents {
                p1_documents_are_kept_byte_for_byte;
                p1_a_document_that_is_not_new_after_all_is_replaced;
                p1_large_documents_are_kept;
                p1_any_document_key_is_kept;
                p1_a_document_is_replaced_and_deleted;
                p1_many_documents_are_written_and_loaded_at_once;
            }
            listing {
                p1_documents_are_listed_by_rising_bytes;
                p1_documents_are_listed_page_by_page;
                p1_a_prefix_is_a_text_and_no_pattern;
                p1_a_prefix_of_the_last_characters_ends_where_it_should;
                p1_a_list_goes_on_after_a_key_that_is_gone;
                p1_a_list_of_an_unknown_generation_says_so;
                p1_random_prefixes_find_what_they_mean;
            }
            declarations {
                p1_a_processor_starts_where_it_says;
                p1_a_processor_that_is_declared_again_goes_on;
                p1_racing_declarations_make_one_generation;
                p1_a_name_belongs_to_one_kind;
                p1_the_number_of_partitions_is_kept;
            }
            leases {
                p2_the_first_node_takes_every_partition;
                p2_holding_again_keeps_the_epoch;
                p2_a_node_takes_nothing_that_another_holds;
                p2_nodes_share_the_partitions_fairly;
                p2_a_lease_that_has_ended_is_taken_over_in_a_higher_epoch;
                p2_a_lease_that_has_ended_is_renewed_while_nobody_took_it;
                p2_a_step_in_another_epoch_writes_nothing;
                p2_one_lost_partition_fails_the_step_of_all;
                p2_released_partitions_can_be_taken_at_once;
                p2_a_node_releases_nothing_that_another_holds;
                p2_a_node_that_leaves_frees_everything;
                p2_several_generations_are_held_in_one_request;
                p2_a_retired_generation_is_held_by_nobody;
                p2_an_owner_is_shown_until_its_lease_ends;
                p2_leases_are_there_after_a_restart needs restart;
            }
            racing_leases {
                p2_racing_nodes_never_share_an_epoch;
                p2_racing_nodes_never_share_an_epoch_across_handles needs second_handle;
                p2_racing_nodes_take_every_partition_once;
                p2_a_stale_node_never_writes_after_a_takeover;
            }
            parked {
                p3_parked_events_are_kept_as_they_are;
                p3_parked_events_are_listed_by_position_page_by_page;
                p3_any_key_can_be_parked;
                p3_a_blocked_key_shows_its_first_event;
                p3_blocked_keys_are_those_of_the_partitions;
                p3_an_event_that_is_parked_again_is_replaced;
                p3_an_event_is_unparked_with_what_it_led_to;
                p3_a_replay_can_stop_at_the_next_failure;
                p3_parked_keys_are_counted;
                p3_parked_events_are_there_after_a_restart needs restart;
            }
            parked_requests {
                p3_a_request_is_kept_with_the_first_event_of_the_key;
                p3_every_blocked_key_can_be_asked_for_at_once;
                p3_a_later_request_is_kept_in_place_of_an_earlier_one;
                p3_asking_for_what_is_not_parked_changes_nothing;
                p3_a_request_is_forgotten_when_the_event_is_parked_again;
                p3_a_request_goes_with_the_event_that_is_unparked;
                p3_the_holder_of_the_partition_hears_of_a_request;
                p3_a_request_is_there_after_a_restart needs restart;
            }
            generations {
                p4_a_read_model_with_a_past_is_built_before_it_is_read;
                p4_a_read_model_without_a_past_is_read_at_once;
                p4_a_higher_version_is_built_beside_the_live_one;
                p4_a_lower_version_changes_nothing;
                p4_a_newer_version_replaces_the_one_that_is_being_built;
                p4_handlers_and_process_managers_are_never_rebuilt;
                p4_racing_programs_begin_one_generation;
                p4_the_same_version_can_be_built_again;
                p4_a_rebuild_starts_where_the_first_build_did;
                p4_the_number_of_a_generation_is_not_used_again;
                p4_generations_do_not_meet;
                p4_only_a_retired_generation_is_dropped_and_whole;
            }
            switching {
                p4_nothing_is_read_before_it_has_caught_up;
                p4_nothing_is_read_that_is_behind_the_live_one;
                p4_a_switch_happens_once;
                p4_the_first_read_model_is_switched_to_as_well;
                p4_a_reader_finds_one_whole_read_model_at_any_moment;
                p4_a_reader_is_told_whether_it_reads_the_live_one;
                p4_a_switch_is_there_after_a_restart needs restart;
                p4_the_replaced_one_is_kept_until_it_is_dropped;
            }
            counts {
                f4_a_count_says_what_the_page_would;
                f4_a_count_is_as_long_as_it_is_asked_to_be;
            }
            inline_appends {
                p1_an_append_and_its_read_models_are_recorded_together;
                p1_one_append_writes_several_read_models;
                p1_a_read_model_that_fails_refuses_the_append;
                p1_an_append_that_was_done_before_is_in_no_read_model_again;
                p1_an_append_in_conflict_is_in_no_read_model;
                p1_racing_appends_are_each_in_the_read_model_once;
                p1_racing_appends_are_each_in_the_read_model_once_across_handles needs second_handle;
                p1_a_dropped_append_with_read_models_is_whole_or_nothing;
                p1_no_step_writes_what_the_appends_write;
                p1_an_append_with_other_read_models_is_refused;
                p1_an_append_without_read_models_leaves_them_to_the_runners;
                p1_an_append_that_is_refused_leaves_nothing_to_the_runners;
            }
            going_inline {
                p4_a_generation_goes_inline_when_it_has_seen_everything;
                p4_a_generation_with_parked_events_does_not_go_inline;
                p4_what_was_replaced_does_not_go_inline;
                p4_racing_appends_are_in_the_next_generation_once;
                p4_racing_appends_are_in_the_next_generation_once_across_handles needs second_handle;
                p4_nothing_is_read_that_is_behind_the_inline_one;
                p4_what_is_inline_is_so_after_a_restart needs restart;
            }
            inline_views {
                p5_an_inline_view_is_never_older_than_what_was_sent;
                p1_an_inline_view_refuses_what_it_cant_stand;
                p4_an_inline_view_over_an_old_log_catches_up_first;
                p5_an_inline_view_that_was_left_behind_is_waited_for;
                p4_an_inline_view_is_rebuilt_without_a_stale_read;
                p4_two_versions_of_an_inline_view_live_side_by_side;
                p5_a_version_that_nobody_brings_on_is_named_to_its_readers;
                p1_what_a_process_manager_sends_is_in_inline_views;
                p3_an_inline_view_with_a_parked_past_is_not_inline_before_it_is_dealt_with;
            }
            reads {
                p5_a_document_is_never_older_than_the_checkpoint_beside_it;
                p5_a_document_is_never_older_through_another_handle needs second_handle;
                p5_an_event_is_in_the_document_or_parked;
                p5_a_read_shows_the_checkpoint_of_its_partition;
                p5_a_read_says_that_its_key_is_parked;
                p5_a_read_of_no_document_shows_how_far_its_partition_has_come;
                p5_a_read_of_an_unknown_generation_says_so;
            }
            staged_commands {
                p6_staged_commands_are_kept_as_they_are;
                p6_a_command_that_is_staged_again_stays_as_it_is;
                p6_a_sent_command_is_forgotten_with_its_step;
                p6_a_postponed_command_is_due_later;
                p6_any_key_can_stage_commands;
                p6_many_commands_are_staged_and_sent_at_once;
                p6_staged_commands_are_there_after_a_restart needs restart;
            }
            due_commands {
                p6_commands_are_due_in_order;
                p6_nothing_is_due_before_its_time;
                p6_a_page_has_the_first_that_are_due;
                p6_due_commands_are_those_of_the_partitions;
                p6_an_unknown_generation_has_no_commands;
                p6_the_farthest_timer_is_kept;
            }
            unsent_commands {
                p6_a_parked_command_is_never_due;
                p6_unsent_commands_are_listed_by_position_page_by_page;
                p6_parked_commands_are_counted;
                p6_an_unsent_command_that_is_asked_for_is_due;
                p6_every_unsent_command_can_be_asked_for_at_once;
                p6_a_request_is_done_by_an_attempt;
                p6_a_request_to_discard_outlives_an_attempt;
                p6_the_holder_hears_of_a_request_for_a_command;
                p6_unsent_commands_are_there_after_a_restart needs restart;
            }
            timers {
                p6_a_timer_is_cancelled_by_its_name;
                p6_all_timers_of_an_instance_are_cancelled_and_no_command;
                p6_a_stale_step_cancels_nothing;
                p6_a_timer_replaces_the_one_of_its_name;
                p6_a_timer_is_cancelled_and_set_again_in_one_step;
                p6_the_last_of_the_timers_of_one_name_counts;
            }
            counting {
                p1_a_view_counts_every_event_once_through_crashes;
                p1_a_view_counts_every_event_once_through_lost_replies;
                p1_a_view_goes_on_after_a_restart needs restart;
                p2_nodes_that_come_and_go_count_every_event_once;
                p2_nodes_that_come_and_go_count_every_event_once_across_handles needs second_handle;
                p2_a_runner_that_is_robbed_counts_every_event_once;
                p2_two_nodes_share_the_work;
            }
            poisoned {
                p3_one_poisoned_key_waits_and_all_others_flow;
                p3_a_replay_after_the_fix_equals_a_clean_build;
                p3_a_discard_forgets_the_culprit_and_delivers_those_behind;
                p3_a_failure_is_tried_again_after_its_delay;
                p3_the_policy_decides;
            }
            rebuilding {
                p4_a_rebuild_equals_what_is_live;
                p4_a_reader_during_rebuilds_never_sees_less_than_before;
                p4_a_new_version_is_built_beside_the_old_one;
                p4_a_version_is_said_to_be_live_when_it_is_read;
                p4_nothing_is_read_before_the_first_build_is_whole;
                p4_a_rebuild_of_what_starts_now_has_what_is_live;
            }
            read_your_writes {
                p5_your_own_write_is_read_from_any_node;
                p5_your_own_writes_are_listed;
                p5_a_reader_that_waits_too_long_is_told_so;
                p5_a_reader_is_told_that_its_key_is_parked;
                p5_your_own_write_is_read_through_another_handle needs second_handle;
            }
            transfers {
                p6_transfers_are_settled_once_through_crashes;
                p6_transfers_are_settled_once_through_crashes_across_handles needs second_handle;
                p6_transfers_are_settled_once_through_lost_replies;
                p6_what_is_refused_is_compensated_once;
                p6_timers_fire_once_by_the_applications_clock;
                p6_what_a_handler_stages_takes_effect_once;
                p6_the_end_of_an_instance_is_waited_for;
            }
            parts {
                p1_a_view_gets_each_part_once_through_crashes;
                p1_an_inline_view_has_all_parts_of_what_was_appended;
                p2_nodes_that_come_and_go_give_a_view_each_part_once;
                p4_a_rebuild_has_the_parts_that_are_live;
                p5_a_read_has_all_parts_of_the_event_that_it_asks_for;
            }
            parked_parts {
                p3_a_part_that_fails_parks_its_event_under_its_key_as_a_whole;
                p3_an_event_is_parked_and_replayed_under_each_key_of_its_parts;
                p3_each_part_has_a_delivery_id_that_a_replay_repeats;
            }
            commands_of_parts {
                p6_a_process_manager_sends_the_commands_of_all_parts_in_order;
                p6_a_process_manager_reacts_to_each_part_once_through_crashes;
                p6_what_a_handler_stages_for_each_part_takes_effect_once;
            }
            parked_commands {
                p6_a_parked_command_is_sent_once_when_somebody_asks;
                p6_a_discarded_command_is_never_sent;
                p6_a_command_that_was_refused_is_never_done_later;
                p6_running_nodes_send_what_somebody_asks_for;
            }
        }
    };
}

/// The same for the list of tests that need a backend in whose transactions users can write.
#[doc(hidden)]
#[macro_export]
macro_rules! __projection_tests {
    ([$($then:tt)*] $context:tt) => {
        $($then)*! {
            $context
            projections {
                p1_a_projection_gets_each_part_once_through_crashes;
                p2_nodes_that_come_and_go_give_a_projection_each_part_once;
                p3_a_projection_that_fails_between_parts_has_written_none_of_them;
                p4_a_rebuild_of_a_projection_has_the_parts_that_are_live;
            }
        }
    };
}

/// All tests of the read side.
pub const TESTS: &[ConformanceTest] = crate::__read_side_tests!([list_of_tests]());

/// All tests of the read side with their bodies, for one kind of harness.
#[must_use]
pub fn cases<H: ReadSideHarness>() -> Vec<Case<H>> {
    crate::__read_side_tests!([list_of_cases]())
}

/// All tests of backends in whose transactions users can write.
pub const PROJECTION_TESTS: &[ConformanceTest] = crate::__projection_tests!([list_of_tests]());

/// The same with their bodies, for one kind of harness.
#[must_use]
pub fn projection_cases<H: ProjectionHarness>() -> Vec<Case<H>> {
    crate::__projection_tests!([list_of_cases]())
}
