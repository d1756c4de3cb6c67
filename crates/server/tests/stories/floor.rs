//! The security floor: a test for each row and requirement that other suites do not cover, named by its number.
//! `docs/security-floor.md` lists the test for each.

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
