//! Mails with verification codes: sent to the right mailbox, and limited in number.

use super::{GOOD, House, MINUTE, Visitor, browser, from, house, texts};
use vestibule_journey::{Courier, CourierError};
use vestibule_tenant::accounts::NewUser;

async fn mail(house: &House, visitor: Visitor, address: &str, code: &str) -> Result<(), CourierError> {
    let languages = ["en".to_owned()];
    house.world_of("t", visitor).mail_code(address, code, "webapp1", &languages).await
}

#[tokio::test]
async fn the_mail_says_who_asks_and_lies_in_the_outbox() {
    let house = house().await;
    mail(&house, Visitor::default(), "zoe@example.com", "123456").await.expect("taken");
    let mails = house.mailer.newest(&house.tenant.id, Some("ZOE@example.com"), 5).await.expect("read");
    assert_eq!(mails.len(), 1);
    let content = mails[0].content.as_ref().expect("its content");
    assert_eq!(content.subject, "Contoso account email verification code");
    assert_eq!(content.text, "webapp1 asks. Your code is 123456. It is good for 10 minutes.");
    assert_eq!(mails[0].code(), Some("123456"));
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
async fn one_stranger_cannot_use_up_the_codes_of_a_mailbox() {
    let house = house().await;
    let mut taken = 0;
    for n in 0..100 {
        house.clock.advance(5 * MINUTE);
        taken += u32::from(mail(&house, from([192, 0, 2, 1]), "zoe@example.com", &n.to_string()).await.is_ok());
        let owners = format!("owner {n}");
        if n % 20 == 0 {
            mail(&house, from([198, 51, 100, 7]), "zoe@example.com", &owners).await.expect("the owner's");
        }
    }
    assert_eq!(taken, 20);
    for n in 0..5 {
        mail(&house, from([192, 0, 2, 2]), "yan@example.com", &n.to_string()).await.expect("taken");
    }
    let sixth = mail(&house, from([192, 0, 2, 2]), "yan@example.com", "5").await;
    assert!(matches!(sixth, Err(CourierError::Throttled)), "five of the ten in ten minutes");
}

/// Many strangers use up the daily codes of an address.
async fn use_up(house: &House, address: &str) {
    for n in 0..50 {
        if n % 10 == 0 {
            house.clock.advance(10 * MINUTE);
        }
        mail(house, from([192, 0, 2, n]), address, &n.to_string()).await.expect("taken");
    }
    let one_more = mail(house, from([203, 0, 113, 7]), address, "50").await;
    assert!(matches!(one_more, Err(CourierError::Throttled)));
}

#[tokio::test]
async fn an_owners_browser_gets_a_code_when_strangers_have_used_up_the_mailboxs() {
    let house = house().await;
    house.alice().await;
    let (own, other) = (browser("alice's"), browser("eve's"));
    house.check_from("alice@example.com", GOOD, &own).await;
    house.person("eve@example.com", Some(GOOD)).await.expect("Eve");
    house.check_from("eve@example.com", GOOD, &other).await;
    use_up(&house, "alice@example.com").await;
    mail(&house, own, "ALICE@example.com", "777777").await.expect("the owner's");
    let eves = mail(&house, other, "alice@example.com", "888888").await;
    assert!(matches!(eves, Err(CourierError::Throttled)), "a browser that is known to another account");
}

#[tokio::test]
async fn the_browser_of_an_account_by_user_name_gets_a_code_at_its_address_for_resets() {
    let house = house().await;
    let cleo = [("signInNames.userName", "cleo"), ("strongAuthenticationEmailAddress", "Cleo@example.com")];
    let attributes = texts(&[cleo[0], cleo[1], ("password", GOOD)]);
    house.users().create(&house.tenant, NewUser { attributes, ..NewUser::default() }).await.expect("Cleo");
    house.check_from("cleo", GOOD, &browser("cleo's")).await;
    use_up(&house, "cleo@example.com").await;
    mail(&house, browser("cleo's"), "cleo@example.com", "777777").await.expect("the owner's");
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
    assert_eq!(mails.iter().map(|mail| mail.code()).collect::<Vec<_>>(), [Some("222222"), Some("111111")]);
}
