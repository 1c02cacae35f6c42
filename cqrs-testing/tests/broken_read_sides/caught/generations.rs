//! Mistakes with generations.

use crate::broken::Row;
use crate::defect::Defect;

pub(super) const CAUGHT: &[Row<Defect>] = &[
    (
        Defect::ReadsTooEarly,
        &[
            "p4_nothing_is_read_before_the_first_build_is_whole",
            "p4_a_read_model_with_a_past_is_built_before_it_is_read",
            "p4_the_first_read_model_is_switched_to_as_well",
        ],
    ),
    (
        Defect::RebuildsFromTheBeginning,
        &[
            "p4_a_rebuild_starts_where_the_first_build_did",
            "p4_a_rebuild_of_what_starts_now_has_what_is_live",
        ],
    ),
    (
        Defect::RebuildsFromNow,
        &[
            "p4_a_rebuild_starts_where_the_first_build_did",
            "p4_a_rebuild_of_what_starts_now_has_what_is_live",
        ],
    ),
    (
        Defect::RebuildsHandlers,
        &["p4_handlers_and_process_managers_are_never_rebuilt"],
    ),
    (
        Defect::ObeysOlderPrograms,
        &["p4_a_lower_version_changes_nothing"],
    ),
    (
        Defect::BuildsTwoAtOnce,
        &["p4_a_newer_version_replaces_the_one_that_is_being_built"],
    ),
    (
        Defect::BeginsForEachWhoAsks,
        &[
            "p4_racing_programs_begin_one_generation",
            "p4_the_same_version_can_be_built_again",
        ],
    ),
    (Defect::SharesDocuments, &["p4_generations_do_not_meet"]),
    (
        Defect::SwitchesTooEarly,
        &[
            "p4_a_reader_during_rebuilds_never_sees_less_than_before",
            "p4_nothing_is_read_before_it_has_caught_up",
            "p4_the_first_read_model_is_switched_to_as_well",
        ],
    ),
    (
        Defect::SwitchesBackward,
        &["p4_nothing_is_read_that_is_behind_the_live_one"],
    ),
    (
        Defect::SwitchesInTwoSteps,
        &["p4_a_reader_finds_one_whole_read_model_at_any_moment"],
    ),
    (
        Defect::EmptiesBeforeItSwitches,
        &[
            "p4_a_reader_during_rebuilds_never_sees_less_than_before",
            "p4_a_reader_finds_one_whole_read_model_at_any_moment",
        ],
    ),
    (Defect::SwitchesTwice, &["p4_a_switch_happens_once"]),
    (
        Defect::DropsAnything,
        &["p4_only_a_retired_generation_is_dropped_and_whole"],
    ),
    (
        Defect::HidesThatItWasReplaced,
        &["p4_a_reader_is_told_whether_it_reads_the_live_one"],
    ),
];
