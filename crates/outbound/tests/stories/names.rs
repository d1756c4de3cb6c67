//! Names and addresses that requests must not reach.

use crate::support::{LONG, SHORT, Script, Server, client, failure, get, patient, settings, to_public};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use vestibule_outbound::{
    BoxFuture, Client, HostMap, Kind, Limits, Networks, Phase, Resolve, Settings, Special, SystemResolver,
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn why(kind: Kind) -> Special {
    match kind {
        Kind::Address { why, .. } => why,
        kind => panic!("{kind}"),
    }
}

#[tokio::test]
async fn an_address_in_place_of_a_name_is_checked_in_every_notation() {
    let server = Server::says(OK).await;
    let port = server.address.port();
    for host in ["127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1.", "１２７.１"]
    {
        let kind = failure(&client(patient()), to_public(&format!("http://{host}:{port}/"))).await;
        assert_eq!(why(kind), Special::Loopback, "{host}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_ipv6_spelling_of_an_ipv4_address_is_refused() {
    for host in ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"] {
        assert_eq!(
            why(failure(&client(patient()), get(&format!("http://{host}/"))).await),
            Special::Ipv4InIpv6,
            "{host}"
        );
    }
    assert_eq!(why(failure(&client(patient()), get("https://[64:ff9b::7f00:1]/")).await), Special::Nat64);
    assert_eq!(why(failure(&client(patient()), get("https://[2002:7f00:1::]/")).await), Special::Tunnel);
}

#[tokio::test]
async fn the_message_names_the_setting_that_allows_the_address() {
    let error = client(patient()).send(to_public("https://10.1.2.3/users?token=x")).await.expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        "GET https://10.1.2.3:443/users: 10.1.2.3 is at 10.1.2.3, a private address (RFC 1918); the operator can add the \
         address to the tenant's `outbound_allow`"
    );
}

#[tokio::test]
async fn a_name_for_loopback_is_refused() {
    let local = Client::new(Settings { resolver: Arc::new(SystemResolver::default()), ..settings(patient()) });
    let kind = failure(&local.expect("a client"), to_public("https://localhost/")).await;
    assert_eq!(why(kind), Special::Loopback);
}

#[tokio::test]
async fn private_addresses_of_a_name_are_never_tried() {
    let server = Server::says(OK).await;
    let names = Script::new(&[&["10.0.0.5", "::ffff:127.0.0.1", "169.254.169.254", "127.0.0.1"]]);
    let url = format!("http://api.test:{}/", server.address.port());
    let answer = names.client().send(get(&url)).await.expect("an answer");
    assert_eq!(answer.trace.address, Some(server.address), "the only address that the tenant's settings name");
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_its_checked_address_is_used() {
    let server = Server::says(OK).await;
    let names = Script::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let (client, url) = (names.client(), format!("http://api.test.:{}/", server.address.port()));
    let answer = client.send(get(&url)).await.expect("an answer");
    assert_eq!((answer.trace.address, names.asked()), (Some(server.address), vec!["api.test".to_owned()]));
    assert_eq!(why(failure(&client, get(&url)).await), Special::Loopback, "now the name means another address");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_refuses() {
    let server = Server::says(OK).await;
    let names = Script::new(&[&["127.0.0.2", "127.0.0.1"]]);
    let both = Arc::new(Networks::parse(["127.0.0.0/30"]).expect("networks"));
    let request = get(&format!("http://api.test:{}/", server.address.port())).allow(both);
    assert!(names.client().send(request).await.is_ok());
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_failure_before_sending() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let kind = failure(&client(patient()), get(&format!("http://{free}/"))).await;
    assert!(matches!(&kind, Kind::Connect { address, .. } if *address == free) && kind.is_before_sending(), "{kind}");
}

#[tokio::test]
async fn a_name_without_addresses_is_not_found() {
    for names in [Script::new(&[]), Script::new(&[&[]])] {
        let kind = failure(&names.client(), get("https://nowhere.test/")).await;
        assert!(matches!(&kind, Kind::Name { host, .. } if host == "nowhere.test"), "{kind}");
    }
}

/// A resolver that never answers.
struct Silent;

impl Resolve for Silent {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_lookup_without_end_is_left() {
    let limits = Limits { connect: SHORT, ..patient() };
    let client = Client::new(Settings { resolver: Arc::new(Silent), ..settings(limits) }).expect("a client");
    let kind = failure(&client, get("https://api.test/")).await;
    assert_eq!(kind, Kind::TimedOut { phase: Phase::Name, limit: SHORT });
}

/// On Linux a listener with a full queue leaves further connections unanswered.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_without_answer_is_left() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let listener = socket.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let _queued = tokio::net::TcpStream::connect(address).await.expect("the one place of the queue");
    let kind = failure(&client(Limits { connect: SHORT, ..patient() }), get(&format!("http://{address}/"))).await;
    assert_eq!(kind, Kind::TimedOut { phase: Phase::Connect, limit: SHORT });
}

#[tokio::test]
async fn without_tls_a_public_address_is_not_called() {
    let names = Script::new(&[&["93.184.216.34"]]);
    let kind = failure(&names.client(), get("http://api.test/")).await;
    assert!(matches!(kind, Kind::Plain { .. }), "{kind}");
}

#[tokio::test]
async fn a_mapped_name_may_be_on_loopback() {
    let server = Server::says(OK).await;
    let mut hosts = HostMap::default();
    hosts.insert("login.example:80", server.address).expect("a name");
    let client = Client::new(Settings { hosts, resolver: Script::new(&[]), ..settings(patient()) }).expect("a client");
    assert!(client.send(to_public("http://login.example/keys")).await.is_ok());
    assert!(server.seen()[0].contains("host: login.example\r\n"), "{:?}", server.seen());
    let elsewhere = failure(&client, to_public("http://login.example:81/keys")).await;
    assert!(matches!(elsewhere, Kind::Name { .. }), "another port is not mapped: {elsewhere}");
}

#[tokio::test]
async fn a_name_mapped_beyond_this_machine_is_checked_as_any_other() {
    let mut hosts = HostMap::default();
    hosts.insert("login.example", SocketAddr::from(([10, 0, 0, 1], 443))).expect("a name");
    let client = Client::new(Settings { hosts, ..settings(Limits { whole: LONG, ..patient() }) }).expect("a client");
    assert_eq!(why(failure(&client, to_public("https://login.example/")).await), Special::Private);
}

#[tokio::test]
async fn a_url_with_credentials_or_another_scheme_is_not_called() {
    for url in ["https://user:secret@api.test/", "ftp://api.test/", "file:///etc/passwd"] {
        let error = client(patient()).send(to_public(url)).await.expect_err("a refusal");
        assert!(matches!(error.kind, Kind::Request(_)) && !format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
