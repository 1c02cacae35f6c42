//! A key that is parked.

use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;

use crate::program::account::{AccountId, Open};
use crate::program::views::{Activity, POISON};
use crate::program::writers::deposit;

const ACCOUNT: AccountId = AccountId(999_999);

/// What a reader hears that waits for a key which is parked; nothing if it hears something else.
pub(crate) async fn answer(cqrs: &Cqrs) -> anyhow::Result<Option<String>> {
    let (account, owner) = (ACCOUNT, POISON.to_owned());
    let opened = cqrs.send(Open { account, owner }).await?;
    let behind = cqrs.send(deposit(ACCOUNT, 1)).await?;
    for position in [opened.position, behind.position] {
        let read = cqrs.view::<Activity>(ACCOUNT).at_least(position);
        match read.within(Duration::from_mins(2)).await {
            Err(error @ ReadError::Parked { .. }) if position == behind.position => {
                return Ok(Some(error.to_string()));
            }
            Err(ReadError::Parked { .. }) => {}
            _ => return Ok(None),
        }
    }
    Ok(None)
}
