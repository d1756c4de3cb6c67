//! Rates of this crate and of the plain one, in hashes a second of processor time, whatever else the machine does:
//! `cargo run --release -p vestibule-argon2 --example rate`
#![expect(clippy::print_stdout, reason = "what it is for")]

use argon2::{Algorithm, Argon2, Error, Params, Version};
use vestibule_argon2::{Workspace, argon2id};

const HASHES: u32 = 20;

fn main() -> Result<(), Error> {
    let params = Params::new(19 * 1024, 2, 1, None)?;
    let plain = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let (mut workspace, mut tag) = (Workspace::default(), [0; 32]);
    for _ in 0..3 {
        rate("argon2", || plain.hash_password_into(b"password", b"somesaltsomesalt", &mut tag))?;
        rate("vestibule-argon2", || argon2id(&mut workspace, b"password", b"somesaltsomesalt", &params, &mut tag))?;
    }
    Ok(())
}

fn rate(name: &str, mut hash: impl FnMut() -> Result<(), Error>) -> Result<(), Error> {
    let before = on_processor();
    for _ in 0..HASHES {
        hash()?;
    }
    let seconds = (on_processor() - before) / 1e9;
    println!("{name}: {:.1} a second", f64::from(HASHES) / seconds);
    Ok(())
}

/// Nanoseconds that this thread has had the processor (Linux).
fn on_processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or_default()
}
