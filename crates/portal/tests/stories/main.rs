//! The portal, through its router: as administrators, Readers, strangers and attackers use it.

mod article;
mod attacks;
mod ground;
mod people;
mod sign_in;
