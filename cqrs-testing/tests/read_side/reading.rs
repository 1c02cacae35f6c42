//! Reading your own write: P5.

use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::position::Position;
use cqrs_memory::Memory;

use super::domain::{Account, AccountId, Balance, Checked, Open, deposit, open};

async fn bank(store: &Memory) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .build()
        .await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn at_least_never_gives_an_older_state() -> Checked {
    let store = Memory::new();
    let (writer, other) = (bank(&store).await?, bank(&store).await?);
    let runners = [writer.start_runners(), other.start_runners()];
    for account in 0..20 {
        open(&writer, account, 0).await?;
    }
    for round in 1..=50 {
        for account in 0..20 {
            let position = deposit(&writer, account, 1).await?;
            let reader = if account % 2 == 0 { &writer } else { &other };
            let view = reader
                .view::<Balance>(AccountId(account))
                .at_least(position)
                .await?
                .ok_or("no document")?;
            assert_eq!(view.amount, round, "account {account}");
        }
    }
    for runners in runners {
        assert!(runners.stop(Duration::from_secs(5)).await);
    }
    Ok(())
}

#[tokio::test]
async fn times_out_with_a_typed_error() -> Checked {
    let cqrs = bank(&Memory::new()).await?;
    let position = open(&cqrs, 1, 1).await?;
    let error = cqrs
        .view::<Balance>(AccountId(1))
        .at_least(position)
        .within(Duration::from_millis(20))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ReadError::Timeout { asked, checkpoint: Position::START, .. } if asked == position),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_parked_key_says_so_and_others_do_not_mind() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &cqrs_core::domain::error_policy::Failure| {
            cqrs_core::domain::error_policy::ErrorDecision::Park
        })
        .build()
        .await?;
    let poison = Open {
        account: AccountId(1),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    let later = deposit(&cqrs, 1, 5).await?;
    let other = open(&cqrs, 2, 7).await?;
    cqrs.run_until_idle().await?;
    let error = cqrs
        .view::<Balance>(AccountId(1))
        .at_least(later)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ReadError::Parked { key, .. } if key.as_str() == "1"),
        "{error}"
    );
    let fine = cqrs.view::<Balance>(AccountId(2)).at_least(other).await?;
    assert_eq!(fine.ok_or("no document")?.amount, 7);
    Ok(())
}
