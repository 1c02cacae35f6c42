//! What the bank can tell afterwards: the history of its accounts, and what another rule would have done.

pub mod minimum_balance;

use std::collections::BTreeSet;
use std::io::Write;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::position::Position;

use crate::account::{Account, AccountEvent, AccountId};
use crate::money::money;
use minimum_balance::{WithdrawAbove, withdrawal};

type Told = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// `--history`: each account, event by event, with the balance after each.
///
/// # Errors
///
/// Whatever the store or the writer reports.
pub async fn tell_histories(cqrs: &Cqrs, out: &mut (impl Write + Send)) -> Told {
    let mut accounts = BTreeSet::new();
    let mut log = cqrs.read_log::<AccountEvent>(Position::START);
    while let Some(event) = log.next().await? {
        accounts.extend(event.id::<AccountId>().map(|account| account.to_string()));
    }
    for account in accounts {
        writeln!(out, "\nAccount {account}")?;
        let account: AccountId = account.parse()?;
        let mut timeline = cqrs.repository::<Account>().timeline(&account)?;
        while let Some((event, state)) = timeline.next().await? {
            let (version, balance) = (event.version, money(state.balance));
            writeln!(out, "  version {version}  {balance:>8}  {:?}", event.event)?;
        }
    }
    Ok(())
}

/// `--what-if`: which withdrawals would have been refused if 25.00 had to stay in each account.
///
/// # Errors
///
/// Whatever the store or the writer reports.
pub async fn tell_what_if(cqrs: &Cqrs, out: &mut (impl Write + Send)) -> Told {
    let refused = cqrs.what_if().decide::<WithdrawAbove>(withdrawal).await?;
    writeln!(
        out,
        "\nIf 25.00 had to stay, {} of {} withdrawals would have been refused",
        refused.differing, refused.compared
    )?;
    for case in refused.cases {
        let amount = money(case.command.amount.into());
        writeln!(
            out,
            "  {amount} at version {} of {}",
            case.event.version, case.event.stream
        )?;
    }
    Ok(())
}
