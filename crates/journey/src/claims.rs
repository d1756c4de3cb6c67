//! Claims: their values, resolvers, and transformations.

pub mod value;
