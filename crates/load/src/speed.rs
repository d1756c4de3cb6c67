//! How fast a tenant is on one core, beside the machine's own rates of signing and hashing in the same run.

use crate::browser::{Browser, FLOW};
use crate::machine::{Limit, Machine, mean};
use crate::measure::{CONNECTIONS, Measured, measure};
use crate::people::{Cost, PASSWORD, People, address};
use crate::tenant::{DISCOVERY, Place, Program, Tenant, path};
use anyhow::{Result, bail};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Users of each connection, so that no user signs in twice at the same time.
const PEOPLE_EACH: u64 = 8;
/// About as long as an answer of the token endpoint.
const BYTES_OF_TOKENS: usize = 1500;
/// How often it is looked whether the log still grows, every two seconds.
const SETTLED_BY_THEN: u32 = 60;
/// How often each kind is measured, each time beside the machine itself: what else that does comes and goes.
const ROUNDS: u32 = 4;

/// Everything that was measured.
pub(crate) struct Speed {
    pub(crate) machine: Machine,
    /// Seconds of each measurement.
    pub(crate) seconds: f64,
    /// Milliseconds from starting in an empty folder to the first answer.
    pub(crate) first_answer_ms: f64,
    /// Resident memory in MiB: idle, after what neither hashes nor signs people in, after all.
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

/// Measure, each kind of request for `length`, or `only` the one of that name.
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

/// Write until SQLite's log has its full length, as it has after the first minutes of work: as long as it grows, a
/// write costs more.
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

/// Make everybody, beside the running tenant.
async fn fill(place: &Place, cost: Cost) -> Result<()> {
    let (store, tenant) = place.open().await?;
    let people = People::new(&tenant, vestibule_tenant::clock::Clock::system().now(), &[cost])?;
    let (users, identities) = people.several(0..CONNECTIONS * PEOPLE_EACH)?;
    store.insert_users(&users, &identities).await?;
    store.close().await;
    Ok(())
}

/// A prime: what is so far apart in number is so in whatever order a store keeps it.
pub(crate) const STRIDE: u64 = 15_485_863;

/// Whose turn it is.
pub(crate) struct Turn {
    first: u64,
    count: u64,
    step: u64,
    done: u64,
}

impl Turn {
    /// Everybody from `first` to `first + count * step`, every `step`th, again and again, neighbours far apart.
    pub(crate) fn new(first: u64, count: u64, step: u64) -> Self {
        Self { first, count, step, done: 0 }
    }

    /// Without the first `people` of it.
    pub(crate) fn after(self, people: u64) -> Self {
        Self { done: people, ..self }
    }

    /// The next one's address.
    fn next(&mut self) -> String {
        self.done += 1;
        address(self.first + self.done * STRIDE % self.count * self.step)
    }
}

fn mine(connection: u64) -> Turn {
    Turn::new(connection * PEOPLE_EACH, PEOPLE_EACH, 1)
}

/// Numbers browsers that were never here: each has an address of its own.
#[derive(Default)]
pub(crate) struct Newcomers(AtomicU64);

impl Newcomers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Sign in through the pages, each time in a browser that was never here.
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

/// Sign in by the password grant, each time from elsewhere.
fn password_grants(tenant: &Tenant, newcomers: &Newcomers, length: Duration) -> Result<Measured> {
    measure(tenant, length, CONNECTIONS, mine, |browser, turn| {
        browser.renew(newcomers.next());
        browser.password_grant(&turn.next(), PASSWORD).map(drop)
    })
}

/// Browsers of each connection that sign in by their sessions in turn: one session is answered only so often in five
/// minutes.
const BROWSERS_EACH: u64 = 3;

/// Sign in by the session that each browser has.
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

/// Refresh, each connection its own family.
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
