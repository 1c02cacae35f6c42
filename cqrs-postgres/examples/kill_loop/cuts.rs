//! Cuts connections at commits.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::proxy::{LOSE_ANSWER, LOSE_REQUEST, Proxy};

/// What only requests have in them that commit something: the transaction of the projection, the append of a command
/// or the step that stages it, the documents of a view.
const COMMITS: [&str; 3] = ["COMMIT", "\"amount\":", "\"events\":"];

/// A proxy that cuts connections.
pub(crate) struct Cuts {
    proxy: Proxy,
    cutting: JoinHandle<()>,
}

impl Cuts {
    /// In front of the server of this URL. Most of the commits that it cuts off have happened: the answer is lost.
    pub(crate) async fn start(url: &str) -> Self {
        let proxy = Proxy::before(url).await;
        let told = proxy.clone();
        let cutting = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(fastrand::u64(20..200))).await;
                let commit = COMMITS[fastrand::usize(..COMMITS.len())];
                let fault = [LOSE_ANSWER, LOSE_ANSWER, LOSE_REQUEST][fastrand::usize(..3)];
                told.next_with(commit, fault);
            }
        });
        Self { proxy, cutting }
    }

    pub(crate) fn url(&self, url: &str) -> String {
        self.proxy.url(url)
    }

    /// No more of them; says how many there were.
    pub(crate) fn stop(self) -> usize {
        self.cutting.abort();
        self.proxy.next(crate::proxy::PASS);
        self.proxy.cuts()
    }
}
