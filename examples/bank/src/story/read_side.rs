//! The read side's part of the story: transfers, a mail, the overview, the totals of the day.

use std::io::Write;
use std::time::Duration;

use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::position::Position;

use super::Told;
use crate::account::{Account, AccountId, Deposit, OpenAccount, Withdraw};
use crate::daily_totals::{DAILY_TOTALS, ReadDailyTotals};
use crate::large_withdrawal_alert::{LargeWithdrawalAlert, Outbox};
use crate::money::money;
use crate::overview::AccountOverview;
use crate::transfer::{Outcome, RequestTransfer, Transfer, TransferId};

type Failed = Box<dyn std::error::Error + Send + Sync>;

pub(super) async fn tell(
    cqrs: &Cqrs,
    ada: AccountId,
    mail: &Outbox,
    totals: &impl ReadDailyTotals,
    out: &mut (impl Write + Send),
) -> Told {
    let bob = AccountId::new();
    writeln!(out, "\nBob opens an account too, with 2500.00.")?;
    let (owner, amount) = ("Bob".to_owned(), 2_500_00);
    let _ = cqrs
        .send(OpenAccount {
            account: bob,
            owner,
        })
        .await?;
    let account = bob;
    let _ = cqrs.send(Deposit { account, amount }).await?;

    for (said, from, to, amount) in [
        ("Ada sends Bob 15.00.", ada, bob, 15_00),
        ("Ada sends Bob 100.00.", ada, bob, 100_00),
        ("Ada mistypes the account.", ada, AccountId::new(), 4_00),
    ] {
        let ended = transfer(cqrs, from, to, amount).await?;
        let ended = match ended {
            Outcome::Done => "done".to_owned(),
            Outcome::Refused { reason } => format!("refused (in cents): {reason}"),
            Outcome::GivenBack { reason } => format!("given back: {reason}"),
            Outcome::Stuck { reason } => format!("stuck: {reason}"),
        };
        writeln!(out, "{said:<28} {ended}")?;
    }

    let amount = 1_200_00;
    let withdrawn = cqrs.send(Withdraw { account, amount }).await?;
    let stream = Account::stream(&account)?;
    cqrs.wait_for(LargeWithdrawalAlert::NAME, &stream, withdrawn.position)
        .await?;
    writeln!(
        out,
        "Bob withdraws 1200.00.       mail to the branch: {}",
        mail.sent().join("; ")
    )?;

    // Not older than Bob's withdrawal, and so than everything that Ada did.
    for account in [ada, bob] {
        let overview = cqrs.view::<AccountOverview>(account);
        let overview = overview.at_least(withdrawn.position).await?;
        let overview = overview.ok_or("an account that was opened has an overview")?;
        writeln!(
            out,
            "{}'s account: {} after {} movements",
            overview.owner,
            money(overview.balance),
            overview.movements
        )?;
    }
    projected(cqrs, bob, withdrawn.position).await?;
    let today = totals.on(chrono::Utc::now().date_naive()).await?;
    writeln!(
        out,
        "Today, in cash: {} in, {} out",
        money(today.deposited),
        money(today.withdrawn)
    )?;
    Ok(())
}

/// Until the totals have everything up to this position; before that, their table may not even be there.
async fn projected(cqrs: &Cqrs, account: AccountId, position: Position) -> Told {
    let stream = Account::stream(&account)?;
    Ok(cqrs.wait_for(DAILY_TOTALS, &stream, position).await?)
}

/// Requests a transfer and waits for its end.
async fn transfer(
    cqrs: &Cqrs,
    from: AccountId,
    to: AccountId,
    amount: u32,
) -> Result<Outcome, Failed> {
    let transfer = TransferId::new();
    let request = RequestTransfer {
        transfer,
        from,
        to,
        amount,
    };
    let _ = cqrs.send(request).await?;
    let settled = async {
        loop {
            let transfer = cqrs.repository::<Transfer>().load(&transfer).await?;
            if let Some(outcome) = transfer.into_state().outcome {
                return Ok(outcome);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled).await?
}
