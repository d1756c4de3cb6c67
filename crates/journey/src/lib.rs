//! The journey engine: B2C's custom-policy language, merged, compiled and advanced.
//!
//! ```text
//! XML files ─► xml ─► merge ─► compile ─► Policy (immutable)
//! flow::FlowSettings ─► flow (one more XML layer) ─┘
//!
//! run::advance(&Policy, &mut State, Event, &mut impl World) ─► Outcome
//! ```
//!
//! A policy runs without a server: everything outside (directory, courier, HTTP, keys, clock) is behind [`World`].

pub mod claims;
pub mod compile;
pub mod event;
pub mod flow;
pub mod folder;
mod languages;
mod merge;
pub mod outcome;
pub mod policy;
pub mod problem;
mod profiles;
pub mod run;
pub mod sentence;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod world;
mod xml;

pub use claims::value::Value;
pub use compile::{CompileOptions, Compiled, Source, check, compile};
pub use event::Event;
pub use folder::Folder;
pub use languages::LANGUAGES;
pub use outcome::{
    Choice, Control, Field, Forgot, InputType, Issued, Item, Notice, Outcome, Page, PageKind, Redirect, Rule, Stray,
};
pub use policy::{Policy, RelyingParty};
pub use problem::{Code, Problem, Severity};
pub use run::advance;
pub use state::{Entry, FORMAT, Request, ReturnUris, Session, SignOn, State, StateError};
pub use world::{
    Attributes, Caller, Clock, Courier, CourierError, Directory, DirectoryError, Http, HttpError, HttpRequest,
    HttpResponse, Key, KeyError, Keys, MOST_SKEW, Method, PasswordCheck, Secret, World, WorldError, WriteMode,
};
