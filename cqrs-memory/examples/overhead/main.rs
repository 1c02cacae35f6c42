//! What the framework itself costs: commands on the memory store, whose aggregates are in memory. `cargo xtask overhead` runs it,
//! and the same with an allocator that counts (`overhead_allocations`).
//!
//! The contenders take turns, and each figure is the median of the rounds. The store keeps every event, about half a
//! kilobyte for each.
//!
//! Arguments: how many commands a round (1,000,000), how many rounds (5), and one contender alone (`alone`, `own`, `hot`): for a
//! profile, `perf record -g -- target/release/examples/overhead 4000000 1 own`.

mod contender;
mod till;

use std::time::Duration;

use contender::{Checked, Contender, Taken};

#[tokio::main(worker_threads = 2)]
async fn main() -> Checked<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(Ok(default), |text| text.parse());
    let (commands, rounds) = (number(1_000_000)?, number(5)?);
    let only = arguments.next();
    let is_asked =
        |contender: &Contender| only.as_ref().is_none_or(|only| only == contender.name());
    let contenders: Vec<_> = Contender::ALL.into_iter().filter(is_asked).collect();
    let mut taken: Vec<Vec<Taken>> = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            taken.push(contender.send(commands, || {}, || {}).await?);
        }
    }
    println!(
        "{:>10} {:>12} {:>14} {:>14}",
        "", "commands/s", "ns a command", "CPU ns"
    );
    for (contender, taken) in contenders.iter().zip(&taken) {
        let wall = median(taken, |taken| taken.wall);
        let cpu = median(taken, |taken| taken.cpu);
        println!(
            "{:>10} {:>12.0} {wall:>14.0} {cpu:>14.0}",
            contender.name(),
            1e9 / wall
        );
    }
    Ok(())
}

/// Nanoseconds a command.
fn median(taken: &[Taken], time: impl Fn(&Taken) -> Duration) -> f64 {
    let of = |taken: &Taken| time(taken).as_secs_f64() * 1e9 / f64::from(taken.commands);
    let mut times: Vec<_> = taken.iter().map(of).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
