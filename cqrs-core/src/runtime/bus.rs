//! The command bus: what `tower` layers see of a command.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::app::Cqrs;
use super::command_error::CommandError;
use super::dispatch::{Dispatch, Held, Typed};
use super::envelope::Envelope;
use super::receipt::Receipt;
use crate::domain::command::Command;
use crate::ports::error::BoxError;

/// The service that a layer wraps: the next layer, or the decision itself.
pub type CommandService = BoxCloneSyncService<CommandRequest, CommandResponse, BoxError>;

type ResponseFuture = Pin<Box<dyn Future<Output = Result<CommandResponse, BoxError>> + Send>>;

/// A command on its way through the layers, without its type. A clone is the same command, to be tried again.
#[derive(Clone)]
pub struct CommandRequest {
    name: &'static str,
    envelope: Arc<Envelope>,
    command: Arc<dyn ErasedCommand>,
    cqrs: Cqrs,
}

impl CommandRequest {
    /// The command's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What surrounds the command: idempotency key, metadata, how hard to try.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The command itself, for a layer that knows its type.
    #[must_use]
    pub fn command<C: Command>(&self) -> Option<&C> {
        self.command.as_any().downcast_ref()
    }
}

impl std::fmt::Debug for CommandRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CommandRequest")
            .field("name", &self.name)
            .field("envelope", &self.envelope)
            .finish_non_exhaustive()
    }
}

/// A receipt on its way back through the layers. The reply has no type there.
#[derive(Debug)]
pub struct CommandResponse {
    receipt: Receipt<Box<dyn Any + Send>>,
}

impl CommandResponse {
    /// The receipt, for layers that look at versions, positions and whether the command was done before.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt<Box<dyn Any + Send>> {
        &self.receipt
    }
}

/// A [`CommandError`] on its way back through the layers.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct CommandFailure {
    text: String,
    is_rejection: bool,
    is_transient: bool,
    error: Box<dyn Any + Send + Sync>,
}

impl CommandFailure {
    /// Whether the domain said no.
    #[must_use]
    pub const fn is_rejection(&self) -> bool {
        self.is_rejection
    }

    /// Whether trying again may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        self.is_transient
    }
}

/// A `tower` layer around commands. Implemented by every layer whose service takes a [`CommandRequest`] and gives a
/// [`CommandResponse`], can be cloned, and can be shared by threads.
pub trait CommandLayer: Send + Sync + 'static {
    /// Wraps the next layer, or the decision itself.
    #[doc(hidden)]
    fn wrap(&self, inner: CommandService) -> CommandService;
}

impl<L> CommandLayer for L
where
    L: Layer<CommandService> + Send + Sync + 'static,
    L::Service: Service<CommandRequest, Response = CommandResponse> + Clone + Send + Sync + 'static,
    <L::Service as Service<CommandRequest>>::Error: Into<BoxError> + 'static,
    <L::Service as Service<CommandRequest>>::Future: Send + 'static,
{
    fn wrap(&self, inner: CommandService) -> CommandService {
        BoxCloneSyncService::new(self.layer(inner).map_err(Into::into))
    }
}

/// The layers of an application, outermost first.
#[derive(Default)]
pub(super) struct LayerStack {
    layers: Vec<Box<dyn CommandLayer>>,
}

impl LayerStack {
    pub(super) fn push(&mut self, layer: impl CommandLayer) {
        self.layers.push(Box::new(layer));
    }

    /// All layers around the decision; nothing when there are none.
    pub(super) fn into_service(self) -> Option<CommandService> {
        if self.layers.is_empty() {
            return None;
        }
        let decision = BoxCloneSyncService::new(service_fn(|request: CommandRequest| {
            request
                .command
                .clone()
                .dispatch(request.cqrs, request.envelope)
        }));
        Some(
            self.layers
                .iter()
                .rev()
                .fold(decision, |inner, layer| layer.wrap(inner)),
        )
    }
}

/// Sends a command through the layers.
pub(super) async fn send_through<C>(
    service: &CommandService,
    cqrs: &Cqrs,
    command: C,
    envelope: &Envelope,
) -> Result<Receipt<C::Reply>, CommandError<C::Error>>
where
    C: Command,
    C::Route: Dispatch<C>,
{
    let request = CommandRequest {
        name: C::NAME,
        envelope: Arc::new(envelope.clone()),
        command: Arc::new(Typed(command)),
        cqrs: cqrs.clone(),
    };
    match service.clone().oneshot(request).await {
        Ok(response) => typed_receipt(response),
        Err(error) => Err(typed_error(error)),
    }
}

fn typed_receipt<R: 'static, E>(response: CommandResponse) -> Result<Receipt<R>, CommandError<E>> {
    let Receipt {
        reply,
        stream,
        version,
        position,
        repeated,
    } = response.receipt;
    let reply = reply.downcast().map_err(|_| {
        CommandError::Layer("a layer answered a command with the response of another one".into())
    })?;
    Ok(Receipt {
        reply: *reply,
        stream,
        version,
        position,
        repeated,
    })
}

fn typed_error<E: 'static>(error: BoxError) -> CommandError<E> {
    let error = match error.downcast::<CommandFailure>() {
        Ok(failure) => {
            return match failure.error.downcast() {
                Ok(error) => *error,
                Err(_) => CommandError::Layer(failure.text.into()),
            };
        }
        Err(error) => error,
    };
    if error.is::<tower::timeout::error::Elapsed>() {
        CommandError::Timeout { after: None }
    } else if error.is::<tower::load_shed::error::Overloaded>() {
        CommandError::Overloaded
    } else {
        CommandError::Layer(error)
    }
}

/// Knows the command's type where the layers have forgotten it.
trait ErasedCommand: Send + Sync {
    fn dispatch(self: Arc<Self>, cqrs: Cqrs, envelope: Arc<Envelope>) -> ResponseFuture;
    fn as_any(&self) -> &dyn Any;
}

impl<C> ErasedCommand for Typed<C>
where
    C: Command,
    C::Route: Dispatch<C>,
{
    fn dispatch(self: Arc<Self>, cqrs: Cqrs, envelope: Arc<Envelope>) -> ResponseFuture {
        Box::pin(async move {
            match C::Route::dispatch(&cqrs, Held::Shared(self), &envelope).await {
                Ok(Receipt {
                    reply,
                    stream,
                    version,
                    position,
                    repeated,
                }) => {
                    let reply: Box<dyn Any + Send> = Box::new(reply);
                    Ok(CommandResponse {
                        receipt: Receipt {
                            reply,
                            stream,
                            version,
                            position,
                            repeated,
                        },
                    })
                }
                Err(error) => Err(CommandFailure {
                    text: error.to_string(),
                    is_rejection: error.rejection().is_some(),
                    is_transient: error.is_transient(),
                    error: Box::new(error),
                }
                .into()),
            }
        })
    }

    fn as_any(&self) -> &dyn Any {
        &self.0
    }
}
