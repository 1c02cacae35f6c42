//! A proxy between a store and its server that loses what it is told to lose.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test, or a torture, ends here")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Builder, Postgres};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const PASS: u8 = 0;
/// The next request does not arrive, and the connection is cut.
pub(crate) const LOSE_REQUEST: u8 = 1;
/// The next request arrives, and the connection is cut before its answer.
pub(crate) const LOSE_ANSWER: u8 = 2;

#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    fault: Arc<AtomicU8>,
    /// What a request must have in it to be meant; nothing: it must be long.
    meant: Arc<Mutex<&'static str>>,
    requests: Arc<AtomicUsize>,
    scripts: Arc<AtomicUsize>,
    cuts: Arc<AtomicUsize>,
    /// When each statement was prepared, by its text: each time it is run where statements are not kept prepared.
    heard: Arc<Mutex<Heard>>,
}

type Heard = HashMap<String, Vec<Instant>>;

impl Proxy {
    /// Listens on a port of its own, in front of the server of this URL.
    pub(crate) async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            fault: Arc::default(),
            meant: Arc::default(),
            requests: Arc::default(),
            scripts: Arc::default(),
            cuts: Arc::default(),
            heard: Arc::default(),
        };
        let server = host(url).to_owned();
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(accepting.clone().serve(client, server));
            }
        });
        proxy
    }

    /// Listens in front of the server of this log, and says how to open the log through it: without the connection that
    /// listens, which is another client.
    pub(crate) async fn before_the_log(scratch: &Scratch) -> (Self, Builder) {
        let proxy = Self::before(scratch.url()).await;
        let builder = Postgres::builder(&proxy.url(scratch.url())).schema(scratch.schema());
        (proxy, builder.listen(false))
    }

    /// The URL with this proxy in place of the server.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replacen(host(url), &self.address.to_string(), 1)
    }

    /// What happens to the next request, once.
    pub(crate) fn next(&self, fault: u8) {
        self.fault.store(fault, Ordering::SeqCst);
    }

    /// What happens to the next request that has this text in it, once.
    pub(crate) fn next_with(&self, text: &'static str, fault: u8) {
        *self.meant.lock().unwrap() = text;
        self.next(fault);
    }

    /// How many times a client has sent a call: its round trips, if it waits for each answer.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many times a client has sent statements without parameters, such as BEGIN and COMMIT.
    pub(crate) fn scripts(&self) -> usize {
        self.scripts.load(Ordering::SeqCst)
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }

    /// Forgets what was heard.
    pub(crate) fn forget(&self) {
        self.heard.lock().unwrap().clear();
    }

    /// For each statement that was heard: its text, how often, and the shortest time between two of them.
    pub(crate) fn gaps(&self) -> Vec<(String, usize, Option<Duration>)> {
        let heard = self.heard.lock().unwrap();
        let of = |times: &[Instant]| times.windows(2).map(|two| two[1] - two[0]).min();
        heard
            .iter()
            .map(|(text, times)| (text.clone(), times.len(), of(times)))
            .collect()
    }

    fn hear(&self, request: &[u8]) {
        // Parse: a length, the name of the statement, and its text.
        let Some((b'P', rest)) = request.split_first() else {
            return;
        };
        let mut texts = rest.get(4..).unwrap_or_default().split(|byte| *byte == 0);
        let text = texts.nth(1).unwrap_or_default();
        let text = String::from_utf8_lossy(text).into_owned();
        let mut heard = self.heard.lock().unwrap();
        heard.entry(text).or_default().push(Instant::now());
    }

    async fn serve(self, client: TcpStream, server: TcpStream) {
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let answers = tokio::spawn(copy(from_server, to_client));
        self.forward(from_client, to_server, &answers).await;
        answers.abort();
    }

    async fn forward(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        answers: &tokio::task::JoinHandle<()>,
    ) {
        let mut buffer = vec![0; 1 << 20];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let request = &buffer[..read];
            self.hear(request);
            if request[0] == b'Q' {
                self.scripts.fetch_add(1, Ordering::SeqCst);
            }
            let has = |text: &str| {
                request
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            };
            // Binds parameters, and is not what the notifier says on its own.
            let is_call = match *self.meant.lock().unwrap() {
                "" => request[0] == b'B' && !has("cqrs.test_"),
                meant => has(meant),
            };
            let fault = if is_call {
                self.requests.fetch_add(1, Ordering::SeqCst);
                self.fault.swap(PASS, Ordering::SeqCst)
            } else {
                PASS
            };
            if fault != PASS {
                self.cuts.fetch_add(1, Ordering::SeqCst);
            }
            if fault == LOSE_REQUEST {
                return;
            }
            if fault == LOSE_ANSWER {
                answers.abort();
            }
            if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
            if fault == LOSE_ANSWER {
                // The server commits before it finds out that nobody listens.
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                return;
            }
        }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

/// `host:port` of a URL.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").unwrap().1;
    let rest = rest.split(['/', '?']).next().unwrap();
    rest.rsplit('@').next().unwrap()
}
