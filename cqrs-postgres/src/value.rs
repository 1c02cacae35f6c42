//! Values of a row, read in place from the bytes that the server has sent: no copy, and no look at the column's type, which
//! the statements of `src/sql` fix.

use cqrs_core::ports::error::BoxError;
use sqlx::postgres::{PgRow, PgValueFormat};
use sqlx::{Row, ValueRef};
use uuid::Uuid;

/// The bytes of a column in the server's binary format; `None` for null.
#[inline]
pub(crate) fn bytes(row: &PgRow, column: usize) -> Result<Option<&[u8]>, BoxError> {
    let value = row.try_get_raw(column);
    // Looked at where it is: moving it costs more than all the rest.
    let bytes = match &value {
        Ok(value) if value.is_null() => return Ok(None),
        // Every statement of ours has parameters or is prepared, so that the driver asks for it.
        Ok(value) if value.format() != PgValueFormat::Binary => {
            return Err("the value is not in binary format".into());
        }
        Ok(value) => value.as_bytes()?,
        Err(_) => return Err(value.err().map_or_else(|| "no value".into(), Into::into)),
    };
    Ok(Some(bytes))
}

/// A column that is not null.
#[inline]
fn present(row: &PgRow, column: usize) -> Result<&[u8], BoxError> {
    bytes(row, column)?.ok_or_else(|| format!("column {column} is null").into())
}

pub(crate) fn bigint(row: &PgRow, column: usize) -> Result<i64, BoxError> {
    Ok(i64::from_be_bytes(present(row, column)?.try_into()?))
}

pub(crate) fn integer(row: &PgRow, column: usize) -> Result<i32, BoxError> {
    Ok(i32::from_be_bytes(present(row, column)?.try_into()?))
}

pub(crate) fn uuid(row: &PgRow, column: usize) -> Result<Uuid, BoxError> {
    Ok(Uuid::from_slice(present(row, column)?)?)
}

pub(crate) fn optional_uuid(row: &PgRow, column: usize) -> Result<Option<Uuid>, BoxError> {
    let bytes = bytes(row, column)?;
    Ok(bytes.map(Uuid::from_slice).transpose()?)
}

/// `text`, and `json`, which goes over the wire as its text.
pub(crate) fn text(row: &PgRow, column: usize) -> Result<&str, BoxError> {
    Ok(std::str::from_utf8(present(row, column)?)?)
}

pub(crate) fn optional_text(row: &PgRow, column: usize) -> Result<Option<&str>, BoxError> {
    let bytes = bytes(row, column)?;
    Ok(bytes.map(std::str::from_utf8).transpose()?)
}
