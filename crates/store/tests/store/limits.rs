//! Lockout counters, known devices and rate limits.

use crate::ground::*;
use vestibule_store::*;

pub(crate) fn lockout() -> LockoutRecord {
    LockoutRecord { failures: 1, ..LockoutRecord::none(TENANT, ALICE, false) }
}

story! {
    async fn each_attempt_is_counted_on_what_was_read(ground: &Ground) {
        let store = &ground.store;
        assert_eq!(store.lockout(TENANT, ALICE, false).await.unwrap(), None);
        store.save_lockout(&lockout(), NOW).await.unwrap();
        let again = store.save_lockout(&lockout(), NOW).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
        let read = store.lockout(TENANT, ALICE, false).await.unwrap().unwrap();
        assert_eq!(read, LockoutRecord { version: 1, ..lockout() });

        let locked = LockoutRecord { failures: 0, lockouts: 1, locked_until: NOW + MINUTE, ..read.clone() };
        store.save_lockout(&locked, NOW).await.unwrap();
        assert!(matches!(store.save_lockout(&read, NOW).await, Err(StoreError::Conflict)));
        let read = store.lockout(TENANT, ALICE, false).await.unwrap().unwrap();
        assert_eq!(read, LockoutRecord { version: 2, ..locked });
    }
}

story! {
    async fn known_devices_and_strangers_are_counted_apart(ground: &Ground) {
        let store = &ground.store;
        store.save_lockout(&LockoutRecord { failures: 7, ..lockout() }, NOW).await.unwrap();
        store.save_lockout(&LockoutRecord { familiar: true, ..lockout() }, NOW).await.unwrap();
        assert_eq!(store.lockout(TENANT, ALICE, false).await.unwrap().unwrap().failures, 7);
        let familiar = store.lockout(TENANT, ALICE, true).await.unwrap().unwrap();
        assert!(familiar.familiar && familiar.failures == 1);
    }
}

story! {
    async fn an_unlocked_account_is_not_locked_again_by_an_attempt_under_way(ground: &Ground) {
        let store = &ground.store;
        store.save_lockout(&lockout(), NOW).await.unwrap();
        let read = store.lockout(TENANT, ALICE, false).await.unwrap().unwrap();
        store.delete_lockouts(TENANT, ALICE).await.unwrap();
        let late = store.save_lockout(&LockoutRecord { failures: 9, ..read }, NOW).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
        assert_eq!(store.lockout(TENANT, ALICE, false).await.unwrap(), None);
    }
}

story! {
    async fn a_device_is_known_since_it_was_last_seen(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        let seen = async |device: &str| store.device_seen(TENANT, ALICE, device).await.unwrap();
        assert_eq!(seen("d").await, None);
        store.remember_device(TENANT, ALICE, "d", NOW).await.unwrap();
        assert_eq!(seen("d").await, Some(NOW));
        store.remember_device(TENANT, ALICE, "d", NOW + DAY).await.unwrap();
        assert_eq!(seen("d").await, Some(NOW + DAY));
        assert_eq!(seen("e").await, None);
        let nobody = store.remember_device(TENANT, "nobody", "d", NOW).await;
        assert!(matches!(nobody, Err(StoreError::Conflict)), "{nobody:?}");
    }
}

story! {
    async fn an_attempt_is_counted_while_the_budget_lasts(ground: &Ground) {
        let (store, budget) = (&ground.store, spending("source", 3));
        let count = async |row: &LockoutRecord| store.count_attempt(Some(&budget), row, NOW).await.unwrap();
        assert_eq!(count(&lockout()).await, Counted::Yes);
        assert_eq!(count(&lockout()).await, Counted::Conflict, "another was first");
        let read = store.lockout(TENANT, ALICE, false).await.unwrap().unwrap();
        let more = LockoutRecord { failures: 2, ..read };
        assert_eq!(count(&more).await, Counted::Yes, "the third and last");
        let most = LockoutRecord { failures: 3, version: more.version + 1, ..more.clone() };
        assert_eq!(count(&most).await, Counted::NoneLeft);
        let kept = store.lockout(TENANT, ALICE, false).await.unwrap().unwrap();
        assert_eq!(kept, LockoutRecord { version: more.version + 1, ..more }, "nothing was written");
    }
}

story! {
    async fn a_budget_is_spent_once_and_comes_back_with_the_next_window(ground: &Ground) {
        let store = &ground.store;
        let spend = async |key: &str, now| store.spend(&spending(key, 3), now).await.unwrap();
        for _ in 0..3 {
            assert!(spend("mail:alice", NOW).await);
        }
        assert!(!spend("mail:alice", NOW + HOUR - 1).await, "the window is not over");
        assert!(spend("mail:bob", NOW).await, "another key has its own");
        let other = Spending { tenant: OTHER.into(), ..spending("mail:alice", 3) };
        assert!(store.spend(&other, NOW).await.unwrap(), "another tenant has its own");
        assert!(spend("mail:alice", NOW + HOUR).await);
        assert!(!store.spend(&spending("never", 0), NOW).await.unwrap());
    }
}

story! {
    async fn nodes_whose_clocks_differ_share_one_window(ground: &Ground) {
        let store = &ground.store;
        let mut spent = 0;
        for _ in 0..10 {
            for now in [NOW - MINUTE, NOW + MINUTE] {
                spent += i32::from(store.spend(&spending("key", 4), now).await.unwrap());
            }
        }
        assert!(spent <= 5, "one of the old window and four of the new: {spent}");
        assert!(store.spend(&spending("key", 4), NOW - 10 * DAY).await.unwrap(), "a clock set back is no lock");
    }
}
