//! Tasks that begin together.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Barrier;

/// Runs so many tasks at the same time and collects what they return, in the order of their numbers. A panic in one
/// is a panic here.
pub(super) async fn race<F>(tasks: usize, task: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let start = Arc::new(Barrier::new(tasks));
    let racing: Vec<_> = (0..tasks)
        .map(|number| {
            let (start, task) = (Arc::clone(&start), task(number));
            tokio::spawn(async move {
                start.wait().await;
                task.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(tasks);
    for task in racing {
        match task.await {
            Ok(result) => results.push(result),
            Err(error) => resume_unwind(error.into_panic()),
        }
    }
    results
}
