//! Delivery: every mail is sent once, and a failing mail server affects nothing but the mail.

use super::{MINUTE, SECOND, TENANT, house, house_sending_to, loopback};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_tenant::mail::{Encryption, MailTransport, SmtpSettings};
use vestibule_testing::mail_server::{MailServer, Manners, POLITE};

#[tokio::test]
async fn mail_leaves_once() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    assert!(house.put("zoe@example.com", "1").await);
    assert!(!house.put("zoe@example.com", "1").await);
    assert_eq!(house.deliver().await, 1);
    house.clock.advance(100 * MINUTE);
    assert_eq!(house.deliver().await, 0);
    assert_eq!(fake.count(), 1);
    let mail = house.the_mail().await;
    assert!(mail.sent_at.is_some() && mail.error.is_none());
    assert_eq!(mail.content, None, "and is emptied");
}

#[tokio::test]
async fn mail_that_another_master_key_sealed_is_given_up() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    let transport = MailTransport::Smtp(loopback(fake.port));
    house.put("zoe@example.com", "1").await;
    let sealer = vestibule_tenant::seal::Sealer::new([8; 32]);
    let random = vestibule_tenant::clock::Random::system();
    let other =
        vestibule_tenant::mail::Mailer::new(house.store.clone(), house.clock.clone(), random, sealer, &transport);
    assert_eq!(other.expect("a mailer").deliver_due().await.expect("the store works"), 1);
    let mail = house.the_mail().await;
    assert_eq!((mail.next_attempt_at, fake.visits()), (None, 0));
    assert!(mail.error.expect("an error").contains("master key"));
}

#[tokio::test]
async fn the_background_sends_and_stops_when_told() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    let stop = CancellationToken::new();
    let background = tokio::spawn(house.mailer.clone().run(stop.clone()));
    house.put("zoe@example.com", "1").await;
    assert!(fake.first_mail().await.contains("zoe@example.com"));
    stop.cancel();
    background.await.expect("it ends");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_later_and_later() {
    let busy = Manners { recipient: "451 try again later", ..POLITE };
    let fake = MailServer::start_with(busy).await;
    let house = house_sending_to(fake.port).await;
    house.put("zoe@example.com", "1").await;
    for (attempt, wait) in [(1, 5), (2, 20), (3, 80), (4, 320)] {
        assert_eq!(house.deliver().await, 1, "attempt {attempt}");
        let mail = house.the_mail().await;
        assert_eq!(mail.next_attempt_at, Some(house.clock.now() + wait * SECOND));
        assert!(mail.error.expect("an error").contains("451"));
        house.clock.advance(wait * SECOND - 1);
        assert_eq!(house.deliver().await, 0);
        house.clock.advance(1);
    }
    house.clock.advance(20 * MINUTE);
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert_eq!((mail.next_attempt_at, mail.sent_at), (None, None), "its code is of no use any more");
    assert_eq!(fake.count(), 0);
}

#[tokio::test]
async fn a_refused_address_is_given_up_at_once() {
    let refuses = Manners { recipient: "550 no such mailbox", ..POLITE };
    let fake = MailServer::start_with(refuses).await;
    let house = house_sending_to(fake.port).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert_eq!((mail.next_attempt_at, mail.sent_at), (None, None));
    assert!(mail.error.expect("an error").contains("550"));
}

#[tokio::test]
async fn an_address_that_is_none_reaches_no_server() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    house.put("zoe@example.com>\r\nRCPT TO:<eve@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    assert_eq!(house.the_mail().await.next_attempt_at, None);
    assert_eq!(fake.visits(), 0);
}

#[tokio::test]
async fn one_bad_mail_does_not_hold_up_the_others() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    house.put("not an address", "1").await;
    for n in 2..=12 {
        house.put("zoe@example.com", &n.to_string()).await;
    }
    while house.deliver().await > 0 {}
    assert_eq!(fake.count(), 11);
}

#[tokio::test]
async fn a_server_that_is_down_is_back_later() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let house = house_sending_to(port).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert_eq!(mail.next_attempt_at, Some(house.clock.now() + 5 * SECOND));
}

#[tokio::test]
async fn a_silent_server_costs_its_time_and_no_more() {
    let fake = MailServer::start_with(Manners { greeting: None, ..POLITE }).await;
    let quick = SmtpSettings { timeout: Duration::from_millis(50), ..loopback(fake.port) };
    let house = house(&MailTransport::Smtp(quick)).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert!(mail.error.expect("an error").contains("longer"));
    assert!(mail.next_attempt_at.is_some());
}

#[tokio::test]
async fn after_an_unknown_end_the_same_mail_goes_again_under_the_same_id() {
    let fake = MailServer::start_with(Manners { kept: None, ..POLITE }).await;
    let house = house_sending_to(fake.port).await;
    house.put("zoe@example.com", "1").await;
    house.deliver().await;
    house.clock.advance(5 * SECOND);
    house.deliver().await;
    let ids: Vec<_> = fake.mails().iter().map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0].ends_with("@contoso.example>"), "{}", ids[0]);
}

#[tokio::test]
async fn a_mail_claimed_by_a_process_that_died_is_sent_by_another_once() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    house.put("zoe@example.com", "1").await;
    let claimed = house.store.mail_due(house.clock.now(), 2 * MINUTE, 8).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(house.deliver().await, 0, "it is another's for two minutes");
    house.clock.advance(2 * MINUTE);
    assert_eq!(house.deliver().await, 1);
    assert_eq!(fake.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_send_each_mail_once() {
    let fake = MailServer::start().await;
    let house = house_sending_to(fake.port).await;
    for n in 0..20 {
        house.put("zoe@example.com", &n.to_string()).await;
    }
    let all = async |mailer: vestibule_tenant::mail::Mailer| {
        while mailer.deliver_due().await.expect("the store works") > 0 {}
    };
    tokio::join!(all(house.mailer.clone()), all(house.mailer.clone()));
    assert_eq!(fake.count(), 20);
}

#[tokio::test]
async fn without_starttls_nothing_is_said_to_a_distant_server() {
    let fake = MailServer::start().await;
    let encrypted = SmtpSettings { encryption: Encryption::StartTls, ..loopback(fake.port) };
    let house = house(&MailTransport::Smtp(encrypted)).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    assert_eq!(fake.count(), 0);
    assert!(house.the_mail().await.next_attempt_at.is_some());
    assert_eq!(house.mailer.newest(TENANT, None, 1).await.expect("read")[0].sent_at, None);
}

fn header(mail: &str, name: &str) -> String {
    let line = mail.lines().find(|line| line.starts_with(&format!("{name}:"))).expect("the header");
    line.split_once(':').expect("a colon").1.trim().to_owned()
}
