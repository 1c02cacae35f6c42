//! The gauges: what a status page says, as numbers.

use super::ProcessorStatus;

/// Sets the gauges of a generation that is read. One that is being built has the same name, and would be told as if
/// readers waited for it.
pub(super) fn set(status: &ProcessorStatus) {
    if !status.generation_state.is_read() {
        return;
    }
    let name = status.generation.processor.to_string();
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let set = |gauge: metrics::Gauge, value: u64| gauge.set(value as f64);
    set(
        metrics::gauge!("cqrs_processor_position", "processor" => name.clone()),
        status.position.get(),
    );
    set(
        metrics::gauge!("cqrs_processor_lag_events", "processor" => name.clone()),
        status.lag_events,
    );
    metrics::gauge!("cqrs_processor_lag_seconds", "processor" => name.clone())
        .set(status.lag.as_secs_f64());
    set(
        metrics::gauge!("cqrs_processor_parked_keys", "processor" => name.clone()),
        status.parked_keys,
    );
    set(
        metrics::gauge!("cqrs_processor_parked_events", "processor" => name.clone()),
        status.parked_events,
    );
    set(
        metrics::gauge!("cqrs_processor_idle_partitions", "processor" => name.clone()),
        status.idle_partitions as u64,
    );
    set(
        metrics::gauge!("cqrs_processor_staged_commands", "processor" => name.clone()),
        status.staged_commands,
    );
    set(
        metrics::gauge!("cqrs_processor_parked_commands", "processor" => name),
        status.parked_commands,
    );
}
