//! Measures the speed of a tenant on one core, together with the machine's own rates of signing and hashing in the same
//! run.

use crate::browser::{Browser, FLOW};
use crate::machine::{Limit, Machine, mean};
use crate::measure::{CONNECTIONS, Measured, measure};
use crate::people::{Cost, PASSWORD, People, address};
use crate::tenant::{DISCOVERY, Place, Program, Tenant, path};
use anyhow::{Result, bail};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The number of users per connection, so that no user signs in twice at the same time.
const PEOPLE_EACH: u64 = 8;
/// The approximate size of an answer of the token endpoint.
const BYTES_OF_TOKENS: usize = 1500;
/// How many times to check if the log is still growing, at intervals of two seconds.
const SETTLED_BY_THEN: u32 = 60;
/// How often each kind is measured, each time together with the machine itself, because other load on the machine
/// varies.
const ROUNDS: u32 = 4;

/// Everything that was measured.
pub(crate) struct Speed {
    pub(crate) machine: Machine,
    /// The duration of each measurement, in seconds.
    pub(crate) seconds: f64,
    /// Milliseconds from a start in an empty folder to the first answer.
    pub(crate) first_answer_ms: f64,
    /// Resident memory in MiB: idle, after the requests without hashing and sign-ins, and after all requests.
    pub(crate) resident: [f64; 3],
    pub(crate) rows: Vec<Row>,
}

/// One kind of request.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) measured: Measured,
    /// The machine's own rate of the most expensive part, measured at the same time.
    pub(crate) of: Option<(f64, Limit)>,
}

/// Measures each kind of request for `length`, or only the one called `only`.
pub(crate) async fn run(program: &Program, length: Duration, only: Option<&str>) -> Result<Speed> {
    let (folder, place) = empty()?;
    let tenant = Tenant::start(program, &place)?;
    let mut machine = Machine::new()?;
    machine.answer_like(&tenant)?;
    let mut rows = Vec::new();
    let once = length / ROUNDS;
    let mut row = |name, of: Option<Limit>, measure_once: &dyn Fn() -> Result<Measured>| -> Result<()> {
        if only.is_some_and(|only| only != name) {
            return Ok(());
        }
        let (mut measured, mut rates) = (Measured::default(), Vec::new());
        for _ in 0..ROUNDS {
            rates.extend(of.map(|limit| machine.measure(limit, once)).transpose()?);
            measured.add(measure_once()?);
        }
        rows.push(Row { name, measured, of: of.map(|limit| (mean(rates.into_iter()), limit)) });
        Ok(())
    };
    let (answering, signing, hashing) = (Some(Limit::Answering), Some(Limit::Signing), Some(Limit::Hashing));

    let first_answer_ms = tenant.first_answer.as_secs_f64() * 1e3;
    fill(&place, Cost::Whole).await?;
    let idle = tenant.resident()?;
    let ask = |ask: &(dyn Fn(&mut Browser) -> Result<()> + Sync)| {
        measure(&tenant, once, CONNECTIONS, |_| (), |browser, ()| ask(browser))
    };
    row("discovery", answering, &|| ask(&|b| b.open(&path(FLOW, DISCOVERY)).map(drop)))?;
    row("keys", answering, &|| ask(&|b| b.open(&path(FLOW, "discovery/v2.0/keys")).map(drop)))?;
    let bare = Tenant::bare(BYTES_OF_TOKENS)?;
    let sign = |times| move |browser: &mut Browser, (): &mut ()| browser.open(times).map(drop);
    row("hyper and one signature", signing, &|| measure(&bare, once, CONNECTIONS, |_| (), sign("/1")))?;
    row("hyper and two signatures", signing, &|| measure(&bare, once, CONNECTIONS, |_| (), sign("/2")))?;
    drop(bare);
    settle(&place, &tenant)?;
    row("client credentials", signing, &|| ask(&Browser::client_credentials))?;
    let loaded = tenant.resident()?;
    row("refresh", signing, &|| refreshes(&tenant, once, CONNECTIONS))?;
    row("sign-in by session", signing, &|| sessions(&tenant, once, CONNECTIONS))?;
    let newcomers = Newcomers::default();
    row("sign-in", hashing, &|| sign_ins(&tenant, &newcomers, once, CONNECTIONS, mine))?;
    row("password grant", hashing, &|| password_grants(&tenant, &newcomers, once))?;
    let resident = [idle, loaded, tenant.resident()?];
    drop((tenant, folder));

    let (_folder, place) = empty()?;
    let tenant = Tenant::start(&Program::own_without_hashes()?, &place)?;
    fill(&place, Cost::Cheap).await?;
    settle(&place, &tenant)?;
    let newcomers = Newcomers::default();
    let cheap = || sign_ins(&tenant, &newcomers, once, CONNECTIONS, mine);
    row("sign-in without its hash", signing, &cheap)?;
    if let (Some(only), true) = (only, rows.is_empty()) {
        bail!("nothing measured is called {only}: names are as the table has them");
    }
    Ok(Speed { machine, seconds: length.as_secs_f64(), first_answer_ms, resident, rows })
}

