//! The cash book of a branch: what goes over the counter, and each month's close.
//!
//! A busy branch has thousands of entries a month, and nobody asks for those of last year: a snapshot at each close keeps
//! loading as short as the month.

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BranchId(uuid::Uuid);

/// Cents that came in; less than 0 for what went out.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "cash_book.entered")]
pub struct CashEntered {
    pub amount: i64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "cash_book.month_closed")]
pub struct MonthClosed {
    pub month: String,
    pub cash: i64,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum CashBookError {
    #[error("there are {cash} cents, not {requested}")]
    NotEnoughCash { cash: i64, requested: i64 },
    #[error("{month} is closed already")]
    Closed { month: String },
}

#[derive(Aggregate, Serialize, Deserialize, Default, Debug)]
#[aggregate(name = "cash_book", id = BranchId, error = CashBookError)]
#[aggregate(events(CashEntered, MonthClosed), snapshot(at(MonthClosed)))]
pub struct CashBook {
    pub cash: i64,
    /// Of the month that is open.
    pub entries: u32,
    pub closed: Vec<String>,
}

#[apply]
impl Apply<CashEntered> for CashBook {
    fn apply(&mut self, event: &CashEntered) {
        self.cash += event.amount;
        self.entries += 1;
    }
}

#[apply]
impl Apply<MonthClosed> for CashBook {
    fn apply(&mut self, event: &MonthClosed) {
        self.closed.push(event.month.clone());
        self.entries = 0;
    }
}

#[derive(Command, Debug)]
#[command(aggregate = CashBook, any, reply = i64)]
pub struct EnterCash {
    #[id]
    pub branch: BranchId,
    pub amount: i64,
}

impl Handle<EnterCash> for CashBook {
    fn handle(command: &EnterCash, book: &mut Root<Self>) -> Result<i64, CashBookError> {
        let (cash, amount) = (book.cash, command.amount);
        if cash.saturating_add(amount) < 0 {
            let requested = amount.saturating_neg();
            return Err(CashBookError::NotEnoughCash { cash, requested });
        }
        book.emit(CashEntered { amount });
        Ok(book.cash)
    }
}

#[derive(Command, Debug)]
#[command(aggregate = CashBook)]
pub struct CloseMonth {
    #[id]
    pub branch: BranchId,
    /// For instance `2026-10`.
    pub month: String,
}

impl Handle<CloseMonth> for CashBook {
    fn handle(command: &CloseMonth, book: &mut Root<Self>) -> Result<(), CashBookError> {
        let month = command.month.clone();
        if book.closed.contains(&month) {
            return Err(CashBookError::Closed { month });
        }
        let cash = book.cash;
        book.emit(MonthClosed { month, cash });
        Ok(())
    }
}
