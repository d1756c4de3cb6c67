//! Programs that nobody here wrote sign in against the tenant as they do against Azure AD B2C.

#![cfg(feature = "clients")]

#[path = "clients/config.rs"]
mod config;
#[path = "clients/identity_flask.rs"]
mod identity_flask;
#[path = "clients/msal_browser.rs"]
mod msal_browser;
#[path = "clients/program.rs"]
mod program;
#[path = "clients/programs.rs"]
mod programs;
#[path = "clients/providers.rs"]
mod providers;
#[path = "clients/python_sample.rs"]
mod python_sample;
