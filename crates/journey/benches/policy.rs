//! Compiles a user flow, and runs a journey of it: `cargo bench -p vestibule-journey --bench policy`.

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "stories need more of it")]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use support::{GOOD, Memory, Person as _, compiled, form, request};
use vestibule_journey::flow::{FlowSettings, chain};
use vestibule_journey::{CompileOptions, Event, Outcome, Policy, Session, Source, State, advance, compile};

const ADDRESS: &str = "ada@example.com";

fn flow() -> Vec<Source> {
    let settings = serde_json::json!({
        "name": "B2C_1_signupsignin1",
        "type": "sign-up-sign-in",
        "attributes": [{ "name": "displayName", "required": true }],
        "claims": ["displayName", "emails", "objectId"],
    });
    let settings: FlowSettings = serde_json::from_value(settings).expect("settings");
    chain(&settings, &[], "contoso.onmicrosoft.com").expect("a flow")
}

/// From the first page to the token: what a sign-in asks of the engine.
async fn sign_in(policy: &Policy, world: &mut Memory) {
    let mut state = State::new(policy, request(), Session::default());
    let page = advance(policy, &mut state, Event::Continue, world).await.expect("the world works");
    assert!(matches!(page, Outcome::Page(_)), "{page:?}");
    let typed = Event::Submit(form(&[("email", ADDRESS), ("password", GOOD)]));
    let taken = advance(policy, &mut state, typed, world).await.expect("the world works");
    assert!(matches!(taken, Outcome::Accepted), "{taken:?}");
    let end = advance(policy, &mut state, Event::Continue, world).await.expect("the world works");
    assert!(matches!(end, Outcome::Token(_)), "{end:?}");
}

fn policies(c: &mut Criterion) {
    let chain = flow();
    c.bench_function("compile a user flow", |b| {
        b.iter(|| compile(&chain, &CompileOptions::default()).expect("it compiles"));
    });
    let (policy, mut world) = (compiled(&chain), Memory::new());
    world.person(ADDRESS, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    c.bench_function("advance a journey from its page to the token", |b| {
        b.iter(|| runtime.block_on(sign_in(&policy, &mut world)));
    });
}

criterion_group!(benches, policies);
criterion_main!(benches);
