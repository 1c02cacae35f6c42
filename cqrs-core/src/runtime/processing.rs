//! The processors of an application, and the lanes in which this node drives them.

mod going_inline;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::lane::{Lane, LaneId, LaneSettings, Report, Slices};
use super::processor::Processor;
use crate::ports::error::StoreError;
use crate::ports::leases::HoldLeases;
use crate::ports::processors::{
    Declare, DeclareError, GenerationRow, GenerationState, Generations, ProcessorKind,
};
use crate::ports::read_side::SharedReadSide;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

/// The processors of an application, and the lanes in which this node drives them.
pub(super) struct Processing {
    pub(super) store: SharedReadSide,
    pub(super) node: NodeId,
    pub(super) settings: LaneSettings,
    processors: BTreeMap<ProcessorName, Arc<dyn Processor>>,
    known: Mutex<Known>,
    /// What the runners of this node last saw.
    problems: Mutex<Vec<String>>,
    /// Held while this node makes a generation inline: one at a time, since each keeps a connection waiting.
    making_inline: tokio::sync::Mutex<()>,
    /// Held while this node makes a generation live: its lanes come to the end of the log at the same moment.
    switching: tokio::sync::Mutex<()>,
    /// How many runners drive the lanes on this node: one, or none.
    pub(super) runners: AtomicUsize,
    /// When the processors were made known to the store.
    declared: Mutex<Option<tokio::time::Instant>>,
    /// Moved when a lane begins or ends.
    pub(super) lanes_changed: tokio::sync::watch::Sender<()>,
}

#[derive(Default)]
struct Known {
    generations: HashMap<ProcessorName, Generations>,
    /// When a generation was seen to have ceased to be inline.
    left_inline: HashMap<ProcessorName, tokio::time::Instant>,
    lanes: BTreeMap<LaneId, Arc<Lane>>,
}

impl Processing {
    pub(super) fn new(
        store: SharedReadSide,
        node: NodeId,
        settings: LaneSettings,
        processors: BTreeMap<ProcessorName, Arc<dyn Processor>>,
    ) -> Self {
        Self {
            store,
            node,
            settings,
            processors,
            known: Mutex::default(),
            problems: Mutex::default(),
            making_inline: tokio::sync::Mutex::default(),
            switching: tokio::sync::Mutex::default(),
            runners: AtomicUsize::new(0),
            declared: Mutex::default(),
            lanes_changed: tokio::sync::watch::Sender::new(()),
        }
    }

    /// Makes all processors known to the store, and learns which generations there are.
    pub(super) async fn declare(&self) -> Result<(), DeclareError> {
        for processor in self.processors.values() {
            let spec = processor.spec();
            let has_effects = !spec.kind.can_be_rebuilt();
            let declare = Declare {
                processor: spec.name.clone(),
                kind: spec.kind,
                version: spec.version,
                partitions: spec.partitions,
                start: if has_effects {
                    spec.start.not_before(self.settings.effects_after)
                } else {
                    spec.start
                },
            };
            let generations = self.store.declare(declare).await?;
            self.learn(processor, generations);
            self.begin_inline(&spec.name).await?;
        }
        *self.declared() = Some(tokio::time::Instant::now());
        Ok(())
    }

    /// Whether the processors were made known to the store within this time.
    pub(super) fn is_declared_within(&self, time: Duration) -> bool {
        self.declared().is_some_and(|at| at.elapsed() < time)
    }

    fn declared(&self) -> MutexGuard<'_, Option<tokio::time::Instant>> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns anew which generations of this processor there are.
    pub(super) async fn look_again(&self, name: &ProcessorName) -> Result<(), StoreError> {
        let Some(processor) = self.processors.get(name) else {
            return Ok(());
        };
        let mut generations = Generations::default();
        for progress in self.store.progress(Some(name)).await? {
            match progress.row.state {
                GenerationState::Live | GenerationState::Inline => {
                    generations.live = Some(progress.row);
                }
                GenerationState::Building => generations.building = Some(progress.row),
                GenerationState::Retired => {}
            }
        }
        self.learn(processor, generations);
        Ok(())
    }

