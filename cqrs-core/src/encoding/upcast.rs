//! Upcasters: functions over the JSON of an old event, for what types can't say.

mod old_event;
mod run;

use std::error::Error;

use crate::words::event::{EventName, SchemaVersion};

pub use old_event::{EventJson, OldEvent};
pub(super) use run::run;

/// What an upcaster makes of an old event: nothing, one event or several, in order.
///
/// # Errors
///
/// Any reason why the old event can't be read. It becomes [`DecodeError::Upcast`](super::error::DecodeError::Upcast).
pub type Upcasted = Result<Vec<EventJson>, Box<dyn Error + Send + Sync>>;

/// Reads the events of one name and version, whatever they were, as what the code knows today: renames and moves fields,
/// takes a default from the metadata, makes none or several events of one.
///
/// A constant, named by every event that it makes: `#[event(name = "account.withdrawn", upcasters(MOVED))]`. What it gives
/// may be of an old version itself: then the next upcaster, or the typed chain, goes on with it.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
/// use cqrs_core::prelude::*;
///
/// /// A transfer was one event once.
/// const MOVED: Upcaster = Upcaster::new("account.moved", 1, two_of_moved);
///
/// fn two_of_moved(old: &mut OldEvent<'_>) -> Upcasted {
///     let amount = old.get("amount")?;
///     Ok(vec![EventJson::of(&Withdrawn { amount })?, EventJson::of(&Deposited { amount })?])
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "account.withdrawn", upcasters(MOVED))]
/// struct Withdrawn { amount: u32 }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "account.deposited", upcasters(MOVED))]
/// struct Deposited { amount: u32 }
/// # }
/// ```
///
/// ### Note: it must say the same each time
/// It runs whenever the event is read, also in ten years. The time, a random number or a table have no place in it.
#[derive(Clone, Debug)]
pub struct Upcaster {
    name: EventName,
    version: SchemaVersion,
    upcast: fn(&mut OldEvent<'_>) -> Upcasted,
}

/// Two are equal when they read the same events.
impl PartialEq for Upcaster {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.version) == (&other.name, other.version)
    }
}

impl Eq for Upcaster {}

impl Upcaster {
    /// Reads the events of this name and version by this function.
    ///
    /// # Panics
    ///
    /// When the name or the version breaks its rule. In a `const` that is an error of the compiler.
    #[must_use]
    pub const fn new(
        name: &'static str,
        version: u32,
        upcast: fn(&mut OldEvent<'_>) -> Upcasted,
    ) -> Self {
        Self {
            name: EventName::from_static(name),
            version: SchemaVersion::from_static(version),
            upcast,
        }
    }

    /// The name that it reads.
    #[must_use]
    pub const fn name(&self) -> &EventName {
        &self.name
    }

    /// The version that it reads.
    #[must_use]
    pub const fn version(&self) -> SchemaVersion {
        self.version
    }
}
