//! A transaction in which a user writes.

use sqlx::Transaction;
use sqlx::postgres::PgConnection;

/// A transaction in the place of one generation of a projection. What is written through it is recorded together with the
/// projection's checkpoint, or not at all (P1).
///
/// It derefs to the connection, which is what `sqlx` executes on: `query.execute(&mut **tx)`.
///
/// Names of tables without a schema belong to the generation: `CREATE TABLE IF NOT EXISTS totals` in a projection's
/// `setup` creates one for each rebuild, beside the one that is read.
///
/// ### Note: do not end it
/// A `COMMIT` or `ROLLBACK` of your own is found out, and the advance fails. Savepoints are fine.
///
/// In a projection that is written with the append ([`Run::Inline`](cqrs_core::words::run::Run)) a `COMMIT` is refused by
/// the database, so that no event is there without its read models; the sender is told. So is `SET CONSTRAINTS ALL
/// IMMEDIATE`, which checks what the commit checks: name your constraints.
#[derive(Debug)]
pub struct Tx {
    pub(crate) transaction: Transaction<'static, sqlx::Postgres>,
    /// The schema of the generation.
    pub(crate) place: String,
    pub(crate) of: cqrs_core::words::generation::GenerationId,
}

impl std::ops::Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}
