//! The disk is full: what writes is refused with 503, what reads goes on, nothing acknowledged is lost, and it works
//! again as soon as there is room.

use crate::server::{CALLBACK, Ground, Server};
use crate::steps;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use vestibule_testing::mail_server::MailServer;

/// Something that can be full.
trait Disk {
    /// Start the program on it.
    fn start(&self, ground: &Ground) -> Server;
    /// Fills the disk to the last byte, from this process.
    fn fill(&self, ground: &Ground, server: &Server);
    /// Frees that space again.
    fn free(&self, server: &Server);
    /// Frees the space and starts the program again, which was killed while the disk was full.
    fn restart(&self, ground: &Ground) -> Server;
}

/// A small file system of its own, where the machine lets us have one.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let command = ["-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs"];
        let output = Command::new("mount").args(command).arg(folder.path()).output();
        let mounted = output.is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("NOT RUN: a small file system cannot be mounted here (it needs root)");
        }
        mounted.then_some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Disk for SmallDisk {
    fn start(&self, ground: &Ground) -> Server {
        ground.start()
    }

    fn fill(&self, _: &Ground, _: &Server) {
        let mut file = std::fs::File::create(self.filler()).expect("a file");
        let block = [b'x'; 4096];
        while file.write_all(&block).is_ok() {}
    }

    fn free(&self, _: &Server) {
        std::fs::remove_file(self.filler()).expect("removed");
    }

    fn restart(&self, ground: &Ground) -> Server {
        std::fs::remove_file(self.filler()).expect("removed");
        self.start(ground)
    }
}

/// A disk that is full for the program alone, as its files may not grow: for this no rights are needed.
struct Limit;

impl Limit {
    fn set(server: &Server, limit: &str) {
        let (id, limit) = (server.id().to_string(), format!("--fsize={limit}:"));
        let output = Command::new("prlimit").args(["--pid", &id, &limit]).output().expect("prlimit runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Disk for Limit {
    fn start(&self, ground: &Ground) -> Server {
        let mut command = Command::new("sh");
        // Writing beyond the limit is to fail, as on a full disk, not to end the program by a signal.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_vestibule")]);
        ground.start_by(command)
    }

    fn fill(&self, ground: &Ground, server: &Server) {
        let files = std::fs::read_dir(ground.data()).expect("the data folder").flatten();
        let longest = files.map(|file| file.metadata().expect("its size").len()).max().expect("a file");
        Self::set(server, &longest.to_string());
    }

    fn free(&self, server: &Server) {
        Self::set(server, "unlimited");
    }

    fn restart(&self, ground: &Ground) -> Server {
        self.start(ground)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_forgets_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::sqlite_in(&disk.path().join("data"), mail.port);
    refuses_and_forgets_nothing(&disk, &ground, &mail).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow_refuse_and_forget_nothing() {
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    refuses_and_forgets_nothing(&Limit, &ground, &mail).await;
}

async fn refuses_and_forgets_nothing(disk: &impl Disk, ground: &Ground, mail: &MailServer) {
    let mut server = disk.start(ground);
    let mut browser = server.browser(1);
    let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
    let form = steps::verifies(&mut browser, mail, &form, "ann@contoso.test").await.expect("an answer");
    let form = form.expect("a verified address");
    let signed_up = steps::signs_up_on(&mut browser, &form, "ann@contoso.test", steps::PASSWORD).await;
    let code = signed_up.expect("an answer").parameter(CALLBACK, "code").expect("a code");
    let tokens = steps::redeems(&mut browser, &code).await.expect("an answer").json();
    let mut token = tokens["refresh_token"].as_str().expect("a token").to_owned();

    disk.fill(ground, &server);
    // The write-ahead log has pages to use again: it takes some writes until it must grow.
    let mut refused = None;
    for _ in 0..2000 {
        let answer = steps::refreshes(&mut browser, &token).await.expect("an answer");
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
        token = answer.json()["refresh_token"].as_str().expect("a token").to_owned();
    }
    let refused = refused.expect("the disk is full at last");
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["error"]),
        (503, &"temporarily_unavailable".into()),
        "{refused:?}"
    );
    let page = steps::opens(&mut server.browser(2), "login").await.expect("an answer");
    assert!(page.status == 503 || page.is_page("Unified"), "a page or a refusal, not half of one: {page:?}");
    let base = "/contoso.onmicrosoft.com/B2C_1_in";
    for path in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
        let answer = browser.try_get(&format!("{base}/{path}")).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }

    disk.free(&server);
    let answer = steps::refreshes(&mut browser, &token).await.expect("an answer");
    assert_eq!(answer.status, 200, "it is back by itself, with the last acknowledged token: {answer:?}");
    token = answer.json()["refresh_token"].as_str().expect("a token").to_owned();
    assert!(steps::is_signed_in(&mut browser).await.expect("an answer"));

    // And if it is killed while the disk is full, it comes back when there is room.
    disk.fill(ground, &server);
    server.kill();
    let server = disk.restart(ground);
    let mut browser = browser.at_port(server.port);
    let answer = steps::refreshes(&mut browser, &token).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = steps::signs_in(&mut browser, "ann@contoso.test", steps::PASSWORD).await.expect("an answer");
    assert!(answer.parameter(CALLBACK, "code").is_some(), "{answer:?}");
}
