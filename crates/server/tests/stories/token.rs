//! Keys, discovery, scopes, tokens and their endpoints, over HTTP through the router.

mod assertions;
mod at_hand;
mod clients;
mod codes;
mod discovery;
mod errors;
mod ground;
mod itself;
mod keys;
mod races;
mod real;
mod refresh;
mod registered;
mod scopes;
mod userinfo;
