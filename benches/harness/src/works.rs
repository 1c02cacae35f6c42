//! The work itself, one file a kind.

mod append;
mod append_unless;
mod cold_accounts;
mod handler_delay;
mod load;
mod long_accounts;
mod one_account;
mod overhead;
mod own_accounts;
mod read;
mod seed;

use std::sync::Arc;

use anyhow::Result;

use crate::bank::Bank;
use crate::protocol::Outcome;
use crate::run::Prepared;
use crate::settings::Settings;
use crate::work::Work;

/// Does what must be there before the time runs.
pub(crate) async fn prepare<B: Bank>(bank: B, settings: Settings) -> Result<Prepared<B>> {
    let bank = Arc::new(bank);
    if settings.fill > 0 {
        seed::log(&bank, settings.fill).await?;
        return Ok(Prepared {
            bank,
            settings,
            accounts: Arc::default(),
        });
    }
    let accounts = match settings.work {
        Work::OneAccount => one_account::prepare(&*bank, &settings).await?,
        Work::LongAccounts => long_accounts::prepare(&bank).await?,
        Work::ColdAccounts => cold_accounts::prepare(&bank, &settings).await?,
        Work::Load => load::prepare(&bank, &settings).await?,
        Work::Projection | Work::Replay => read::prepare(&bank, &settings).await?,
        Work::OwnAccounts
        | Work::Append
        | Work::AppendUnless
        | Work::HandlerDelay
        | Work::Overhead => Vec::new(),
    };
    // What was prepared must not be cached, or loading would be measured as nothing.
    let bank = bank.reconnect(&settings).await?;
    Ok(Prepared {
        bank: Arc::new(bank),
        settings,
        accounts: Arc::new(accounts),
    })
}

/// Does it.
pub(crate) async fn work<B: Bank>(prepared: &mut Prepared<B>) -> Result<Outcome> {
    if let Some(outcome) = prepared.bank.run_itself(&prepared.settings).await {
        return outcome;
    }
    match prepared.settings.work {
        Work::OwnAccounts => own_accounts::work(prepared).await,
        Work::OneAccount => one_account::work(prepared).await,
        Work::LongAccounts => long_accounts::work(prepared).await,
        Work::ColdAccounts => cold_accounts::work(prepared).await,
        Work::Append => append::work(prepared).await,
        Work::AppendUnless => append_unless::work(prepared).await,
        Work::Load => load::work(prepared).await,
        Work::Projection => read::project(prepared).await,
        Work::Replay => read::replay(prepared).await,
        Work::HandlerDelay => handler_delay::work(prepared).await,
        Work::Overhead => overhead::work(prepared).await,
    }
}
