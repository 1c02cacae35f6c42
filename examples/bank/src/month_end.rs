//! `--month-end`: a branch closes its months, and its cash book is loaded from there on.

use std::io::Write;

use cqrs_core::domain::aggregate::Aggregate;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::version::StreamVersion;

use crate::cash_book::{BranchId, CashBook, CloseMonth, EnterCash};
use crate::money::money;

type Told = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Enters cash for two months, closes both, and says with what loading begins.
///
/// # Errors
///
/// Whatever the store or the writer reports.
pub async fn tell(cqrs: &Cqrs, out: &mut (impl Write + Send)) -> Told {
    let branch = BranchId::new();
    writeln!(out, "\nThe branch keeps its cash book:")?;
    for month in ["2026-09", "2026-10"] {
        for amount in [300_00, -120_00, 45_00] {
            let _ = cqrs.send(EnterCash { branch, amount }).await?;
        }
        let month = month.to_owned();
        let said = format!("closes {month}");
        let closed = cqrs.send(CloseMonth { branch, month }).await?;
        writeln!(out, "  {said}              version {}", closed.version)?;
    }
    let paid = EnterCash {
        branch,
        amount: -50_00,
    };
    let _ = cqrs.send(paid).await?;

    // Snapshots are taken beside the commands: wait for those that are under way.
    cqrs.snapshots_taken().await;
    let stream = CashBook::stream(&branch)?;
    let snapshot = cqrs.store().find_snapshot(&stream, StreamVersion::MAX);
    let begins = snapshot.await?.map_or(0, |snapshot| snapshot.version.get());
    let book = cqrs.repository::<CashBook>().load(&branch).await?;
    writeln!(
        out,
        "  has {} at version {}, loaded from the close at version {begins}",
        money(book.cash),
        book.version()
    )?;
    let audit = cqrs.audit_snapshots::<CashBook>().await?;
    writeln!(
        out,
        "  {} snapshot compared with its events, {} wrong",
        audit.compared,
        audit.wrong.len()
    )?;
    Ok(())
}
