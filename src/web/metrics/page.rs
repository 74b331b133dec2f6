use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::publishing::Labels;

/// What a scrape is answered with, while it is put together.
#[derive(Debug, Default)]
pub(super) struct Page(Registry);

/// Labels and their values, and a number.
type Sample = (Labels, f64);

impl Page {
    /// A number that rises and falls, one for each set of labels.
    pub fn gauges(&mut self, name: &str, help: &str, unit: Option<Unit>, samples: impl IntoIterator<Item = Sample>) {
        let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
        for (labels, value) in samples {
            family.get_or_create(&labels).set(value);
        }
        self.register(name, help, unit, family);
    }

    pub fn gauge(&mut self, name: &str, help: &str, unit: Option<Unit>, value: f64) {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        self.register(name, help, unit, gauge);
    }

    /// A number that only rises; `_total` is added to its name.
    pub fn counter(&mut self, name: &str, help: &str, unit: Option<Unit>, value: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        self.register(name, help, unit, counter);
    }

    /// The same, one for each set of labels.
    pub fn counters(&mut self, name: &str, help: &str, unit: Option<Unit>, samples: impl IntoIterator<Item = Sample>) {
        let family = Family::<Labels, Counter<f64, AtomicU64>>::default();
        for (labels, value) in samples {
            family.get_or_create(&labels).inc_by(value);
        }
        self.register(name, help, unit, family);
    }

    pub fn histogram(&mut self, name: &str, help: &str, unit: Unit, histogram: &Histogram) {
        self.register(name, help, Some(unit), histogram.clone());
    }

    pub fn info(&mut self, name: &str, help: &str, labels: Labels) {
        self.register(name, help, None, Info::new(labels));
    }

    /// Metrics that are kept as they are shown.
    pub fn register(&mut self, name: &str, help: &str, unit: Option<Unit>, metric: impl Metric) {
        match unit {
            Some(unit) => self.0.register_with_unit(name, help, unit, metric),
            None => self.0.register(name, help, metric),
        }
    }

    pub fn text(self) -> Result<String> {
        let mut text = String::new();
        encode(&mut text, &self.0).context("putting the metrics into words")?;
        Ok(text)
    }
}
