//! The pages: elements, states and texts; hostile values never become markup.

mod ground;
mod hostile;
mod page_api;
mod snapshots;
mod words;
