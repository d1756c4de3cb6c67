//! The `vestibule` program as a library, for tests.
