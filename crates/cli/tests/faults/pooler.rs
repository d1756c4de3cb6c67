//! PgBouncer in front of PostgreSQL: everything works in session mode; transaction mode is reported with a solution.

use crate::cluster::{Cluster, given_to_postgres};
use crate::database::until_ready;
use crate::server::Ground;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// PgBouncer, which ends with the test.
struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Starts it in front of this server, in this mode; `None` if it is not installed.
    fn start(cluster: &Cluster, mode: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        write_settings(&folder, cluster.port, port, mode);
        let Some(mut command) = given_to_postgres("/usr/sbin/pgbouncer", folder.path()) else {
            eprintln!("NOT RUN behind PgBouncer: it is not installed");
            return None;
        };
        command.arg("-q").arg(folder.path().join("pgbouncer.ini")).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("it runs");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Self { child, port, _folder: folder })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn write_settings(folder: &TempDir, database: u16, port: u16, mode: &str) {
    let users = folder.path().join("users.txt");
    let text = format!(
        "[databases]\npostgres = host=127.0.0.1 port={database}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = \
         {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = 20\n",
        users.display()
    );
    std::fs::write(users, "\"vestibule\" \"\"\n").expect("written");
    std::fs::write(folder.path().join("pgbouncer.ini"), text).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_in_session_mode_is_as_good_as_the_database() {
    let Some(cluster) = Cluster::start() else { return };
    let Some(pooler) = Pooler::start(&cluster, "session") else { return };
    let ground = Ground::postgres_at(cluster.url_at(pooler.port), 1);
    let server = ground.start();
    until_ready(&mut server.browser(1), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_in_transaction_mode_is_refused_with_what_helps() {
    let Some(cluster) = Cluster::start() else { return };
    let Some(pooler) = Pooler::start(&cluster, "transaction") else { return };
    let ground = Ground::postgres_at(cluster.url_at(pooler.port), 1);
    let server = ground.begin();
    let log = server.until_log("the start waits for it").await;
    assert!(log.contains("pool_mode = session") && !log.contains("damaged"), "{log}");
}
