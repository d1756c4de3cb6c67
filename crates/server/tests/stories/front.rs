//! A sign-in through the router, as browsers and custom scripts use it.

mod attacks;
mod clients;
mod custom_policies;
mod development;
mod edges;
mod faults;
mod floods;
mod hardening;
mod headers;
mod hub;
mod languages;
mod providers;
mod requests;
mod responses;
mod script;
mod sessions;
mod sign_in;
mod sign_out;
mod values;
mod whole;
