//! The progress of a rebuild as a bar in a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{LOOK, Rebuild, RebuildProgress};
use crate::runtime::read_view::ReadError;

const TEMPLATE: &str = "{prefix} [{wide_bar}] {human_pos} of {human_len} events, {msg}";

impl Rebuild {
    /// Until it is live, with a bar on the standard error output: events done, of how many, rate, time left. Where that
    /// is no terminal, nothing is drawn.
    ///
    /// # Errors
    ///
    /// As [`progress`](Rebuild::progress).
    pub async fn finished_with_bar(mut self) -> Result<RebuildProgress, ReadError> {
        let bar = ProgressBar::with_draw_target(Some(0), target(std::io::stderr().is_terminal()));
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.set_prefix(self.of.to_string());
        loop {
            // An error leaves the bar where it is, and the line free.
            let progress = self.progress().await.inspect_err(|_| bar.abandon())?;
            bar.set_length(progress.total);
            bar.set_position(progress.done);
            bar.set_message(message(&progress));
            if progress.is_live {
                bar.finish();
                return Ok(progress);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn target(is_terminal: bool) -> ProgressDrawTarget {
    if is_terminal {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

fn message(progress: &RebuildProgress) -> String {
    let rate = format!("{:.0} a second", progress.rate);
    match progress.left.filter(|_| !progress.is_live) {
        None => rate,
        Some(left) => format!("{rate}, {} s left", left.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RebuildProgress, TEMPLATE, message, target};
    use crate::words::generation::{Generation, GenerationId};
    use crate::words::position::Position;
    use crate::words::processor::ProcessorName;

    #[test]
    fn says_rate_and_time_left_until_it_is_live() {
        let name = ProcessorName::from_static("totals");
        let mut progress = RebuildProgress {
            generation: GenerationId::new(name, Generation::FIRST),
            position: Position::START,
            end: Position::START,
            done: 3,
            total: 9,
            rate: 1_234.5,
            left: Some(Duration::from_millis(2_500)),
            is_live: false,
        };
        assert_eq!(message(&progress), "1234 a second, 2 s left");
        progress.is_live = true;
        assert_eq!(message(&progress), "1234 a second");
    }

    #[test]
    fn draws_nothing_where_there_is_no_terminal() {
        assert!(target(false).is_hidden());
        assert!(indicatif::ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