/// Writes until SQLite's log has its full length, as after the first minutes of work, because writes cost more while it
/// grows.
fn settle(place: &Place, tenant: &Tenant) -> Result<()> {
    let length = || std::fs::metadata(place.folder.join("vestibule.db-wal")).map_or(0, |log| log.len());
    let mut before = None;
    for _ in 0..SETTLED_BY_THEN {
        if before.replace(length()) == Some(length()) {
            break;
        }
        measure(tenant, Duration::from_secs(2), CONNECTIONS, |_| (), |browser, ()| browser.client_credentials())?;
    }
    Ok(())
}

fn empty() -> Result<(tempfile::TempDir, Place)> {
    let folder = tempfile::tempdir()?;
    let place = Place { folder: folder.path().to_owned(), database_url: None };
    Ok((folder, place))
}

/// Creates all users while the tenant is running.
async fn fill(place: &Place, cost: Cost) -> Result<()> {
    let (store, tenant) = place.open().await?;
    let people = People::new(&tenant, vestibule_tenant::clock::Clock::system().now(), &[cost])?;
    let (users, identities) = people.several(0..CONNECTIONS * PEOPLE_EACH)?;
    store.insert_users(&users, &identities).await?;
    store.close().await;
    Ok(())
}

/// A prime number. Users that are this far apart in number are far apart in a store of any order.
pub(crate) const STRIDE: u64 = 15_485_863;

/// The order in which users sign in.
pub(crate) struct Turn {
    first: u64,
    count: u64,
    step: u64,
    done: u64,
}

impl Turn {
    /// Every `step`th user from `first` up to `first + count * step`, in an endless cycle in which neighbours are far
    /// apart.
    pub(crate) fn new(first: u64, count: u64, step: u64) -> Self {
        Self { first, count, step, done: 0 }
    }

    /// The same order without the first `people` users.
    pub(crate) fn after(self, people: u64) -> Self {
        Self { done: people, ..self }
    }

    /// The address of the next user.
    fn next(&mut self) -> String {
        self.done += 1;
        address(self.first + self.done * STRIDE % self.count * self.step)
    }
}

fn mine(connection: u64) -> Turn {
    Turn::new(connection * PEOPLE_EACH, PEOPLE_EACH, 1)
}

/// Numbers new browsers, each with its own address.
#[derive(Default)]
pub(crate) struct Newcomers(AtomicU64);

impl Newcomers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Signs in through the pages, each time in a new browser.
pub(crate) fn sign_ins(
    tenant: &Tenant,
    newcomers: &Newcomers,
    length: Duration,
    connections: u64,
    whose: impl Fn(u64) -> Turn,
) -> Result<Measured> {
    measure(tenant, length, connections, whose, |browser, turn| {
        browser.renew(newcomers.next());
        browser.sign_in(&turn.next(), PASSWORD).map(drop)
    })
}

/// Signs in with the password grant, each time from a different address.
fn password_grants(tenant: &Tenant, newcomers: &Newcomers, length: Duration) -> Result<Measured> {
    measure(tenant, length, CONNECTIONS, mine, |browser, turn| {
        browser.renew(newcomers.next());
        browser.password_grant(&turn.next(), PASSWORD).map(drop)
    })
}

/// The number of browsers per connection that take turns signing in with their sessions, because the number of answers
/// per session in five minutes is limited.
const BROWSERS_EACH: u64 = 3;

/// Signs in with the session of each browser.
pub(crate) fn sessions(tenant: &Tenant, length: Duration, connections: u64) -> Result<Measured> {
    measure(
        tenant,
        length,
        connections,
        |number| (number, mine(number), VecDeque::new()),
        |browser, (number, turn, jars)| {
            for sign_in in jars.len() as u64..BROWSERS_EACH {
                browser.renew(*number * BROWSERS_EACH + sign_in);
                browser.sign_in(&turn.next(), PASSWORD)?;
                let mut jar = Vec::new();
                browser.swap(&mut jar);
                jars.push_back(jar);
            }
            if let Some(jar) = jars.front_mut() {
                browser.swap(jar);
            }
            let signed_in = browser.sign_in_again();
            if let Some(mut jar) = jars.pop_front() {
                browser.swap(&mut jar);
                jars.push_back(jar);
            }
            signed_in.map(drop)
        },
    )
}

/// Refreshes tokens; each connection has its own family.
fn refreshes(tenant: &Tenant, length: Duration, connections: u64) -> Result<Measured> {
    measure(
        tenant,
        length,
        connections,
        |number| (mine(number), None),
        |browser, (turn, token): &mut (_, Option<String>)| {
            let old = match token.take() {
                Some(token) => token,
                None => browser.sign_in(&turn.next(), PASSWORD)?,
            };
            *token = Some(browser.refresh(&old)?);
            Ok(())
        },
    )
}
