//! The protection of an API per request, compared with verifying the signature alone: `cargo bench -p vestibule
//! --bench verify`. Only the tenant's keys are cached, so one token is representative.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use vestibule::testing::{FakeTenant, Person};
use vestibule_protocol::keys::{SigningKey, VerifyingKey};

fn bearer(c: &mut Criterion) {
    let tenant = FakeTenant::new();
    tenant.sit_down(Person::new("Ada"));
    let api = tenant.api();
    let token = format!("Bearer {}", tenant.access_token(&["tasks.read"]));
    let headers = HeaderMap::from_iter([(AUTHORIZATION, token.parse().expect("a header"))]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("the library");
    group.throughput(Throughput::Elements(1));
    group.bench_function("checks an access token", |b| {
        b.iter(|| runtime.block_on(api.caller(&headers)).expect("a caller"));
    });
    let key = SigningKey::generate().expect("a key");
    let (public, message) = (VerifyingKey::from_jwk(&key.jwk(0)).expect("a key"), token.as_bytes());
    let signature = key.sign(message).expect("a signature");
    group
        .bench_function("the machine verifies a signature", |b| b.iter(|| assert!(public.verify(message, &signature))));
    group.finish();
}

criterion_group!(benches, bearer);
criterion_main!(benches);
