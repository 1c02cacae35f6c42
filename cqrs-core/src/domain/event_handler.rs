//! Event handlers: effects outside, when something has happened.

use std::future::Future;
use std::time::Duration;

use crate::encoding::event::EventSet;
use crate::words::document_key::DocumentKey;
use crate::words::event::Recorded;
use crate::words::partition::PartitionCount;
use crate::words::processor::ProcessorName;
use crate::words::staged::DeliveryId;
use crate::words::start::StartFrom;

/// Does something outside when something has happened: sends a mail, calls another system.
///
/// It holds its services, and is registered with
/// [`event_handler`](crate::runtime::builder::CqrsBuilder::event_handler).
///
/// ### Note: at least once
/// Each event is delivered until the handler has said `Ok`, and once more when the program ends between that `Ok` and
/// its checkpoint. [`Delivery::id`] is the same each time: give it to the other system to tell deliveries apart. What is
/// [staged](Delivery::stage) takes effect exactly once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event handler",
    label = "this type is not an event handler",
    note = "write `impl EventHandler for {Self} {{ … async fn handle(&self, event: &Recorded<…>, delivery: &mut Delivery<…>) -> Result<(), …> {{ … }} }}`"
)]
pub trait EventHandler: Send + Sync + 'static {
    /// The durable name.
    const NAME: ProcessorName;

    /// Into how many partitions the keys are shared out. Never change it once it has run.
    const PARTITIONS: PartitionCount = PartitionCount::DEFAULT;

    /// From where it starts when it has never run. There is no default: a handler that sends mails seldom wants to send
    /// those of the past.
    const START: StartFrom;

    /// How long it may take for one event: a minute where nothing is said. A call that takes longer is dropped where it
    /// waits, and has failed.
    ///
    /// ### Note: what waits for a slow call
    /// Other keys of the same batch are handled meanwhile. What they have led to is recorded with it, in one step, and the
    /// next batch of this node begins after it: a call that hangs holds up this handler's partitions on its node for so
    /// long, at each attempt, and no other processor. Where a call may hang, say a few seconds.
    const TIMEOUT: Duration = Duration::from_mins(1);

    /// What it handles.
    type Event: EventSet;

    /// What it can stage: [`NoCommands`], or a set of commands.
    type Command: Send + Sync + 'static;

    /// Why it can fail. The error policy decides then whether to try again.
    type Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send;

    /// What the events are put in order by: those of one key are handled one after the other, and different keys at the
    /// same time. The stream where nothing is said.
    fn key(event: &Recorded<Self::Event>) -> String {
        event.stream.to_string()
    }

    /// Handles one event.
    ///
    /// # Errors
    ///
    /// Anything that stands in the way. What was staged is forgotten then.
    fn handle(
        &self,
        event: &Recorded<Self::Event>,
        delivery: &mut Delivery<Self::Command>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// No commands: for event handlers that stage none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NoCommands {}

/// The delivery of one event to an event handler.
#[derive(Debug)]
pub struct Delivery<C> {
    id: DeliveryId,
    key: DocumentKey,
    attempt: u32,
    staged: Vec<C>,
}

impl<C> Delivery<C> {
    /// A delivery. For the runtime and for tests.
    #[must_use]
    pub const fn new(id: DeliveryId, key: DocumentKey, attempt: u32) -> Self {
        Self {
            id,
            key,
            attempt,
            staged: Vec::new(),
        }
    }

    /// The same each time that this event is delivered to this handler under this key.
    #[must_use]
    pub const fn id(&self) -> DeliveryId {
        self.id
    }

    /// The key that the event is handled under.
    #[must_use]
    pub const fn key(&self) -> &DocumentKey {
        &self.key
    }

    /// Which attempt it is: 1, 2, 3 …, as far as the failures before were recorded.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Has this command sent once the handler has said `Ok`. It takes effect exactly once.
    pub fn stage(&mut self, command: impl Into<C>) {
        self.staged.push(command.into());
    }

    /// What was staged.
    #[must_use]
    pub fn into_staged(self) -> Vec<C> {
        self.staged
    }
}
