//! The report for people: a table for each row of the plan.

use std::fmt::Write as _;

use crate::contenders::Role;
use crate::report::Report;
use crate::results::Series;

/// The whole report as text.
pub(crate) fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report<'_>) -> std::fmt::Result {
    machine(text, report)?;
    let groups = report
        .series
        .chunk_by(|one, other| one.cell.group() == other.cell.group());
    for group in groups {
        rows(text, group)?;
    }
    writeln!(text, "\n## What issue 4 asks for\n")?;
    writeln!(
        text,
        "{:<4} {:<62} {:>12} {:>10}  verdict",
        "no.", "figure", "is", "must be"
    )?;
    for goal in &report.goals {
        if let Some(place) = goal.elsewhere {
            writeln!(text, "{:<4} {}: {place}", goal.number, goal.what)?;
            continue;
        }
        let figure = goal.figure.map_or_else(|| "-".into(), precise);
        let (number, what, bound, verdict) =
            (goal.number, &goal.what, goal.bound(), goal.verdict());
        writeln!(
            text,
            "{number:<4} {what:<62} {figure:>12} {bound:>10}  {verdict}"
        )?;
    }
    list(text, "Not measured", &report.not_measured)?;
    list(text, "Wrong", &report.wrong)
}

fn machine(text: &mut String, report: &Report<'_>) -> std::fmt::Result {
    let record = report.record;
    let machine = &record.machine;
    writeln!(
        text,
        "# Benchmark, {} mode, {} s: medians of {} rounds of {} ms, at most {} connections\n",
        record.mode, record.seconds, record.rounds, record.milliseconds, record.pool
    )?;
    writeln!(
        text,
        "{} cores, {}, {} GiB, {}; a page is durable after {:.0} µs",
        machine.cores,
        machine.processor,
        machine.memory_gib,
        machine.system,
        machine.sync_microseconds
    )?;
    if let (Some(delay), Some(slowed)) = (machine.sync_delay, machine.slowed_sync_microseconds) {
        writeln!(
            text,
            "THE DISK WAS SLOWED: each sync of a server takes at least {delay} µs more; with that a page is durable after {slowed:.0} µs"
        )?;
    }
    for postgres in &machine.postgres {
        let settings: Vec<_> = postgres
            .settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        writeln!(
            text,
            "PostgreSQL {}: the smallest durable transaction takes {:.0} µs; {}",
            postgres.version,
            postgres.commit_microseconds,
            settings.join(" ")
        )?;
    }
    for contender in &record.contenders {
        let versions: Vec<_> = contender
            .versions
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        writeln!(
            text,
            "{}: {}; {}",
            contender.name,
            versions.join(", "),
            contender.note
        )?;
    }
    Ok(())
}

fn rows(text: &mut String, group: &[Series]) -> std::fmt::Result {
    let Some(first) = group.first() else {
        return Ok(());
    };
    let cell = &first.cell;
    let tasks = if cell.tasks == 1 { "task" } else { "tasks" };
    write!(text, "\n## {}, {} {tasks}", cell.work.title(), cell.tasks)?;
    if cell.length > 0 {
        write!(text, ", {} events", cell.length)?;
    }
    if cell.log > 0 {
        write!(text, ", {} events in the log", cell.log)?;
    }
    if cell.nodes > 1 {
        write!(text, ", {} nodes", cell.nodes)?;
    }
    if cell.times > 1 {
        write!(text, ", {} times as long as the others", cell.times)?;
    }
    let best = group
        .iter()
        .filter_map(|series| series.median)
        .max_by(f64::total_cmp);
    writeln!(
        text,
        "\n\n{:<38} {:>12} {:>8} {:>10} {:>10} {:>10}  check",
        "", first.unit, "of best", "p50 µs", "p99 µs", "conflicts"
    )?;
    for series in group {
        row(text, series, best)?;
    }
    Ok(())
}

fn row(text: &mut String, series: &Series, best: Option<f64>) -> std::fmt::Result {
    let latency = |value: Option<f64>| value.map_or_else(|| "-".into(), precise);
    let Some(median) = series.median else {
        if series.failures.is_empty() {
            return writeln!(text, "{:<38} not measured", series.cell.contender);
        }
        let why: Vec<_> = series.failures.iter().map(String::as_str).collect();
        return writeln!(
            text,
            "{:<38} failed: {}",
            series.cell.contender,
            why.join("; ").replace('\n', " ")
        );
    };
    writeln!(
        text,
        "{:<38} {:>12} {:>8} {:>10} {:>10} {:>10}  {}",
        series.cell.contender,
        precise(median),
        best.map_or_else(String::new, |best| format!("{:.3}", median / best)),
        latency(series.latency.map(|latency| latency.p50)),
        latency(series.latency.map(|latency| latency.p99)),
        precise(series.conflicts_per_operation),
        series.check
    )?;
    for (name, value) in &series.figures {
        writeln!(text, "    {name}: {}", precise(*value))?;
    }
    if let (Some(memory), Role::Ours) = (series.memory, series.cell.role) {
        let middle = memory.middle.map_or_else(String::new, |middle| {
            format!(", at half time {}", precise(middle))
        });
        writeln!(
            text,
            "    MiB of the process: before {}{middle}, after {}, most {}",
            precise(memory.before),
            precise(memory.after),
            precise(memory.peak)
        )?;
    }
    if series.nodes.len() > 1 {
        let nodes: Vec<_> = series.nodes.iter().map(|rate| precise(*rate)).collect();
        writeln!(text, "    each node: {}", nodes.join(", "))?;
    }
    Ok(())
}

fn list(text: &mut String, heading: &str, lines: &[String]) -> std::fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n## {heading}\n")?;
    for line in lines {
        writeln!(text, "- {line}")?;
    }
    Ok(())
}

/// Three digits are more than a benchmark knows.
fn precise(value: f64) -> String {
    if value == 0.0 || value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
