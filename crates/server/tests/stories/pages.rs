//! The pages: their elements, states and words, and that nothing hostile becomes markup.

mod ground;
mod hostile;
mod page_api;
mod snapshots;
mod words;
