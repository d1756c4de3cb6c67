//! Single-use items have one winner, however many requests race.

use super::ground::{House, WEB, WEB_URI, house_on, redemption, refreshing};
use http::StatusCode;
use tokio::task::JoinSet;
use vestibule_testing::Installation;

/// A tenant on a database file, because an in-memory database has only one connection.
async fn on_disk() -> House {
    house_on(&Installation::on_disk().await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_23_of_twelve_redemptions_one_wins() {
    let house = on_disk().await;
    let code = house.code(WEB, &["openid", "offline_access"]).await;
    let mut racers = JoinSet::new();
    for _ in 0..12 {
        let (house, code) = (house.clone(), code.clone());
        racers.spawn(async move { house.token(&redemption(WEB, WEB_URI, &code)).await });
    }
    let replies = racers.join_all().await;
    assert_eq!(replies.iter().filter(|r| r.status == StatusCode::OK).count(), 1);
    assert!(
        replies.iter().all(|r| r.status == StatusCode::OK || r.token_error() == (90080, "invalid_grant".to_owned()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_46_of_twelve_refreshes_all_get_the_same_successor() {
    let house = on_disk().await;
    let token = house.signed_in(&["openid", "offline_access"]).await.member("refresh_token");
    let mut racers = JoinSet::new();
    for _ in 0..12 {
        let (house, token) = (house.clone(), token.clone());
        racers.spawn(async move { house.token(&refreshing(&token)).await.ok().text });
    }
    let mut answers = racers.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
}
