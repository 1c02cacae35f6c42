//! What the bank tells afterwards.

use bank::account::{AccountId, Deposit, OpenAccount, Withdraw};
use bank::large_withdrawal_alert::Outbox;
use bank::{application, looking_back};
use cqrs_memory::Memory;

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::test]
async fn the_bank_tells_its_history_and_what_another_rule_would_have_done() -> Checked {
    let cqrs = application::open(Memory::new(), Outbox::default()).await?;
    let account = AccountId::new();
    let owner = "Ada".to_owned();
    let _ = cqrs.send(OpenAccount { account, owner }).await?;
    let _ = cqrs
        .send(Deposit {
            account,
            amount: 50_00,
        })
        .await?;
    for amount in [20_00, 15_00] {
        let _ = cqrs.send(Withdraw { account, amount }).await?;
    }
    let mut out = Vec::new();
    looking_back::tell_histories(&cqrs, &mut out).await?;
    looking_back::tell_what_if(&cqrs, &mut out).await?;
    let told = String::from_utf8(out)?.replace(&account.to_string(), "ID");
    let balances: Vec<_> = told.lines().filter_map(|line| line.get(13..21)).collect();
    assert!(
        balances.starts_with(&["    0.00", "   50.00", "   30.00", "   15.00"]),
        "{told}"
    );
    assert!(
        told.ends_with(
            "If 25.00 had to stay, 1 of 2 withdrawals would have been refused\n  15.00 at version 4 of account-ID\n"
        ),
        "{told}"
    );
    Ok(())
}
