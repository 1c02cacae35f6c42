//! Throughput and latency against the number of tasks, as one picture.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use bench_harness::Work;
use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement};
use plotters::prelude::{BindKeyPoints, IntoLogRange};
use plotters::series::LineSeries;
use plotters::style::{BLACK, Color, Palette, Palette99, WHITE};

use crate::report::Report;
use crate::results::Series;

const SIZE: (u32, u32) = (1_400, 1_100);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Lines = BTreeMap<String, Vec<(f64, f64)>>;

/// Draws one row of panels for each work that was measured with several numbers of tasks.
pub(crate) fn draw(report: &Report<'_>, path: &Path) -> Result<()> {
    let works = [Work::OwnAccounts, Work::Append];
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let panels = root.split_evenly((works.len(), 2));
    for (work, panels) in works.into_iter().zip(panels.chunks(2)) {
        let [throughput, latency] = panels else {
            continue;
        };
        let rates = lines(report, work, |series| series.median);
        let medians = lines(report, work, |series| Some(series.latency?.p50));
        panel(throughput, &format!("{work}: {}", work.unit()), &rates)?;
        panel(latency, &format!("{work}: median latency in µs"), &medians)?;
    }
    root.present().map_err(failed)
}

/// One line for each contender.
fn lines(report: &Report<'_>, work: Work, value: impl Fn(&Series) -> Option<f64>) -> Lines {
    let mut lines = Lines::new();
    for series in &report.series {
        let cell = &series.cell;
        if cell.work != work || !cell.is_plain() {
            continue;
        }
        // There is no place for 0 on a logarithmic axis: drawing it would never end.
        let value = value(series).filter(|value| *value > 0.0);
        if let (Some(value), Ok(tasks)) = (value, u32::try_from(cell.tasks)) {
            let line = lines.entry(cell.contender.clone()).or_default();
            line.push((f64::from(tasks), value));
        }
    }
    lines
}

fn panel(area: &Area<'_>, title: &str, lines: &Lines) -> Result<()> {
    let points = || lines.values().flatten();
    let of = |axis: fn(&(f64, f64)) -> f64| {
        let least = points().map(axis).min_by(f64::total_cmp);
        let most = points().map(axis).max_by(f64::total_cmp);
        least.zip(most)
    };
    let (Some(tasks), Some(values)) = (of(|point| point.0), of(|point| point.1)) else {
        return Ok(());
    };
    let horizontal = (tasks.0 * 0.9..tasks.1 * 1.1).log_scale();
    let vertical = (values.0 * 0.7..values.1 * 1.5).log_scale();
    let mut keys: Vec<_> = points().map(|point| point.0).collect();
    keys.sort_by(f64::total_cmp);
    keys.dedup();
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(72)
        .build_cartesian_2d(horizontal.with_key_points(keys), vertical)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("tasks")
        .x_label_formatter(&|tasks| format!("{tasks:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()
        .map_err(failed)?;
    for (index, (name, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
                color.stroke_width(2),
            ))
            .map_err(failed)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        chart
            .draw_series(
                points
                    .iter()
                    .map(|point| Circle::new(*point, 3, color.filled())),
            )
            .map_err(failed)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.4))
        .draw()
        .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("can't draw the plot: {error}")
}
