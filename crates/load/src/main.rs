//! How fast a tenant is on one core, beside the machine's own rates of signing and hashing in the same run:
//! `cargo build --release && cargo run --release -p vestibule-load [PROGRAM [SECONDS]]` (Linux).
#![expect(clippy::print_stdout, reason = "what it is for")]

mod http;
mod server;

use anyhow::{Context as _, Result, anyhow};
use http::Connection;
use server::{SECRET, Server};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const DISCOVERY: &str = "/contoso.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
const KEYS: &str = "/contoso.onmicrosoft.com/B2C_1_in/discovery/v2.0/keys";
const TOKEN: &str = "/contoso.onmicrosoft.com/B2C_1_in/oauth2/v2.0/token";
const PHONE: &str = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6";

/// Connections at a time.
const CONNECTIONS: usize = 8;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let program = match args.next() {
        Some(program) => PathBuf::from(program),
        None => std::env::current_exe()?.with_file_name("vestibule"),
    };
    let length = Duration::from_secs(args.next().map_or(Ok(4), |seconds| seconds.parse())?);

    let (signing, hashing) = (signing()?, hashing()?);
    println!("this machine, a second of one core: {signing:.0} RSA-2048 signatures, {hashing:.0} Argon2id hashes");
    let folder = tempfile::tempdir()?;
    let server = Server::start(&program, folder.path())?;
    let first = server.first_answer.as_millis();
    println!("first answer in an empty folder after {first} ms; resident {:.0} MiB", server.resident()?);

    println!("{:<22}{:>10}{:>12}{:>10}{:>10}{:>14}", "", "a second", "a core s", "p50 ms", "p99 ms", "CPU µs each");
    let daemon = format!(
        "grant_type=client_credentials&client_id=5be7d310-a6f4-4c82-93d9-08f41c6e2b7a&client_secret={SECRET}\
         &scope=https%3A%2F%2Fcontoso.onmicrosoft.com%2Fapi%2F.default"
    );
    measure(&server, "discovery", length, |c, (): &mut ()| c.send(DISCOVERY, None).map(drop))?;
    measure(&server, "keys", length, |c, (): &mut ()| c.send(KEYS, None).map(drop))?;
    let credentials =
        measure(&server, "client credentials", length, |c, (): &mut ()| c.send(TOKEN, Some(&daemon)).map(drop))?;
    measure(&server, "refresh", length, |c, token: &mut String| {
        if token.is_empty() {
            *token = sign_in(c)?;
        }
        let form = format!("grant_type=refresh_token&client_id={PHONE}&refresh_token={token}");
        *token = refresh_token(&c.send(TOKEN, Some(&form))?)?;
        Ok(())
    })?;
    let passwords = measure(&server, "password grant", length, |c, (): &mut ()| sign_in(c).map(drop))?;

    println!("client credentials: {:.0} % of the signing rate", 100.0 * credentials / signing);
    println!("password grant: {:.0} % of the hashing rate", 100.0 * passwords / hashing);
    println!("resident under load: {:.0} MiB", server.resident()?);
    Ok(())
}

/// Ask by several connections for a while, each with a state of its own; requests a second of processor time.
fn measure<S: Default + Send>(
    server: &Server,
    name: &str,
    length: Duration,
    ask: impl Fn(&mut Connection, &mut S) -> Result<()> + Sync,
) -> Result<f64> {
    let mut ready = Vec::new();
    for _ in 0..CONNECTIONS {
        let (mut connection, mut state) = (Connection::open(&server.host)?, S::default());
        // Warm, and signed in.
        ask(&mut connection, &mut state)?;
        ready.push((connection, state));
    }
    let (before, began) = (server.processor()?, Instant::now());
    let run = |(mut connection, mut state): (Connection, S)| -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        while began.elapsed() < length {
            let asked = Instant::now();
            ask(&mut connection, &mut state)?;
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
    times.sort_unstable();
    let (elapsed, processor) = (began.elapsed().as_secs_f64(), server.processor()? - before);
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0.0, |t| t.as_secs_f64() * 1e3);
    let count = times.len() as f64;
    println!(
        "{name:<22}{:>10.0}{:>12.0}{:>10.2}{:>10.2}{:>14.0}",
        count / elapsed,
        count / processor,
        at(50),
        at(99),
        processor / count * 1e6
    );
    Ok(count / processor)
}

/// Sign in by the password grant; the refresh token.
fn sign_in(connection: &mut Connection) -> Result<String> {
    let form = format!(
        "grant_type=password&client_id={PHONE}&username=ann%40contoso.test&password=Ann-likes-tea-1\
         &response_type=token+id_token&scope=openid+{PHONE}+offline_access"
    );
    refresh_token(&connection.send(TOKEN, Some(&form))?)
}

fn refresh_token(body: &[u8]) -> Result<String> {
    let answer: serde_json::Value = serde_json::from_slice(body)?;
    Ok(answer["refresh_token"].as_str().context("a refresh token")?.to_owned())
}

fn signing() -> Result<f64> {
    let key = vestibule_protocol::keys::SigningKey::generate()?;
    rate(500, || Ok(key.sign(b"a message").map(drop)?))
}

fn hashing() -> Result<f64> {
    let params = argon2::Params::new(19 * 1024, 2, 1, None)?;
    let mut tag = [0; 32];
    rate(40, || Ok(vestibule_argon2::argon2id(b"password", b"somesaltsomesalt", &params, &mut tag)?))
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
