//! Claims: their values, resolvers, and transformations.

pub(crate) mod characters;
pub(crate) mod mask;
pub mod name;
pub(crate) mod pattern;
pub(crate) mod predicate;
pub(crate) mod resolver;
pub(crate) mod transform;
pub mod value;
