//! What this machine itself can do: the rates that no tenant on it can exceed.

use anyhow::{Context as _, Result};

/// Rates in a second of one core.
#[derive(Clone, Copy)]
pub(crate) struct Machine {
    /// RSA-2048 signatures.
    pub(crate) signatures: f64,
    /// Argon2id hashes: 19 MiB, two passes.
    pub(crate) hashes: f64,
}

impl Machine {
    /// Measure it, on the core that this thread is on.
    pub(crate) fn measure() -> Result<Self> {
        let key = vestibule_protocol::keys::SigningKey::generate()?;
        let params = argon2::Params::new(19 * 1024, 2, 1, None)?;
        let mut tag = [0; 32];
        Ok(Self {
            signatures: rate(500, || Ok(key.sign(b"a message").map(drop)?))?,
            hashes: rate(40, || Ok(vestibule_argon2::argon2id(b"password", b"somesaltsomesalt", &params, &mut tag)?))?,
        })
    }
}

/// How often `work` is done in a second of processor time.
fn rate(times: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let before = on_processor()?;
    for _ in 0..times {
        work()?;
    }
    Ok(f64::from(times) / ((on_processor()? - before) / 1e9))
}

/// Nanoseconds that this thread has had the processor.
fn on_processor() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().context("a number")?.parse()?)
}
