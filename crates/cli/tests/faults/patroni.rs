//! Patroni with etcd, as Debian has them, over two servers of PostgreSQL: a switchover, and the end of the leader.
//!
//! It takes minutes: only where `VESTIBULE_TEST_PATRONI` is set (`.ci/long`).

use crate::cluster::given_to_postgres;
use crate::database::{Crowd, until_ready};
use crate::kills::collect;
use crate::ledger::Person;
use crate::server::{Ground, Server};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vestibule_testing::mail_server::MailServer;

/// Longer than Patroni takes to find that its leader is gone.
const LONGEST: Duration = Duration::from_secs(120);

/// etcd, and a Patroni for each of two servers.
struct Patroni {
    folder: TempDir,
    etcd: Child,
    members: [Member; 2],
}

struct Member {
    name: &'static str,
    patroni: Child,
    /// Of PostgreSQL.
    port: u16,
}

fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address").port()
}

impl Patroni {
    fn start() -> Option<Self> {
        std::env::var("VESTIBULE_TEST_PATRONI").ok().filter(|wanted| !wanted.is_empty()).or_else(|| {
            eprintln!("NOT RUN under Patroni: VESTIBULE_TEST_PATRONI is not set");
            None
        })?;
        let folder = tempfile::tempdir().expect("a folder");
        let (client, peer) = (free_port(), free_port());
        let mut etcd = given_to_postgres("/usr/bin/etcd", folder.path()).expect("etcd is installed");
        let [client_url, peer_url] = [client, peer].map(|port| format!("http://127.0.0.1:{port}"));
        etcd.arg("--data-dir").arg(folder.path().join("etcd"));
        etcd.args(["--listen-client-urls", &client_url, "--advertise-client-urls", &client_url]);
        etcd.args(["--listen-peer-urls", &peer_url, "--initial-advertise-peer-urls", &peer_url]);
        etcd.args(["--initial-cluster", &format!("default={peer_url}"), "--log-level", "error"]);
        let etcd = etcd.spawn().expect("etcd runs");
        let members = ["one", "two"].map(|name| Member::start(name, &folder, client));
        let patroni = Self { folder, etcd, members };
        patroni.until("a leader and a synchronous standby", |state| {
            state.contains("Leader") && state.contains("Sync Standby")
        });
        Some(patroni)
    }

