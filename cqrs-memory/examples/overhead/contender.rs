//! Who sends commands, and what that costs.

use std::time::{Duration, Instant};

use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use uuid::Uuid;

use crate::till::{Open, Put, Till, TillId};

pub(crate) type Checked<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Tasks that send commands, all at the same time. Their aggregates are in memory when they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// One task, one aggregate: what a command takes.
    Alone,
    /// 32 tasks, each with an aggregate of its own.
    Own,
    /// 32 tasks, one aggregate for all of them.
    Hot,
}

/// How long so many commands took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) commands: u32,
    pub(crate) wall: Duration,
    /// Of all threads of the program. Unlike `wall` it hardly depends on what else the machine does.
    pub(crate) cpu: Duration,
}

impl Contender {
    pub(crate) const ALL: [Self; 3] = [Self::Alone, Self::Own, Self::Hot];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Own => "own",
            Self::Hot => "hot",
        }
    }

    const fn tasks(self) -> u32 {
        match self {
            Self::Alone => 1,
            Self::Own | Self::Hot => 32,
        }
    }

    /// Sends about so many commands. `begins` is called when all is ready, and `ends` when all are done.
    pub(crate) async fn send(
        self,
        commands: u32,
        begins: impl FnOnce(),
        ends: impl FnOnce(),
    ) -> Checked<Taken> {
        let cqrs = Cqrs::builder(Memory::new())
            .aggregate::<Till>()
            .build()
            .await?;
        let mut tills = Vec::new();
        for _ in 0..self.tasks() {
            let first = tills.first().filter(|_| self == Self::Hot);
            let till = first.copied().unwrap_or_else(|| TillId(Uuid::now_v7()));
            if first.is_none() {
                let _ = cqrs.send(Open { till }).await?;
            }
            tills.push(till);
        }
        let each = commands / self.tasks();
        let (cpu, start) = (cpu_time(), Instant::now());
        begins();
        let tasks: Vec<_> = tills
            .iter()
            .map(|till| tokio::spawn(put(cqrs.clone(), *till, each)))
            .collect();
        for task in tasks {
            task.await??;
        }
        ends();
        let taken = Taken {
            commands: each * self.tasks(),
            wall: start.elapsed(),
            cpu: cpu_time().saturating_sub(cpu),
        };
        self.check(&cqrs, &tills, each).await?;
        Ok(taken)
    }

    /// Nothing is lost and nothing doubled.
    async fn check(self, cqrs: &Cqrs, tills: &[TillId], each: u32) -> Checked<()> {
        for till in tills {
            let expected = u64::from(match self {
                Self::Hot => each * self.tasks(),
                Self::Alone | Self::Own => each,
            });
            let version = cqrs.repository::<Till>().load(till).await?.version().get();
            if version != expected + 1 {
                return Err(format!("{} events, expected {}", version, expected + 1).into());
            }
        }
        Ok(())
    }
}

async fn put(cqrs: Cqrs, till: TillId, times: u32) -> Checked<()> {
    for _ in 0..times {
        let _ = cqrs.send(Put { till, coins: 1 }).await?;
    }
    Ok(())
}

/// What all threads have had of the processors, as Linux counts it; zero elsewhere.
fn cpu_time() -> Duration {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return Duration::ZERO;
    };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}
