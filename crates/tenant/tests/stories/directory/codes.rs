//! Mail with a verification code: to the right mailbox, and not too much of it.

use super::{House, MINUTE, Visitor, house};
use vestibule_journey::{Courier, CourierError};

async fn mail(house: &House, visitor: Visitor, address: &str, code: &str) -> Result<(), CourierError> {
    let languages = ["en".to_owned()];
    house.world_of("t", visitor).mail_code(address, code, "webapp1", &languages).await
}

fn from(ip: [u8; 4]) -> Visitor {
    Visitor { source_ip: Some(ip.into()), device: None }
}

#[tokio::test]
async fn the_mail_says_who_asks_and_lies_in_the_outbox() {
    let house = house().await;
    mail(&house, Visitor::default(), "zoe@example.com", "123456").await.expect("taken");
    let mails = house.mailer.newest(&house.tenant.id, Some("ZOE@example.com"), 5).await.expect("read");
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Contoso account email verification code");
    assert_eq!(mails[0].text, "webapp1 asks. Your code is 123456. It is good for 10 minutes.");
    assert_eq!(mails[0].code.as_deref(), Some("123456"));
}

#[tokio::test]
async fn row_103_a_look_alike_gets_no_mail_meant_for_another() {
    let house = house().await;
    house.alice().await;
    for disguise in ["ALICE@EXAMPLE.COM", "ａlice@example.com", "alice@example。com"] {
        mail(&house, Visitor::default(), disguise, disguise).await.expect("taken");
    }
    for other in ["аlice@example.com", "alice@example.com.", "alice@example.com\nbcc:eve@example.com"] {
        mail(&house, Visitor::default(), other, other).await.expect("taken");
    }
    let mails = house.mailer.newest(&house.tenant.id, None, 50).await.expect("read");
    assert_eq!(mails.len(), 3);
    assert!(mails.iter().all(|mail| mail.recipient == "Alice@example.com"), "the stored address");
}

#[tokio::test]
async fn row_111_an_address_gets_ten_codes_in_ten_minutes() {
    let house = house().await;
    for n in 0..10 {
        let source = from([192, 0, 2, n]);
        mail(&house, source, "zoe@example.com", &format!("10000{n}")).await.expect("taken");
    }
    let one_more = mail(&house, from([192, 0, 2, 99]), "ZOE@example.com", "100010").await;
    assert!(matches!(one_more, Err(CourierError::Throttled)));
    mail(&house, from([192, 0, 2, 99]), "yan@example.com", "100010").await.expect("others are not concerned");
    house.clock.advance(10 * MINUTE);
    mail(&house, Visitor::default(), "zoe@example.com", "100011").await.expect("taken again");
}

#[tokio::test]
async fn an_address_gets_fifty_codes_in_a_day() {
    let house = house().await;
    let mut taken = 0;
    for n in 0..70 {
        house.clock.advance(5 * MINUTE);
        taken += u32::from(mail(&house, Visitor::default(), "zoe@example.com", &n.to_string()).await.is_ok());
    }
    assert_eq!(taken, 50);
}

#[tokio::test]
async fn row_111_one_source_cannot_mail_the_world() {
    let house = house().await;
    for n in 0..60 {
        mail(&house, from([192, 0, 2, 1]), &format!("p{n}@example.com"), "1").await.expect("taken");
    }
    let one_more = mail(&house, from([192, 0, 2, 1]), "p60@example.com", "1").await;
    assert!(matches!(one_more, Err(CourierError::Throttled)));
    mail(&house, from([192, 0, 2, 2]), "p60@example.com", "1").await.expect("others are not concerned");
}

#[tokio::test]
async fn a_repeated_call_mails_once_and_a_new_code_mails_again() {
    let house = house().await;
    for code in ["111111", "111111", "222222"] {
        mail(&house, Visitor::default(), "zoe@example.com", code).await.expect("taken");
    }
    let mails = house.mailer.newest(&house.tenant.id, None, 50).await.expect("read");
    assert_eq!(mails.iter().map(|mail| mail.code.as_deref()).collect::<Vec<_>>(), [Some("222222"), Some("111111")]);
}
