//! PostgreSQL disappears, drops its connections, or stops responding under load: acknowledged changes are kept, all
//! other requests get 503, cached documents are still served, and the server recovers by itself.

use crate::cluster::{Cluster, Wire};
use crate::kills::{Chance, collect, number};
use crate::ledger::{Person, Scene};
use crate::server::{CALLBACK, Ground, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use vestibule_testing::mail_server::MailServer;
use vestibule_testing::{Browser, Disconnected};

/// The number of concurrent users.
const BUSY: u32 = 4;
/// The number of their actions before the fault begins.
const DEEDS: usize = 16;
/// The program must be ready again within this time after the database is; a supervisor would not wait longer.
const BACK: Duration = Duration::from_secs(60);
/// The longest time a request waits for a response while the database is silent.
const LONGEST: Duration = Duration::from_secs(60);

/// Concurrent users, who accept 503 once the fault has begun.
pub(crate) struct Crowd {
    pub(crate) trouble: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    /// The number of completed actions.
    deeds: Arc<AtomicUsize>,
    workers: Vec<tokio::task::JoinHandle<Person>>,
}

impl Crowd {
    /// Starts, and returns when all users are active.
    pub(crate) async fn at(server: &Server, mail: &MailServer) -> Self {
        Self::of(1, server, mail).await
    }

    /// The same, with users numbered from `first` on.
    pub(crate) async fn of(first: u32, server: &Server, mail: &MailServer) -> Self {
        let (trouble, stop, deeds) = (Arc::default(), Arc::default(), Arc::default());
        let mut crowd = Self { trouble, stop, deeds, workers: Vec::new() };
        for n in first..first + BUSY {
            let mut person = Person::new(server, n);
            person.takes_refusals();
            let seed = number("VESTIBULE_FAULTS_SEED", 1) + u64::from(n);
            let flags = [&crowd.trouble, &crowd.stop].map(Arc::clone);
            crowd.workers.push(tokio::spawn(work(person, seed, mail.clone(), flags, Arc::clone(&crowd.deeds))));
        }
        while crowd.deeds.load(Ordering::SeqCst) < DEEDS && !crowd.workers.iter().any(|worker| worker.is_finished()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        crowd
    }

    /// Lets each user finish the current action. All users must still exist.
    pub(crate) async fn ends(self) -> Vec<Person> {
        self.stop.store(true, Ordering::SeqCst);
        let mut people = Vec::new();
        for worker in self.workers {
            people.push(worker.await.expect("nobody meets anything but success and 503"));
        }
        people
    }
}

async fn work(
    mut person: Person,
    seed: u64,
    mail: MailServer,
    [trouble, stop]: [Arc<AtomicBool>; 2],
    deeds: Arc<AtomicUsize>,
) -> Person {
    let scene = Scene { mail: &mail, killed: &trouble };
    let mut chance = Chance(seed);
    while !stop.load(Ordering::SeqCst) {
        let done = if person.exists() { person.does(chance.next(), scene).await } else { person.signs_up(scene).await };
        if let Err(Disconnected) = done {
            assert!(trouble.load(Ordering::SeqCst), "{}: refused before there was trouble", person.address);
            return person;
        }
        deeds.fetch_add(1, Ordering::SeqCst);
    }
    person
}

/// Waits for this readiness; returns how long it took.
pub(crate) async fn until_ready(browser: &mut Browser, ready: bool) -> Duration {
    let began = Instant::now();
    loop {
        let status = browser.try_get("/readyz").await.expect("an answer").status;
        if (status == 200) == ready {
            return began.elapsed();
        }
        assert!(began.elapsed() < BACK, "ready: {status} after {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Cached documents are served, and everything else is rejected in time.
async fn only_memory_answers(browser: &mut Browser) {
    let base = "/contoso.onmicrosoft.com/B2C_1_in";
    for path in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
        let answer = tokio::time::timeout(LONGEST, browser.try_get(&format!("{base}/{path}"))).await;
        let answer = answer.expect("in time").expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let refused = tokio::time::timeout(LONGEST, crate::steps::refreshes(browser, "a-refresh-token")).await;
    let refused = refused.expect("in time").expect("an answer");
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["error"]),
        (503, &"temporarily_unavailable".into()),
        "{refused:?}"
    );
    let page = tokio::time::timeout(LONGEST, crate::steps::opens(browser, "login")).await;
    let page = page.expect("in time").expect("an answer");
    let told = page.parameter(CALLBACK, "error").as_deref() == Some("temporarily_unavailable");
    assert!(told || page.status == 503 && page.text.contains("temporarily unavailable"), "{page:?}");
    assert_eq!(browser.try_get("/healthz").await.expect("an answer").status, 200, "it lives all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_is_met_again_with_every_fact() {
    let Some(cluster) = Cluster::start() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(cluster.url_at(cluster.port), mail.port);
    let server = ground.start();
    let crowd = Crowd::at(&server, &mail).await;
    crowd.trouble.store(true, Ordering::SeqCst);
    cluster.crash();
    let mut browser = server.browser(90);
    until_ready(&mut browser, false).await;
    only_memory_answers(&mut browser).await;
    let people = crowd.ends().await;
    cluster.go_on();
    eprintln!("ready {:?} after the database", until_ready(&mut browser, true).await);
    let people = collect(people, &server, 0).await;
    assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_lose_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(cluster.url_at(cluster.port), mail.port);
    let server = ground.start();
    let crowd = Crowd::at(&server, &mail).await;
    crowd.trouble.store(true, Ordering::SeqCst);
    for _ in 0..20 {
        cluster.cut_all();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let people = collect(crowd.ends().await, &server, 0).await;
    assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_says_nothing_holds_up_nobody_for_ever() {
    let Some(cluster) = Cluster::start() else { return };
    let mail = MailServer::start().await;
    let wire = Wire::to(cluster.port).await;
    let ground = Ground::postgres_at(cluster.url_at(wire.port), mail.port);
    let server = ground.start();
    let crowd = Crowd::at(&server, &mail).await;
    crowd.trouble.store(true, Ordering::SeqCst);
    wire.cut();
    let mut browser = server.browser(90);
    until_ready(&mut browser, false).await;
    only_memory_answers(&mut browser).await;
    let people = crowd.ends().await;
    assert!(wire.silent.load(Ordering::Relaxed) > 0, "there were connections to cut");
    wire.mend();
    eprintln!("ready {:?} after the wire", until_ready(&mut browser, true).await);
    let people = collect(people, &server, 0).await;
    assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
}
