//! All leniencies, where B2C's behaviour departs from the safest practice. `docs/leniencies.md` is generated from this
//! table. Those with a configuration key are declared with the key; the others are rows here.

use std::fmt::Write as _;
use vestibule_tenant::config::file::sections;
use vestibule_tenant::config::schema::{Fallback, Key, Switch};

/// A leniency without a configuration key.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    /// The command-line flag, or a name of its own.
    pub name: &'static str,
    /// Where it can be switched.
    pub place: Place,
    /// The default.
    pub default: &'static str,
    /// What it allows, and for which applications.
    pub allows: &'static str,
    /// What an attacker can gain.
    pub risk: &'static str,
}

/// Where a leniency without a configuration key can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// With a flag of the program.
    Program,
    /// Nowhere: applications written for B2C need it, and by itself it does not help an attacker.
    Always,
}

/// All leniencies without a configuration key.
pub static LENIENCIES: &[Leniency] = &[
    Leniency {
        name: "--listen-beyond-loopback",
        place: Place::Program,
        default: "off",
        allows: "`vestibule dev` listens for other machines, for containers.",
        risk: "Known passwords, an outbox that anyone can read, a clock that anyone can move. The program prints a warning.",
    },
    Leniency {
        name: "wider refresh",
        place: Place::Always,
        default: "on",
        allows: "A refresh may ask for scopes that the sign-in did not ask for, within the permissions that an administrator \
                 granted to the application.",
        risk: "A stolen refresh token gives access to every API of its application. With a secret, or with PKCE and rotation, \
               only its application can use it.",
    },
    Leniency {
        name: "refresh token twice",
        place: Place::Always,
        default: "30 s",
        allows: "The same application may use a refresh token again for 30 seconds, and gets the same successor.",
        risk: "A thief gets the same successor as the owner within these seconds. When both use the successor, all tokens of \
               the family are revoked.",
    },
    Leniency {
        name: "access tokens stay valid until they expire",
        place: Place::Always,
        default: "60 minutes",
        allows: "After sign-out, a replayed code or a revoked grant, APIs accept signed access tokens until they expire; \
                 userinfo and refreshing stop at once. `token_minutes` of the flow shortens the lifetime to as little as 5 \
                 minutes.",
        risk: "A stolen access token works until it expires.",
    },
    Leniency {
        name: "no nonce",
        place: Place::Always,
        default: "on",
        allows: "The code flow works without a nonce; a response with tokens from the authorize endpoint does not.",
        risk: "An attacker can inject another person's code into an application that checks neither state, nonce nor PKCE.",
    },
];

/// The rows of `docs/leniencies.md`, as a Markdown table.
#[must_use]
pub fn rows() -> String {
    let mut out =
        String::from("| switch | where | default | what it allows | risk |\n| --- | --- | --- | --- | --- |\n");
    // Applications come first, because most readers look for them.
    for place in ["application", "flow", "tenant"] {
        for (key, switch) in switches(place) {
            // Writing to a String cannot fail.
            let default = default(key);
            let _ = writeln!(out, "| `{}` | {place} | {default} | {} | {} |", key.name, switch.allows, switch.risk);
        }
    }
    for Leniency { name, place, default, allows, risk } in LENIENCIES {
        let _ = match place {
            Place::Program => writeln!(out, "| `{name}` | program | `{default}` | {allows} | {risk} |"),
            Place::Always => writeln!(out, "| {name} | everywhere, no switch | {default} | {allows} | {risk} |"),
        };
    }
    out
}

/// The keys that control a leniency, in tables of a tenant, a flow or an application.
fn switches(place: &str) -> impl Iterator<Item = (&'static Key, Switch)> {
    let in_place = sections().into_iter().filter(move |section| table(section.header) == place);
    in_place.flat_map(|section| section.keys).filter_map(|key| Some((key, key.leniency?)))
}

/// The owner of the table with this header: an application, a flow, or otherwise a tenant.
fn table(header: &str) -> &'static str {
    let of = |what: &str| header.trim_start_matches('[').starts_with(what);
    if of("tenant.application") {
        "application"
    } else if of("tenant.flow") || of("password") {
        "flow"
    } else {
        "tenant"
    }
}

fn default(key: &Key) -> String {
    match key.default {
        Fallback::Required => "**required**".to_owned(),
        Fallback::None => "none".to_owned(),
        Fallback::Is(text) => format!("`{text}`"),
        Fallback::Means(text) => text.to_owned(),
    }
}
