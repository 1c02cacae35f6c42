//! Events that are read as several, and users' transactions.

use crate::broken::Row;
use crate::defect::Defect;

/// Each defect with tests that catch it.
pub(super) const CAUGHT: &[Row<Defect>] = &[
    (
        Defect::CommitsRowsFirst,
        &[
            "p1_a_projection_gets_each_part_once_through_crashes",
            "p2_nodes_that_come_and_go_give_a_projection_each_part_once",
        ],
    ),
    (
        Defect::CommitsRowsAfterwards,
        &["p1_a_projection_gets_each_part_once_through_crashes"],
    ),
    (
        Defect::StagesOnePerEvent,
        &[
            "p6_a_process_manager_sends_the_commands_of_all_parts_in_order",
            "p6_a_process_manager_reacts_to_each_part_once_through_crashes",
            "p6_what_a_handler_stages_for_each_part_takes_effect_once",
        ],
    ),
    (
        Defect::OrdersBackwardInAnEvent,
        &["p6_a_process_manager_sends_the_commands_of_all_parts_in_order"],
    ),
    (
        Defect::ParksOneKeyOfAnEvent,
        &[
            "p3_an_event_is_parked_and_replayed_under_each_key_of_its_parts",
            "p3_a_projection_that_fails_between_parts_has_written_none_of_them",
        ],
    ),
    (
        Defect::UnparksEveryKeyOfAnEvent,
        &["p3_an_event_is_parked_and_replayed_under_each_key_of_its_parts"],
    ),
];
