//! The examples for HAProxy and nginx in docs/reliability.md, unchanged except for their ports: discovery and keys
//! stay available when the database or a node is lost.

use crate::cluster::{Cluster, given_to_postgres};
use crate::database::until_ready;
use crate::server::{Ground, ORIGIN, Server};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vestibule_testing::Browser;

const KEYS: &str = "/contoso.onmicrosoft.com/B2C_1_in/discovery/v2.0/keys";

/// The proxy, which ends with the test.
struct Proxy {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Proxy {
    /// Runs this program with its example, in front of these nodes; `None` if it is not installed.
    fn start(program: &str, form: &str, nodes: &[Server; 2]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let text = [("8443", port), ("8401", nodes[0].port), ("8402", nodes[1].port)]
            .iter()
            .fold(example(form), |text, (from, to)| text.replace(&format!(":{from}"), &format!(":{to}")));
        let (text, flags) = whole(form, &text, folder.path());
        let file = folder.path().join("settings");
        std::fs::write(&file, text).expect("written");
        let Some(mut command) = given_to_postgres(program, folder.path()) else {
            eprintln!("NOT RUN behind {program}: it is not installed");
            return None;
        };
        command.args(flags).arg(file).stdout(Stdio::null()).stderr(Stdio::inherit());
        let proxy = Self { child: command.spawn().expect("it runs"), port, _folder: folder };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(proxy)
    }

    fn browser(&self) -> Browser {
        Browser::http(self.port, ORIGIN, 1)
    }

    /// Waits until the keys are available through the proxy.
    async fn answers(&self, when: &str) {
        let began = Instant::now();
        loop {
            let status = self.browser().try_get(KEYS).await.map(|answer| answer.status.as_u16());
            if status.as_ref().is_ok_and(|status| *status == 200) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{when}: {status:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The example in docs/reliability.md.
fn example(form: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reliability.md");
    let text = std::fs::read_to_string(file).expect("the document");
    let (_, rest) = text.split_once(&format!("```{form}\n")).expect("an example");
    rest.split_once("```").expect("its end").0.to_owned()
}

/// The example with the usual surrounding configuration, and the flags before the file name.
fn whole(form: &str, text: &str, folder: &Path) -> (String, Vec<String>) {
    if form == "haproxy" {
        return (text.to_owned(), ["-q", "-db", "-f"].map(str::to_owned).to_vec());
    }
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {folder}/{kind};\n")).concat();
    let text = format!(
        "daemon off;\npid {folder}/pid;\nerror_log stderr crit;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n"
    );
    (text, ["-e", "stderr", "-c"].map(str::to_owned).to_vec())
}

async fn survives(program: &str, form: &str) {
    let Some(cluster) = Cluster::start() else { return };
    let ground = Ground::postgres_at(cluster.url_at(cluster.port), 1);
    let mut nodes = [ground.start(), ground.start()];
    // Fill the cache of each node.
    for node in &nodes {
        assert_eq!(node.browser(1).try_get(KEYS).await.expect("an answer").status, 200);
    }
    let Some(proxy) = Proxy::start(program, form, &nodes) else { return };
    proxy.answers("all is well").await;
    cluster.crash();
    for node in &nodes {
        until_ready(&mut node.browser(90), false).await;
    }
    proxy.answers("the database is away").await;
    nodes[0].kill();
    proxy.answers("a node is away, too").await;
    cluster.go_on();
    until_ready(&mut proxy.browser(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_keys_survive_the_database_and_a_node() {
    survives("/usr/sbin/haproxy", "haproxy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_keys_survive_the_database_and_a_node() {
    survives("/usr/sbin/nginx", "nginx").await;
}
