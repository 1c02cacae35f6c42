//! Reading one stream: A2.

use async_trait::async_trait;
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::fold_stream::{Fold, FoldEnd, StreamFold};
use cqrs_core::ports::read_stream::{Direction, ReadStream, StreamPage, StreamRead};

use crate::postgres::Postgres;
use crate::row;

#[async_trait]
impl ReadStream for Postgres {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        let inner = &self.inner;
        let statement = match request.direction {
            Direction::Forward => &inner.statements.read_stream_forward,
            Direction::Backward => &inner.statements.read_stream_backward,
        };
        let page = inner.page(request.limit);
        let statement = sqlx::query(statement.clone())
            .bind(request.stream.category().as_str())
            .bind(request.stream.key().as_str())
            .bind(request.from.as_i64())
            .bind(page.rows);
        let mut events = row::events(&inner.session, statement).await?;
        let is_last = page.cut(&mut events);
        Ok(StreamPage { events, is_last })
    }

    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        self.inner.fold_stream(&request, fold).await
    }
}
