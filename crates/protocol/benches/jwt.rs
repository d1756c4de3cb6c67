//! Minting and verifying a token: `cargo bench -p vestibule-protocol --bench jwt`.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use vestibule_protocol::jwt;
use vestibule_protocol::keys::{SigningKey, VerifyingKey};

/// What an access token of a user flow holds.
fn claims() -> Map<String, Value> {
    let claims = json!({
        "ver": "1.0",
        "iss": "https://contoso.b2clogin.com/11111111-1111-4111-8111-111111111111/v2.0/",
        "sub": "aaaaaaaa-0000-4000-8000-000000000001",
        "aud": "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3",
        "exp": 1_767_229_200, "nbf": 1_767_225_600, "iat": 1_767_225_600, "auth_time": 1_767_225_600,
        "name": "Ann Example", "emails": ["ann@contoso.test"], "oid": "aaaaaaaa-0000-4000-8000-000000000001",
        "tfp": "B2C_1_signupsignin1", "azp": "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94", "scp": "tasks.read",
    });
    claims.as_object().cloned().unwrap_or_default()
}

fn tokens(c: &mut Criterion) {
    let (key, claims) = (SigningKey::generate().expect("a key"), claims());
    let keys = [VerifyingKey::from_jwk(&key.jwk(0)).expect("a key")];
    let token = jwt::sign(&claims, &key).expect("a token");
    c.bench_function("mint a token", |b| b.iter(|| jwt::sign(&claims, &key).expect("a token")));
    c.bench_function("verify a token", |b| b.iter(|| jwt::verify(&token, &keys).expect("verified")));
}

criterion_group!(benches, tokens);
criterion_main!(benches);
