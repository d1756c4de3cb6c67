//! The outbox of `dev`: mails are kept for reading.

use super::{House, MINUTE, TENANT, house, mail};
use std::time::Duration;
use vestibule_store::MailRecord;
use vestibule_tenant::mail::MailTransport;

const LONG: Duration = Duration::from_secs(30);

async fn outbox() -> House {
    house(&MailTransport::Outbox).await
}

#[tokio::test]
async fn mail_is_kept_newest_first_and_never_sent() {
    let house = outbox().await;
    for n in 0..5 {
        assert!(house.put(&format!("p{}@example.com", n % 2), &n.to_string()).await);
    }
    let all = house.mailer.newest(TENANT, None, 3).await.expect("read");
    assert_eq!(all.iter().map(|mail| mail.dedupe.as_str()).collect::<Vec<_>>(), ["4", "3", "2"]);
    let one = house.mailer.newest(TENANT, Some(" P1@Example.com"), 10).await.expect("read");
    assert_eq!(one.iter().map(|mail| mail.dedupe.as_str()).collect::<Vec<_>>(), ["3", "1"]);
    assert!(house.mailer.newest("another tenant", None, 10).await.expect("read").is_empty());
    assert_eq!(all[0].sent_at, Some(house.clock.now()));
    house.clock.advance(MINUTE);
    assert_eq!(house.deliver().await, 0);
}

#[tokio::test]
async fn the_same_mail_is_taken_once() {
    let house = outbox().await;
    assert!(house.put("zoe@example.com", "code 1").await);
    assert!(!house.put("zoe@example.com", "code 1").await);
    house.the_mail().await;
}

#[tokio::test]
async fn row_112_a_subject_is_one_line() {
    let house = outbox().await;
    let subject = "Hello\r\nBcc: eve@example.com\0";
    house.mailer.enqueue(TENANT, "zoe@example.com", &mail(subject), None, "1").await.ok();
    let content = house.the_mail().await.content.expect("its content");
    assert_eq!(content.subject, "Hello  Bcc: eve@example.com");
}

#[tokio::test]
async fn requirement_19_a_mail_waits_sealed_for_its_row_and_address() {
    let house = outbox().await;
    house.put("zoe@example.com", "1").await;
    let row = house.store.list_mail(TENANT, None, 1).await.expect("read").remove(0);
    let written = format!("{row:?}");
    assert!(!written.contains("123456") && !written.contains("Hello"), "{written}");
    assert_eq!(house.the_mail().await.code(), Some("123456"));
    let moved =
        MailRecord { id: "moved".to_owned(), recipient: "eve@example.com".to_owned(), dedupe: "2".to_owned(), ..row };
    assert!(house.store.mail_enqueue(&moved).await.expect("taken"));
    let mails = house.mailer.newest(TENANT, Some("eve@example.com"), 1).await.expect("read");
    assert_eq!(mails[0].content, None, "what is sealed for one mailbox does not open for another");
}

#[tokio::test]
async fn one_can_wait_for_the_next_mail_to_an_address() {
    let house = outbox().await;
    house.put("zoe@example.com", "first").await;
    let first =
        house.mailer.wait_for(&[TENANT.to_owned()], "ZOE@example.com", None, LONG).await.expect("read").expect("there");
    assert_eq!(first.dedupe, "first");

    let arrives = async {
        house.put("yan@example.com", "another's").await;
        house.put("zoe@example.com", "second").await;
        house.put("zoe@example.com", "third").await;
    };
    let tenants = [TENANT.to_owned()];
    let waits = house.mailer.wait_for(&tenants, "zoe@example.com", Some(&first.id), LONG);
    let (second, ()) = tokio::join!(waits, arrives);
    let second = second.expect("read").expect("it came");
    assert_eq!(second.dedupe, "second");
    let third =
        house.mailer.wait_for(&[TENANT.to_owned()], "zoe@example.com", Some(&second.id), LONG).await.expect("read");
    assert_eq!(third.expect("there").dedupe, "third");
}

#[tokio::test]
async fn waiting_ends_without_a_mail() {
    let house = outbox().await;
    let none = house
        .mailer
        .wait_for(&[TENANT.to_owned()], "zoe@example.com", None, Duration::from_millis(1))
        .await
        .expect("read");
    assert!(none.is_none());
}
