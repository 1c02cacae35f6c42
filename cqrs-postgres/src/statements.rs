//! All statements, each with the schema's name in its place.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::schema::Schema;

macro_rules! statements {
    ($($name:ident),+ $(,)?) => {
        /// The statements of `src/sql/`, one a file, for one schema.
        #[derive(Debug)]
        pub(crate) struct Statements {
            $(pub(crate) $name: SqlStr,)+
        }

        impl Statements {
            pub(crate) fn new(schema: &Schema) -> Self {
                Self {
                    $($name: sql(schema, include_str!(concat!("sql/", stringify!($name), ".sql"))),)+
                }
            }
        }
    };
}

statements!(
    advance,
    append_batch,
    append_inline,
    append_one,
    ask_parked,
    ask_unsent,
    begin_generation,
    begin_import,
    blocked_keys,
    copy_event_tags,
    copy_events,
    count_log,
    declare_processor,
    drop_generation,
    drop_snapshots,
    due_commands,
    end_import,
    end_of_log,
    find_events,
    find_generations,
    find_migrations,
    find_progress,
    find_receipts,
    find_settled,
    find_snapshot,
    fold_from_snapshot,
    fold_stream,
    forget_receipts,
    go_inline,
    hold_leases,
    keep_snapshot,
    leave_inline,
    leave_leases,
    list_documents,
    list_parked,
    list_parked_of_key,
    list_snapshots,
    list_unsent,
    load_documents,
    lock_and_load,
    notify_appended,
    read_document,
    read_from_snapshot,
    read_log,
    read_log_filtered,
    read_log_scanned,
    read_stream_backward,
    read_stream_forward,
    record_migration,
    release_leases,
    settle_place,
    switch_generation,
    write_inline,
);

/// A file of ours with the schema's checked name in it: nothing else is ever put into a statement.
pub(crate) fn sql(schema: &Schema, text: &str) -> SqlStr {
    let text: std::sync::Arc<str> = schema.fill(text).into();
    AssertSqlSafe(text).into_sql_str()
}
