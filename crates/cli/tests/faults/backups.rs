//! A backup that is made under load has everything that was acknowledged before.

use crate::kills::{Chance, collect};
use crate::ledger::{Person, Scene};
use crate::server::{Ground, Server};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vestibule_testing::Disconnected;
use vestibule_testing::mail_server::MailServer;

/// The number of people whose data is checked in the restored backup, and of those who are busy during the backup.
const PEOPLE: u32 = 3;
/// What each does before.
const DEEDS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn requirement_30_a_backup_that_is_made_under_load_has_all_that_was_acknowledged_before() {
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    let mut server = ground.start();
    let killed = Arc::new(AtomicBool::new(false));
    let quiet = lives(&server, 1, &mail).await;
    let busy = lives(&server, 100, &mail).await;
    let workers: Vec<_> =
        busy.into_iter().map(|person| tokio::spawn(goes_on(person, mail.clone(), Arc::clone(&killed)))).collect();
    let file = ground.data().with_file_name("vestibule.backup");
    run("backup", &file, &ground);
    killed.store(true, Ordering::SeqCst);
    server.kill();
    for worker in workers {
        worker.await.expect("they did well until then");
    }

    let other = Ground::sqlite(mail.port);
    run("restore", &file, &other);
    let server = other.start();
    let count = collect(quiet, &server, 0).await.len();
    assert_eq!(count, PEOPLE as usize);
}

/// People who did this and that, all of it acknowledged.
async fn lives(server: &Server, first: u32, mail: &MailServer) -> Vec<Person> {
    let killed = AtomicBool::new(false);
    let scene = Scene { mail, killed: &killed };
    let mut people = Vec::new();
    for number in first..first + PEOPLE {
        let mut person = Person::new(server, number);
        let mut chance = Chance(u64::from(number));
        person.signs_up(scene).await.unwrap_or_else(|Disconnected| panic!("cut off: {}", server.log()));
        for _ in 0..DEEDS {
            person.does(chance.next(), scene).await.unwrap_or_else(|Disconnected| panic!("cut off: {}", server.log()));
        }
        people.push(person);
    }
    people
}

/// Be busy until the connection breaks.
async fn goes_on(mut person: Person, mail: MailServer, killed: Arc<AtomicBool>) {
    let scene = Scene { mail: &mail, killed: &killed };
    let mut chance = Chance(7);
    while person.does(chance.next(), scene).await.is_ok() {}
    assert!(killed.load(Ordering::SeqCst), "{}: a connection broke before the kill", person.address);
}

fn run(command: &str, file: &std::path::Path, ground: &Ground) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    let output = program.arg(command).arg(file).arg("--data").arg(ground.data()).output().expect("the program runs");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
