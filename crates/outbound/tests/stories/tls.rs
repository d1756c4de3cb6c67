//! TLS: which certificates are trusted, and for which names.

use crate::support::{AFTER_OTHERS, failure, patient, read_request, settings, to_public};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use vestibule_outbound::{Client, HostMap, Kind, Limits, Phase, Settings};

/// A server for `api.test` with a certificate authority that the system does not know.
struct Secure {
    address: SocketAddr,
    authority: String,
}

async fn secure(answer: &'static str) -> Secure {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = acceptor(&issuer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            read_request(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            stream.shutdown().await.expect("an end");
        }
    });
    Secure { address, authority: issuer.pem() }
}

fn acceptor(issuer: &CertifiedIssuer<'_, KeyPair>) -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["api.test".to_owned()]).expect("parameters");
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a configuration");
    TlsAcceptor::from(Arc::new(config))
}

/// A client that resolves `api.test` and `other.test` to `address`.
fn client(address: SocketAddr, authority: Option<&str>, limits: Limits) -> Client {
    let mut hosts = HostMap::default();
    for name in ["api.test", "other.test"] {
        hosts.insert(name, address).expect("a name");
    }
    let extra_roots = authority.map(|pem| pem.as_bytes().to_vec());
    Client::new(Settings { hosts, extra_roots, ..settings(limits) }).expect("a client")
}

#[tokio::test]
async fn an_extra_authority_is_trusted() {
    let server = secure("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let client = client(server.address, Some(&server.authority), patient());
    let answer = client.send(to_public("https://api.test/")).await.expect("an answer");
    assert_eq!((answer.body.as_ref(), answer.trace.scheme.as_str()), (&b"ok"[..], "https"));
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let server = secure("HTTP/1.1 200 OK\r\n\r\n").await;
    let kind = failure(&client(server.address, None, patient()), to_public("https://api.test/")).await;
    assert!(matches!(&kind, Kind::Tls { cause, .. } if cause.contains("UnknownIssuer")), "{kind}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let server = secure("HTTP/1.1 200 OK\r\n\r\n").await;
    let client = client(server.address, Some(&server.authority), patient());
    let kind = failure(&client, to_public("https://other.test/")).await;
    assert!(matches!(&kind, Kind::Tls { .. }) && kind.is_before_sending(), "{kind}");
}

#[tokio::test]
async fn a_redirect_never_leaves_tls() {
    let server = secure("HTTP/1.1 302 Found\r\nlocation: http://api.test/\r\n\r\n").await;
    let client = client(server.address, Some(&server.authority), patient());
    let kind = failure(&client, to_public("https://api.test/").redirects(3)).await;
    assert!(matches!(&kind, Kind::Redirect { to, .. } if to == "http://api.test:80/"), "{kind}");
}

#[tokio::test]
async fn a_server_without_tls_is_a_failure_before_sending() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = client(listener.local_addr().expect("an address"), None, patient());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("an answer");
    });
    let kind = failure(&client, to_public("https://api.test/")).await;
    assert!(matches!(&kind, Kind::Tls { .. }) && kind.is_before_sending(), "{kind}");
}

#[tokio::test]
async fn a_handshake_without_answer_is_left() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let limits = Limits { connect: AFTER_OTHERS, ..patient() };
    let client = client(silent.local_addr().expect("an address"), None, limits);
    let kind = failure(&client, to_public("https://api.test/")).await;
    assert_eq!(kind, Kind::TimedOut { phase: Phase::Tls, limit: AFTER_OTHERS });
}
