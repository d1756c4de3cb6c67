//! The mail server is down, or takes its time: pages answer at once, and the mail goes out when it can.

use crate::browser::Browser;
use crate::mail_server::MailServer;
use crate::server::Ground;
use crate::steps;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The longest that a page may take, in a build without optimisation on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_cannot_leave_is_kept_and_sent_later_even_after_a_crash() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let ground = Ground::sqlite(port);
    let mut server = ground.start();
    let mut browser = Browser::new(&server, 1);
    let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
    let began = Instant::now();
    let sent = steps::asks_for_a_code(&mut browser, &form, "ann@contoso.test").await.expect("an answer");
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert!(sent.is_page("SelfAsserted"), "{sent:?}");
    // The first attempt has failed when the log says so; only then is it sure that the mail waits for the next.
    while !server.log().contains("mail not sent; trying again later") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.kill();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let mail = MailServer::listen(listener);
    let server = ground.start();
    let code = mail.code_for("ann@contoso.test").await.unwrap_or_else(|| panic!("no mail: {}", server.log()));
    let mut browser = browser.at(&server);
    let check = format!("{}:VerifyCode", sent.attribute("data-control"));
    let (email, field) = (sent.attribute("data-address"), sent.attribute("data-code"));
    let fields = [("control_action", check.as_str()), (&email, "ann@contoso.test"), (&field, &code)];
    let verified = browser.submit(&sent, &fields).await.expect("an answer");
    assert!(verified.text.contains("data-state=\"verified\""), "{verified:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_says_nothing_holds_up_nobody() {
    // Connections are taken by the system and never answered.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ground = Ground::sqlite(silent.local_addr().expect("an address").port());
    let mut server = ground.start();
    for number in 1..=12 {
        let mut browser = Browser::new(&server, number);
        let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
        let began = Instant::now();
        let address = format!("person{number}@contoso.test");
        let sent = steps::asks_for_a_code(&mut browser, &form, &address).await.expect("an answer");
        assert!(sent.status == 200 && began.elapsed() < AT_ONCE, "{:?} {sent:?}", began.elapsed());
    }
    server.tell_to_stop();
    let began = Instant::now();
    assert!(server.ended_well(), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(30), "a supervisor would have killed it: {:?}", began.elapsed());
}
