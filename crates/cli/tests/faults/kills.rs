//! The program is killed at random points under load and restarted: all acknowledged changes are kept, and nothing
//! single-use works twice.

use crate::ledger::{Person, Scene};
use crate::server::Ground;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vestibule_testing::Disconnected;
use vestibule_testing::mail_server::MailServer;

/// The number of concurrent users.
const BUSY: usize = 4;
/// Users of earlier rounds who are checked again after each kill; at the end all are.
const ASKED_AGAIN: usize = 4;

/// A repeatable random generator: SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }
}

pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    let mail = MailServer::start().await;
    rounds(&Ground::sqlite(mail.port), &mail).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_postgresql() {
    let mail = MailServer::start().await;
    if let Some(ground) = Ground::postgres("kills", mail.port) {
        rounds(&ground, &mail).await;
    }
}

async fn rounds(ground: &Ground, mail: &MailServer) {
    let seed = number("VESTIBULE_FAULTS_SEED", 1);
    let kills = number("VESTIBULE_FAULTS_KILLS", 5);
    eprintln!("{kills} kills, seed {seed}");
    let mut chance = Chance(seed);
    let mut people: Vec<Person> = Vec::new();
    let (mut numbers, mut slowest) = (1, Duration::ZERO);
    let mut server = ground.start();
    for round in 0..kills {
        let mut busy: Vec<Person> = Vec::new();
        while busy.len() < BUSY {
            // Every second user is from an earlier round.
            if busy.len() % 2 == 1 && !people.is_empty() {
                let mut person = people.swap_remove(chance.below(people.len()));
                person.meets(&server);
                busy.push(person);
            } else {
                busy.push(Person::new(&server, numbers));
                numbers += 1;
            }
        }
        let killed = std::sync::Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = busy
            .into_iter()
            .map(|person| tokio::spawn(work(person, chance.next(), mail.clone(), std::sync::Arc::clone(&killed))))
            .collect();
        tokio::time::sleep(Duration::from_millis(100 + chance.next() % 1900)).await;
        killed.store(true, Ordering::SeqCst);
        server.kill();
        let mut asked = Vec::new();
        for worker in workers {
            asked.push(worker.await.unwrap_or_else(|error| panic!("round {round}: {error}")));
        }
        server = ground.start();
        slowest = slowest.max(server.took);
        for _ in 0..ASKED_AGAIN.min(people.len()) {
            asked.push(people.swap_remove(chance.below(people.len())));
        }
        people.extend(collect(asked, &server, round).await);
        people.retain(Person::exists);
        if (round + 1) % 20 == 0 {
            eprintln!("{} kills, {} people", round + 1, people.len());
        }
    }
    let count = people.len();
    collect(people, &server, kills).await;
    eprintln!("{count} people have what they were told; slowest start {slowest:?}");
    assert!(count > 0, "somebody got as far as to be told something");
    // Checked only where the machine is known to be otherwise idle.
    let limit = Duration::from_millis(number("VESTIBULE_FAULTS_READY_MS", u64::MAX));
    assert!(slowest <= limit, "ready again after {slowest:?}; promised within {limit:?}");
}

/// Works until the connection breaks.
async fn work(mut person: Person, seed: u64, mail: MailServer, killed: std::sync::Arc<AtomicBool>) -> Person {
    let scene = Scene { mail: &mail, killed: &killed };
    let mut chance = Chance(seed);
    loop {
        let done = if person.exists() { person.does(chance.next(), scene).await } else { person.signs_up(scene).await };
        if let Err(Disconnected) = done {
            assert!(killed.load(Ordering::SeqCst), "{}: a connection broke before the kill", person.address);
            return person;
        }
    }
}

/// Checks everything that this server owes to these users.
pub(crate) async fn collect(people: Vec<Person>, server: &crate::server::Server, round: u64) -> Vec<Person> {
    let mut settled = Vec::new();
    for mut person in people {
        if let Err(Disconnected) = person.collects(server).await {
            panic!("round {round}: {} is cut off from a server that runs:\n{}", person.address, server.log());
        }
        settled.push(person);
    }
    settled
}
