//! Waiting writers share a transaction; a failing job does not affect the others.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn of_many_at_once_only_the_one_at_fault_fails(ground: &Ground) {
        ground.store.grant_create(&grant("taken"), None, &[]).await.unwrap();
        let (store, mut all) = (&ground.store, tokio::task::JoinSet::new());
        for n in 0..40 {
            let id = if n == 17 { "taken".to_owned() } else { format!("g{n}") };
            let store = store.clone();
            all.spawn(async move { (n, store.grant_create(&grant(&id), None, &[event(&format!("e{n}"))]).await) });
        }
        for (n, done) in all.join_all().await {
            match done {
                Ok(()) => assert_ne!(n, 17),
                Err(error) => assert!(n == 17 && matches!(error, StoreError::Conflict), "{n}: {error}"),
            }
        }
        for n in (0..40).filter(|n| *n != 17) {
            assert!(store.grant(TENANT, &format!("g{n}")).await.unwrap().is_some(), "{n}");
        }
        let mut told = events(store).await;
        told.sort_unstable();
        let mut expected: Vec<_> = (0..40).filter(|n| *n != 17).map(|n| format!("e{n}")).collect();
        expected.sort_unstable();
        assert_eq!(told, expected, "the entries of all that was done, each once, and no other");
    }
}

story! {
    async fn an_entry_that_cannot_be_written_undoes_only_what_it_tells_about(ground: &Ground) {
        let store = &ground.store;
        store.audit(&[event("1")]).await.unwrap();
        let (good, bad) = (grant("good"), grant("bad"));
        let (two, one) = ([event("2")], [event("1")]);
        let (done, failed) =
            tokio::join!(store.grant_create(&good, None, &two), store.grant_create(&bad, None, &one));
        done.unwrap();
        assert!(matches!(failed, Err(StoreError::Conflict)), "{failed:?}");
        assert!(store.grant(TENANT, "good").await.unwrap().is_some());
        assert_eq!(store.grant(TENANT, "bad").await.unwrap(), None);
    }
}

story! {
    async fn a_caller_who_goes_away_leaves_nobody_waiting(ground: &Ground) {
        let store = &ground.store;
        let (first, second) = (grant("first"), grant("second"));
        {
            let gone = store.grant_create(&first, None, &[]);
            tokio::pin!(gone);
            // It has joined the queue, and is dropped.
            let _ = poll_once(gone.as_mut()).await;
        }
        store.grant_create(&second, None, &[]).await.unwrap();
        assert!(store.grant(TENANT, "second").await.unwrap().is_some());
    }
}

/// Polls once, whatever the result.
async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
            std::task::Poll::Ready(done) => Some(done),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
