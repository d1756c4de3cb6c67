//! HTTP itself: what a request brings along, how answers are written, what browsers keep.

pub mod answer;
pub mod assets;
pub mod browser;
pub mod health;
pub mod request;
