//! A contender's `main`: does what the driver says, line by line.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::bank::Bank;
use crate::memory::Memory;
use crate::protocol::{Description, Order, Outcome, Reply, VariantDescription};
use crate::settings::Settings;
use crate::work::Work;
use crate::works;

/// Measures one contender, as the arguments and the driver say.
#[must_use]
pub fn run<B: Bank>() -> ExitCode {
    let settings = Settings::parse();
    if settings.describe {
        return print(&description::<B>());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let worked = runtime
        .context("the runtime can't be started")
        .and_then(|runtime| runtime.block_on(serve::<B>(settings)));
    match worked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&Reply::Failed(format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

async fn serve<B: Bank>(settings: Settings) -> Result<()> {
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let work = settings.work;
    let bank = B::connect(&settings).await.context("can't connect")?;
    let mut prepared = works::prepare(bank, settings)
        .await
        .with_context(|| format!("can't prepare {work}"))?;
    print(&Reply::Ready);
    while let Some(order) = next(&mut orders).await? {
        let reply = match order {
            Order::Totals => {
                let totals = prepared.bank.totals().await;
                Reply::Totals(totals.context("the tables can't be counted")?)
            }
            Order::Go => {
                let outcome = watched(&mut prepared).await;
                Reply::Outcome(Box::new(outcome.with_context(|| format!("{work} failed"))?))
            }
        };
        print(&reply);
    }
    Ok(())
}

/// Does the work, and watches what memory the process has meanwhile.
async fn watched<B: Bank>(prepared: &mut Prepared<B>) -> Result<Outcome> {
    let before = Memory::now();
    let half = prepared.settings.time() / 2;
    let middle = tokio::spawn(async move {
        tokio::time::sleep(half).await;
        Memory::now()
    });
    let mut outcome = works::work(prepared).await?;
    let middle = if middle.is_finished() {
        middle.await.unwrap_or_default()
    } else {
        middle.abort();
        0
    };
    outcome.memory = Memory {
        before,
        middle,
        after: Memory::now(),
        peak: Memory::peak(),
    };
    Ok(outcome)
}

async fn next(orders: &mut Lines<BufReader<Stdin>>) -> Result<Option<Order>> {
    let line = orders
        .next_line()
        .await
        .context("the driver can't be heard")?;
    line.map(|line| serde_json::from_str(&line).with_context(|| format!("`{line}` is no order")))
        .transpose()
}

fn description<B: Bank>() -> Description {
    let left_out = |variant: &str| -> BTreeMap<String, String> {
        Work::ALL
            .into_iter()
            .filter_map(|work| {
                B::leaves_out(variant, work).map(|why| (work.to_string(), why.into()))
            })
            .collect()
    };
    let variants = B::ABOUT.variants.iter().map(|variant| {
        let described = VariantDescription {
            note: variant.note.into(),
            left_out: left_out(variant.name),
        };
        (variant.name.to_owned(), described)
    });
    Description {
        crates: B::ABOUT.crates.iter().map(ToString::to_string).collect(),
        variants: variants.collect(),
    }
}

fn print(line: &impl serde::Serialize) -> ExitCode {
    let written = serde_json::to_string(line)
        .map_err(std::io::Error::from)
        .and_then(|line| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{line}")?;
            out.flush()
        });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // The driver is gone.
        Err(_) => ExitCode::FAILURE,
    }
}

/// A bank that is ready for its work.
pub(crate) struct Prepared<B> {
    pub(crate) bank: Arc<B>,
    pub(crate) settings: Settings,
    pub(crate) accounts: Arc<Vec<crate::account::Account>>,
}
