//! Built-in user flows without a browser: an in-memory directory and mailbox, pages as values.

#[path = "flows/credentials.rs"]
mod credentials;
#[path = "flows/directory.rs"]
mod directory;
#[path = "flows/export.rs"]
mod export;
#[path = "flows/forgot.rs"]
mod forgot;
#[path = "flows/mistakes.rs"]
mod mistakes;
#[path = "flows/password.rs"]
mod password;
#[path = "flows/profile.rs"]
mod profile;
#[path = "flows/refresh.rs"]
mod refresh;
#[path = "flows/settings.rs"]
mod settings;
#[path = "flows/sign_in.rs"]
mod sign_in;
#[path = "flows/sign_up.rs"]
mod sign_up;
#[path = "flows/visit.rs"]
mod visit;
