//! Cookies, at the tenant and in the library: none that was not sealed or made here makes anybody known.
#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;
use vestibule::{Auth, BoxFuture, Clock, Http, NoAnswer, Outcome, Outside, Random};
use vestibule_server::web::browser::{self, Browser};
use vestibule_server::web::request::{Call, Params};
use vestibule_tenant::origin::{Origin, OriginRef, Origins, PlainHttp};
use vestibule_tenant::seal::Sealer;

/// A provider that is not there.
struct Nobody;

impl Http for Nobody {
    fn send(&self, _: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>> {
        Box::pin(async { Err(NoAnswer("nobody is there".to_owned())) })
    }
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));

static ORIGIN: LazyLock<OriginRef> = LazyLock::new(|| {
    let origin =
        Origin { url: "https://login.contoso.test".to_owned(), tenants: Vec::new(), canonical: None, portal: false };
    let origins = Origins::new(&[origin], PlainHttp::Loopback).expect("a good origin");
    origins.iter().next().expect("one").clone()
});

/// A web app, its client id and place those of the seeds.
static AUTH: LazyLock<Auth> = LazyLock::new(|| {
    let settings = [
        ("B2C_TENANT_NAME", "contoso"),
        ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_in"),
        ("CLIENT_ID", "6731de76-14a6-49ae-97bc-6eba6914391e"),
        ("CLIENT_SECRET", "a-secret-of-more-than-32-characters-for-tests"),
    ];
    let map: BTreeMap<String, String> = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let outside = Outside { http: Arc::new(Nobody), clock: Clock::fixed(1_800_000_000), random: Random::seeded(1) };
    let auth = Auth::from_map_with_outside(&map, outside);
    assert!(auth.settings().is_some(), "the settings are good");
    auth
});

fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    at_the_tenant(&headers);
    in_the_library(&headers);
});

fn at_the_tenant(headers: &HeaderMap) {
    let call = Call {
        method: Method::GET,
        path: "/".to_owned(),
        origin: OriginRef::clone(&ORIGIN),
        query: Params::default(),
        body: Params::default(),
        is_form: false,
        bytes: Bytes::new(),
        headers: headers.clone(),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        correlation_id: String::new(),
    };
    for browser in Browser::known(&call).into_iter().chain(Browser::at_first(&call, "8f0a8f0a-1")) {
        assert!(browser::is_token(browser.secret()), "{:?}", browser.secret());
        assert_eq!(browser.hash().len(), 43);
    }
    assert!(browser::device(&call).is_none_or(|hash| hash.len() == 43));
    let sealer = Sealer::new([7; 32]);
    for (name, value) in call.cookies() {
        assert!(call.cookie(name).is_some());
        assert!(sealer.open("journey", value).is_err(), "{value:?} was never sealed here");
    }
}

fn in_the_library(headers: &HeaderMap) {
    for place in ["/", "/getAToken?state=a-state&code=a-code"] {
        let outcome = RUNTIME.block_on(AUTH.receive(&Method::GET, &Uri::from_static(place), headers));
        match outcome {
            Outcome::Continue(visit) => {
                let user = RUNTIME.block_on(visit.user());
                assert!(user.is_none(), "somebody is signed in by cookies that were never sealed");
                visit.finish(StatusCode::OK, &mut HeaderMap::new());
            }
            Outcome::Answer(answer) => assert_ne!(place, "/", "{answer:?}"),
        }
    }
}
