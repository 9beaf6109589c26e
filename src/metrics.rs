//! What `/metrics` shows (Prometheus text).

use std::sync::Arc;

use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// All instruments. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Instruments>);

impl std::ops::Deref for Metrics {
    type Target = Instruments;
    fn deref(&self) -> &Instruments {
        &self.0
    }
}

/// The instruments.
pub struct Instruments {
    registry: Registry,
    /// Events appended.
    pub events: IntCounter,
    /// Appends per sync.
    pub append_batch: Histogram,
    /// Seconds from the start of a batch's write to the end of its sync.
    pub append_seconds: Histogram,
    /// Commands by aggregate, name and outcome.
    pub commands: IntCounterVec,
    /// Records each read model is behind.
    pub projection_lag: IntGaugeVec,
    /// Callbacks that are due and wait.
    pub outbox_due: IntGauge,
    /// Callbacks that are not final.
    pub outbox_waiting: IntGauge,
    /// Delivery attempts by channel and outcome.
    pub deliveries: IntCounterVec,
    /// Requests that wait for news.
    pub long_polls: IntGauge,
    live_actors: IntGaugeVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let instruments = Instruments {
            events: counter(&registry, "kycd_events_appended_total", "Events appended."),
            append_batch: histogram(
                &registry,
                "kycd_append_batch_size",
                "Appends covered by one sync.",
                vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0],
            ),
            append_seconds: histogram(
                &registry,
                "kycd_append_seconds",
                "Seconds of one batch's write and sync.",
                vec![0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0],
            ),
            commands: counters(
                &registry,
                "kycd_commands_total",
                "Commands by aggregate, name and outcome.",
                &["aggregate", "command", "outcome"],
            ),
            projection_lag: gauges(
                &registry,
                "kycd_projection_lag_records",
                "Records a read model is behind.",
                &["projection"],
            ),
            outbox_due: gauge(&registry, "kycd_outbox_due", "Callbacks that are due."),
            outbox_waiting: gauge(
                &registry,
                "kycd_outbox_waiting",
                "Callbacks that are not final.",
            ),
            deliveries: counters(
                &registry,
                "kycd_delivery_attempts_total",
                "Delivery attempts by channel and outcome.",
                &["channel", "outcome"],
            ),
            long_polls: gauge(
                &registry,
                "kycd_long_polls",
                "Requests that wait for news of an account.",
            ),
            live_actors: gauges(
                &registry,
                "kycd_live_actors",
                "Live aggregates by kind, as of the last sweep of a shard.",
                &["aggregate"],
            ),
            registry,
        };
        Self(Arc::new(instruments))
    }
}

impl Instruments {
    /// Notes that a shard holds so many aggregates of a kind, and held so many before.
    pub fn live(&self, kind: &str, count: usize, before: usize) {
        self.live_actors.with_label_values(&[kind]).add(count as i64 - before as i64);
    }

    /// The text.
    pub fn render(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        text
    }
}

const NAMES: &str = "invariant: names and labels are constants, registered once";

fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    let metric = IntCounter::new(name, help).expect(NAMES);
    registry.register(Box::new(metric.clone())).expect(NAMES);
    metric
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let metric = IntCounterVec::new(Opts::new(name, help), labels).expect(NAMES);
    registry.register(Box::new(metric.clone())).expect(NAMES);
    metric
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    let metric = IntGauge::new(name, help).expect(NAMES);
    registry.register(Box::new(metric.clone())).expect(NAMES);
    metric
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    let metric = IntGaugeVec::new(Opts::new(name, help), labels).expect(NAMES);
    registry.register(Box::new(metric.clone())).expect(NAMES);
    metric
}

fn histogram(registry: &Registry, name: &str, help: &str, buckets: Vec<f64>) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(buckets);
    let metric = Histogram::with_opts(options).expect(NAMES);
    registry.register(Box::new(metric.clone())).expect(NAMES);
    metric
}
