//! How one test is run: on a runtime with several threads, with an end, and with cleanup in any case.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::harness::StoreHarness;

/// A test that runs.
pub type TestFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// After so long a test has failed: what it waits for does not come.
const LONGEST: Duration = Duration::from_mins(2);

/// How a test failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// What the test found is not as promised: its panic.
    Panicked(Box<dyn Any + Send>),
    /// It did not end in time.
    TimedOut(Duration),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Panicked(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                formatter.write_str(text.unwrap_or("a panic without a text"))
            }
            Self::TimedOut(longest) => {
                write!(
                    formatter,
                    "the test did not end within {} s",
                    longest.as_secs()
                )
            }
        }
    }
}

/// Runs one test on a fresh store: what each test that [`conformance!`](crate::conformance!) generates does.
///
/// # Panics
///
/// When the test fails, with the panic of the test.
pub fn run<H: StoreHarness>(test: for<'a> fn(&'a H) -> TestFuture<'a>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("the runtime of a test starts");
    let outcome = runtime.block_on(async {
        let harness = H::fresh().await;
        let outcome = outcome(&harness, test, LONGEST).await;
        harness.cleanup().await;
        outcome
    });
    runtime.shutdown_timeout(Duration::from_secs(10));
    match outcome {
        Ok(()) => {}
        Err(Failure::Panicked(panic)) => resume_unwind(panic),
        Err(failure) => panic!("{failure}"),
    }
}

/// Runs one test and says whether it failed, instead of panicking: for tests of the suite itself.
///
/// ### Note: the runtime
/// The tests with random content need a runtime with several threads.
///
/// # Errors
///
/// [`Failure`] when the store does not keep the promise, or the test does not end within `longest`.
pub async fn outcome<H>(
    harness: &H,
    test: for<'a> fn(&'a H) -> TestFuture<'a>,
    longest: Duration,
) -> Result<(), Failure> {
    let mut future = test(harness);
    let caught = poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(panic) => Poll::Ready(Err(Failure::Panicked(panic))),
        }
    });
    match tokio::time::timeout(longest, caught).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(Failure::TimedOut(longest)),
    }
}
