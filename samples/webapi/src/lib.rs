//! webapi.
