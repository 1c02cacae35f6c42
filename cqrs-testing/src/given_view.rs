//! Given these events, then the documents are these: tests of views, without a store or a runtime.
//!
//! ```
//! use cqrs_core::prelude::*;
//! use cqrs_testing::view;
//!
//! #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! enum AccountEvent {
//!     #[event(name = "account.deposited")]
//!     Deposited { amount: i64 },
//! }
//!
//! #[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
//! struct Balance {
//!     total: i64,
//! }
//!
//! impl View for Balance {
//!     const NAME: ProcessorName = ProcessorName::from_static("balance");
//!     type Event = AccountEvent;
//!     type Key = String;
//!
//!     fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = String> {
//!         [event.stream.key().to_string()]
//!     }
//!
//!     fn apply(&mut self, event: &Recorded<AccountEvent>) {
//!         let AccountEvent::Deposited { amount } = event.event;
//!         self.total += amount;
//!     }
//! }
//!
//! view::<Balance>()
//!     .given("account-7", AccountEvent::Deposited { amount: 50 })
//!     .given("account-7", AccountEvent::Deposited { amount: 30 })
//!     .then("7", Balance { total: 80 })
//!     .then_nothing("8");
//! ```

#![expect(
    clippy::needless_pass_by_value,
    reason = "a test reads as a sentence when it gives values"
)]

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use chrono::{DateTime, Utc};
use cqrs_core::domain::view::View;
use cqrs_core::words::clock::Clock;
use cqrs_core::words::payload::Payload;

use crate::difference::difference;
use crate::manual_clock::ManualClock;
use crate::recorded::Log;

/// Begins with a view that has no documents yet.
#[must_use = "a test says what it expects"]
pub fn view<V: View>() -> GivenView<V> {
    GivenView {
        log: Log::default(),
        clock: ManualClock::default(),
        documents: BTreeMap::new(),
    }
}

/// A view that has seen some events.
#[derive(Debug)]
pub struct GivenView<V> {
    log: Log,
    clock: ManualClock,
    documents: BTreeMap<String, V>,
}

/// Each fails at the line of the test that calls it.
#[expect(
    clippy::return_self_not_must_use,
    reason = "a test ends with an expectation"
)]
impl<V: View> GivenView<V> {
    /// What comes next is recorded at this moment; 2000-01-01 00:00:00 UTC where nothing is said.
    #[must_use = "a test says what it expects"]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        self.clock.set(now);
        self
    }

    /// This event is recorded in this stream, for instance `account-7`. Each document is written and read back, as a store
    /// does.
    ///
    /// # Panics
    ///
    /// When the stream is no stream id, or the event or a document does not read back.
    #[must_use = "a test says what it expects"]
    #[track_caller]
    pub fn given(mut self, stream: &str, event: impl Into<V::Event>) -> Self {
        let recorded = self
            .log
            .record::<V::Event>(stream, &event.into(), self.clock.now());
        for key in V::keys(&recorded) {
            let key = key.to_string();
            let mut document = self.documents.remove(&key).unwrap_or_default();
            document.apply(&recorded);
            if !document.is_deleted() {
                self.documents.insert(key, read_back(&document));
            }
        }
        self
    }

    /// The document of this key is this one.
    ///
    /// # Panics
    ///
    /// When it is another one, or there is none.
    #[track_caller]
    pub fn then(self, key: impl Display, expected: V) -> Self
    where
        V: Debug + PartialEq,
    {
        match self.documents.get(&key.to_string()) {
            Some(document) => assert!(
                *document == expected,
                "document {key} is another one{}",
                difference(&expected, document)
            ),
            None => panic!(
                "there is no document {key}, only {:?}",
                self.documents.keys()
            ),
        }
        self
    }

    /// There is no document of this key.
    ///
    /// # Panics
    ///
    /// When there is one.
    #[track_caller]
    pub fn then_nothing(self, key: impl Display) -> Self
    where
        V: Debug,
    {
        if let Some(document) = self.documents.get(&key.to_string()) {
            panic!("there is a document {key}: {document:#?}");
        }
        self
    }
}

/// What a store gives back is what was written. Otherwise a serde attribute is wrong.
#[track_caller]
pub(crate) fn read_back<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = match Payload::encode(value) {
        Ok(text) => text,
        Err(error) => panic!("it can't be kept: {error}"),
    };
    match text.decode() {
        Ok(back) => back,
        Err(error) => panic!("it does not read back from {}: {error}", text.as_str()),
    }
}
