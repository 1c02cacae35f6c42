//! What the program shows, one step after the other, in the words of a person.

mod read_side;

use std::io::Write;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::words::version::StreamVersion;

use crate::account::{
    Account, AccountError, AccountEvent, AccountId, Deposit, OpenAccount, Withdraw,
};
use crate::daily_totals::ReadDailyTotals;
use crate::large_withdrawal_alert::Outbox;
use crate::money::money;

type Told = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Opens an account, moves money, repeats a request, is refused, looks back, transfers money, reads what was made of
/// it, and reads the log. The application's runners must run.
///
/// # Errors
///
/// Whatever the store or the writer reports.
pub async fn tell(
    cqrs: &Cqrs,
    mail: &Outbox,
    totals: &impl ReadDailyTotals,
    out: &mut (impl Write + Send),
) -> Told {
    let account = AccountId::new();
    move_money(cqrs, account, out).await?;
    be_refused(cqrs, account, out).await?;
    look_back(cqrs, account, out).await?;
    read_side::tell(cqrs, account, mail, totals, out).await?;
    tell_the_history(cqrs, account, out).await
}

async fn move_money(cqrs: &Cqrs, account: AccountId, out: &mut (impl Write + Send)) -> Told {
    let owner = "Ada".to_owned();
    let opened = cqrs.send(OpenAccount { account, owner }).await?;
    writeln!(
        out,
        "Ada opens an account.        version {}",
        opened.version
    )?;

    let amount = 50_00;
    let deposited = cqrs.send(Deposit { account, amount }).await?;
    writeln!(
        out,
        "She deposits 50.00.          version {}",
        deposited.version
    )?;

    // The same key makes two requests one: the second gets the receipt of the first.
    for said in ["She withdraws 30.00.", "The request comes again."] {
        let amount = 30_00;
        let receipt = cqrs
            .send(Withdraw { account, amount })
            .idempotency_key(format!("order-17/{account}"))
            .metadata("user", "ada")
            .await?;
        let done = if receipt.repeated {
            "done before, nothing new"
        } else {
            "done"
        };
        let (version, balance) = (receipt.version, money(receipt.reply));
        writeln!(
            out,
            "{said:<28} version {version}, the new balance is {balance} ({done})"
        )?;
    }
    Ok(())
}

async fn be_refused(cqrs: &Cqrs, account: AccountId, out: &mut (impl Write + Send)) -> Told {
    // The domain's no is typed …
    let amount = 80_00;
    let refused = cqrs.send(Withdraw { account, amount }).await;
    if let Err(CommandError::Rejected(AccountError::InsufficientFunds { balance, requested })) =
        refused
    {
        let (balance, requested) = (money(balance), money(requested.into()));
        writeln!(
            out,
            "She wants 80.00.             rejected: {balance} is less than {requested}"
        )?;
    }
    // … and apart from what is not the domain's business.
    let owner = "Eve".to_owned();
    if let Err(error) = cqrs.send(OpenAccount { account, owner }).await {
        writeln!(out, "Eve opens the same account.  not done: {error}")?;
    }
    let account = AccountId::new();
    if let Err(error) = cqrs.send(Deposit { account, amount }).await {
        writeln!(out, "Bob pays in somewhere else.  not done: {error}")?;
    }
    Ok(())
}

async fn look_back(cqrs: &Cqrs, account: AccountId, out: &mut (impl Write + Send)) -> Told {
    let accounts = cqrs.repository::<Account>();
    let now = accounts.load(&account).await?;
    let then = accounts.load_at(&account, StreamVersion::new(2)?).await?;
    writeln!(
        out,
        "\nNow the account is at version {} and has {}; at version {} it had {}.",
        now.version(),
        money(now.balance),
        then.version(),
        money(then.balance),
    )?;
    Ok(())
}

async fn tell_the_history(cqrs: &Cqrs, account: AccountId, out: &mut (impl Write + Send)) -> Told {
    writeln!(out, "\nThe log keeps it all:")?;
    let mut history = cqrs.repository::<Account>().history(&account)?;
    while let Some(recorded) = history.next().await? {
        let what = match recorded.event {
            AccountEvent::AccountOpened(event) => format!("{} opened the account", event.owner),
            AccountEvent::MoneyDeposited(event) => {
                format!("{} deposited", money(event.amount.into()))
            }
            AccountEvent::MoneyWithdrawn(event) => {
                format!("{} withdrawn", money(event.amount.into()))
            }
            AccountEvent::Sent(event) => format!("{} sent", money(event.amount.into())),
            AccountEvent::Received(event) => {
                format!("{} received", money(event.amount.into()))
            }
        };
        let by = recorded
            .metadata
            .get("user")
            .map_or(String::new(), |user| format!(", by {user}"));
        writeln!(out, "  version {}  {what}{by}", recorded.version)?;
    }
    Ok(())
}