    /// What `patronictl list` says, once it says what is awaited.
    fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let state = self.control(&["list"]);
            if is(&state) {
                return state;
            }
            assert!(began.elapsed() < LONGEST, "{what}:\n{state}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn control(&self, args: &[&str]) -> String {
        let settings = self.folder.path().join("one.yml");
        let output = Command::new("/usr/bin/patronictl").arg("-c").arg(settings).args(args).output().expect("it runs");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// The member that leads, by its place.
    fn leader(&self) -> usize {
        let state = self.until("a leader", |state| state.contains("Leader") && state.contains("Sync Standby"));
        let line = state.lines().find(|line| line.contains("Leader")).expect("a leader");
        usize::from(line.contains("two"))
    }

    fn url(&self) -> String {
        let [one, two] = [&self.members[0], &self.members[1]].map(|member| member.port);
        format!("postgres://vestibule@127.0.0.1:{one},127.0.0.1:{two}/postgres?target_session_attrs=read-write")
    }

    /// Patroni and PostgreSQL of this member are killed, as if its machine were gone.
    fn kill(&mut self, place: usize) {
        let member = &mut self.members[place];
        member.patroni.kill().expect("it runs");
        let _ = member.patroni.wait();
        let pid =
            std::fs::read_to_string(self.folder.path().join(member.name).join("postmaster.pid")).expect("a server");
        let pid = pid.lines().next().expect("a number").to_owned();
        assert!(Command::new("kill").args(["-QUIT", &pid]).status().expect("kill runs").success());
    }
}

impl Member {
    fn start(name: &'static str, folder: &TempDir, etcd: u16) -> Self {
        let (port, rest) = (free_port(), free_port());
        let file = folder.path().join(format!("{name}.yml"));
        std::fs::write(&file, settings(name, folder, etcd, port, rest)).expect("written");
        let mut patroni = given_to_postgres("/usr/bin/patroni", folder.path()).expect("Patroni is installed");
        let log = std::fs::File::create(folder.path().join(format!("{name}.log"))).expect("a file");
        let patroni = patroni.arg(file).stdout(Stdio::null()).stderr(log).spawn().expect("Patroni runs");
        Self { name, patroni, port }
    }
}

fn settings(name: &str, folder: &TempDir, etcd: u16, port: u16, rest: u16) -> String {
    let programs = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs: PathBuf = programs.map(|version| version.path().join("bin")).next().expect("PostgreSQL");
    let (folder, programs) = (folder.path().display(), programs.display());
    format!(
        "scope: vestibule
name: {name}
restapi: {{listen: '127.0.0.1:{rest}', connect_address: '127.0.0.1:{rest}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 3
    synchronous_mode: true
    postgresql: {{use_pg_rewind: true}}
  initdb: [{{encoding: UTF8}}, {{auth: trust}}, data-checksums]
  pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust', 'local all all trust']
postgresql:
  listen: '127.0.0.1:{port}'
  connect_address: '127.0.0.1:{port}'
  data_dir: '{folder}/{name}'
  bin_dir: '{programs}'
  pgpass: '{folder}/{name}.pgpass'
  authentication: {{superuser: {{username: vestibule}}, replication: {{username: vestibule}}, rewind: {{username: vestibule}}}}
  parameters: {{unix_socket_directories: '{folder}'}}
"
    )
}

impl Drop for Patroni {
    fn drop(&mut self) {
        let children = self.members.iter_mut().map(|member| &mut member.patroni).chain([&mut self.etcd]);
        for child in children {
            // Patroni stops its PostgreSQL server when it receives SIGTERM.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}

/// People, with numbers from `first` on, are busy at both nodes while something happens; then everything is owed at the
/// nodes crosswise.
async fn under_load(first: u32, nodes: &[Server; 2], mail: &MailServer, happens: impl FnOnce()) {
    let crowds = [Crowd::of(first, &nodes[0], mail).await, Crowd::of(first + 10, &nodes[1], mail).await];
    crowds.iter().for_each(|crowd| crowd.trouble.store(true, Ordering::SeqCst));
    happens();
    for node in nodes {
        let mut browser = node.browser(90);
        eprintln!("ready again {:?} later", until_ready(&mut browser, true).await);
    }
    for (crowd, other) in crowds.into_iter().zip(nodes.iter().rev()) {
        let people = collect(crowd.ends().await, other, 0).await;
        assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_patroni_a_switchover_loses_nothing_and_service_comes_back_by_itself() {
    let Some(patroni) = Patroni::start() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(patroni.url(), mail.port);
    let nodes = [ground.start(), ground.start()];
    for first in [1, 21] {
        let leader = patroni.leader();
        under_load(first, &nodes, &mail, || {
            let said = patroni.control(&["switchover", "--force"]);
            assert!(said.contains("Successfully switched over"), "{said}");
        })
        .await;
        assert_ne!(patroni.leader(), leader, "the servers changed places");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_patroni_service_comes_back_by_itself_when_the_leader_is_gone() {
    let Some(mut patroni) = Patroni::start() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(patroni.url(), mail.port);
    let server = ground.start();
    let mut browser = server.browser(90);
    let leader = patroni.leader();
    patroni.kill(leader);
    until_ready(&mut browser, false).await;
    eprintln!("ready again {:?} after it was not", until_ready(&mut browser, true).await);
    let crowd = Crowd::at(&server, &mail).await;
    let people = collect(crowd.ends().await, &server, 0).await;
    assert!(people.iter().any(Person::exists), "people are served by the other server");
}
