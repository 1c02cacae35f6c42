//! A rolling deploy: the new code writes what the old code reads, until nobody runs the old code any more.

use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::encoding::error::{DecodeError, EncodeError};
use cqrs_core::prelude::*;
use cqrs_core::words::event::{NewEvent, RecordedEvent};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;

/// What the old nodes run.
mod old {
    use cqrs_core::prelude::*;

    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[event(name = "account.opened")]
    pub(super) struct Opened {
        pub(super) owner: String,
    }

    #[derive(EventSet, Clone, Debug, PartialEq)]
    pub(super) enum AccountEvent {
        Opened(Opened),
    }
}

/// Turned off when the last old node is gone.
static OLD_NODES_RUN: AtomicBool = AtomicBool::new(true);

fn old_nodes_run() -> bool {
    OLD_NODES_RUN.load(Ordering::SeqCst)
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(
    name = "account.opened",
    version = 2,
    previous = old::Opened,
    writes_previous = old_nodes_run
)]
struct Opened {
    owner: String,
    currency: String,
}

#[derive(EventSet, Clone, Debug, PartialEq)]
enum AccountEvent {
    Opened(Opened),
}

impl From<old::Opened> for Opened {
    fn from(old: old::Opened) -> Self {
        Self {
            owner: old.owner,
            currency: "EUR".into(),
        }
    }
}

impl From<&Opened> for old::Opened {
    fn from(event: &Opened) -> Self {
        Self {
            owner: event.owner.clone(),
        }
    }
}

fn opened(currency: &str) -> AccountEvent {
    AccountEvent::Opened(Opened {
        owner: "ada".into(),
        currency: currency.into(),
    })
}

fn recorded(event: &impl EventSet) -> Result<RecordedEvent, EncodeError> {
    let encoded = event.encode()?;
    let event = NewEvent::new(encoded.name, encoded.payload);
    Ok(event.with_schema_version(encoded.schema_version).recorded(
        "account-1".parse().unwrap(),
        StreamVersion::FIRST,
        Position::START,
        chrono::DateTime::UNIX_EPOCH,
    ))
}

#[test]
fn old_nodes_read_what_new_nodes_write_until_the_switch_is_turned() {
    let written = recorded(&opened("EUR")).unwrap();
    assert_eq!(written.schema_version.get(), 1);
    assert_eq!(written.payload.as_str(), r#"{"owner":"ada"}"#);
    assert!(old::AccountEvent::decode(&written).is_ok());
    assert_eq!(
        AccountEvent::decode(&written).unwrap().into_one(),
        Some(opened("EUR"))
    );

    // What the old shape can't say is refused rather than lost.
    let refused = recorded(&opened("CHF")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event account.opened of version 2 says what version 1 can't, which is still written so that older nodes can read it"
    );

    // Exports of decoded events say it all the same: nobody records them.
    let today = opened("CHF").encode_today().unwrap();
    assert_eq!(today.schema_version.get(), 2);
    assert_eq!(
        today.payload.as_str(),
        r#"{"owner":"ada","currency":"CHF"}"#
    );

    OLD_NODES_RUN.store(false, Ordering::SeqCst);
    let written = recorded(&opened("CHF")).unwrap();
    assert_eq!(written.schema_version.get(), 2);
    assert_eq!(
        AccountEvent::decode(&written).unwrap().into_one(),
        Some(opened("CHF"))
    );
    let error = old::AccountEvent::decode(&written).unwrap_err();
    assert!(
        matches!(error, DecodeError::FutureSchemaVersion { .. }),
        "{error}"
    );
    OLD_NODES_RUN.store(true, Ordering::SeqCst);
}
