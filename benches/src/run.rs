//! A run: round by round, with an eye on the time, and with everything in the file after each measurement.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;

use crate::budget::{Budget, Left, clock};
use crate::cell::Planned;
use crate::contenders::Contender;
use crate::machine::Machine;
use crate::measure::{self, How};
use crate::options::Options;
use crate::record::{Measurement, Record};
use crate::report::Report;
use crate::servers::Servers;
use crate::slow_disk::SlowDisk;
use crate::{compile, plan};

/// Measures what is planned, and gives all that is known then.
pub(crate) async fn run(options: &Options) -> Result<Record> {
    let servers = Servers::connect(options).await?;
    let slow_disk = SlowDisk::asked(options)?;
    let machine = Machine::describe(&servers, slow_disk.as_ref()).await?;
    let contenders = compile::all(options);
    let mut plan = plan::cells(options, &contenders);
    let mut budget = Budget::new(options.minutes);
    let (rounds, milliseconds) = budget.fit(&plan, options.rounds(), options.milliseconds());
    if options.minutes.is_some() {
        for planned in &mut plan {
            planned.rounds = if planned.cell.times > 1 { 1 } else { rounds };
        }
    }
    let fresh = Record::new(options, machine, &contenders, &plan);
    let record = match &options.resume {
        Some(file) => Record::read(file)?.and_plan(&fresh.plan),
        None => fresh,
    };
    let mut run = Run {
        options,
        how: How {
            pool: options.pool,
            slow_disk,
        },
        contenders: &contenders,
        plan: &plan,
        earlier: record.seconds,
        record,
        began: Instant::now(),
    };
    run.record.milliseconds = milliseconds;
    run.record.rounds = plan
        .iter()
        .map(|planned| planned.rounds)
        .max()
        .unwrap_or_default();
    run.announce(&budget, milliseconds);
    run.rounds(&servers, &mut budget, milliseconds).await?;
    servers.clear().await;
    run.write()?;
    Ok(run.record)
}

struct Run<'a> {
    options: &'a Options,
    how: How,
    contenders: &'a [Contender],
    plan: &'a [Planned],
    record: Record,
    /// The seconds of a run that this one goes on with.
    earlier: u64,
    began: Instant,
}

impl<'a> Run<'a> {
    /// What will be measured, and how long that is thought to take.
    fn announce(&self, budget: &Budget, milliseconds: u64) {
        let mut works: BTreeMap<_, Left<'_>> = BTreeMap::new();
        for (planned, times) in self.left(0) {
            let key = (planned.cell.work, planned.cell.log > 0);
            works.entry(key).or_default().push((planned, times));
        }
        let rounds = self.record.rounds;
        eprintln!("the plan: {rounds} rounds, runs of {milliseconds} ms");
        for ((work, is_grown), left) in &works {
            let grown = if *is_grown { ", grown logs" } else { "" };
            let count: u32 = left.iter().map(|(_, times)| times).sum();
            eprintln!(
                "  {:<28} {count:>5} measurements {:>8}",
                format!("{work}{grown}"),
                clock(budget.seconds(left, milliseconds))
            );
        }
        let all = clock(budget.seconds(&self.left(0), milliseconds));
        let most = self.options.minutes.map(|minutes| clock(minutes * 60.0));
        let most = most.map_or_else(String::new, |most| format!(" of {most}"));
        eprintln!("  all of it: {all}{most} (minutes:seconds, guessed)");
    }

    async fn rounds(
        &mut self,
        servers: &Servers,
        budget: &mut Budget,
        planned_milliseconds: u64,
    ) -> Result<()> {
        let mut left_out = 0;
        for round in 0..self.record.rounds {
            // What took less time than it was thought makes the next round's runs longer, within reason.
            let left = budget.longest(&self.left(0), self.elapsed());
            let most = match (self.options.minutes, round) {
                (Some(_), 1..) => left.min(planned_milliseconds * 3 / 2),
                _ => planned_milliseconds,
            };
            for (index, planned) in self.plan.iter().enumerate() {
                let done = self.record.times(&planned.cell);
                if round >= planned.rounds || usize::try_from(round)? < done {
                    continue;
                }
                let left = self.left(index);
                let milliseconds = most.min(match self.options.minutes {
                    Some(_) => budget.longest(&left, self.elapsed()),
                    None => most,
                });
                if !budget.has_time_for(planned, milliseconds, self.elapsed()) {
                    left_out += 1;
                    continue;
                }
                let cell = &planned.cell;
                eprintln!(
                    "[{}, {} to go] round {} of {}, {} of {}: {cell}",
                    clock(self.elapsed()),
                    clock(budget.seconds(&left, milliseconds)),
                    round + 1,
                    self.record.rounds,
                    index + 1,
                    self.plan.len()
                );
                self.measure(servers, budget, planned, milliseconds).await?;
            }
        }
        if left_out > 0 {
            eprintln!("the time is up: {left_out} measurements were left out");
        }
        Ok(())
    }

    async fn measure(
        &mut self,
        servers: &Servers,
        budget: &mut Budget,
        planned: &Planned,
        milliseconds: u64,
    ) -> Result<()> {
        let filled = measure::fill(servers, self.contenders, planned).await;
        let began = Instant::now();
        let measured = match filled {
            Ok(()) => {
                measure::measure(servers, self.contenders, planned, &self.how, milliseconds).await
            }
            Err(error) => Err(error),
        };
        let seconds = began.elapsed().as_secs_f64();
        budget.learn(&planned.cell, seconds, milliseconds);
        let (measured, failure) = match measured {
            Ok(measured) => (Some(measured), None),
            Err(error) => {
                eprintln!("  failed: {error:#}");
                (None, Some(format!("{error:#}")))
            }
        };
        self.record.measurements.push(Measurement {
            cell: planned.cell.clone(),
            milliseconds,
            seconds,
            measured,
            failure,
        });
        self.write()
    }

    /// What is not measured yet, seen from this place of a round.
    fn left(&self, index: usize) -> Left<'a> {
        let (before, after) = self.plan.split_at(index);
        let left = after.iter().chain(before).map(|planned| {
            let done = u32::try_from(self.record.times(&planned.cell)).unwrap_or(u32::MAX);
            (planned, planned.rounds.saturating_sub(done))
        });
        left.filter(|(_, times)| *times > 0).collect()
    }

    fn elapsed(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn write(&mut self) -> Result<()> {
        self.record.seconds = self.earlier + self.began.elapsed().as_secs();
        match &self.options.json {
            Some(path) => Report::new(&self.record).write(path),
            None => Ok(()),
        }
    }
}
