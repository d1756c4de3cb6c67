//! The machine's own rates, which no tenant on it can exceed.

use crate::browser::Browser;
use crate::measure::{CONNECTIONS, measure};
use crate::tenant::Tenant;
use anyhow::{Context as _, Result, anyhow};
use std::process::Command;
use std::time::Duration;
use vestibule_argon2::{Workspace, argon2id};
use vestibule_protocol::keys::SigningKey;

/// The operation that dominates the cost of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Answers of hyper alone, with the size of a discovery document.
    Answering,
    /// RSA-2048 signatures.
    Signing,
    /// Argon2id hashes: 19 MiB, two passes.
    Hashing,
}

impl Limit {
    /// Its name in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answering => "hyper alone",
            Self::Signing => "signing",
            Self::Hashing => "hashing",
        }
    }
}

/// Measures the machine on the tenant's core repeatedly, because other load on the machine varies.
pub(crate) struct Machine {
    bare: Option<Tenant>,
    key: SigningKey,
    cost: argon2::Params,
    measured: Vec<(Limit, f64)>,
}

impl Machine {
    /// A machine without any measurements.
    pub(crate) fn new() -> Result<Self> {
        let cost = argon2::Params::new(19 * 1024, 2, 1, None)?;
        Ok(Self { bare: None, key: SigningKey::generate()?, cost, measured: Vec::new() })
    }

    /// Starts the server whose answers `tenant`'s are compared with.
    pub(crate) fn answer_like(&mut self, tenant: &Tenant) -> Result<()> {
        self.bare = Some(Tenant::bare(tenant.discovery()?.len())?);
        Ok(())
    }

    /// The rate of this operation per second on the tenant's core while the tenant is idle. Answers are measured for
    /// `length`.
    pub(crate) fn measure(&mut self, limit: Limit, length: Duration) -> Result<f64> {
        let (key, cost) = (&self.key, &self.cost);
        let rate = match limit {
            Limit::Answering => {
                let bare = self.bare.as_ref().context("nothing to compare with")?;
                let ask = |browser: &mut Browser, (): &mut ()| browser.open("/0").map(drop);
                measure(bare, length, CONNECTIONS, |_| (), ask)?.per_processor_second()
            }
            Limit::Signing => on_first_core(|| rate(300, || Ok(key.sign(b"a message").map(drop)?)))?,
            Limit::Hashing => on_first_core(|| {
                let (mut workspace, mut tag) = (Workspace::default(), [0; 32]);
                rate(15, || Ok(argon2id(&mut workspace, b"password", b"somesaltsomesalt", cost, &mut tag)?))
            })?,
        };
        self.measured.push((limit, rate));
        Ok(rate)
    }

    /// The mean of all measurements.
    pub(crate) fn mean(&self, limit: Limit) -> f64 {
        mean(self.measured.iter().filter(|(of, _)| *of == limit).map(|(_, rate)| *rate))
    }
}

/// The mean, or 0 if there are no numbers.
pub(crate) fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = numbers.fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
    sum / f64::max(count, 1.0)
}

fn on_first_core(work: impl FnOnce() -> Result<f64> + Send) -> Result<f64> {
    let pinned = || {
        let id = std::fs::read_link("/proc/thread-self")?;
        let id = id.file_name().and_then(|name| name.to_str()).context("a thread's id")?;
        taskset(&["-c", "-p", "0", id])?;
        work()
    };
    std::thread::scope(|scope| scope.spawn(pinned).join()).map_err(|_| anyhow!("a thread failed"))?
}

/// Runs `taskset`, which sets the processors on which threads may run.
pub(crate) fn taskset(args: &[&str]) -> Result<()> {
    let output = Command::new("taskset").args(args).output()?;
    let refused = || anyhow!("taskset: {}", String::from_utf8_lossy(&output.stderr));
    output.status.success().then_some(()).ok_or_else(refused)
}

/// How often `work` completes per second of processor time.
fn rate(times: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let before = on_processor()?;
    for _ in 0..times {
        work()?;
    }
    Ok(f64::from(times) / ((on_processor()? - before) / 1e9))
}

/// The processor time of this thread in nanoseconds.
fn on_processor() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().context("a number")?.parse()?)
}