    /// Takes note of the generations of a processor: those that this code runs get a lane, those that are gone lose it.
    fn learn(&self, processor: &Arc<dyn Processor>, generations: Generations) {
        let spec = processor.spec();
        let mut known = self.known();
        let mut has_changed = false;
        let runs: Vec<_> = generations.of_version(spec.version).cloned().collect();
        known.lanes.retain(|(of, _), lane| {
            let stays = of.processor != spec.name || runs.iter().any(|row| row.of == *of);
            if !stays {
                has_changed = true;
                lane.wake.notify_one();
            }
            stays
        });
        for row in runs {
            let is_inline = row.state == GenerationState::Inline;
            if let Some(lane) = known.lanes.get(&(row.of.clone(), 0)) {
                if row.state.is_read() {
                    lane.slices().go_live();
                }
                lane.slices().set_inline(is_inline);
                continue;
            }
            has_changed = true;
            for lane in self.new_lanes(&row, processor) {
                lane.slices().set_inline(is_inline);
                known.lanes.insert(lane.id(), Arc::new(lane));
            }
        }
        let was = known.generations.get(&spec.name);
        if was.is_some_and(|was| has_left(was, &generations)) {
            let now = tokio::time::Instant::now();
            known.left_inline.insert(spec.name.clone(), now);
        }
        known.generations.insert(spec.name.clone(), generations);
        drop(known);
        if has_changed {
            self.lanes_changed.send_replace(());
        }
    }

    /// One lane; several for a view that is being built, each with a slice of the partitions: order per key is enough.
    fn new_lanes(&self, row: &GenerationRow, processor: &Arc<dyn Processor>) -> Vec<Lane> {
        let is_live = row.state.is_read();
        let tasks = if is_live || row.kind != ProcessorKind::View {
            1
        } else {
            let partitions = usize::from(row.partitions.get());
            self.settings.rebuild_tasks.min(partitions)
        };
        let slices = Slices::new(tasks, is_live);
        let lane = |number| {
            Lane::new(
                row.clone(),
                Arc::clone(processor),
                Arc::clone(&self.store),
                self.node.clone(),
                self.settings.clone(),
                &slices,
                number,
            )
        };
        (0..slices.count()).map(lane).collect()
    }

    /// Renews what the lanes hold, and takes what is free.
    pub(super) async fn hold(&self) -> Result<(), StoreError> {
        let lanes = self.lanes();
        if lanes.is_empty() {
            return Ok(());
        }
        let until = tokio::time::Instant::now() + self.settings.lease;
        let holdings = self
            .store
            .hold(HoldLeases {
                node: self.node.clone(),
                lease: self.settings.lease,
                generations: first_of_each(&lanes),
            })
            .await?;
        let holdings: HashMap<_, _> = holdings
            .into_iter()
            .map(|holding| (holding.of.clone(), holding))
            .collect();
        for lane in lanes {
            let holding = holdings.get(&lane.row.of).cloned();
            let is_gone = holding.is_none();
            lane.assign(holding, until);
            if is_gone {
                // Another node has switched to the next generation.
                self.look_again(lane.name()).await?;
            }
        }
        Ok(())
    }

    /// Makes a building generation live if all of it has come as far as this lane, which has caught up; says whether it
    /// did. A lane that drives nothing knows nothing.
    pub(super) async fn try_switch(
        &self,
        lane: &Lane,
        caught_up_to: Option<Position>,
    ) -> Result<bool, StoreError> {
        let of = &lane.row.of;
        let Some(caught_up_to) = caught_up_to else {
            return Ok(false);
        };
        let _switching = self.switching.lock().await;
        let building = self.generations(&of.processor).building;
        if building.is_none_or(|row| row.of != *of)
            || self.has_other_behind(lane, caught_up_to)
            || !self.store.switch(of, caught_up_to).await?
        {
            return Ok(false);
        }
        tracing::info!(generation = %of, position = %caught_up_to, "a generation is live now");
        self.switched(of).await?;
        Ok(true)
    }

