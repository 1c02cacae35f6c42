//! A page that is read ahead, while the one before it is worked on.

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::ports::error::StoreError;

/// A page that is read ahead, in a task of its own: what it costs to read and decode falls into the time of the page before.
///
/// It is only a head start. Where it fails, or there is no runtime to run it, the page is read when it is wanted.
#[derive(Debug)]
pub(super) struct Ahead<P>(Option<JoinHandle<Result<P, StoreError>>>);

impl<P> Default for Ahead<P> {
    fn default() -> Self {
        Self(None)
    }
}

impl<P: Send + 'static> Ahead<P> {
    /// Begins to read; what was begun before is given up.
    pub(super) fn begin(
        &mut self,
        read: impl Future<Output = Result<P, StoreError>> + Send + 'static,
    ) {
        self.stop();
        let runtime = Handle::try_current().ok();
        self.0 = runtime.map(|runtime| runtime.spawn(read.in_current_span()));
    }

    /// The page, if one was read. Can be dropped at any time: the page stays.
    pub(super) async fn take(&mut self) -> Option<P> {
        let read = self.0.as_mut()?.await;
        self.0 = None;
        read.ok()?.ok()
    }
}

impl<P> Ahead<P> {
    fn stop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl<P> Drop for Ahead<P> {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::Ahead;
    use crate::ports::error::StoreError;

    #[tokio::test]
    async fn a_page_is_read_before_it_is_wanted() {
        let (sender, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let mut ahead = Ahead::default();
        ahead.begin(async move {
            let _ = sender.send(());
            Ok(7)
        });
        assert_eq!(begun.recv().await, Some(()));
        assert_eq!(ahead.take().await, Some(7));
        assert_eq!(ahead.take().await, None);
    }

    #[tokio::test]
    async fn one_that_fails_or_panics_was_not_read() {
        let mut ahead = Ahead::<u8>::default();
        ahead.begin(async { Err(StoreError::other("no")) });
        assert_eq!(ahead.take().await, None);
        ahead.begin(async { panic!("no") });
        assert_eq!(ahead.take().await, None);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_while_it_waits_loses_nothing() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let mut ahead = Ahead::default();
        ahead.begin(async move { Ok(receiver.await.unwrap_or(0)) });
        assert!(futures::FutureExt::now_or_never(ahead.take()).is_none());
        sender.send(7).unwrap();
        assert_eq!(ahead.take().await, Some(7));
    }

    #[tokio::test]
    async fn what_nobody_wants_any_more_is_given_up() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let mut ahead = Ahead::<u8>::default();
        ahead.begin(async move {
            let _sender = sender;
            std::future::pending().await
        });
        drop(ahead);
        assert!(receiver.await.is_err());
    }

    #[test]
    fn without_a_runtime_nothing_is_read_ahead() {
        let mut ahead = Ahead::default();
        ahead.begin(async { Ok(7) });
        assert_eq!(futures::FutureExt::now_or_never(ahead.take()), Some(None));
    }
}
