//! What disintegrate says when somebody else was faster, or when the database thinks so.

use anyhow::Result;
use bench_harness::Tried;
use disintegrate::DecisionError;
use disintegrate_postgres::Error;

use crate::account::AccountError;

/// `None` for a conflict.
pub(crate) fn appended<T>(appended: Result<T, Error>) -> Result<Option<T>> {
    match appended {
        Ok(appended) => Ok(Some(appended)),
        Err(error) if is_conflict(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn decided<T>(decided: Result<T, DecisionError<AccountError>>) -> Result<Tried> {
    match decided {
        Ok(_) => Ok(Tried::Accepted),
        Err(DecisionError::StateStore(error))
            if error.downcast_ref::<Error>().is_some_and(is_conflict) =>
        {
            Ok(Tried::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

/// A serialisation failure is one wherever the database reports it; disintegrate looks for it at the commit only.
fn is_conflict(error: &Error) -> bool {
    match error {
        Error::Concurrency => true,
        Error::Database(sqlx::Error::Database(error)) => error.code().as_deref() == Some("40001"),
        _ => false,
    }
}
