//! Asking a tenant by several connections for a while: how often it answered, how long it took, what it cost.

use crate::browser::Browser;
use crate::tenant::{Tenant, processor};
use anyhow::{Result, anyhow};
use std::time::{Duration, Instant};

/// Connections at a time.
pub(crate) const CONNECTIONS: u64 = 16;

/// One result.
#[derive(Default)]
pub(crate) struct Measured {
    /// How long each answer took, shortest first.
    times: Vec<Duration>,
    /// Seconds that passed.
    elapsed: f64,
    /// Seconds of processor time that the tenant had.
    processor: f64,
    /// Seconds of processor time that this program had.
    own: f64,
}

/// Ask by `connections` at a time. Each has a state of its own, made by `begin` from the connection's number, and is
/// asked once before the clock runs.
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
    /// Answers.
    pub(crate) fn count(&self) -> f64 {
        self.times.len() as f64
    }

    /// Answers a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.count() / self.elapsed
    }

    /// Answers in a second of the tenant's processor time.
    pub(crate) fn per_processor_second(&self) -> f64 {
        // One tick at least: what is too short to be measured is not free.
        self.count() / self.processor.max(0.01)
    }

    /// Microseconds of the tenant's processor time for each.
    pub(crate) fn processor_us(&self) -> f64 {
        1e6 / self.per_processor_second()
    }

    /// The time, in milliseconds, within which `percent` of the answers came.
    pub(crate) fn within(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    /// Which part of the time this program was busy: near 1 it measured itself.
    pub(crate) fn own_part(&self) -> f64 {
        self.own / self.elapsed
    }

    /// With what another run of the same gave.
    pub(crate) fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.times.sort_unstable();
        self.elapsed += other.elapsed;
        self.processor += other.processor;
        self.own += other.own;
    }
}
