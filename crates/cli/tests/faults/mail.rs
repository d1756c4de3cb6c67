//! The mail server is down or slow: pages respond immediately, and mail is sent when possible.

use crate::server::{Ground, Server};
use crate::steps;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use vestibule_testing::mail_server::MailServer;

/// The longest time for a page, in an unoptimised build on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_cannot_leave_is_kept_and_sent_later_even_after_a_crash() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let ground = Ground::sqlite(port);
    let mut server = ground.start();
    let mut browser = server.browser(1);
    let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
    let began = Instant::now();
    let sent = steps::asks_for_a_code(&mut browser, &form, "ann@contoso.test").await.expect("an answer");
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert!(sent.is_page("SelfAsserted"), "{sent:?}");
    // The log says when the first attempt has failed; only then is it certain that the mail waits for the next one.
    until_said(&server, "mail not sent; trying again later").await;
    server.kill();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let mail = MailServer::listen(listener);
    let server = ground.start();
    let code = mail.code_for("ann@contoso.test").await.unwrap_or_else(|| panic!("no mail: {}", server.log()));
    let mut browser = browser.at_port(server.port);
    let check = format!("{}:VerifyCode", sent.attribute("data-control"));
    let (email, field) = (sent.attribute("data-address"), sent.attribute("data-code"));
    let fields = [("control_action", check.as_str()), (&email, "ann@contoso.test"), (&field, &code)];
    let verified = browser.try_submit(&sent, &fields).await.expect("an answer");
    assert!(verified.text.contains("data-state=\"verified\""), "{verified:?}");
    until_said(&server, "\"mail sent\"").await;
    assert_eq!(mail.count(), 1, "once, for all its attempts");
}

async fn until_said(server: &Server, words: &str) {
    while !server.log().contains(words) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_the_moment_is_sent_again_and_once() {
    let mail = MailServer::start().await;
    mail.refuses("451 4.7.1 greylisted, come again");
    let ground = Ground::sqlite(mail.port);
    let server = ground.start();
    let mut browser = server.browser(1);
    let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
    let form = steps::verifies(&mut browser, &mail, &form, "ann@contoso.test").await.expect("an answer");
    assert!(form.is_some(), "the mail came after all: {}", server.log());
    until_said(&server, "\"mail sent\"").await;
    assert!(server.log().contains("mail not sent; trying again later"), "{}", server.log());
    assert_eq!(mail.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_good_is_given_up_and_the_next_is_not() {
    let mail = MailServer::start().await;
    mail.refuses("550 5.1.1 no such user");
    let ground = Ground::sqlite(mail.port);
    let server = ground.start();
    let mut browser = server.browser(1);
    let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
    let sent = steps::asks_for_a_code(&mut browser, &form, "nobody@contoso.test").await.expect("an answer");
    assert!(sent.is_page("SelfAsserted"), "what a mailbox is is told to nobody: {sent:?}");
    until_said(&server, "mail refused; given up").await;
    // The user notices the mistake in the address, and corrects it.
    let form = steps::verifies(&mut browser, &mail, &sent, "ann@contoso.test").await.expect("an answer");
    assert!(form.is_some(), "{}", server.log());
    assert_eq!(mail.count(), 1, "the refused one was not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_says_nothing_holds_up_nobody() {
    // The system accepts connections, and nothing answers them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ground = Ground::sqlite(silent.local_addr().expect("an address").port());
    let mut server = ground.start();
    for number in 1..=12 {
        let mut browser = server.browser(number);
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
