//! Keys, discovery, scopes, tokens and the endpoints that give them, by HTTP through the router.

#[path = "token/assertions.rs"]
mod assertions;
#[path = "token/at_hand.rs"]
mod at_hand;
#[path = "token/clients.rs"]
mod clients;
#[path = "token/codes.rs"]
mod codes;
#[path = "token/discovery.rs"]
mod discovery;
#[path = "token/errors.rs"]
mod errors;
#[path = "token/ground.rs"]
mod ground;
#[path = "token/itself.rs"]
mod itself;
#[path = "token/keys.rs"]
mod keys;
#[path = "token/races.rs"]
mod races;
#[path = "token/real.rs"]
mod real;
#[path = "token/refresh.rs"]
mod refresh;
#[path = "token/registered.rs"]
mod registered;
#[path = "token/scopes.rs"]
mod scopes;
#[path = "support/signer.rs"]
mod signer;
#[path = "support/tenant.rs"]
mod tenant;
#[path = "token/userinfo.rs"]
mod userinfo;
