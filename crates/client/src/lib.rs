//! Sign-in for web apps.
