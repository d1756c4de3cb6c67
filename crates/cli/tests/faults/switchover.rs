//! Two servers of PostgreSQL change places under load, as Patroni has them do: what was acknowledged stays true at both
//! nodes, no answer is wrong, and both are ready again without a restart.

use crate::cluster::{Cluster, Wire};
use crate::database::{Crowd, until_ready};
use crate::kills::collect;
use crate::ledger::Person;
use crate::server::{Ground, Server};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use vestibule_testing::mail_server::MailServer;

/// Connections that a node has at most: eight, half as many for journeys, and one that ends statements.
const MOST_CONNECTIONS: usize = 13;

/// A URL that names both servers.
fn both(one: &Cluster, other: &Cluster) -> String {
    format!(
        "postgres://vestibule@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
        one.port, other.port
    )
}

/// The servers change places while people, with numbers from `first` on, are busy at both nodes; then everything is
/// owed at the nodes crosswise.
async fn change_places(first: u32, from: &Cluster, to: &Cluster, nodes: &[Server; 2], mail: &MailServer) {
    let crowds = [Crowd::of(first, &nodes[0], mail).await, Crowd::of(first + 10, &nodes[1], mail).await];
    crowds.iter().for_each(|crowd| crowd.trouble.store(true, Ordering::SeqCst));
    from.hands_over_to(to);
    for node in nodes {
        eprintln!("ready {:?} after the switchover", until_ready(&mut node.browser(90), true).await);
    }
    for (crowd, other) in crowds.into_iter().zip(nodes.iter().rev()) {
        let people = collect(crowd.ends().await, other, 0).await;
        assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
    }
    assert_eq!(from.connections(), 0, "no connection leads to the standby");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_two_servers_change_places_and_change_back() {
    let Some((first, second)) = Cluster::pair() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(both(&first, &second), mail.port);
    let nodes = [ground.start(), ground.start()];
    change_places(1, &first, &second, &nodes, &mail).await;
    change_places(21, &second, &first, &nodes, &mail).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_to_a_standby_for_a_while_leaves_no_connection_there() {
    let Some((primary, standby)) = Cluster::pair() else { return };
    let (mail, wire) = (MailServer::start().await, Wire::to(primary.port).await);
    let ground = Ground::postgres_at(primary.url_at(wire.port), mail.port);
    let server = ground.start();
    let crowd = Crowd::at(&server, &mail).await;
    crowd.trouble.store(true, Ordering::SeqCst);
    let mut browser = server.browser(90);
    for _ in 0..3 {
        wire.lead_to(standby.port);
        until_ready(&mut browser, false).await;
        wire.lead_to(primary.port);
        until_ready(&mut browser, true).await;
    }
    assert_eq!(standby.connections(), 0, "no connection leads to the standby");
    assert!(server.log().contains("takes no writes (a standby, or read only)"), "{}", server.log());
    let people = collect(crowd.ends().await, &server, 0).await;
    assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_wait_for_a_standby_that_is_gone_take_no_more_connections_than_there_are() {
    let Some((primary, standby)) = Cluster::pair() else { return };
    let mail = MailServer::start().await;
    let ground = Ground::postgres_at(primary.url_at(primary.port), mail.port);
    let server = ground.start();
    let crowd = Crowd::at(&server, &mail).await;
    crowd.trouble.store(true, Ordering::SeqCst);
    standby.crash();
    let (began, mut most) = (Instant::now(), 0);
    // A statement is given up after ten seconds, and its connection is looked after for some seconds more.
    while began.elapsed() < Duration::from_secs(25) {
        let work = (1..=20).map(|number| attempt(server.browser(number)));
        let _ = tokio::time::timeout(Duration::from_secs(3), futures(work)).await;
        most = most.max(primary.connections());
    }
    assert!(most <= MOST_CONNECTIONS, "{most} connections");
    standby.go_on();
    until_ready(&mut server.browser(90), true).await;
    let people = collect(crowd.ends().await, &server, 0).await;
    assert!(people.iter().any(Person::exists), "somebody got as far as to be told something");
}

/// Something that is written: a wrong password.
async fn attempt(mut browser: vestibule_testing::Browser) {
    let _ = crate::steps::signs_in(&mut browser, "nobody@contoso.test", "Wrong-guess-1").await;
}

/// Do all of it at once.
async fn futures(work: impl Iterator<Item = impl Future<Output = ()> + Send + 'static>) {
    work.collect::<tokio::task::JoinSet<()>>().join_all().await;
}
