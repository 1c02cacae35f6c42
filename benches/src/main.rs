//! The benchmark's driver: compiles the contenders, runs them in turn, checks what they recorded, and reports.
//!
//! `cargo xtask bench` starts it. The README of this folder says what is measured and how.

mod budget;
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
mod record;
mod report;
mod results;
mod run;
mod servers;
mod slow_disk;
mod table;
mod versions;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::options::Options;
use crate::record::Record;
use crate::report::Report;

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
    let record = match &options.report {
        Some(file) => Record::read(file)?,
        None => run::run(options).await?,
    };
    let report = Report::new(&record);
    println!("{}", table::text(&report));
    if let Some(path) = &options.json {
        report.write(path)?;
        eprintln!("figures: {}", path.display());
    }
    plot::draw(&report, &options.plot)?;
    eprintln!("plot: {}", options.plot.display());
    Ok(report.ours_are_correct())
}
