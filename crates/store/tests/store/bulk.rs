//! Bulk inserts: the same result as with single inserts, or none at all.

use crate::ground::*;
use vestibule_store::*;

/// More rows than fit into one statement.
const MANY: usize = 1001;

fn users() -> (Vec<UserRecord>, Vec<IdentityRecord>) {
    let id = |number: usize| format!("aaaaaaaa-0000-4000-8000-{number:012}");
    (0..MANY).map(|number| (user(&id(number)), email(&id(number), &format!("{number}@contoso.test")))).unzip()
}

story! {
    async fn many_users_are_each_found_by_name(ground: &Ground) {
        let store = &ground.store;
        let (users, identities) = users();
        store.insert_users(&users, &identities).await.unwrap();
        store.analyze().await.unwrap();
        for (user, identity) in users.iter().zip(&identities).step_by(250) {
            let key = &identity.value_key;
            let found = store.user_by_identity(TENANT, IdentityKind::EmailAddress, "", key).await.unwrap();
            assert_eq!(found.as_ref(), Some(user));
            assert_eq!(store.identities(TENANT, &user.object_id).await.unwrap(), std::slice::from_ref(identity));
        }
    }
}

story! {
    async fn a_name_that_is_taken_stops_them_all(ground: &Ground) {
        let store = &ground.store;
        let (users, mut identities) = users();
        let taken = identities[0].value_key.clone();
        identities[MANY - 1].value_key = taken;
        assert!(matches!(store.insert_users(&users, &identities).await, Err(StoreError::Conflict)));
        assert_eq!(store.list_users(TENANT, None, 10).await.unwrap(), []);
    }
}

story! {
    async fn a_refresh_token_among_many_is_exchanged_once(ground: &Ground) {
        let store = &ground.store;
        let grants: Vec<GrantRecord> = (0..MANY).map(|number| grant(&format!("g{number}"))).collect();
        let tokens: Vec<RefreshRecord> =
            grants.iter().map(|grant| refresh(&format!("r of {}", grant.id), &grant.id)).collect();
        store.insert_grants(&grants, &tokens).await.unwrap();
        assert_eq!(store.refresh_peek(TENANT, "r of g700").await.unwrap(), Some((tokens[700].clone(), grants[700].clone())));
        let new = refresh("next", "g700");
        let rotation = rotation("r of g700", &new, NOW);
        assert_eq!(store.refresh_rotate(rotation.clone(), &[]).await.unwrap(), Rotated::Won);
        assert!(matches!(store.refresh_rotate(rotation, &[]).await.unwrap(), Rotated::AlreadyUsed { .. }));
        let orphan = [refresh("orphan", "no such grant")];
        assert!(matches!(store.insert_grants(&[], &orphan).await, Err(StoreError::Conflict)));
    }
}
