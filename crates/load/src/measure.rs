//! Sends requests to a tenant over several connections for a while, and measures rate, latency and cost.

use crate::browser::Browser;
use crate::tenant::{Tenant, processor};
use anyhow::{Result, anyhow};
use std::time::{Duration, Instant};

/// The number of connections.
pub(crate) const CONNECTIONS: u64 = 16;

/// One result.
#[derive(Default)]
pub(crate) struct Measured {
    /// The latency of each answer, in ascending order.
    times: Vec<Duration>,
    /// The elapsed time in seconds.
    elapsed: f64,
    /// The tenant's processor time in seconds.
    processor: f64,
    /// This program's processor time in seconds.
    own: f64,
}

/// Sends requests over `connections` connections. Each has its own state, which `begin` creates from the connection's
/// number, and sends one request before the measurement starts.
pub(crate) fn measure<S: Send>(
    tenant: &Tenant,
    length: Duration,
    connections: u64,
    begin: impl Fn(u64) -> S,
    ask: impl Fn(&mut Browser, &mut S) -> Result<()> + Sync,
) -> Result<Measured> {
    let mut ready = Vec::new();
    for number in 0..connections {
        let (mut browser, mut state) = (Browser::new(tenant.connect()?), begin(number));
        ask(&mut browser, &mut state)?;
        ready.push((browser, state));
    }
    let (before, own, began) = (tenant.processor()?, processor("self")?, Instant::now());
    let run = |(mut browser, mut state): (Browser, S)| -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        while began.elapsed() < length {
            let asked = Instant::now();
            ask(&mut browser, &mut state)?;
            times.push(asked.elapsed());
        }
        Ok(times)
    };
    let run = &run;
    let mut times = std::thread::scope(|scope| {
        let threads: Vec<_> = ready.into_iter().map(|one| scope.spawn(move || run(one))).collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().map_err(|_| anyhow!("a connection's thread failed"))??);
        }
        anyhow::Ok(times)
    })?;
    let elapsed = began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Measured { times, elapsed, processor: tenant.processor()? - before, own: processor("self")? - own })
}

impl Measured {
    /// The number of answers.
    pub(crate) fn count(&self) -> f64 {
        self.times.len() as f64
    }

    /// Answers per second.
    pub(crate) fn per_second(&self) -> f64 {
        self.count() / self.elapsed
    }

    /// Answers per second of the tenant's processor time.
    pub(crate) fn per_processor_second(&self) -> f64 {
        // Count at least one tick: a duration too short to be measured is not zero.
        self.count() / self.processor.max(0.01)
    }

    /// The tenant's processor time per answer, in microseconds.
    pub(crate) fn processor_us(&self) -> f64 {
        1e6 / self.per_processor_second()
    }

    /// The `percent`th percentile of the latency, in milliseconds.
    pub(crate) fn within(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    /// The fraction of the time that this program was busy; near 1, it measured itself.
    pub(crate) fn own_part(&self) -> f64 {
        self.own / self.elapsed
    }

    /// Adds the results of another run of the same kind.
    pub(crate) fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.times.sort_unstable();
        self.elapsed += other.elapsed;
        self.processor += other.processor;
        self.own += other.own;
    }
}
