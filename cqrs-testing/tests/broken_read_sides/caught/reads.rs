//! Mistakes with reads and counts.

use crate::broken::Row;
use crate::defect::Defect;

pub(super) const CAUGHT: &[Row<Defect>] = &[
    (
        Defect::ReadsTheCheckpointLast,
        &[
            "p5_your_own_write_is_read_from_any_node",
            "p5_a_document_is_never_older_than_the_checkpoint_beside_it",
            "p5_an_event_is_in_the_document_or_parked",
            "p5_a_read_has_all_parts_of_the_event_that_it_asks_for",
        ],
    ),
    (
        Defect::ReadsFromACache,
        &[
            "p5_your_own_write_is_read_through_another_handle",
            "p5_a_document_is_never_older_through_another_handle",
        ],
    ),
    (
        Defect::HidesParkedKeys,
        &[
            "p5_a_reader_is_told_that_its_key_is_parked",
            "p5_a_read_says_that_its_key_is_parked",
            "p5_an_event_is_in_the_document_or_parked",
        ],
    ),
    (
        Defect::ReadsOneCheckpoint,
        &["p5_a_read_shows_the_checkpoint_of_its_partition"],
    ),
    (
        Defect::AnswersForAnything,
        &[
            "p5_a_read_of_an_unknown_generation_says_so",
            "p1_a_list_of_an_unknown_generation_says_so",
        ],
    ),
    (
        Defect::CountsWithoutFilter,
        &["f4_a_count_says_what_the_page_would"],
    ),
    (
        Defect::CountsBeyondWhatIsAsked,
        &[
            "f4_a_count_says_what_the_page_would",
            "f4_a_count_is_as_long_as_it_is_asked_to_be",
        ],
    ),
    (
        Defect::CountsToTheEndOfTheLog,
        &["f4_a_count_says_what_the_page_would"],
    ),
    (
        Defect::CountsWithoutSayingThatThereAreMore,
        &[
            "f4_a_count_says_what_the_page_would",
            "f4_a_count_is_as_long_as_it_is_asked_to_be",
        ],
    ),
    (
        Defect::CountsFromNow,
        &["f4_a_count_says_what_the_page_would"],
    ),
];
