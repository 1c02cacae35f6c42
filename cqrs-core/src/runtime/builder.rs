//! Puts an application together.

mod processors;

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::aggregate_cache::AggregateCache;
use super::app::{Cqrs, Inner};
use super::bus::{CommandLayer, LayerStack};
use super::command_handler::{CommandHandler, erase};
use super::deciders::Deciders;
use super::known::Known;
use super::lane::LaneSettings;
use super::processing::Processing;
use super::processor::Processor;
use super::retry::RetryPolicy;
use super::snapshots::Taking;
use crate::domain::aggregate::Aggregate;
use crate::domain::command::{ByHandler, Command};
use crate::encoding::registry::{EventRegistry, NameTaken};
use crate::ports::processors::DeclareError;
use crate::ports::read_side::SharedReadSide;
use crate::ports::store::EventStore;
use crate::words::clock::{Clock, IdSource, System};
use crate::words::node::NodeId;
use crate::words::processor::ProcessorName;
use crate::words::stream::Category;

/// Makes the `Arc<Deciders<A>>` of an aggregate, once it is known how much stays in memory.
type MakeDeciders = fn(AggregateCache) -> Box<dyn Any + Send + Sync>;

/// Puts an application together: `Cqrs::builder(store)`, what it consists of, `build().await`.
#[must_use = "an application begins with `.build().await`"]
pub struct CqrsBuilder<S> {
    store: Arc<S>,
    registry: EventRegistry,
    categories: HashMap<Category, (TypeId, &'static str)>,
    aggregates: HashMap<TypeId, MakeDeciders>,
    cache: AggregateCache,
    known: Known,
    handlers: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    layers: LayerStack,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    retry: RetryPolicy,
    page: usize,
    processors: BTreeMap<ProcessorName, Arc<dyn Processor>>,
    read_side: Option<SharedReadSide>,
    lanes: LaneSettings,
    node: NodeId,
    mistakes: Vec<BuildError>,
}

/// An application that contradicts itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two types claim the same event name.
    #[error(transparent)]
    EventName(#[from] NameTaken),
    /// Two aggregates have the same name.
    #[error(
        "aggregate name {category} is taken by both {first} and {second}: give one of them another name"
    )]
    Category {
        /// The name.
        category: Category,
        /// The aggregate that had it first.
        first: &'static str,
        /// The aggregate that claims it too.
        second: &'static str,
    },
    /// A command has two handlers.
    #[error("command {command} has two handlers: register one")]
    HandlerTwice {
        /// The command's name.
        command: &'static str,
    },
    /// Two processors have the same name.
    #[error(
        "processor name {name} is taken by both {first} and {second}: give one of them another name"
    )]
    ProcessorTwice {
        /// The name.
        name: ProcessorName,
        /// The processor that had it first.
        first: &'static str,
        /// The processor that claims it too.
        second: &'static str,
    },
    /// The store knows a processor otherwise, or can't be asked.
    #[error(transparent)]
    Processor(#[from] DeclareError),
}

impl<S: EventStore> CqrsBuilder<S> {
    pub(super) fn new(store: Arc<S>) -> Self {
        Self {
            store,
            registry: EventRegistry::new(),
            categories: HashMap::new(),
            aggregates: HashMap::new(),
            cache: AggregateCache::default(),
            known: Known::default(),
            handlers: HashMap::new(),
            layers: LayerStack::default(),
            clock: Arc::new(System),
            ids: Arc::new(System),
            retry: RetryPolicy::default(),
            page: 1_000,
            processors: BTreeMap::new(),
            read_side: None,
            lanes: LaneSettings::default(),
            node: NodeId::unique(),
            mistakes: Vec::new(),
        }
    }

    /// Takes the commands of this aggregate.
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        let (id, name) = (TypeId::of::<A>(), std::any::type_name::<A>());
        match self.categories.get(&A::CATEGORY) {
            Some((first_id, first)) if *first_id != id => {
                self.mistakes.push(BuildError::Category {
                    category: A::CATEGORY,
                    first,
                    second: name,
                });
            }
            _ => {
                self.categories.insert(A::CATEGORY, (id, name));
            }
        }
        if let Err(taken) = self.registry.register::<A::Event>() {
            self.mistakes.push(taken.into());
        }
        self.aggregates
            .insert(id, |cache| Box::new(Arc::new(Deciders::<A>::new(cache))));
        self.known.add_aggregate::<A>();
        self
    }

    /// Takes one kind of command with this handler.
    pub fn command_handler<C, H>(mut self, handler: H) -> Self
    where
        C: Command<Route = ByHandler>,
        H: CommandHandler<C>,
    {
        if self
            .handlers
            .insert(TypeId::of::<C>(), Box::new(erase::<C, H>(handler)))
            .is_some()
        {
            self.mistakes
                .push(BuildError::HandlerTwice { command: C::NAME });
        }
        self
    }

    /// Puts a `tower` layer around all commands. The first that is added sees a command first.
    ///
    /// Timeouts and shed load come back as [`CommandError::Timeout`](super::command_error::CommandError::Timeout) and
    /// [`Overloaded`](super::command_error::CommandError::Overloaded). Without a layer nothing is boxed.
    pub fn layer(mut self, layer: impl CommandLayer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another source of ids, for tests.
    pub fn ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// How often commands are decided again after a conflict, where a send says nothing.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How many aggregates stay in memory after a command: [`AggregateCache::default`] where nothing is said.
    pub fn cache(mut self, cache: AggregateCache) -> Self {
        self.cache = cache;
        self
    }

    /// How many events are in memory at a time when an aggregate is loaded, or a stream or the log is read: 1,000 where nothing is
    /// said, at least 1. A store that hands on the events of an aggregate as they arrive holds none, and goes on beyond it.
    pub fn page(mut self, events: usize) -> Self {
        self.page = events.max(1);
        self
    }

    /// The application.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for the first thing in which the application contradicts itself, or what the store knows.
    pub async fn build(self) -> Result<Cqrs, BuildError> {
        if let Some(mistake) = self.mistakes.into_iter().next() {
            return Err(mistake);
        }
        let processing = self
            .read_side
            .map(|store| Processing::new(store, self.node, self.lanes, self.processors));
        if let Some(processing) = &processing {
            processing.declare().await?;
        }
        Ok(Cqrs::new(Inner {
            processing,
            taking: Taking::default(),
            store: self.store,
            registry: self.registry,
            aggregates: self
                .aggregates
                .into_iter()
                .map(|(id, make)| (id, make(self.cache)))
                .collect(),
            known: Arc::new(self.known),
            handlers: self.handlers,
            service: self.layers.into_service(),
            clock: self.clock,
            ids: self.ids,
            retry: self.retry,
            page: self.page,
        }))
    }
}

impl<S> std::fmt::Debug for CqrsBuilder<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CqrsBuilder")
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}
