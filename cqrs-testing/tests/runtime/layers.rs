//! `tower` layers around the command bus, as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cqrs_core::ports::error::BoxError;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::bus::{CommandFailure, CommandRequest, CommandResponse};
use cqrs_core::runtime::command_error::CommandError;
use cqrs_memory::Memory;
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::util::MapRequestLayer;
use tower::{Layer, Service, ServiceExt as _};

use super::domain::{Checked, Open, Put, TILL, Take, Till, TooFewCoins};

#[tokio::test]
async fn replies_and_rejections_come_through_with_their_types() -> Checked {
    let seen = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&seen);
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .layer(TimeoutLayer::new(Duration::from_mins(1)))
        .layer(ConcurrencyLimitLayer::new(8))
        .layer(MapRequestLayer::new(move |request: CommandRequest| {
            count.fetch_add(
                u32::from(request.command::<Put>().is_some()),
                Ordering::SeqCst,
            );
            assert_eq!(request.envelope().metadata.get("user"), Some("ada"));
            request
        }))
        .build()
        .await?;
    let _ = cqrs
        .send(Open { till: TILL })
        .metadata("user", "ada")
        .await?;
    let put = cqrs
        .send(Put {
            till: TILL,
            coins: 4,
        })
        .metadata("user", "ada")
        .await?;
    assert_eq!((put.reply, put.version.get()), (4, 2));
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 5,
        })
        .metadata("user", "ada")
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(TooFewCoins(4)))
    ));
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    Ok(())
}

/// Holds every command back until it is dropped.
#[derive(Clone)]
struct Never<S>(S);

#[derive(Clone)]
struct NeverLayer;

impl<S> Layer<S> for NeverLayer {
    type Service = Never<S>;

    fn layer(&self, inner: S) -> Never<S> {
        Never(inner)
    }
}

impl<S: Service<CommandRequest, Response = CommandResponse, Error = BoxError>>
    Service<CommandRequest> for Never<S>
{
    type Response = CommandResponse;
    type Error = BoxError;
    type Future = std::future::Pending<Result<CommandResponse, BoxError>>;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, _: CommandRequest) -> Self::Future {
        std::future::pending()
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_and_shed_load_are_errors_of_their_own() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .layer(LoadShedLayer::new())
        .layer(ConcurrencyLimitLayer::new(1))
        .layer(TimeoutLayer::new(Duration::from_secs(1)))
        .layer(NeverLayer)
        .build()
        .await?;
    let first = tokio::spawn({
        let cqrs = cqrs.clone();
        async move { cqrs.send(Open { till: TILL }).await }
    });
    tokio::task::yield_now().await;
    let second = cqrs.send(Open { till: TILL }).await;
    assert!(
        matches!(second, Err(CommandError::Overloaded)),
        "{second:?}"
    );
    let first = first.await?;
    assert!(
        matches!(first, Err(CommandError::Timeout { after: None })),
        "{first:?}"
    );
    Ok(())
}

/// Tries again what the domain refused, which a program would not do.
#[derive(Clone)]
struct AskAgain(u32);

impl Policy<CommandRequest, CommandResponse, BoxError> for AskAgain {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut CommandRequest,
        result: &mut Result<CommandResponse, BoxError>,
    ) -> Option<Self::Future> {
        let failure = result.as_ref().err()?.downcast_ref::<CommandFailure>()?;
        self.0 = self.0.checked_sub(u32::from(failure.is_rejection()))?;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &CommandRequest) -> Option<CommandRequest> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn a_retry_layer_sends_the_same_command_again() -> Checked {
    let tries = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&tries);
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .layer(RetryLayer::new(AskAgain(3)))
        .layer(MapRequestLayer::new(move |request: CommandRequest| {
            count.fetch_add(1, Ordering::SeqCst);
            request
        }))
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    tries.store(0, Ordering::SeqCst);
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(TooFewCoins(0)))
    ));
    assert_eq!(tries.load(Ordering::SeqCst), 4);
    Ok(())
}

#[tokio::test]
async fn what_a_layer_says_itself_comes_back_as_it_is() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .layer(tower::layer::layer_fn(
            |inner: cqrs_core::runtime::bus::CommandService| {
                inner.filter(|request: CommandRequest| {
                    if request.name() == "Open" {
                        Err(BoxError::from("closed today"))
                    } else {
                        Ok(request)
                    }
                })
            },
        ))
        .build()
        .await?;
    let error = cqrs.send(Open { till: TILL }).await.unwrap_err();
    assert!(
        matches!(&error, CommandError::Layer(source) if source.to_string() == "closed today"),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_of_a_send_ends_the_wait() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .layer(NeverLayer)
        .build()
        .await?;
    let limit = Duration::from_millis(250);
    let late = cqrs.send(Open { till: TILL }).timeout(limit).await;
    assert!(
        matches!(late, Err(CommandError::Timeout { after: Some(after) }) if after == limit),
        "{late:?}"
    );
    Ok(())
}
