//! How long everything takes, before it starts and while it runs, and how long a run may be so that all of it fits.

use std::collections::BTreeMap;
use std::time::Duration;

use bench_harness::Work;

use crate::cell::{Cell, Planned};
use crate::contenders::Role;

/// How often everything is measured at least where the time is given: a median of fewer is a guess.
const LEAST_ROUNDS: u32 = 3;

/// How often at most: beyond that the time goes into longer runs.
const MOST_ROUNDS: u32 = 5;

/// How long a run is at least and at most where the time is given, in milliseconds.
const LEAST: u64 = 300;
const ENOUGH: u64 = 3_000;
const MOST: u64 = 10_000;

/// What a measurement takes besides its run, in seconds: a database, a checkpoint, a process, two counts.
const BESIDE: f64 = 0.6;

/// How fast logs are filled by imports, in events a second.
const FILLED: f64 = 60_000.0;

/// How fast others are filled before a run, in events a second: those who add many events a statement, and those who don't.
const MANY_AT_ONCE: f64 = 80_000.0;
const ONE_BY_ONE: f64 = 12_000.0;

/// What is left of the time after this part: for the report, and for what takes longer than it was thought.
const USED: f64 = 0.95;

/// What is expected, and what was learnt.
#[derive(Debug)]
pub(crate) struct Budget {
    /// All the time that there is; `None` for as long as it takes.
    minutes: Option<f64>,
    /// The seconds of each cell that was measured, besides its run.
    learnt: BTreeMap<Cell, f64>,
}

/// What is still to be done: each cell with how often.
pub(crate) type Left<'a> = Vec<(&'a Planned, u32)>;

impl Budget {
    pub(crate) fn new(minutes: Option<f64>) -> Self {
        Self {
            minutes,
            learnt: BTreeMap::new(),
        }
    }

    /// How often everything is measured and for how many milliseconds, so that it fits; the given ones where no time is given.
    pub(crate) fn fit(&self, plan: &[Planned], rounds: u32, milliseconds: u64) -> (u32, u64) {
        if self.minutes.is_none() {
            return (rounds, milliseconds);
        }
        let of = |rounds| {
            let left = plan.iter().map(|planned| (planned, rounds)).collect();
            self.longest(&left, 0.0)
        };
        let (mut rounds, mut longest) = (LEAST_ROUNDS, of(LEAST_ROUNDS));
        while rounds < MOST_ROUNDS && of(rounds + 1) >= ENOUGH {
            rounds += 1;
            longest = of(rounds);
        }
        (rounds, longest)
    }

    /// How many milliseconds each run may take, so that what is left fits into the rest of the time.
    pub(crate) fn longest(&self, left: &Left<'_>, elapsed: f64) -> u64 {
        let Some(minutes) = self.minutes else {
            return MOST;
        };
        let fixed = self.seconds(left, 0);
        let runs: u32 = left
            .iter()
            .filter(|(planned, _)| planned.cell.is_timed())
            .map(|(planned, rounds)| planned.cell.times * rounds)
            .sum();
        let free = (minutes * 60.0 * USED - elapsed - fixed).max(0.0);
        let each = Duration::try_from_secs_f64(free / f64::from(runs.max(1))).unwrap_or_default();
        u64::try_from(each.as_millis())
            .unwrap_or(MOST)
            .clamp(LEAST, MOST)
    }

    /// Whether there is time for one more.
    pub(crate) fn has_time_for(&self, planned: &Planned, milliseconds: u64, elapsed: f64) -> bool {
        let takes = self.seconds(&vec![(planned, 1)], milliseconds);
        self.minutes
            .is_none_or(|minutes| elapsed + takes <= minutes * 60.0)
    }

    /// How many seconds it takes.
    pub(crate) fn seconds(&self, left: &Left<'_>, milliseconds: u64) -> f64 {
        let mut filled = Vec::new();
        let mut seconds = 0.0;
        let scale = self.scale(left);
        for (planned, rounds) in left {
            let cell = &planned.cell;
            let log = (planned.program, cell.log);
            if cell.log > 0 && !filled.contains(&log) && !self.has_learnt_log(cell.log) {
                filled.push(log);
                seconds += number(cell.log) / FILLED;
            }
            let run = if cell.is_timed() {
                Duration::from_millis(milliseconds * u64::from(cell.times)).as_secs_f64()
            } else {
                0.0
            };
            let beside = self
                .learnt
                .get(cell)
                .copied()
                .unwrap_or_else(|| beside(cell) * scale);
            seconds += f64::from(*rounds) * (run + beside);
        }
        seconds
    }

