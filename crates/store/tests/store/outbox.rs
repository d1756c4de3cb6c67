//! The outbox.

use crate::ground::*;
use vestibule_store::*;

async fn due(store: &Store, now: i64) -> Vec<String> {
    store.mail_due(now, MINUTE, 10).await.expect("claimed").into_iter().map(|mail| mail.id).collect()
}

story! {
    async fn a_mail_is_taken_sent_and_not_sent_again(ground: &Ground) {
        let store = &ground.store;
        assert!(store.mail_enqueue(&mail("m1")).await.unwrap());
        let same = MailRecord { dedupe: "m1".into(), ..mail("m2") };
        assert!(!store.mail_enqueue(&same).await.unwrap(), "one mail of each thing");
        assert!(due(store, NOW - 1).await.is_empty());
        let taken = store.mail_due(NOW, MINUTE, 10).await.unwrap();
        assert_eq!(taken, [MailRecord { attempts: 1, next_attempt_at: Some(NOW + MINUTE), ..mail("m1") }]);
        assert!(due(store, NOW).await.is_empty(), "somebody has it");
        store.mail_sent("m1", NOW + 1).await.unwrap();
        assert!(due(store, NOW + DAY).await.is_empty());
        let listed = store.list_mail(TENANT, None, 10).await.unwrap();
        assert_eq!(listed[0].sent_at, Some(NOW + 1));
    }
}

story! {
    async fn a_mail_that_failed_or_was_forgotten_is_due_again_until_given_up(ground: &Ground) {
        let store = &ground.store;
        store.mail_enqueue(&mail("m")).await.unwrap();
        assert_eq!(due(store, NOW).await, ["m"]);
        assert_eq!(due(store, NOW + MINUTE).await, ["m"], "whoever had it died");
        store.mail_failed("m", "451 later", Some(NOW + HOUR)).await.unwrap();
        assert!(due(store, NOW + HOUR - 1).await.is_empty());
        assert_eq!(due(store, NOW + HOUR).await, ["m"]);
        store.mail_failed("m", "550 no such box", None).await.unwrap();
        assert!(due(store, i64::MAX).await.is_empty());
        let listed = store.list_mail(TENANT, None, 10).await.unwrap();
        assert_eq!((listed[0].attempts, listed[0].error.as_deref()), (3, Some("550 no such box")));
    }
}

story! {
    async fn mail_is_listed_newest_first_and_by_recipient(ground: &Ground) {
        let store = &ground.store;
        for n in 0..4 {
            let recipient = if n % 2 == 0 { "alice@example.com" } else { "bob@example.com" };
            let mail =
                MailRecord { created_at: NOW + n, recipient: recipient.into(), ..mail(&format!("m{n}")) };
            store.mail_enqueue(&mail).await.unwrap();
        }
        let ids = async |recipient, limit| -> Vec<String> {
            let mails = store.list_mail(TENANT, recipient, limit).await.unwrap();
            mails.into_iter().map(|mail| mail.id).collect()
        };
        assert_eq!(ids(None, 10).await, ["m3", "m2", "m1", "m0"]);
        assert_eq!(ids(Some("alice@example.com"), 10).await, ["m2", "m0"]);
        assert_eq!(ids(None, 1).await, ["m3"]);
        assert!(store.list_mail(OTHER, None, 10).await.unwrap().is_empty());
        assert_eq!(store.mail_due(NOW + 10, MINUTE, 3).await.unwrap().len(), 3, "no more than asked");
    }
}

/// A mail as stored by the version before encryption.
fn in_clear(id: &str) -> MailRecord {
    let text = || "123456".to_owned();
    MailRecord { sealed: None, subject: text(), text: text(), html: text(), code: Some(text()), ..mail(id) }
}

story! {
    async fn a_mail_that_went_out_or_was_given_up_is_empty(ground: &Ground) {
        let store = &ground.store;
        for id in ["sent", "given up", "waits"] {
            store.mail_enqueue(&mail(id)).await.unwrap();
            store.mail_enqueue(&in_clear(&format!("old {id}"))).await.unwrap();
        }
        for prefix in ["", "old "] {
            store.mail_sent(&format!("{prefix}sent"), NOW).await.unwrap();
            store.mail_failed(&format!("{prefix}given up"), "550", None).await.unwrap();
            store.mail_failed(&format!("{prefix}waits"), "451", Some(NOW + MINUTE)).await.unwrap();
        }
        for found in store.list_mail(TENANT, None, 10).await.unwrap() {
            let empty = found.sealed.is_none() && found.code.is_none();
            let empty = empty && [&found.subject, &found.text, &found.html].iter().all(|text| text.is_empty());
            assert_eq!(empty, !found.id.ends_with("waits"), "{found:?}");
        }
    }
}

story! {
    async fn mail_of_the_version_before_is_sent_and_it_leaves_sealed_mail_alone(ground: &Ground) {
        let store = &ground.store;
        store.mail_enqueue(&mail("sealed")).await.unwrap();
        store.mail_enqueue(&in_clear("old")).await.unwrap();
        ground.meddle("UPDATE outbox SET attempts = 7 WHERE next_attempt_at IS NOT NULL").await;
        let found = store.list_mail(TENANT, None, 10).await.unwrap();
        let seen: Vec<&str> = found.iter().filter(|mail| mail.attempts == 7).map(|mail| mail.id.as_str()).collect();
        assert_eq!(seen, ["old"], "the version before looks for mail by this column");
        assert_eq!(due(store, NOW).await, ["old", "sealed"]);
        assert!(due(store, NOW).await.is_empty());
    }
}

story! {
    async fn a_mail_does_not_wait_for_a_clock_that_was_put_back(ground: &Ground) {
        let store = &ground.store;
        store.mail_enqueue(&mail("m")).await.unwrap();
        assert_eq!(due(store, NOW).await, ["m"]);
        store.mail_failed("m", "451 later", Some(NOW + LONGEST_WAIT)).await.unwrap();
        assert!(due(store, NOW).await.is_empty());
        assert_eq!(due(store, NOW - HOUR).await, ["m"]);
    }
}
