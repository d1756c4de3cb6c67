//! Starting without a reachable database: the program stays alive, says what it waits for, obeys signals, and becomes
//! ready by itself.

use crate::cluster::Cluster;
use crate::database::until_ready;
use crate::server::{Ground, Server};

async fn status(server: &Server, path: &str) -> u16 {
    server.browser(1).try_get(path).await.expect("an answer").status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_its_database_waits_for_it_and_says_so_once() {
    let Some(cluster) = Cluster::start() else { return };
    cluster.crash();
    let ground = Ground::postgres_at(cluster.url_at(cluster.port), 1);
    let server = ground.begin();
    server.until_log("the start waits for it").await;
    assert_eq!(status(&server, "/healthz").await, 200);
    assert_eq!(status(&server, "/readyz").await, 503);
    assert_eq!(status(&server, "/contoso/B2C_1_in/discovery/v2.0/keys").await, 503);
    let log = server.log();
    assert_eq!(log.matches("the start waits for it").count(), 1, "{log}");
    assert!(log.contains(&format!("127.0.0.1:{}", cluster.port)) && log.contains("refused"), "{log}");
    cluster.go_on();
    until_ready(&mut server.browser(1), true).await;
    assert_eq!(server.log().matches("the start goes on").count(), 1, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_is_obeyed_while_the_start_waits() {
    let ground = Ground::postgres_at("postgres://nobody@127.0.0.1:1/none".to_owned(), 1);
    let mut server = ground.begin();
    server.tell_to_stop();
    assert!(server.ended_well(), "{}", server.log());
    assert!(server.log().contains("stopped before it was ready"), "{}", server.log());
}
