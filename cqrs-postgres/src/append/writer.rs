//! A writer's own connection.

use sqlx::postgres::{PgConnection, PgRow};

use crate::session::{Session, Statement};
use crate::sqlstate::Failure;

/// Keeps its connection from one call to the next: giving it back to a pool costs a round trip. It is none of the
/// pool's, so that readers keep all of theirs.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    connection: Option<PgConnection>,
}

impl Writer {
    /// The only row of one statement, which is one transaction.
    pub(crate) async fn row(
        &mut self,
        session: &Session,
        statement: Statement<'_>,
    ) -> Result<PgRow, sqlx::Error> {
        // Out of its place while it is used: after an error, or when this future is dropped, it is given up.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => session.connect().await?,
        };
        match session.row_on(&mut connection, statement).await {
            Ok(row) => {
                self.connection = Some(connection);
                Ok(row)
            }
            Err(error) => {
                // Where the server has answered, the connection is as good as before; unless it says that it goes away.
                if Failure::of(&error) != Failure::Unavailable
                    && matches!(error, sqlx::Error::Database(_))
                {
                    self.connection = Some(connection);
                }
                Err(error)
            }
        }
    }
}
