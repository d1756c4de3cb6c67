//! Administrators, invitations, and what the portal keeps of browsers.

use crate::ground::*;
use vestibule_store::*;

fn right(object_id: &str, tenant: &str, role: &str) -> AdministratorRecord {
    AdministratorRecord {
        object_id: object_id.to_owned(),
        tenant: tenant.to_owned(),
        role: role.to_owned(),
        created_at: NOW,
    }
}

fn invitation(id: &str) -> InvitationRecord {
    InvitationRecord {
        id_hash: id.to_owned(),
        tenant: String::new(),
        role: "administrator".to_owned(),
        browser_hash: None,
        expires_at: NOW + HOUR,
    }
}

story! {
    async fn the_last_administrator_of_all_tenants_stays(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        store.add_administrator(&right(ALICE, "", "administrator"), &event("1")).await.unwrap();
        store.add_administrator(&right("ghost", "", "administrator"), &event("2")).await.unwrap();
        let reader = right(ALICE, "", "reader");
        assert!(!store.change_administrator(&reader, &event("3")).await.unwrap(), "a ghost does not count");
        assert!(!store.change_administrator(&right("nobody", "", "reader"), &event("4")).await.unwrap());
        assert!(!store.remove_administrator(ALICE, false, &event("5")).await.unwrap());
        assert_eq!(store.administrator(ALICE).await.unwrap(), [right(ALICE, "", "administrator")]);
        assert!(store.remove_administrator(ALICE, true, &event("6")).await.unwrap());
        assert!(store.administrator(ALICE).await.unwrap().is_empty());
    }
}

story! {
    async fn an_invitation_is_claimed_and_accepted_once(ground: &Ground) {
        let store = &ground.store;
        for id in ["a", "b"] {
            store.add_invitation(&invitation(id), &event(id)).await.unwrap();
        }
        assert!(store.claim_invitation("a", "browser", NOW).await.unwrap());
        assert!(!store.claim_invitation("a", "other", NOW).await.unwrap());
        let claimed = store.invitation("a", NOW).await.unwrap().unwrap();
        assert!(!store.accept_invitation(&claimed, ALICE, NOW + 2 * HOUR, &event("late")).await.unwrap());
        assert!(store.accept_invitation(&claimed, ALICE, NOW, &event("1")).await.unwrap());
        assert!(!store.accept_invitation(&claimed, ALICE, NOW, &event("2")).await.unwrap());
        assert_eq!(store.invitation("b", NOW).await.unwrap(), None, "the first administrator ends the other links");
        assert_eq!(store.administrators().await.unwrap().len(), 1);
    }
}

story! {
    async fn a_session_of_the_portal_ends_and_a_form_comes_back_once(ground: &Ground) {
        let store = &ground.store;
        let session = |id: &str| PortalSessionRecord {
            id_hash: id.to_owned(),
            object_id: ALICE.to_owned(),
            csrf: "c".to_owned(),
            auth_time: NOW,
            created_at: NOW,
            used_at: NOW,
            expires_at: NOW + HOUR,
        };
        store.begin_portal_session(&session("a"), None).await.unwrap();
        store.begin_portal_session(&session("b"), Some("a")).await.unwrap();
        assert_eq!(store.portal_session("a", NOW).await.unwrap(), None);
        store.use_portal_session("b", NOW + 1).await.unwrap();
        assert_eq!(store.portal_session("b", NOW).await.unwrap().map(|s| s.used_at), Some(NOW + 1));
        assert_eq!(store.portal_session("b", NOW + HOUR).await.unwrap(), None);
        store.end_portal_session("b").await.unwrap();
        assert_eq!(store.portal_session("b", NOW).await.unwrap(), None);

        store.keep_form("f", ALICE, "sealed", NOW + HOUR).await.unwrap();
        assert_eq!(store.take_form("f", "other", NOW).await.unwrap(), None);
        assert_eq!(store.take_form("f", ALICE, NOW).await.unwrap().as_deref(), Some("sealed"));
        assert_eq!(store.take_form("f", ALICE, NOW).await.unwrap(), None);
        store.add_invitation(&invitation("i"), &event("9")).await.unwrap();
        assert!(store.sweep(NOW + DAY).await.unwrap() > 0);
        assert_eq!(store.invitation("i", NOW).await.unwrap(), None);
    }
}
