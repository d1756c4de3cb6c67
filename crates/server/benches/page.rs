//! Rendering a sign-in page: `cargo bench -p vestibule-server --bench page`.

#[path = "../tests/stories/pages/ground.rs"]
#[expect(dead_code, reason = "the tests of pages need more of it")]
mod ground;

use criterion::{Criterion, criterion_group, criterion_main};
use vestibule_server::pages::Pages;

fn pages(c: &mut Criterion) {
    let (pages, showing, page) = (Pages::new(), ground::Showing::default(), ground::sign_in());
    c.bench_function("render a sign-in page", |b| b.iter(|| showing.by(&pages, &page)));
}

criterion_group!(benches, pages);
criterion_main!(benches);
