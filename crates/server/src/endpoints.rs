//! The endpoints of a policy: one file or folder each.

pub mod authorize;
mod cors;
pub mod discovery;
pub mod logout;
pub mod token;
pub mod userinfo;
