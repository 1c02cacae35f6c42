//! The rows of one case, one after the other, each decided at its own place in the fine's history.
//!
//! A row that was refused at its place would often be accepted later: a delivery before the sending is refused, and would
//! be right once the sending is there. So when a file is imported again, a row must not be decided on what the fine has
//! become, but on what it was when the rows before it were done. Their receipts say which version that was.
//!
//! Rows that are equal in all fields are one fact, once one of them is accepted: all activities but payments happen once,
//! and of two payments of the same sum on the same day the second has a higher `totalPaymentAmount`.

use std::collections::HashMap;

use cqrs_core::ports::error::BoxError;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::version::StreamVersion;

use super::delivery::{Outcome, deliver};
use super::{Import, ImportError};
use crate::fine::Fine;
use crate::refused::{Refusal, RefusedRow};
use crate::row::{FineCommand, Row};

pub(super) async fn import(cqrs: &Cqrs, rows: Vec<Row>) -> Result<Import, ImportError> {
    let mut import = Import {
        rows: rows.len().try_into().unwrap_or(u64::MAX),
        ..Import::default()
    };
    let (mut place, mut accepted) = (None, HashMap::new());
    for (index, row) in rows.iter().enumerate() {
        let stopped = |source| ImportError {
            line: row.line,
            fine: row.fine.clone(),
            source,
        };
        if let Some(line) = accepted.get(&row.content).copied() {
            import.refused.push(refused(row, Refusal::Repeats { line }));
            continue;
        }
        // A creation has one place only, at the beginning: it needs no version, and nothing to be read.
        let creates = matches!(row.command, FineCommand::Create(_));
        if place.is_none() && !creates {
            place = Some(find_place(cqrs, &rows[index..]).await.map_err(stopped)?);
        }
        let expected = place.filter(|_| !creates);
        let version = match deliver(cqrs, row, expected).await.map_err(stopped)? {
            Outcome::Refused(refusal) => {
                import.refused.push(refused(row, refusal));
                continue;
            }
            Outcome::Recorded(version) => {
                import.recorded += 1;
                version
            }
            Outcome::Known(version) => {
                import.known += 1;
                version
            }
        };
        place = Some(version);
        accepted.insert(row.content, row.line);
    }
    Ok(import)
}

fn refused(row: &Row, refusal: Refusal) -> RefusedRow {
    RefusedRow {
        line: row.line,
        case: row.fine.to_string(),
        refusal,
    }
}

/// Where rows begin that begin without a creation: before the first of them that was done, by its receipt; or at the end.
async fn find_place(cqrs: &Cqrs, rows: &[Row]) -> Result<StreamVersion, BoxError> {
    for row in rows {
        if let Some(stored) = cqrs.store().find_receipt(&row.key()?).await? {
            let before = stored.receipt.version.get().saturating_sub(1);
            return Ok(StreamVersion::new(before)?);
        }
    }
    let Some(row) = rows.first() else {
        return Ok(StreamVersion::NONE);
    };
    Ok(cqrs.repository::<Fine>().load(&row.fine).await?.version())
}
