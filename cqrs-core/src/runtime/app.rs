//! The application: everything a program registered, over one store.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::builder::CqrsBuilder;
use super::bus::CommandService;
use super::command_error::CommandError;
use super::command_handler::ErasedHandler;
use super::deciders::Deciders;
use super::dispatch::Dispatch;
use super::envelope::Envelope;
use super::events::Events;
use super::known::Known;
use super::processing::Processing;
use super::repository::Repository;
use super::retry::RetryPolicy;
use super::send::SendCommand;
use super::snapshots::Taking;
use super::subscription::{Subscription, TypedSubscription};
use crate::domain::aggregate::Aggregate;
use crate::domain::command::Command;
use crate::domain::root::Root;
use crate::encoding::event::EventSet;
use crate::encoding::registry::EventRegistry;
use crate::ports::store::{EventStore, SharedStore};
use crate::words::clock::{Clock, IdSource, whole_microseconds};
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::version::StreamVersion;

/// The application: everything a program registered, over one store. Cheap to clone, and without type parameters.
#[derive(Clone)]
pub struct Cqrs {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: SharedStore,
    pub(super) registry: EventRegistry,
    /// The `Arc<Deciders<A>>` of each aggregate.
    pub(super) aggregates: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    pub(super) known: Arc<Known>,
    pub(super) handlers: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    pub(super) service: Option<CommandService>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) retry: RetryPolicy,
    pub(super) page: usize,
    pub(super) processing: Option<Processing>,
    pub(super) taking: Taking,
}

impl Cqrs {
    /// Begins an application over this store.
    pub fn builder<S: EventStore>(store: S) -> CqrsBuilder<S> {
        CqrsBuilder::new(Arc::new(store))
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Sends a command to whoever decides it. Await the result to send it; nothing happens before.
    ///
    /// # Errors
    ///
    /// Awaiting gives [`CommandError`]: `Rejected` is the domain's no, all else is not its business.
    ///
    /// # Guarantees
    ///
    /// - R1: dropping the future at any point neither loses nor doubles anything: the command is done whole, or not.
    /// - R2: nothing that must happen is done after the events are recorded.
    /// - A7: with an idempotency key, sending again returns the first receipt.
    pub fn send<C>(&self, command: C) -> SendCommand<C>
    where
        C: Command,
        C::Route: Dispatch<C>,
    {
        SendCommand::new(self.clone(), command)
    }

    /// Aggregates of one kind, as they are recorded.
    #[must_use]
    pub fn repository<A: Aggregate>(&self) -> Repository<A> {
        Repository::new(self.clone())
    }

    /// Reads the events of a set that are recorded after a position, whatever streams they are in.
    pub fn read_log<E: EventSet>(&self, after: Position) -> Events<E> {
        Events::of_log(self.clone(), after)
    }

    /// Follows the log from a position.
    #[must_use]
    pub fn subscribe(&self, after: Position, filter: Filter) -> Subscription {
        Subscription::new(Arc::clone(&self.inner.store), after, filter)
    }

    /// Follows what a set of events knows, decoded with today's code.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::encoding::event::EventSet;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::events::ReadError;
    /// use cqrs_core::runtime::subscription::Delivery;
    /// use cqrs_core::words::position::Position;
    ///
    /// async fn print<E: EventSet + std::fmt::Debug>(cqrs: &Cqrs) -> Result<Position, ReadError> {
    ///     let mut events = cqrs.subscribe_to::<E>(Position::START);
    ///     loop {
    ///         match events.next().await? {
    ///             Delivery::Event(event) => println!("{:?}", event.event),
    ///             Delivery::CaughtUp(_) => return Ok(events.position()), // from where to go on
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn subscribe_to<E: EventSet>(&self, after: Position) -> TypedSubscription<E> {
        TypedSubscription::new(Arc::clone(&self.inner.store), after)
    }

    /// The store, for what the application does not offer.
    #[must_use]
    pub fn store(&self) -> &SharedStore {
        &self.inner.store
    }

    /// The events of all registered aggregates.
    #[must_use]
    pub fn registry(&self) -> &EventRegistry {
        &self.inner.registry
    }

    pub(super) fn processing(&self) -> Option<&Processing> {
        self.inner.processing.as_ref()
    }

    pub(super) fn envelope(&self) -> Envelope {
        Envelope::new(Arc::default(), self.inner.retry)
    }

    /// The time by the application's clock, in whole microseconds.
    pub(super) fn now(&self) -> DateTime<Utc> {
        whole_microseconds(self.inner.clock.now())
    }

    pub(super) fn ids(&self) -> &dyn IdSource {
        &*self.inner.ids
    }

    pub(super) fn known(&self) -> &Arc<Known> {
        &self.inner.known
    }

    pub(super) fn page(&self) -> usize {
        self.inner.page
    }

    pub(super) fn service(&self) -> Option<&CommandService> {
        self.inner.service.as_ref()
    }

    /// Another decision of an aggregate that is in memory.
    pub(super) fn begin<A: Aggregate>(&self, root: &mut Root<A>) {
        root.begin(&*self.inner.clock);
    }

    pub(super) fn new_root<A: Aggregate>(&self, id: A::Id) -> Root<A> {
        Root::new(id, &*self.inner.clock, Arc::clone(&self.inner.ids))
    }

    pub(super) fn root_at<A: Aggregate>(
        &self,
        id: A::Id,
        state: A,
        version: StreamVersion,
        position: Position,
    ) -> Root<A> {
        let ids = Arc::clone(&self.inner.ids);
        Root::at(id, &*self.inner.clock, ids, state, version, position)
    }

    pub(super) fn taking(&self) -> &Taking {
        &self.inner.taking
    }

    /// The aggregates of this kind that are in memory.
    pub(super) fn deciders<A: Aggregate>(
        &self,
        command: &'static str,
    ) -> Result<&Arc<Deciders<A>>, CommandError<A::Error>> {
        let deciders = self.inner.aggregates.get(&TypeId::of::<A>());
        if let Some(deciders) = deciders.and_then(|deciders| deciders.downcast_ref()) {
            return Ok(deciders);
        }
        let missing = format!("`.aggregate::<{}>()`", short_name::<A>());
        Err(CommandError::NotRegistered { command, missing })
    }

    pub(super) fn handler<C: Command>(&self) -> Result<&ErasedHandler<C>, CommandError<C::Error>> {
        self.inner
            .handlers
            .get(&TypeId::of::<C>())
            .and_then(|handler| handler.downcast_ref())
            .ok_or_else(|| CommandError::NotRegistered {
                command: C::NAME,
                missing: format!(
                    "`.command_handler(…)` with a handler of `{}`",
                    short_name::<C>()
                ),
            })
    }
}

impl std::fmt::Debug for Cqrs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cqrs")
            .field("registry", &self.inner.registry)
            .finish_non_exhaustive()
    }
}

/// The name of a type without its path, as a person writes it.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name)
}
