//! The security floor: a story for each row and requirement that other suites do not already tell, named by its number.
//! `docs/security-floor.md` says which story proves what.

mod accounts;
mod assertions;
mod codes;
mod discovery;
mod documents;
mod forgery;
mod generated;
mod ground;
mod input;
mod logs;
mod openid;
mod outside;
mod sign_out;
mod source;
mod withdrawn;
