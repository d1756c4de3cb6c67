//! Running journeys.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn a_step_is_claimed_done_and_saved(ground: &Ground) {
        let store = &ground.store;
        store.journey_create("j", TENANT, "here", "one", NOW + HOUR).await.unwrap();
        assert!(matches!(store.journey_create("j", TENANT, "here", "x", NOW).await, Err(StoreError::Conflict)));
        let journey = store.journey_get(TENANT, "j", NOW).await.unwrap().unwrap();
        assert_eq!((journey.body.as_str(), journey.version, journey.claimed_at), ("one", 1, None));
        assert_eq!(store.journey_get(OTHER, "j", NOW).await.unwrap(), None);
        assert_eq!(store.journey_get(TENANT, "j", NOW + HOUR).await.unwrap(), None);

        assert!(store.journey_claim(TENANT, "j", 1, NOW).await.unwrap());
        assert!(!store.journey_claim(TENANT, "j", 1, NOW).await.unwrap(), "the version has gone on");
        assert!(!store.journey_claim(TENANT, "j", 2, NOW).await.unwrap(), "the step is being worked on");
        assert_eq!(store.journey_get(TENANT, "j", NOW).await.unwrap().unwrap().claimed_at, Some(NOW));
        store.journey_save(TENANT, "j", 2, "two").await.unwrap();
        let journey = store.journey_get(TENANT, "j", NOW).await.unwrap().unwrap();
        assert_eq!((journey.body.as_str(), journey.version, journey.claimed_at), ("two", 3, None));
        let stale = store.journey_claim(TENANT, "j", 2, NOW).await.unwrap();
        assert!(!stale, "whoever read the state of before the save cannot go on from it");
        assert!(store.journey_claim(TENANT, "j", 3, NOW).await.unwrap());

        store.journey_delete(TENANT, "j").await.unwrap();
        assert_eq!(store.journey_get(TENANT, "j", NOW).await.unwrap(), None);
        assert!(matches!(store.journey_save(TENANT, "j", 2, "x").await, Err(StoreError::Conflict)));
    }
}

story! {
    async fn a_claim_whose_holder_died_can_be_taken_over_and_not_saved(ground: &Ground) {
        let store = &ground.store;
        store.journey_create("j", TENANT, "here", "one", NOW + HOUR).await.unwrap();
        assert!(store.journey_claim(TENANT, "j", 1, NOW).await.unwrap());
        assert!(!store.journey_claim(TENANT, "j", 2, NOW + CLAIM_LEASE - 1).await.unwrap());
        assert!(store.journey_claim(TENANT, "j", 2, NOW + CLAIM_LEASE).await.unwrap());
        assert!(matches!(store.journey_save(TENANT, "j", 2, "late").await, Err(StoreError::Conflict)));
        store.journey_release(TENANT, "j", 2).await.unwrap();
        assert!(!store.journey_claim(TENANT, "j", 3, NOW + CLAIM_LEASE).await.unwrap(), "not theirs to release");
        store.journey_release(TENANT, "j", 3).await.unwrap();
        assert!(store.journey_claim(TENANT, "j", 3, NOW + CLAIM_LEASE).await.unwrap());
        assert!(!store.journey_claim(TENANT, "j", 4, NOW + HOUR).await.unwrap(), "it has ended");
    }
}

story! {
    async fn a_flood_of_journeys_pushes_out_those_that_end_first(ground: &Ground) {
        let store = ground.another_with(|options| options.journey_cap = 20).await.unwrap();
        for n in 0..100 {
            store.journey_create(&format!("j{n:03}"), TENANT, "here", "{}", NOW + HOUR + n).await.unwrap();
        }
        store.sweep(NOW).await.unwrap();
        assert_eq!(store.journey_get(TENANT, "j079", NOW).await.unwrap(), None);
        for n in 80..100 {
            assert!(store.journey_get(TENANT, &format!("j{n:03}"), NOW).await.unwrap().is_some(), "{n}");
        }
        store.close().await;
    }
}

story! {
    async fn a_flood_from_one_source_pushes_out_its_own_journeys(ground: &Ground) {
        let store = ground.another_with(|options| options.journey_cap = 20).await.unwrap();
        for n in 0..5 {
            store.journey_create(&format!("first{n}"), TENANT, &format!("person{n}"), "{}", NOW + HOUR).await.unwrap();
        }
        for n in 0..100 {
            store.journey_create(&format!("flood{n:03}"), TENANT, "flood", "{}", NOW + HOUR + 1 + n).await.unwrap();
        }
        store.sweep(NOW).await.unwrap();
        for n in 0..5 {
            assert!(store.journey_get(TENANT, &format!("first{n}"), NOW).await.unwrap().is_some(), "{n}");
        }
        assert_eq!(store.journey_get(TENANT, "flood084", NOW).await.unwrap(), None);
        assert!(store.journey_get(TENANT, "flood085", NOW).await.unwrap().is_some(), "the newest are kept");
        store.close().await;
    }
}
