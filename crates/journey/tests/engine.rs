//! The engine without a server: policies compiled and run against a world in memory.

mod support;

#[path = "engine/codes.rs"]
mod codes;
#[path = "engine/diagnostics.rs"]
mod diagnostics;
#[path = "engine/hostile.rs"]
mod hostile;
#[path = "engine/journeys.rs"]
mod journeys;
#[path = "engine/providers.rs"]
mod providers;
#[path = "engine/starter_pack.rs"]
mod starter_pack;
#[path = "engine/stories.rs"]
mod stories;
#[path = "engine/values.rs"]
mod values;
