//! The client against hostile servers, names and addresses. Everything happens on loopback.

mod addresses;
mod bodies;
mod budgets;
mod heads;
mod names;
mod redirects;
mod support;
mod tls;
mod traces;
