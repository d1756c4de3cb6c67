//! What end-to-end stories stand on: everything that `vestibule dev` starts, and people with browsers.

pub mod browser;
pub mod driver;
pub mod ground;
pub mod pack;

pub use browser::Browser;
pub use ground::Ground;
pub use pack::starter_pack;
