//! The security floor: a story for each row and requirement that other suites do not already tell, named by its number.
//! `docs/security-floor.md` says which story proves what.

#[path = "front/browser.rs"]
mod browser;
#[expect(dead_code, reason = "shared with tests/front.rs, which uses all of it")]
#[path = "support/running.rs"]
mod running;
#[expect(dead_code, reason = "shared with tests/token.rs, which uses all of it")]
#[path = "support/signer.rs"]
mod signer;
#[path = "support/tenant.rs"]
mod tenant;

#[path = "floor/accounts.rs"]
mod accounts;
#[path = "floor/assertions.rs"]
mod assertions;
#[path = "floor/codes.rs"]
mod codes;
#[path = "floor/documents.rs"]
mod documents;
#[path = "floor/forgery.rs"]
mod forgery;
#[path = "floor/generated.rs"]
mod generated;
#[path = "floor/ground.rs"]
mod ground;
#[path = "floor/input.rs"]
mod input;
#[path = "floor/logs.rs"]
mod logs;
#[path = "floor/openid.rs"]
mod openid;
#[path = "floor/outside.rs"]
mod outside;
#[path = "floor/sign_out.rs"]
mod sign_out;
#[path = "floor/source.rs"]
mod source;

use browser::Browser;
pub(crate) use running::*;
