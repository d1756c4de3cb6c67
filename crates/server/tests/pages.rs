//! The pages: their elements, states and words, and that nothing hostile becomes markup.

#[path = "pages/ground.rs"]
mod ground;
#[path = "pages/hostile.rs"]
mod hostile;
#[path = "pages/page_api.rs"]
mod page_api;
#[path = "pages/snapshots.rs"]
mod snapshots;
#[path = "pages/words.rs"]
mod words;