    /// Whether another lane of the generation on this node has still to come there: it tries the switch itself then. Of two that
    /// arrive at the same moment one at least sees the other, since each says where it stands before it looks.
    fn has_other_behind(&self, lane: &Lane, position: Position) -> bool {
        let is_behind = |other: &Arc<Lane>| {
            let is_other = other.row.of == lane.row.of && other.id() != lane.id();
            is_other && other.observed.is_behind(position)
        };
        self.lanes().iter().any(is_behind)
    }

    /// Learns of a switch, and drops what was replaced unless it is to be kept.
    async fn switched(&self, to: &GenerationId) -> Result<(), StoreError> {
        let before = self.generations(&to.processor).live;
        self.look_again(&to.processor).await?;
        let replaced = before.filter(|row| row.of != *to && !self.settings.keeps_replaced);
        if let Some(replaced) = replaced {
            self.store.drop_generation(&replaced.of).await?;
        }
        Ok(())
    }

    pub(super) fn lanes(&self) -> Vec<Arc<Lane>> {
        self.known().lanes.values().cloned().collect()
    }

    /// The lane that drives this generation once it is live.
    pub(super) fn lane(&self, of: &GenerationId) -> Option<Arc<Lane>> {
        self.known().lanes.get(&(of.clone(), 0)).cloned()
    }

    /// How a generation fares on this node: all its lanes together.
    pub(super) fn report(&self, of: &GenerationId) -> Report {
        let mut report = Report::default();
        for lane in self.lanes().iter().filter(|lane| lane.row.of == *of) {
            report.add(lane.observed.report());
        }
        report
    }

    pub(super) fn processor(&self, name: &ProcessorName) -> Option<&Arc<dyn Processor>> {
        self.processors.get(name)
    }

    pub(super) fn processors(&self) -> impl Iterator<Item = &Arc<dyn Processor>> {
        self.processors.values()
    }

    /// The generations of a processor, as far as this node knows.
    pub(super) fn generations(&self, name: &ProcessorName) -> Generations {
        let known = self.known();
        known.generations.get(name).cloned().unwrap_or_default()
    }

    /// The generation that is read, or the one that will be.
    pub(super) fn live(&self, name: &ProcessorName) -> Option<GenerationRow> {
        self.generations(name).live
    }

    /// What the runners of this node last saw to be wrong.
    pub(super) fn problems(&self) -> Vec<String> {
        let problems = self.problems.lock();
        problems.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_problems(&self, problems: Vec<String>) {
        *self.problems.lock().unwrap_or_else(PoisonError::into_inner) = problems;
    }

    /// This node drives nothing any more. What its policy has stopped stays so.
    pub(super) fn rest(&self) {
        for lane in self.lanes() {
            lane.observed.rest();
        }
    }

    /// Whether runners drive the lanes on this node.
    pub(super) fn is_driven(&self) -> bool {
        self.runners.load(Ordering::Relaxed) > 0
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the generation that is read was inline, and is not any more.
fn has_left(was: &Generations, is: &Generations) -> bool {
    let inline = |row: &&GenerationRow| row.state == GenerationState::Inline;
    let was = was.live.as_ref().filter(inline);
    let is = is
        .live
        .as_ref()
        .filter(|row| row.state == GenerationState::Live);
    was.zip(is).is_some_and(|(was, is)| was.of == is.of)
}

/// The generations of these lanes, each once.
fn first_of_each(lanes: &[Arc<Lane>]) -> Vec<GenerationId> {
    let firsts = lanes.iter().filter(|lane| lane.id().1 == 0);
    firsts.map(|lane| lane.row.of.clone()).collect()
}
