//! The machine's clock jumps forward or back while the program runs, and two nodes disagree about the time.
//!
//! The real program, with its clock moved by libfaketime (Debian: `faketime`). Skipped if that is not installed.

use crate::server::{CALLBACK, Ground, Server};
use crate::steps;
use std::path::PathBuf;
use std::process::Command;
use vestibule_testing::Browser;
use vestibule_testing::mail_server::MailServer;

const ADDRESS: &str = "ann@contoso.test";
const HOUR: i64 = 3600;
const TEN_YEARS: i64 = 10 * 365 * 24 * HOUR;

/// A clock for one test: the error of the machine's clock, in seconds.
struct FakeClock {
    library: PathBuf,
    folder: tempfile::TempDir,
}

impl FakeClock {
    fn new() -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let library =
            folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
        let Some(library) = library else {
            eprintln!("NOT RUN: libfaketime is not installed (Debian: faketime)");
            return None;
        };
        let clock = Self { library, folder: tempfile::tempdir().expect("a folder") };
        clock.is_wrong_by(0);
        Some(clock)
    }

    fn is_wrong_by(&self, seconds: i64) {
        // Written to another file and renamed, so that a partial number is never read.
        let (new, path) = (self.folder.path().join("new"), self.folder.path().join("clock"));
        std::fs::write(&new, format!("{seconds:+}s\n")).expect("written");
        std::fs::rename(new, path).expect("moved");
    }

    fn start(&self, ground: &Ground) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        ground.start_by(command)
    }
}

/// A user signs up; returns the code for the application.
async fn somebody(browser: &mut Browser, mail: &MailServer) -> String {
    let form = steps::goes_to_sign_up(browser).await.expect("an answer");
    let form = steps::verifies(browser, mail, &form, ADDRESS).await.expect("an answer").expect("a verified address");
    let answer = steps::signs_up_on(browser, &form, ADDRESS, steps::PASSWORD).await.expect("an answer");
    answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("a code: {answer:?}"))
}

async fn is_refused(browser: &mut Browser, code: &str, why: &str) {
    let answer = steps::redeems(browser, code).await.expect("an answer");
    assert!(answer.status == 400 && answer.json()["error"] == "invalid_grant", "{why}: {answer:?}");
}

async fn new_code(browser: &mut Browser, when: &str) -> String {
    let answer = steps::signs_in(browser, ADDRESS, steps::PASSWORD).await.expect("an answer");
    answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("{when}: a code: {answer:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_jump_of_the_clock_makes_a_code_live_longer_or_twice() {
    let Some(clock) = FakeClock::new() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    let server = clock.start(&ground);
    let mut browser = server.browser(1);
    let used = somebody(&mut browser, &mail).await;
    assert_eq!(steps::redeems(&mut browser, &used).await.expect("an answer").status, 200);
    for jump in [-HOUR, HOUR, -TEN_YEARS, TEN_YEARS] {
        clock.is_wrong_by(0);
        let code = new_code(&mut browser, "after the clock was right again").await;
        clock.is_wrong_by(jump);
        is_refused(&mut browser, &code, &format!("made before the clock went by {jump} s")).await;
        is_refused(&mut browser, &used, &format!("used before the clock went by {jump} s")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_stays_over_when_the_clock_goes_back() {
    let Some(clock) = FakeClock::new() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    let server = clock.start(&ground);
    let mut browser = server.browser(1);
    somebody(&mut browser, &mail).await;
    let copy = browser.clone();
    for jump in [-HOUR, -TEN_YEARS] {
        clock.is_wrong_by(jump);
        let signed_in = steps::is_signed_in(&mut copy.clone()).await.expect("an answer");
        assert!(!signed_in, "a session of the future, {jump} s");
    }
    clock.is_wrong_by(0);
    assert!(steps::is_signed_in(&mut copy.clone()).await.expect("an answer"), "the clock is right again");
    clock.is_wrong_by(25 * HOUR);
    assert!(!steps::is_signed_in(&mut copy.clone()).await.expect("an answer"), "a day later it is over");
    clock.is_wrong_by(0);
    assert!(!steps::is_signed_in(&mut copy.clone()).await.expect("an answer"), "and stays over");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_serving_wherever_the_clock_jumps() {
    let Some(clock) = FakeClock::new() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    let server = clock.start(&ground);
    let mut browser = server.browser(1);
    // A user from before all of this: credentials are valid from the creation of the account on.
    clock.is_wrong_by(-TEN_YEARS - 24 * HOUR);
    somebody(&mut browser, &mail).await;
    for wrong in [0, HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 0] {
        clock.is_wrong_by(wrong);
        let base = "/contoso.onmicrosoft.com/B2C_1_in";
        for path in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
            let answer = browser.try_get(&format!("{base}/{path}")).await.expect("an answer");
            assert_eq!(answer.status, 200, "{wrong} s: {path}: {answer:?}");
        }
        let code = new_code(&mut browser, &format!("{wrong} s")).await;
        let answer = steps::redeems(&mut browser, &code).await.expect("an answer");
        assert_eq!(answer.status, 200, "{wrong} s: {answer:?}");
        let token = answer.json()["refresh_token"].as_str().expect("a token").to_owned();
        assert_eq!(steps::refreshes(&mut browser, &token).await.expect("an answer").status, 200, "{wrong} s");
        // Mail works as well: a code arrives and is accepted.
        let form = steps::goes_to_reset(&mut browser, &mail, ADDRESS).await.expect("an answer");
        assert!(form.is_some(), "{wrong} s: a mailed code");
        assert_eq!(browser.try_get("/readyz").await.expect("an answer").status, 200, "{wrong} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_node_is_good_at_another_whose_clock_is_two_minutes_off() {
    let (Some(ahead), Some(behind)) = (FakeClock::new(), FakeClock::new()) else { return };
    let mail = MailServer::start().await;
    let Some(ground) = Ground::postgres("skew", mail.port) else { return };
    behind.is_wrong_by(-120);
    let (ahead, behind) = (ahead.start(&ground), behind.start(&ground));
    let mut here = ahead.browser(1);
    let code = somebody(&mut here, &mail).await;
    let mut there = here.at_port(behind.port);
    let answer = steps::redeems(&mut there, &code).await.expect("an answer");
    assert_eq!(answer.status, 200, "made ahead, redeemed behind: {answer:?}");
    let token = answer.json()["refresh_token"].as_str().expect("a token").to_owned();
    let answer = steps::refreshes(&mut here, &token).await.expect("an answer");
    assert_eq!(answer.status, 200, "given behind, refreshed ahead: {answer:?}");
    assert!(steps::is_signed_in(&mut there).await.expect("an answer"), "the session of one node counts at the other");
    let code = new_code(&mut there, "behind").await;
    let answer = steps::redeems(&mut there.at_port(ahead.port), &code).await.expect("an answer");
    assert_eq!(answer.status, 200, "made behind, redeemed ahead: {answer:?}");
    is_refused(&mut there.at_port(behind.port), &code, "once, wherever").await;
}
