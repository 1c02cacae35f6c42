//! How many events a lane takes at once: more of them while it is far behind.

use std::time::Duration;

use super::LaneSettings;
use super::page::Page;
use crate::ports::processors::ProcessorKind;

/// A step that takes less is worth making longer: what each costs by itself, a commit and a few round trips, is shared
/// by more events then.
const SHORT: Duration = Duration::from_millis(50);

/// A step that takes more is made shorter: readers see nothing of it before its end, and it has to end within the lease.
const LONG: Duration = Duration::from_millis(250);

/// A page of which the payloads have as many bytes is heavy enough: there are three of them in memory at a time.
const HEAVY: usize = 8 << 20;

/// How many events a lane of a live generation takes at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stride(usize);

impl Stride {
    pub(super) fn events(self, settings: &LaneSettings) -> usize {
        self.0.max(settings.batch)
    }

    /// After a step while the generation is being built: the first pages are short, so that what reads, what folds and what writes have something
    /// to do at once. It depends on the number of steps alone, since the lanes of a generation share its pages: those that begin at
    /// the same position end at the same one.
    pub(super) fn grow(&mut self, settings: &LaneSettings) {
        let events = self.events(settings).saturating_mul(2);
        self.0 = events.min(settings.rebuild_batch);
    }

    /// How many events are taken at once while the generation is being built.
    pub(super) fn events_to_build(self, settings: &LaneSettings) -> usize {
        self.events(settings).min(settings.rebuild_batch)
    }

    /// After a step through this page, of which so many events were handled, and which took so long. Only read models take
    /// more at once: what event handlers and process managers do is seen outside, and is done again when a step is lost.
    ///
    /// A page may have little or nothing for this lane: it has come through it before with its other partitions, or they
    /// are another node's. That such a page is short says nothing of the next one, which may be for this lane as a whole.
    pub(super) fn learn(
        &mut self,
        kind: ProcessorKind,
        page: &Page,
        handled: usize,
        took: Duration,
        settings: &LaneSettings,
    ) {
        let events = self.events(settings);
        let fit = fit(handled, took).max(settings.batch);
        self.0 = if page.is_last || !kind.can_be_rebuilt() {
            settings.batch
        } else if page.bytes > HEAVY || took > LONG {
            events / 2
        } else if took < SHORT && page.bytes < HEAVY / 2 {
            let most = settings.batch.max(settings.rebuild_batch);
            events.saturating_mul(2).min(most).min(fit.max(events))
        } else {
            events
        };
        if handled > 0 {
            self.0 = self.0.min(fit);
        }
    }
}

/// How many events can be handled in a long step, if each takes as long as these did.
fn fit(handled: usize, took: Duration) -> usize {
    let fit = LONG.as_nanos() * handled as u128 / took.as_nanos().max(1);
    usize::try_from(fit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{HEAVY, LONG, LaneSettings, Page, ProcessorKind, SHORT, Stride};
    use crate::words::position::Position;

    fn page(is_last: bool, bytes: usize) -> Page {
        Page {
            is_last,
            bytes,
            ..Page::empty(Position::START)
        }
    }

    fn settings() -> LaneSettings {
        LaneSettings {
            batch: 500,
            rebuild_batch: 3_000,
            ..LaneSettings::default()
        }
    }

    #[test]
    fn a_view_that_is_behind_takes_more_and_more_and_less_when_it_has_caught_up() {
        let (mut stride, settings) = (Stride::default(), settings());
        let mut seen = vec![stride.events(&settings)];
        for is_last in [false, false, false, false, true] {
            let page = page(is_last, 1_000);
            stride.learn(ProcessorKind::View, &page, 500, Duration::ZERO, &settings);
            seen.push(stride.events(&settings));
        }
        assert_eq!(seen, [500, 1_000, 2_000, 3_000, 3_000, 500]);
    }

    #[test]
    fn steps_that_take_long_are_made_shorter_down_to_a_batch() {
        let (mut stride, settings) = (Stride(3_000), settings());
        stride.learn(
            ProcessorKind::Projection,
            &page(false, 0),
            3_000,
            SHORT,
            &settings,
        );
        assert_eq!(stride.events(&settings), 3_000);
        for events in [1_500, 750, 500, 500] {
            let took = LONG + Duration::from_millis(1);
            let handled = stride.events(&settings);
            stride.learn(
                ProcessorKind::Projection,
                &page(false, 0),
                handled,
                took,
                &settings,
            );
            assert_eq!(stride.events(&settings), events);
        }
    }

    #[test]
    fn pages_of_what_is_being_built_grow_to_the_greatest_batch() {
        let (mut stride, settings) = (Stride::default(), settings());
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(stride.events_to_build(&settings));
            stride.grow(&settings);
        }
        assert_eq!(seen, [500, 1_000, 2_000, 3_000, 3_000]);
        let small = LaneSettings {
            rebuild_batch: 100,
            ..settings
        };
        assert_eq!(Stride::default().events_to_build(&small), 100);
    }

    #[test]
    fn what_is_seen_outside_is_never_done_in_longer_steps() {
        let (mut stride, settings) = (Stride::default(), settings());
        for kind in [ProcessorKind::EventHandler, ProcessorKind::ProcessManager] {
            stride.learn(kind, &page(false, 0), 500, Duration::ZERO, &settings);
            assert_eq!(stride.events(&settings), 500);
        }
    }

    /// A projection that takes 3 ms an event, and has most partitions behind it: one page of 5,000 events that it meets then
    /// would stand still for 15 s.
    #[test]
    fn pages_with_little_to_do_say_nothing_of_those_with_more() {
        let (mut stride, settings) = (Stride::default(), settings());
        let cost = Duration::from_millis(3);
        for handled in [0, 0, 0, 0, 2, 1, 3, 0, 0, 0, 0] {
            let took = cost * u32::try_from(handled).unwrap();
            let page = page(false, 1_000);
            stride.learn(ProcessorKind::Projection, &page, handled, took, &settings);
            assert_eq!(stride.events(&settings), 500, "{handled} handled");
        }
    }

    /// A view in whose pages another node has nine of ten partitions.
    #[test]
    fn quick_steps_are_made_longer_also_where_others_have_most_of_the_events() {
        let (mut stride, settings) = (Stride::default(), settings());
        for events in [1_000, 2_000, 3_000] {
            let handled = stride.events(&settings) / 10;
            let took = Duration::from_micros(20) * u32::try_from(handled).unwrap();
            let page = page(false, 1_000);
            stride.learn(ProcessorKind::View, &page, handled, took, &settings);
            assert_eq!(stride.events(&settings), events);
        }
    }

    #[test]
    fn heavy_pages_are_made_lighter() {
        let (mut stride, settings) = (Stride(3_000), settings());
        for (bytes, events) in [(HEAVY / 2, 3_000), (HEAVY + 1, 1_500), (HEAVY / 4, 3_000)] {
            let page = page(false, bytes);
            stride.learn(ProcessorKind::View, &page, 500, Duration::ZERO, &settings);
            assert_eq!(stride.events(&settings), events);
        }
    }
}
