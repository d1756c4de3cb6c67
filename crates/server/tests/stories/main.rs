//! The server, through its router, as browsers, applications and attackers use it.

mod floor;
mod front;
mod pages;
mod token;
