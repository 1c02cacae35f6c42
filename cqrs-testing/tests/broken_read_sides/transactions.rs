//! Users' transactions, with one mistake.

use cqrs_core::ports::advance::{Advance, AdvanceError, AdvanceProcessors};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::words::generation::GenerationId;
use cqrs_memory::MemoryTransaction;

use crate::defect::Defect;
use crate::store::{A_MOMENT, BrokenReadSide};

impl Transactions for BrokenReadSide {
    type Tx = MemoryTransaction;

    async fn begin(&self, of: &GenerationId) -> Result<MemoryTransaction, StoreError> {
        let mut of = of.clone();
        if self.defect == Defect::SharesDocuments {
            of.generation = cqrs_core::words::generation::Generation::FIRST;
        }
        self.memory.begin(&of).await
    }

    async fn advance_in(
        &self,
        transaction: MemoryTransaction,
        advance: Advance,
    ) -> Result<(), AdvanceError> {
        match self.defect {
            Defect::CommitsRowsFirst => {
                self.memory.commit(transaction).await?;
                tokio::time::sleep(A_MOMENT).await;
                self.advance(advance).await
            }
            Defect::CommitsRowsAfterwards => {
                self.advance(advance).await?;
                tokio::time::sleep(A_MOMENT).await;
                Ok(self.memory.commit(transaction).await?)
            }
            // What is wrong with steps is wrong with these: an empty step that fits, and then the rows.
            Defect::ComparesNoCheckpoints
            | Defect::ComparesNoEpochs
            | Defect::LosesParkedEvents => {
                self.advance(advance).await?;
                Ok(self.memory.commit(transaction).await?)
            }
            _ => self.memory.advance_in(transaction, advance).await,
        }
    }

    async fn commit(&self, transaction: MemoryTransaction) -> Result<(), StoreError> {
        self.memory.commit(transaction).await
    }
}
