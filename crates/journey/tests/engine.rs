//! The engine without a server: policies compiled and run with an in-memory world.

mod support;

#[path = "engine/check.rs"]
mod check;
#[path = "engine/codes.rs"]
mod codes;
#[path = "engine/defaults.rs"]
mod defaults;
#[path = "engine/diagnostics.rs"]
mod diagnostics;
#[path = "engine/hostile.rs"]
mod hostile;
#[path = "engine/journeys.rs"]
mod journeys;
#[path = "engine/masks.rs"]
mod masks;
#[path = "engine/merging.rs"]
mod merging;
#[path = "engine/providers.rs"]
mod providers;
#[path = "engine/small.rs"]
mod small;
#[path = "engine/starter_pack.rs"]
mod starter_pack;
#[path = "engine/stories.rs"]
mod stories;
#[path = "engine/transformations.rs"]
mod transformations;
#[path = "engine/values.rs"]
mod values;
