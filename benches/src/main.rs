//! The benchmark's driver: compiles the contenders, runs them in turn, checks what they recorded, and reports.
//!
//! `cargo xtask bench` starts it. The README of this folder says what is measured and how.

mod cell;
mod compile;
mod contenders;
mod database;
mod goals;
mod machine;
mod measure;
mod node;
mod options;
mod plan;
mod plot;
mod report;
mod results;
mod servers;
mod table;
mod versions;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;

use crate::options::Options;
use crate::results::Results;
use crate::servers::Servers;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        // What we recorded is not what was acknowledged: our figures are worth nothing.
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<bool> {
    let servers = Servers::connect(options).await?;
    let machine = machine::Machine::describe(&servers).await?;
    let contenders = compile::all(options);
    let cells = plan::cells(options, &contenders);
    let began = Instant::now();
    let mut results = Results::new(&contenders, &cells);
    let rounds = options.rounds();
    for round in 1..=rounds {
        for (index, cell) in cells.iter().enumerate() {
            if round > cell.rounds {
                continue;
            }
            eprintln!(
                "round {round} of {rounds}, {} of {}: {cell}",
                index + 1,
                cells.len()
            );
            let measured = measure::measure(options, &servers, &contenders, cell).await;
            if let Err(error) = &measured {
                eprintln!("  failed: {error:#}");
            }
            results.add(cell, measured);
        }
    }
    servers.clear().await;
    let report = report::Report::new(options, machine, &contenders, &results, began.elapsed());
    println!("{}", table::text(&report));
    if let Some(path) = &options.json {
        report.write(path)?;
        eprintln!("figures: {}", path.display());
    }
    plot::draw(&report, &options.plot)?;
    eprintln!("plot: {}", options.plot.display());
    Ok(report.ours_are_correct())
}
