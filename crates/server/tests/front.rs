//! The way of a sign-in, through the router as a browser and other people's scripts use it.

#[path = "support/running.rs"]
mod running;
#[path = "support/tenant.rs"]
mod tenant;

#[path = "front/attacks.rs"]
mod attacks;
#[path = "front/browser.rs"]
mod browser;
#[path = "front/clients.rs"]
mod clients;
#[path = "front/custom_policies.rs"]
mod custom_policies;
#[path = "front/development.rs"]
mod development;
#[path = "front/faults.rs"]
mod faults;
#[path = "front/hardening.rs"]
mod hardening;
#[path = "front/hub.rs"]
mod hub;
#[path = "front/providers.rs"]
mod providers;
#[path = "front/requests.rs"]
mod requests;
#[path = "front/responses.rs"]
mod responses;
#[path = "front/script.rs"]
mod script;
#[path = "front/sessions.rs"]
mod sessions;
#[path = "front/sign_in.rs"]
mod sign_in;
#[path = "front/sign_out.rs"]
mod sign_out;
#[path = "front/whole.rs"]
mod whole;

use browser::Browser;
pub(crate) use running::*;
