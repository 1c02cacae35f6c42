//! Progress as a bar in a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Progress;

const TEMPLATE: &str = "{prefix} [{wide_bar}] {human_pos} of {human_len} events, {msg}";

/// A bar on the standard error output: events done, of how many, rate, time left. Where that is no terminal, nothing is
/// drawn.
pub(in crate::runtime) struct Bar(ProgressBar);

impl Bar {
    pub(in crate::runtime) fn new(prefix: String) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), target(std::io::stderr().is_terminal()));
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.set_prefix(prefix);
        Self(bar)
    }

    pub(in crate::runtime) fn show(
        &self,
        done: u64,
        total: u64,
        rate: f64,
        left: Option<Duration>,
    ) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(message(rate, left));
    }

    /// A run over the log: how far is told by positions, as for a rebuild.
    pub(in crate::runtime) fn show_progress(&self, progress: &Progress) {
        let end = progress.end.unwrap_or(progress.position);
        self.show(
            progress.position.get(),
            end.get(),
            progress.rate,
            progress.left,
        );
    }

    pub(in crate::runtime) fn finish(&self) {
        self.0.finish();
    }
}

/// What ends early, by an error, leaves the bar where it is, and the line free.
impl Drop for Bar {
    fn drop(&mut self) {
        if !self.0.is_finished() {
            self.0.abandon();
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

fn message(rate: f64, left: Option<Duration>) -> String {
    let rate = format!("{rate:.0} a second");
    match left {
        None => rate,
        Some(left) => format!("{rate}, {} s left", left.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{TEMPLATE, message, target};

    #[test]
    fn says_rate_and_time_left_while_there_is_any() {
        let left = Some(Duration::from_millis(2_500));
        assert_eq!(message(1_234.5, left), "1234 a second, 2 s left");
        assert_eq!(message(1_234.5, None), "1234 a second");
    }

    #[test]
    fn draws_nothing_where_there_is_no_terminal() {
        assert!(target(false).is_hidden());
        assert!(indicatif::ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
