//! PostgreSQL servers of a story's own, which may be stopped, follow one another and change places, and a wire to them
//! that may be cut or led elsewhere.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The server.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    pub(crate) port: u16,
}

impl Cluster {
    /// A new one that runs; none where PostgreSQL's programs are not installed, or not wanted.
    pub(crate) fn start() -> Option<Self> {
        let wanted = std::env::var("VESTIBULE_TEST_POSTGRES").is_ok_and(|url| !url.is_empty());
        let programs = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let programs = programs.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").exists());
        let (Some(programs), true) = (programs, wanted) else {
            eprintln!("NOT RUN on a PostgreSQL server of its own: VESTIBULE_TEST_POSTGRES names none, or no initdb");
            return None;
        };
        let cluster = Self::empty(programs);
        cluster.run("initdb", &["-U", "vestibule", "-A", "trust", "-N"]);
        cluster.go_on();
        Some(cluster)
    }

    /// Two servers: one that takes writes, and a standby that each commit waits for.
    pub(crate) fn pair() -> Option<(Self, Self)> {
        let primary = Self::start()?;
        let standby = Self::empty(primary.programs.clone());
        let port = primary.port.to_string();
        standby.run("pg_basebackup", &["-h", "127.0.0.1", "-p", &port, "-U", "vestibule", "-R", "-c", "fast", "-N"]);
        standby.go_on();
        primary.waits_for_its_standby();
        Some((primary, standby))
    }

    /// A folder and a port.
    fn empty(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(folder.path()).status().expect("chown runs");
            assert!(given.success());
        }
        Self { folder, programs, port }
    }

    /// No commit is acknowledged from now on that the standby does not have; returns when there is one.
    pub(crate) fn waits_for_its_standby(&self) {
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        while self.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1" {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// A switchover: the standby takes over from this server, which follows it from then on.
    pub(crate) fn hands_over_to(&self, standby: &Self) {
        self.run("pg_ctl", &["-m", "fast", "-w", "stop"]);
        standby.run("pg_ctl", &["-w", "promote"]);
        let data = self.folder.path().join("data");
        let follow = format!("primary_conninfo = 'host=127.0.0.1 port={} user=vestibule'\n", standby.port);
        std::fs::write(data.join("postgresql.auto.conf"), follow).expect("written");
        std::fs::write(data.join("standby.signal"), "").expect("written");
        self.go_on();
        standby.waits_for_its_standby();
    }

    /// What the server answers to a statement.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let output =
            Command::new("psql").args([&self.url_at(self.port), "-qAtc", statement]).output().expect("psql runs");
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Connections of the program.
    pub(crate) fn connections(&self) -> usize {
        let count = self.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vestibule'");
        count.parse().expect("a number")
    }

    /// The database that is always there, by way of this port.
    pub(crate) fn url_at(&self, port: u16) -> String {
        format!("postgres://vestibule@127.0.0.1:{port}/postgres")
    }

    /// Stop it as a crash does.
    pub(crate) fn crash(&self) {
        self.run("pg_ctl", &["-m", "immediate", "-w", "stop"]);
    }

    /// Start it again.
    pub(crate) fn go_on(&self) {
        let options = format!("-p {} -k {} -h 127.0.0.1", self.port, self.folder.path().display());
        let log = self.folder.path().join("log");
        self.run("pg_ctl", &["-w", "-l", &log.display().to_string(), "-o", &options, "start"]);
    }

    /// Cut every connection but one's own.
    pub(crate) fn cut_all(&self) {
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND \
             backend_type = 'client backend'",
        );
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.output(program, arguments);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        // PostgreSQL does not run as root.
        let mut command = if is_root() { Command::new("runuser") } else { Command::new(&program) };
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        command.current_dir(self.folder.path()).arg("-D").arg(self.folder.path().join("data")).args(arguments);
        // The server that is started keeps what it is given: pipes would stay open as long as it runs.
        let said = std::fs::File::create(self.folder.path().join("said")).expect("a file");
        command.stdout(said);
        command.stderr(std::process::Stdio::null()).output().expect("PostgreSQL's program runs")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.output("pg_ctl", &["-m", "immediate", "-w", "stop"]);
    }
}

/// A program that must not run as root, and a folder that is its own; none where it is not installed.
pub(crate) fn given_to_postgres(program: &str, folder: &std::path::Path) -> Option<Command> {
    if !std::path::Path::new(program).exists() {
        return None;
    }
    if !is_root() {
        return Some(Command::new(program));
    }
    let given = Command::new("chown").args(["-R", "postgres"]).arg(folder).status().expect("chown runs");
    assert!(given.success());
    // It becomes the program, so that signals reach it.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
    Some(command)
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.trim_ascii() == b"0"
}

/// A TCP proxy to the database. A connection that was cut carries no more data but stays open.
pub(crate) struct Wire {
    pub(crate) port: u16,
    /// Counts the cuts, and whether the wire is whole.
    state: watch::Sender<(usize, bool)>,
    /// Connections that were cut, still open on our side.
    pub(crate) silent: Arc<AtomicUsize>,
    /// Where it leads.
    far: watch::Sender<u16>,
}

impl Wire {
    /// To this port.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (state, seen) = watch::channel((0, true));
        let (far, ends) = watch::channel(port);
        let port = listener.local_addr().expect("an address").port();
        let wire = Self { port, state, silent: Arc::default(), far };
        let silent = Arc::clone(&wire.silent);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, ends.clone(), seen.clone(), Arc::clone(&silent)));
            }
        });
        wire
    }

    /// Lead to another port: connections of before are closed.
    pub(crate) fn lead_to(&self, port: u16) {
        self.far.send_replace(port);
    }

    /// Carry nothing any more, on any connection.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|(cuts, whole)| (*cuts, *whole) = (*cuts + 1, false));
    }

    /// Carry new connections; those that were cut stay silent for ever.
    pub(crate) fn mend(&self) {
        self.state.send_modify(|(_, whole)| *whole = true);
    }
}

async fn carry(
    near: TcpStream,
    mut far: watch::Receiver<u16>,
    mut seen: watch::Receiver<(usize, bool)>,
    silent: Arc<AtomicUsize>,
) {
    let (cuts, whole) = *seen.borrow_and_update();
    let port = *far.borrow_and_update();
    let (mut near_in, mut near_out) = near.into_split();
    if whole {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        let (mut far_in, mut far_out) = stream.into_split();
        tokio::select! {
            _ = far.changed() => return,
            _ = seen.wait_for(|(now, _)| *now != cuts) => {}
            () = pour(&mut near_in, &mut far_out) => return,
            () = pour(&mut far_in, &mut near_out) => return,
        }
    }
    silent.fetch_add(1, Ordering::Relaxed);
    // Open, and never answered.
    std::future::pending::<()>().await;
}

async fn pour(from: &mut (impl AsyncReadExt + Unpin), to: &mut (impl AsyncWriteExt + Unpin)) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
