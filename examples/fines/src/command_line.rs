//! The command line: what can be asked, and what it takes.
//!
//! The exit status is 0 when the work was done, also when rows were refused: a log has bad rows, and the report says which.
//! It is 1 when the work could not be done, and 2 when the command line makes no sense.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use cqrs_core::runtime::app::Cqrs;
use indicatif::{ProgressBar, ProgressStyle};

use crate::fine::id::FineId;
use crate::history::History;
use crate::import::{Import, import};
use crate::log_file::LogFile;
use crate::print;
use crate::refused::RefusedRow;
use crate::report::Report;
use crate::store::{SCHEMA, StoreChoice};

/// Imports, shows and reports road traffic fines from the public log "Road Traffic Fine Management Process".
#[derive(Debug, Parser)]
#[command(name = "fines", version, disable_help_subcommand = true)]
pub struct CommandLine {
    #[command(subcommand)]
    task: Task,
    /// The schema of the database that keeps the fines
    #[arg(long, global = true, value_name = "NAME", default_value = SCHEMA)]
    schema: String,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Import a file of the log, and report on all fines
    ///
    /// Rows that the log's form or the rules of a fine forbid are refused and listed; the others are imported. Importing
    /// the same file again changes nothing. The exit status is 0 also when rows were refused.
    Import(ImportTask),
    /// Show what happened to one fine, and what was due
    Show(ShowTask),
    /// Report on all fines in a database
    Report {
        /// The database: `postgres://user@host/database`
        #[arg(long, value_name = "URL")]
        store: StoreChoice,
    },
}

#[derive(Debug, Args)]
struct ImportTask {
    /// The file: CSV with the columns of the log
    file: PathBuf,
    /// Where to keep the events: `memory`, or `postgres://user@host/database`
    #[arg(long, value_name = "STORE", default_value = "memory")]
    store: StoreChoice,
    /// Write all refused rows to this file, as CSV
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ShowTask {
    /// The number of the fine, for instance A17641
    fine: FineId,
    /// Only what had happened by the end of this day, for instance 2007-07-15
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// The database that has the fine: `postgres://user@host/database`
    #[arg(long, value_name = "URL")]
    store: Option<StoreChoice>,
    /// A file of the log to import into memory first, instead of a database
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

impl CommandLine {
    /// Does what was asked, and writes what people read to `output`.
    ///
    /// # Errors
    ///
    /// What made it impossible, with its causes.
    pub async fn run(self, output: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        let text = match self.task {
            Task::Import(task) => task.run(&self.schema).await?,
            Task::Show(task) => task.run(&self.schema).await?,
            Task::Report { store } => {
                if store == StoreChoice::Memory {
                    anyhow::bail!(
                        "memory has no fines to report on: `fines import FILE` imports and reports in one go"
                    );
                }
                print::report::report(&Report::from_log(&store.open(&self.schema).await?).await?)
            }
        };
        write(output, &text).context("can't write the output")
    }
}

impl ImportTask {
    async fn run(self, schema: &str) -> anyhow::Result<String> {
        let file = LogFile::read(&self.file)?;
        let cqrs = self.store.open(schema).await?;
        let import = import_with_progress(&cqrs, file).await?;
        let report = Report::from_log(&cqrs).await?;
        let mut parts = vec![
            format!("{}\n", self.file.display()),
            print::import::import(&import),
        ];
        if !import.refused.is_empty() {
            let all_are_written = self.refused.is_some();
            parts.push("\nRefused rows\n".to_owned());
            parts.push(print::refused::refused(&import.refused, all_are_written));
        }
        if let Some(path) = &self.refused {
            write_refused(path, &import.refused)?;
            parts.push(format!("  All refused rows are in {}\n", path.display()));
        }
        let scope = match self.store {
            StoreChoice::Memory => "Report",
            StoreChoice::Postgres(_) => "Report on all fines in the database",
        };
        parts.push(format!("\n{scope}\n"));
        parts.push(print::report::report(&report));
        Ok(parts.concat())
    }
}

impl ShowTask {
    async fn run(self, schema: &str) -> anyhow::Result<String> {
        let cqrs = match (self.from, self.store) {
            (Some(file), None | Some(StoreChoice::Memory)) => {
                let file = LogFile::read(&file)?;
                let cqrs = StoreChoice::Memory.open(schema).await?;
                import_with_progress(&cqrs, file).await?;
                cqrs
            }
            (None, Some(store @ StoreChoice::Postgres(_))) => store.open(schema).await?,
            (Some(_), Some(StoreChoice::Postgres(_))) => anyhow::bail!(
                "the fine is either in the file or in the database: give --from or --store, not both"
            ),
            (None, _) => anyhow::bail!(
                "memory has no fines to show: add --from FILE, which is imported first, or --store URL of a database"
            ),
        };
        let history = History::load(&cqrs, self.fine, self.as_of).await?;
        Ok(print::history::history(&history, self.as_of))
    }
}

/// Imports with a bar on standard error, if that is a terminal.
async fn import_with_progress(cqrs: &Cqrs, file: LogFile) -> anyhow::Result<Import> {
    let style =
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} rows, {eta} left")?;
    let bar = ProgressBar::new(file.rows).with_style(style);
    let imported = import(cqrs, file, |rows| bar.inc(rows)).await;
    bar.finish_and_clear();
    Ok(imported?)
}

fn write_refused(path: &Path, refused: &[RefusedRow]) -> anyhow::Result<()> {
    let failed = || format!("can't write the refused rows to {}", path.display());
    let file = File::create(path).with_context(failed)?;
    print::refused::write(refused, file).with_context(failed)
}

/// A reader that has seen enough, `head` for instance, is no failure.
fn write(output: &mut dyn Write, text: &str) -> io::Result<()> {
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