    /// What a measurement took, without what was done once for many.
    pub(crate) fn learn(&mut self, cell: &Cell, seconds: f64, milliseconds: u64) {
        let run = Duration::from_millis(milliseconds * u64::from(cell.times)).as_secs_f64();
        let beside = if cell.is_timed() {
            seconds - run
        } else {
            seconds
        };
        self.learnt.insert(cell.clone(), beside.max(0.0));
    }

    fn has_learnt_log(&self, log: u64) -> bool {
        self.learnt.keys().any(|cell| cell.log == log)
    }

    /// How much longer this machine takes than it was thought, as far as cells were measured.
    fn scale(&self, left: &Left<'_>) -> f64 {
        let measured = left
            .iter()
            .filter_map(|(planned, _)| Some((&planned.cell, *self.learnt.get(&planned.cell)?)));
        let (mut thought, mut took) = (10.0 * BESIDE, 10.0 * BESIDE);
        for (cell, seconds) in measured {
            thought += beside(cell);
            took += seconds;
        }
        (took / thought).clamp(0.5, 4.0)
    }
}

/// What a measurement is thought to take besides the time of its run.
fn beside(cell: &Cell) -> f64 {
    let is_fast = cell.role != Role::Peer;
    let rate = if is_fast { MANY_AT_ONCE } else { ONE_BY_ONE };
    let length = f64::from(cell.length);
    let prepared = match cell.work {
        Work::LongAccounts => 64_000.0 / rate,
        Work::ColdAccounts => 50_000.0 / rate,
        // Most databases are there from the round before.
        Work::Load => 40_000.0 / rate / 2.0,
        Work::Replay => length / rate / 2.0,
        Work::Projection => length / rate + length / if is_fast { 60_000.0 } else { 8_000.0 },
        _ => 0.0,
    };
    BESIDE * f64::from(cell.nodes) + prepared
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no log of a benchmark has 2^52 events"
)]
fn number(count: u64) -> f64 {
    count as f64
}

/// Minutes and seconds.
pub(crate) fn clock(seconds: f64) -> String {
    let seconds = Duration::try_from_secs_f64(seconds)
        .unwrap_or_default()
        .as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use bench_harness::Work;

    use super::{Budget, ENOUGH, LEAST, clock};
    use crate::cell::{Cell, Planned};
    use crate::contenders::Role;

    fn planned(tasks: usize, log: u64) -> Planned {
        Planned {
            cell: Cell {
                work: Work::Append,
                length: 0,
                log,
                nodes: 1,
                tasks,
                times: 1,
                contender: "ours on Postgres".into(),
                role: Role::Ours,
            },
            variant: String::new(),
            program: 0,
            rounds: 1,
        }
    }

    fn plan() -> Vec<Planned> {
        (1..=100).map(|tasks| planned(tasks, 0)).collect()
    }

    #[test]
    fn what_is_planned_fits_into_the_time() {
        for minutes in [10.0, 20.0, 45.0] {
            let (budget, plan) = (Budget::new(Some(minutes)), plan());
            let (rounds, milliseconds) = budget.fit(&plan, 1, 1);
            assert!(rounds >= 3);
            let left = plan.iter().map(|planned| (planned, rounds)).collect();
            let seconds = budget.seconds(&left, milliseconds);
            assert!(seconds < minutes * 60.0, "{minutes}: {seconds}");
            assert!(seconds > minutes * 60.0 * 0.9, "{minutes}: {seconds}");
            assert!(rounds == 3 || milliseconds >= ENOUGH);
        }
    }

    #[test]
    fn without_a_time_it_is_as_it_was_asked_for() {
        assert_eq!(Budget::new(None).fit(&plan(), 7, 1_234), (7, 1_234));
    }

    #[test]
    fn a_log_is_filled_once() {
        let (budget, plan) = (
            Budget::new(None),
            [planned(1, 6_000_000), planned(2, 6_000_000)],
        );
        let left = plan.iter().map(|planned| (planned, 3)).collect();
        let seconds = budget.seconds(&left, 1_000);
        assert!((100.0..120.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn what_takes_longer_than_it_was_thought_shortens_the_runs_that_are_left() {
        let (mut budget, plan) = (Budget::new(Some(20.0)), plan());
        let left = plan.iter().map(|planned| (planned, 3)).collect();
        let before = budget.longest(&left, 0.0);
        assert!(budget.longest(&left, 300.0) < before);
        for planned in &plan[..50] {
            budget.learn(&planned.cell, 3.0, 1_000);
        }
        assert!(budget.longest(&left, 0.0) < before);
        assert_eq!(budget.longest(&left, 2_000.0), LEAST);
        assert!(budget.has_time_for(&plan[0], 1_000, 1_190.0));
        assert!(!budget.has_time_for(&plan[0], 1_000, 1_199.0));
    }

    #[test]
    fn times_are_told_in_minutes() {
        assert_eq!(clock(754.6), "12:34");
    }
}
