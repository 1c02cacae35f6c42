//! `--export`, `--check` and `--import`: the bank's log as a file, and a bank that goes on from such a file.

use std::io::Write;
use std::path::Path;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::import::{Import, Imported};
use cqrs_core::words::position::Position;
use tokio::fs::File;
use tokio::io::BufReader;

use crate::money::money;
use crate::overview::AccountOverview;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Writes the log to a file that is not there yet, with a bar that shows how far it has come.
///
/// # Errors
///
/// Whatever the store, the file or the writer reports.
pub async fn export(cqrs: &Cqrs, path: &Path, out: &mut (impl Write + Send)) -> Result<(), Failed> {
    let mut file = create(path).await?;
    let done = cqrs.export().with_bar().write(&mut file).await?;
    file.sync_all().await?;
    let shown = path.display();
    writeln!(out, "\n{shown}: {} events exported", done.events)?;
    Ok(())
}

/// Says whether an import of this file would come to its end, without a store.
///
/// # Errors
///
/// Why not, with the number of the line.
pub async fn check(path: &Path, out: &mut (impl Write + Send)) -> Result<(), Failed> {
    let found = Import::check().with_bar().read(open(path).await?).await?;
    let shown = path.display();
    writeln!(out, "{shown}: {} events, nothing is wrong", found.events)?;
    Ok(())
}

/// Records what is in a file. What an import that was interrupted has recorded before is passed over.
///
/// # Errors
///
/// Whatever the store, the file or the writer reports.
pub async fn import(
    store: &impl ImportEvents,
    path: &Path,
    out: &mut (impl Write + Send),
) -> Result<Imported, Failed> {
    let done = Import::into(store).with_bar().read(open(path).await?);
    let done = done.await?;
    let (shown, new, known) = (path.display(), done.recorded, done.repeated);
    writeln!(
        out,
        "{shown}: {new} events imported, {known} were there already"
    )?;
    Ok(done)
}

/// What the accounts have, once the read models have been built from what was imported.
///
/// # Errors
///
/// Whatever the store or the writer reports.
pub async fn tell_accounts(
    cqrs: &Cqrs,
    through: Position,
    out: &mut (impl Write + Send),
) -> Result<(), Failed> {
    let mut page = cqrs.views::<AccountOverview>().at_least(through).await?;
    page.documents
        .sort_by(|(_, one), (_, other)| one.owner.cmp(&other.owner));
    for (_, account) in page.documents {
        let (owner, balance) = (account.owner, money(account.balance));
        writeln!(
            out,
            "{owner} has {balance:>8} after {} movements",
            account.movements
        )?;
    }
    Ok(())
}

async fn create(path: &Path) -> Result<File, Failed> {
    let created = File::create_new(path).await;
    created.map_err(|error| format!("{} can't be created: {error}", path.display()).into())
}

async fn open(path: &Path) -> Result<BufReader<File>, Failed> {
    let opened = File::open(path).await.map(BufReader::new);
    opened.map_err(|error| format!("{} can't be opened: {error}", path.display()).into())
}
