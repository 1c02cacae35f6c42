//! What went wrong, by SQLSTATE. The one place that knows; no text of a message is ever looked at.

use cqrs_core::ports::error::StoreError;

/// What follows from an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A unique key was taken meanwhile. Nothing was done: look again.
    Duplicate,
    /// A serialisation failure or a deadlock. Nothing was done: do it again at once.
    Again,
    /// The server's lock table is full. Nothing was done: do it again with fewer locks.
    OutOfLocks,
    /// A time-out or a cancelled statement. Nothing was done: do it again later.
    Passing,
    /// The server can't be reached or goes away. What was sent may have been done.
    Unavailable,
    /// Anything else. Doing it again will not help by itself.
    Other,
}

impl Failure {
    /// What follows from an error of the driver.
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => error
                .code()
                .map_or(Self::Other, |code| Self::of_sqlstate(&code)),
            // A protocol error means that what arrives can't be told apart any more: the connection is useless.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// What follows from a code of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    pub(crate) fn of_sqlstate(code: &str) -> Self {
        match code {
            "23505" => Self::Duplicate,
            "40001" | "40P01" => Self::Again,
            "53200" => Self::OutOfLocks,
            // A lock time-out; a statement time-out or pg_cancel_backend.
            "55P03" | "57014" => Self::Passing,
            // Too many connections; a server that has become a standby; one of the time-outs that end a session.
            "53300" | "25006" | "25P03" | "25P04" => Self::Unavailable,
            _ if code.starts_with("08") || code.starts_with("57P0") => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// The error as the ports know it.
    pub(crate) fn into_store_error(
        self,
        source: impl Into<cqrs_core::ports::error::BoxError>,
    ) -> StoreError {
        match self {
            Self::Duplicate | Self::Again | Self::OutOfLocks | Self::Passing => {
                StoreError::Retryable(source.into())
            }
            Self::Unavailable => StoreError::Unavailable(source.into()),
            Self::Other => StoreError::Other(source.into()),
        }
    }
}

/// An error of the driver as the ports know it.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    Failure::of(&error).into_store_error(error)
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn classifies_by_sqlstate() {
        for (failure, codes) in [
            (Failure::Duplicate, &["23505"][..]),
            (Failure::Again, &["40001", "40P01"]),
            (Failure::OutOfLocks, &["53200"]),
            (Failure::Passing, &["55P03", "57014"]),
            (
                Failure::Unavailable,
                &[
                    "08000", "08003", "08006", "08P01", "57P01", "57P02", "57P03", "57P05",
                    "53300", "25006", "25P03",
                ],
            ),
            (
                Failure::Other,
                &[
                    "23001", "23502", "42P01", "42501", "53100", "22P02", "22021", "XX000", "",
                ],
            ),
        ] {
            for code in codes {
                assert_eq!(Failure::of_sqlstate(code), failure, "{code}");
            }
        }
    }

    #[test]
    fn a_broken_connection_leaves_the_outcome_unknown() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(Failure::of(&sqlx::Error::Io(broken)), Failure::Unavailable);
        assert_eq!(
            Failure::of(&sqlx::Error::PoolTimedOut),
            Failure::Unavailable
        );
        assert_eq!(Failure::of(&sqlx::Error::PoolClosed), Failure::Other);
        assert_eq!(Failure::of(&sqlx::Error::RowNotFound), Failure::Other);
    }
}
