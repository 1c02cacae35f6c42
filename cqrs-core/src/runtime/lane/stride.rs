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

    /// After a step through this page that took so long. Only read models take more at once: what event handlers and process managers do
    /// is seen outside, and is done again when a step is lost.
    pub(super) fn learn(
        &mut self,
        kind: ProcessorKind,
        page: &Page,
        took: Duration,
        settings: &LaneSettings,
    ) {
        let events = self.events(settings);
        self.0 = if page.is_last || !kind.can_be_rebuilt() {
            settings.batch
        } else if page.bytes > HEAVY || took > LONG {
            events / 2
        } else if took < SHORT && page.bytes < HEAVY / 2 {
            let most = settings.batch.max(settings.rebuild_batch);
            events.saturating_mul(2).min(most)
        } else {
            events
        };
    }
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
            stride.learn(ProcessorKind::View, &page, Duration::ZERO, &settings);
            seen.push(stride.events(&settings));
        }
        assert_eq!(seen, [500, 1_000, 2_000, 3_000, 3_000, 500]);
    }

    #[test]
    fn steps_that_take_long_are_made_shorter_down_to_a_batch() {
        let (mut stride, settings) = (Stride(3_000), settings());
        stride.learn(ProcessorKind::Projection, &page(false, 0), SHORT, &settings);
        assert_eq!(stride.events(&settings), 3_000);
        for events in [1_500, 750, 500, 500] {
            let took = LONG + Duration::from_millis(1);
            stride.learn(ProcessorKind::Projection, &page(false, 0), took, &settings);
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
            stride.learn(kind, &page(false, 0), Duration::ZERO, &settings);
            assert_eq!(stride.events(&settings), 500);
        }
    }

    #[test]
    fn heavy_pages_are_made_lighter() {
        let (mut stride, settings) = (Stride(3_000), settings());
        for (bytes, events) in [(HEAVY / 2, 3_000), (HEAVY + 1, 1_500), (HEAVY / 4, 3_000)] {
            let page = page(false, bytes);
            stride.learn(ProcessorKind::View, &page, Duration::ZERO, &settings);
            assert_eq!(stride.events(&settings), events);
        }
    }
}
