//! Threads for tests of which many must fail.

/// Runs on threads whose panics are not printed: each is one that the test wants.
pub(crate) fn on_silent_threads<T: Send>(future: impl Future<Output = T> + Send) -> T {
    const SILENT: &str = "panics are wanted here";
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(SILENT) {
            print(panic);
        }
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .thread_name(SILENT)
        .enable_all()
        .build()
        .expect("the runtime starts");
    // Spawned, so that all of it is on those threads.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(SILENT.into());
        let running = thread.spawn_scoped(scope, || runtime.block_on(future));
        running.expect("a thread starts").join().expect("it ends")
    })
}
