//! What works once has one winner, however many run.

use crate::ground::{House, WEB, WEB_URI, house_on, redemption, refreshing};
use http::StatusCode;
use tokio::task::JoinSet;
use vestibule_store::{Store, StoreOptions};

/// A tenant on a database file: in memory there is one connection only.
struct OnDisk {
    house: House,
    folder: std::path::PathBuf,
}

impl OnDisk {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("vestibule-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let url = format!("sqlite:{}", folder.join("vestibule.db").display());
        let house = house_on(Store::open(&StoreOptions::new(url)).await.expect("a store")).await;
        Self { house, folder }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_23_of_twelve_redemptions_one_wins() {
    let place = OnDisk::new("code-race").await;
    let code = place.house.code(WEB, &["openid", "offline_access"]).await;
    let mut racers = JoinSet::new();
    for _ in 0..12 {
        let (house, code) = (place.house.clone(), code.clone());
        racers.spawn(async move { house.token(&redemption(WEB, WEB_URI, &code)).await });
    }
    let replies = racers.join_all().await;
    assert_eq!(replies.iter().filter(|r| r.status == StatusCode::OK).count(), 1);
    assert!(replies.iter().all(|r| r.status == StatusCode::OK || r.error() == (90080, "invalid_grant".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_46_of_twelve_refreshes_all_get_the_same_successor() {
    let place = OnDisk::new("refresh-race").await;
    let token = place.house.signed_in(&["openid", "offline_access"]).await.text("refresh_token");
    let mut racers = JoinSet::new();
    for _ in 0..12 {
        let (house, token) = (place.house.clone(), token.clone());
        racers.spawn(async move { house.token(&refreshing(&token)).await.ok().text });
    }
    let mut answers = racers.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
}
