//! Appends without a decision, through the store's port.

use anyhow::Result;
use bench_harness::{Entry, Tried};
use cqrs_core::ports::append::{Append, AppendEvents, AppendOutcome};
use cqrs_core::ports::error::AppendError;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};

use crate::account::MoneyDeposited;

pub(crate) async fn one(store: &SharedStore, entry: Entry) -> Result<Tried> {
    let expected = ExpectedVersion::at(StreamVersion::new(u64::from(entry.version))?);
    let append = Append::to(stream(entry)?, expected, vec![event(entry)?]);
    match store.append(append).await {
        Ok(_) => Ok(Tried::Accepted),
        Err(AppendError::Conflict { .. }) => Ok(Tried::Conflict),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn one_unless(
    store: &SharedStore,
    entry: Entry,
    after: u64,
) -> Result<Option<u64>> {
    let tag = Tag::of("account", entry.account)?;
    let event = event(entry)?.with_tags([tag.clone()]);
    let append = Append::to(stream(entry)?, ExpectedVersion::Any, vec![event])
        .unless(Filter::tag(tag), Position::new(after)?);
    match store.append(append).await {
        Ok(AppendOutcome::Recorded(appended)) => Ok(Some(appended.position.get())),
        Ok(AppendOutcome::Repeated(_)) | Err(AppendError::ConditionFailed { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn stream(entry: Entry) -> Result<StreamId> {
    let key = entry.account.to_string().parse()?;
    Ok(StreamId::new(Category::from_static("account"), key))
}

pub(crate) fn event(entry: Entry) -> Result<NewEvent> {
    let amount = entry.amount;
    let payload = Payload::encode(&MoneyDeposited { amount })?;
    Ok(NewEvent::new(
        EventName::from_static("account.deposited"),
        payload,
    ))
}
