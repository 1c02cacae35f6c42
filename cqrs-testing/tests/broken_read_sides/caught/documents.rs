//! Mistakes with documents.

use crate::broken::Row;
use crate::defect::Defect;

pub(super) const CAUGHT: &[Row<Defect>] = &[
    (
        Defect::RewritesDocuments,
        &["p1_documents_are_kept_byte_for_byte"],
    ),
    (
        Defect::InsertsWhatIsNew,
        &["p1_a_document_that_is_not_new_after_all_is_replaced"],
    ),
    (
        Defect::DeletesNothing,
        &[
            "p1_a_document_is_replaced_and_deleted",
            "p5_a_read_of_no_document_shows_how_far_its_partition_has_come",
            "p6_the_end_of_an_instance_is_waited_for",
        ],
    ),
    (Defect::FoldsTheCaseOfKeys, &["p1_any_document_key_is_kept"]),
    (
        Defect::LoadsAThousandDocuments,
        &["p1_many_documents_are_written_and_loaded_at_once"],
    ),
    (
        Defect::TakesPrefixesForPatterns,
        &[
            "p1_a_prefix_is_a_text_and_no_pattern",
            "p1_random_prefixes_find_what_they_mean",
        ],
    ),
    (
        Defect::RaisesTheLastCharacter,
        &[
            "p1_a_prefix_is_a_text_and_no_pattern",
            "p1_a_prefix_of_the_last_characters_ends_where_it_should",
        ],
    ),
    (
        Defect::ListsWithoutCase,
        &[
            "p1_documents_are_listed_by_rising_bytes",
            "p1_documents_are_listed_page_by_page",
        ],
    ),
    (
        Defect::TakesEveryPageForTheLast,
        &["p1_documents_are_listed_page_by_page"],
    ),
];
