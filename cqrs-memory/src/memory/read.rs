//! Reading one stream, and the whole log: A2, F1 to F4.

use async_trait::async_trait;
use cqrs_core::ports::count_log::{CountLog, LogCount};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::read_log::{LogPage, LogRead, ReadLog};
use cqrs_core::ports::read_stream::{ReadStream, StreamPage, StreamRead};

use super::Memory;

#[async_trait]
impl ReadStream for Memory {
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError> {
        let limit = self.page(request.limit);
        Ok(self.log().read_stream(&request, limit))
    }
}

#[async_trait]
impl ReadLog for Memory {
    async fn read_log(&self, request: LogRead) -> Result<LogPage, StoreError> {
        let limit = self.page(request.limit);
        Ok(self.log().read_log(&request, limit))
    }
}

#[async_trait]
impl CountLog for Memory {
    async fn count_log(&self, request: LogRead) -> Result<LogCount, StoreError> {
        let limit = request.limit.max(1);
        Ok(self.log().count_log(&request, limit))
    }
}
