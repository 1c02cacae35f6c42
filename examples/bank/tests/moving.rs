//! `--export`, `--check` and `--import`, on every store: the log moves, and nothing is done twice.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use bank::command_line::{Afterwards, CommandLine};
use bank::daily_totals::{DailyTotals, PostgresTotals, ReadDailyTotals};
use bank::large_withdrawal_alert::Outbox;
use bank::{application, moving, story};
use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

type Failed = Box<dyn std::error::Error + Send + Sync>;
type Checked = Result<(), Failed>;

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failed> {
        let name = format!("bank-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A bank after the day that the program tells.
async fn after_a_day<S: Transactions>(
    store: S,
    totals: impl ReadDailyTotals,
) -> Result<Cqrs, Failed>
where
    DailyTotals: Projection<S>,
{
    let mail = Outbox::default();
    let cqrs = application::open(store, mail.clone()).await?;
    let runners = cqrs.start_runners();
    story::tell(&cqrs, &mail, &totals, &mut Vec::new()).await?;
    assert!(runners.stop(std::time::Duration::from_secs(10)).await);
    cqrs.run_until_idle().await?;
    Ok(cqrs)
}

async fn export(cqrs: &Cqrs, path: &Path) -> Result<String, Failed> {
    let mut out = Vec::new();
    moving::export(cqrs, path, &mut out).await?;
    Ok(String::from_utf8(out)?)
}

async fn moves_to<S>(cqrs: Cqrs, store: S) -> Checked
where
    S: Transactions + ImportEvents + Clone,
    DailyTotals: Projection<S>,
{
    let folder = Folder::new()?;
    let (file, again) = (folder.0.join("bank.jsonl"), folder.0.join("again.jsonl"));
    let shown = file.display();
    let told = export(&cqrs, &file).await?;
    assert_eq!(told, format!("\n{shown}: 16 events exported\n"));

    let mut out = Vec::new();
    moving::check(&file, &mut out).await?;
    // Begun again, as after an interruption.
    for _ in 0..2 {
        moving::import(&store, &file, &mut out).await?;
    }
    let imported = moving::import(&store, &file, &mut Vec::new()).await?;
    let mail = Outbox::default();
    let moved = application::builder(store, mail.clone()).effects_after(imported.position);
    let moved = moved.build().await?;
    moved.run_until_idle().await?;
    moving::tell_accounts(&moved, imported.position, &mut out).await?;
    let expected = format!(
        "{shown}: 16 events, nothing is wrong\n\
         {shown}: 16 events imported, 0 were there already\n\
         {shown}: 0 events imported, 16 were there already\n\
         Ada has     5.00 after 5 movements\n\
         Bob has  1315.00 after 3 movements\n"
    );
    assert_eq!(String::from_utf8(out)?, expected);
    assert_eq!(
        mail.sent(),
        [] as [String; 0],
        "the mails went out a day ago"
    );

    // No transfer was done again: the log is what it was.
    export(&moved, &again).await?;
    assert_eq!(
        std::fs::read_to_string(again)?,
        std::fs::read_to_string(&file)?
    );
    // And no file is written over.
    let refused = export(&moved, &file).await.unwrap_err().to_string();
    assert!(refused.contains("can't be created"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_moves_within_memory() -> Checked {
    let store = Memory::new();
    let cqrs = after_a_day(store.clone(), store).await?;
    moves_to(cqrs, Memory::new()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_moves_to_postgres_and_back() -> Checked {
    let (from, to) = (Memory::new(), Scratch::new());
    let cqrs = after_a_day(from.clone(), from).await?;
    moves_to(cqrs, to.store().await).await?;

    let from = Scratch::new();
    let store = from.store().await;
    let totals = PostgresTotals::new(&store, from.pool().await);
    let cqrs = after_a_day(store, totals).await?;
    moves_to(cqrs, Memory::new()).await
}

#[tokio::test]
async fn a_file_that_is_damaged_is_named_with_its_line() -> Checked {
    let folder = Folder::new()?;
    let file = folder.0.join("bank.jsonl");
    std::fs::write(&file, "{\"cqrs_log\":1}\nhello\n")?;
    let error = moving::check(&file, &mut Vec::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "line 2 is no line of an exported log");
    let nowhere = moving::check(Path::new("nowhere.jsonl"), &mut Vec::new()).await;
    let nowhere = nowhere.unwrap_err().to_string();
    assert!(
        nowhere.starts_with("nowhere.jsonl can't be opened: "),
        "{nowhere}"
    );
    Ok(())
}

#[test]
fn the_command_line_is_read_or_refused_with_a_reason() {
    let read = |line: &str| CommandLine::read(line.split_whitespace().map(str::to_owned));
    let asked = read("--import a.jsonl postgres://db --what-if --export b.jsonl");
    let expected = CommandLine {
        url: Some("postgres://db".into()),
        check: None,
        import: Some("a.jsonl".into()),
        afterwards: vec![Afterwards::WhatIf, Afterwards::Export("b.jsonl".into())],
    };
    assert_eq!(asked, Ok(expected));
    assert_eq!(read(""), Ok(CommandLine::default()));
    for (line, why) in [
        ("--export", "--export takes a file"),
        ("one two", "there can be one database"),
    ] {
        assert_eq!(read(line), Err(why.to_owned()));
    }
    let unknown = read("--what").unwrap_err();
    assert!(
        unknown.starts_with("--what is not known: there are --history"),
        "{unknown}"
    );
}
