//! Twelve at once, on two nodes: one winner, and for the others the answer that losers get, never another error.

use crate::ground::*;
use std::sync::Arc;
use tokio::sync::Barrier;
use vestibule_store::*;

const RACERS: usize = 12;

/// Let the racers go at the same moment, half of them on a second node; what each brought home.
async fn race<T, F>(ground: &Ground, run: impl Fn(Store, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let second = ground.another().await;
    let start = Arc::new(Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|n| {
            let store = if n % 2 == 0 { &ground.store } else { &second };
            let (start, running) = (start.clone(), run(store.clone(), n));
            tokio::spawn(async move {
                start.wait().await;
                running.await
            })
        })
        .collect();
    let mut home = Vec::new();
    for racer in racers {
        home.push(racer.await.expect("no panic"));
    }
    second.close().await;
    home
}

fn winners(home: &[bool]) -> usize {
    home.iter().filter(|won| **won).count()
}

story! {
    async fn row_23_one_of_twelve_redeems_a_code(ground: &Ground) {
        for round in 0..5 {
            let (hash, id) = (format!("c{round}"), format!("g{round}"));
            ground.store.code_create(&grant(&id), &code(&hash, &id), &[]).await.unwrap();
            let home = race(ground, |store, n| {
                let (hash, token) = (hash.clone(), refresh(&format!("r{round}-{n}"), &id));
                async move { store.code_redeem(TENANT, &hash, Some(&token), NOW, &[]).await.unwrap() }
            })
            .await;
            let won = home.iter().filter(|end| matches!(end, Redeemed::Won)).count();
            let late = home.iter().filter(|end| matches!(end, Redeemed::AlreadyUsed { .. })).count();
            assert_eq!((won, late), (1, RACERS - 1), "{home:?}");
        }
    }
}

story! {
    async fn one_of_twelve_exchanges_a_refresh_token_and_all_learn_its_successor(ground: &Ground) {
        for round in 0..5 {
            let (old, id) = (format!("r{round}"), format!("g{round}"));
            ground.store.grant_create(&grant(&id), Some(&refresh(&old, &id)), &[]).await.unwrap();
            let home = race(ground, |store, n| {
                let (old, new) = (old.clone(), refresh(&format!("{old}-{n}"), &id));
                async move {
                    let successor = format!("successor {n}");
                    let rotation = Rotation {
                        tenant: TENANT.to_owned(),
                        old_hash: old,
                        new,
                        successor: successor.clone(),
                        now: NOW,
                    };
                    (successor, store.refresh_rotate(rotation, &[]).await.unwrap())
                }
            })
            .await;
            let won: Vec<_> = home.iter().filter(|(_, end)| *end == Rotated::Won).map(|(successor, _)| successor).collect();
            assert_eq!(won.len(), 1, "{home:?}");
            for (_, end) in &home {
                if let Rotated::AlreadyUsed { token, .. } = end {
                    let learned = ground.store.successor(&token.hash, token.used_at.unwrap()).await.unwrap();
                    assert_eq!(learned.as_ref(), Some(won[0]));
                }
            }
            assert!(home.iter().all(|(_, end)| *end != Rotated::Gone), "{home:?}");
        }
    }
}

story! {
    async fn row_101_one_of_twelve_signs_up_with_an_address(ground: &Ground) {
        let home = race(ground, |store, n| async move {
            let id = format!("{n:08}-0000-4000-8000-000000000001");
            // Two names in opposite orders: a transaction that waits for one must not hold the other.
            let mut names = [email(&id, "alice@example.com"), email(&id, "zoe@example.com")];
            if n % 2 == 0 {
                names.reverse();
            }
            match store.create_user(&user(&id), &names, &[]).await {
                Ok(()) => true,
                Err(StoreError::Conflict) => false,
                Err(other) => panic!("{other}"),
            }
        })
        .await;
        assert_eq!(winners(&home), 1);
        assert_eq!(ground.store.count_users(TENANT).await.unwrap(), 1);
    }
}

story! {
    async fn one_of_twelve_claims_a_step(ground: &Ground) {
        ground.store.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
        let home =
            race(ground, |store, _| async move { store.journey_claim(TENANT, "j", 1, NOW).await.unwrap() }).await;
        assert_eq!(winners(&home), 1);
    }
}

story! {
    async fn one_of_twelve_takes_a_client_assertion(ground: &Ground) {
        for round in 0..5 {
            let home = race(ground, |store, _| async move {
                store.take_client_assertion(TENANT, &format!("hash{round}"), NOW + HOUR).await.unwrap()
            })
            .await;
            assert_eq!(winners(&home), 1);
        }
        assert!(ground.store.take_client_assertion(OTHER, "hash0", NOW + HOUR).await.unwrap(), "each tenant its own");
    }
}

story! {
    async fn five_of_twelve_spend_a_budget_of_five(ground: &Ground) {
        for round in 0..5 {
            let home = race(ground, |store, _| async move {
                store.spend(&spending(&format!("key{round}"), 5), NOW).await.unwrap()
            })
            .await;
            assert_eq!(winners(&home), 5);
        }
    }
}

story! {
    async fn one_of_twelve_counts_an_attempt_on_each_version(ground: &Ground) {
        for version in 0..3 {
            let home = race(ground, |store, _| async move {
                let lockout = LockoutRecord { version, ..crate::limits::lockout() };
                match store.save_lockout(&lockout, NOW).await {
                    Ok(()) => true,
                    Err(StoreError::Conflict) => false,
                    Err(other) => panic!("{other}"),
                }
            })
            .await;
            assert_eq!(winners(&home), 1);
        }
    }
}

story! {
    async fn every_mail_is_taken_by_one_of_twelve(ground: &Ground) {
        for n in 0..50 {
            ground.store.mail_enqueue(&mail(&format!("m{n}"))).await.unwrap();
        }
        let home = race(ground, |store, _| async move { store.mail_due(NOW, MINUTE, 20).await.unwrap() }).await;
        let mut taken: Vec<_> = home.into_iter().flatten().map(|mail| mail.id).collect();
        // A reader that loses the race for some mails gets fewer, and has to ask again.
        for mail in ground.store.mail_due(NOW, MINUTE, 50).await.unwrap() {
            taken.push(mail.id);
        }
        let count = taken.len();
        taken.sort();
        taken.dedup();
        assert_eq!((count, taken.len()), (50, 50));
    }
}

story! {
    async fn twelve_changes_move_the_version_by_twelve(ground: &Ground) {
        let home = race(ground, |store, n| async move {
            let attribute =
                CustomAttributeRecord { tenant: TENANT.into(), name: format!("a{n}"), body: "{}".into() };
            store.put(Put::CustomAttribute(attribute)).await.unwrap()
        })
        .await;
        assert_eq!(winners(&home), RACERS);
        assert_eq!(ground.store.version(TENANT).await.unwrap(), 12);
    }
}

story! {
    async fn a_user_who_is_deleted_while_codes_are_redeemed_leaves_nothing(ground: &Ground) {
        for round in 0..5 {
            ground.store.create_user(&user(ALICE), &[], &[]).await.unwrap();
            let (hash, id) = (format!("c{round}"), format!("g{round}"));
            ground.store.code_create(&grant(&id), &code(&hash, &id), &[]).await.unwrap();
            race(ground, |store, n| {
                let (hash, token) = (hash.clone(), refresh(&format!("r{round}-{n}"), &id));
                async move {
                    if n == 6 {
                        assert!(store.delete_user(TENANT, ALICE, &[]).await.unwrap());
                    } else if n % 2 == 0 {
                        store.session_put(&session(&format!("s{round}-{n}"))).await.unwrap();
                    } else {
                        // The grant may vanish in the middle, which is a conflict; anything else is not expected.
                        let end = store.code_redeem(TENANT, &hash, Some(&token), NOW, &[]).await;
                        assert!(matches!(end, Ok(_) | Err(StoreError::Conflict)), "{end:?}");
                    }
                }
            })
            .await;
            assert_eq!(ground.store.code_peek(TENANT, &hash).await.unwrap(), None);
            assert_eq!(ground.store.grant(TENANT, &id).await.unwrap(), None);
        }
    }
}
