//! The one list of keys of `vestibule.toml`: what each may hold, its default and what it means. Reading checks against
//! it, and the reference in `docs/configuration.md` is written from it.

mod application;
mod flow;
mod tenant;

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its header, as written: `[[tenant.flow]]`.
    pub header: &'static str,
    /// What it declares.
    pub about: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What holds without it.
    pub default: Fallback,
    /// What it means, one or two sentences.
    pub about: &'static str,
}

/// What a key may hold.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds, both included.
    Integer(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or a table of one key that holds this section.
    OneOfOr(&'static [&'static str], &'static str, &'static Section),
    /// A table of its own.
    Table(&'static Section),
    /// Tables, any number of them.
    Tables(&'static Section),
    /// A table with keys of the writer's choice; values are text, numbers or booleans.
    Map,
}

/// What holds where a key is missing.
#[derive(Debug)]
pub enum Fallback {
    /// It may not be missing.
    Required,
    /// Nothing.
    None,
    /// This, as written in the file.
    Is(&'static str),
    /// Something that a sentence describes.
    Means(&'static str),
}

use Fallback::{Is, Means, Required};
use Kind::{OneOf, OneOfOr, Table, Tables, Text, Texts};

const fn key(name: &'static str, kind: Kind, default: Fallback, about: &'static str) -> Key {
    Key { name, kind, default, about }
}

/// The whole file.
pub static FILE: Section = Section {
    header: "(top of the file)",
    about: "Every table of the file stands under one of these.",
    keys: &[
        key("server", Table(&SERVER), Fallback::None, "Where the server listens and keeps its data."),
        key("origin", Tables(&ORIGIN), Means("in `dev`: the address that it listens on"), "Public addresses."),
        key("mail", Table(&MAIL), Means("in `dev`: kept in the outbox, never sent"), "How mail leaves."),
        key("tenant", Tables(&tenant::TENANT), Fallback::None, "Tenants, with everything that is registered in them."),
    ],
};

static SERVER: Section = Section {
    header: "[server]",
    about: "Where the server listens, keeps its data, and takes its secrets from. Flags and environment variables of \
            the program go before these.",
    keys: &[
        key(
            "listen",
            Text,
            Is("\"localhost:8400\""),
            "Host and port to listen on. `localhost` means both loopback addresses.",
        ),
        key(
            "data",
            Text,
            Is("\".vestibule\""),
            "Folder of the embedded database and of what belongs to it. Relative to the current folder.",
        ),
        key(
            "database_env",
            Text,
            Means("SQLite in the data folder"),
            "Name of the environment variable that holds a `postgres://` URL.",
        ),
        key(
            "master_key_env",
            Text,
            Means("in `dev`: a file made in the data folder"),
            "Name of the environment variable that holds the master key: 32 bytes as base64 or hexadecimal. It encrypts \
             signing keys and seals cookies.",
        ),
        key(
            "master_key_file",
            Text,
            Fallback::None,
            "File that holds the master key, in the same form. One of the two is required by `serve`.",
        ),
        key(
            "tls_certificate",
            Text,
            Fallback::None,
            "PEM file with the certificate chain. Together with `tls_key` it makes the server speak TLS itself.",
        ),
        key("tls_key", Text, Fallback::None, "PEM file with the private key of the certificate."),
        key(
            "trusted_proxies",
            Texts,
            Is("[]"),
            "Addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are \
             believed.",
        ),
        key(
            "password_block_list",
            Text,
            Means("the list that ships"),
            "File of refused passwords, one a line, that replaces the list that ships.",
        ),
        key("log", OneOf(&["text", "json"]), Is("\"text\""), "Form of the log."),
    ],
};

static ORIGIN: Section = Section {
    header: "[[origin]]",
    about: "A public address of the server. Scheme and host of a request must be one of these exactly; every URL that \
            the server sends begins with one of them. Each is an issuer of its own.",
    keys: &[
        key("url", Text, Required, "Scheme, host and port, without a slash at the end. `http` is for loopback only."),
        key("tenants", Texts, Means("all"), "Names of the tenants that answer here."),
        key(
            "canonical",
            Text,
            Means("itself"),
            "URL of another origin whose issuer and addresses this one publishes: an internal name of the same \
             server, for a container or a cluster.",
        ),
    ],
};

static MAIL: Section = Section {
    header: "[mail]",
    about: "The SMTP server that takes mail.",
    keys: &[
        key(
            "smtp",
            Text,
            Required,
            "`smtp://user@host:587` (STARTTLS) or `smtps://user@host:465` (TLS). A password in it is refused.",
        ),
        key("from", Text, Required, "Sender: `Contoso <no-reply@contoso.com>`."),
        key("password_env", Text, Means("none is sent"), "Name of the environment variable that holds the password."),
    ],
};

/// Every section, in the order of the reference.
#[must_use]
pub fn sections() -> Vec<&'static Section> {
    let mut all = vec![&FILE];
    let mut next = 0;
    while let Some(section) = all.get(next).copied() {
        all.extend(section.keys.iter().filter_map(|k| match k.kind {
            Table(inner) | Tables(inner) | OneOfOr(_, _, inner) => Some(inner),
            _ => None,
        }));
        next += 1;
    }
    all
}
