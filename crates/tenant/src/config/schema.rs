//! Declares the keys of `vestibule.toml` in one place: type, default, meaning and example.
//!
//! [`table!`](crate::config::schema) declares a table of the file. From that declaration come the struct that the file
//! is read into, the checks of its keys and values, the reference in `docs/configuration.md`, the JSON Schema of
//! `vestibule schema`, and the row in `docs/leniencies.md`.

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its header, as written: `[[tenant.flow]]`.
    pub header: &'static str,
    about: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The values that it accepts.
    pub kind: Kind,
    /// The value if the key is left out.
    pub default: Fallback,
    /// The command that uses it.
    pub used_by: UsedBy,
    /// A regular expression (ECMA 262) that the text, or each text of a list, must match.
    pub pattern: Option<&'static str>,
    /// The maximum number of characters of a text.
    pub longest: Option<u32>,
    /// The leniency that it controls, if any.
    pub leniency: Option<Switch>,
    meaning: &'static str,
    example: Option<&'static str>,
}

/// The values that a key accepts.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A list of texts; a table with this section's keys stands for a text that needs more said. Its first key is the
    /// text.
    TextsOr(&'static Section),
    /// `true` or `false`.
    Bool,
    /// An integer within these inclusive bounds.
    Integer(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or a table with a single key that contains this section.
    OneOfOr(&'static [&'static str], &'static str, &'static Section),
    /// A table of its own.
    Table(&'static Section),
    /// Any number of tables.
    Tables(&'static Section),
    /// A table with arbitrary keys; values are text, numbers or booleans.
    Map,
}

/// The value if a key is left out.
#[derive(Debug)]
pub enum Fallback {
    /// The key is required.
    Required,
    /// No value.
    None,
    /// This value, as written in the file.
    Is(&'static str),
    /// A value that a phrase describes.
    Means(&'static str),
}

/// The command that uses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedBy {
    /// `vestibule dev` and `vestibule serve`.
    Both,
    /// Only `vestibule dev`; `vestibule serve` rejects it.
    Dev,
    /// Only `vestibule serve` and the commands that read its configuration. `vestibule dev` warns that it ignores the
    /// key, and says what it does instead; the text is that clause.
    Serve(&'static str),
}

/// A leniency that a key controls: a row of `docs/leniencies.md`.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// The behaviour that the lenient setting allows, and for which applications.
    pub allows: &'static str,
    /// The advantage that an attacker can gain.
    pub risk: &'static str,
}

/// A GUID in lower case.
pub(super) const GUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
/// The name of an environment variable.
pub(super) const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// A time (RFC 3339).
pub(super) const TIME: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

/// A key whose name and meaning are not set yet.
pub(super) const fn key(kind: Kind, default: Fallback) -> Key {
    Key {
        name: "",
        kind,
        default,
        used_by: UsedBy::Both,
        pattern: None,
        longest: None,
        leniency: None,
        meaning: "",
        example: None,
    }
}

/// A text that is a time.
pub(super) const fn time(default: Fallback) -> Key {
    key(Kind::Text, default).pattern(TIME).example("\"2027-01-31T12:00:00Z\"")
}

/// A text that names an environment variable.
pub(super) const fn variable(default: Fallback) -> Key {
    key(Kind::Text, default).pattern(VARIABLE)
}

impl Key {
    /// Sets an example of its value, as written in the file. Booleans and words need none.
    pub(super) const fn example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Sets the regular expression that its text must match.
    pub(super) const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Sets the maximum number of characters of its text.
    pub(super) const fn longest(mut self, characters: u32) -> Self {
        self.longest = Some(characters);
        self
    }

    /// Sets the command that uses it, if only one does.
    pub(super) const fn used_by(mut self, command: UsedBy) -> Self {
        self.used_by = command;
        self
    }

    /// Sets the leniency that it controls.
    pub(super) const fn leniency(mut self, allows: &'static str, risk: &'static str) -> Self {
        self.leniency = Some(Switch { allows, risk });
        self
    }

    pub(super) const fn named(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.name = name;
        self.meaning = meaning;
        self
    }

    /// The meaning, in one or more sentences of Markdown.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim_start()
    }

    /// An example of its value, as written in the file; if possible, a value other than the default.
    #[must_use]
    pub fn example_value(&self) -> Option<String> {
        let default = if let Fallback::Is(text) = self.default { text } else { "" };
        match (self.example, &self.kind) {
            (Some(example), _) => Some(example.to_owned()),
            (None, Kind::Bool) => Some((default != "true").to_string()),
            (None, Kind::OneOf(words)) => words.iter().map(|w| format!("{w:?}")).find(|w| w != default),
            (None, _) => None,
        }
    }
}

impl Section {
    pub(super) const fn new(header: &'static str, about: &'static str, keys: &'static [Key]) -> Self {
        Self { header, about, keys }
    }

    /// The description, in one or more sentences of Markdown.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about.trim_start()
    }
}

/// Declares a table of the file: the struct that it is read into, and its [`Section`]. The doc comments become the text
/// of the reference for the table and for each key; `as` gives a key a name that differs from its field.
///
/// ```text
/// table! {
///     /// A public address of the server.
///     #[derive(Debug, Default)]
///     pub struct OriginConfig, ORIGIN = "[[origin]]" {
///         /// Scheme, host and port.
///         url: String = key(Text, Required).example("\"https://login.contoso.com\"");
///     }
///     and {
///         /// A field that is not in the file.
///         #[serde(skip)]
///         pub read: bool,
///     }
/// }
/// ```
/// Without a struct, if another crate defines it: `FLOW = "[[tenant.flow]]" { … }`, with keys `name = key(…);`.
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:ident),+)])?
        pub struct $config:ident, $section:ident = $header:literal {
            $(
                $(#[doc = $meaning:literal])+
                $field:ident $(as $name:literal)?: $type:ty = $key:expr;
            )*
        }
        $(and { $($beside:tt)* })?
    ) => {
        $(#[doc = $about])+
        $(#[derive($($derive),+)])?
        #[derive(Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $config {
            $(
                $(#[doc = $meaning])+
                $(#[serde(rename = $name)])?
                pub $field: $type,
            )*
            $($($beside)*)?
        }

        pub(in crate::config) static $section: $crate::config::schema::Section = $crate::config::schema::Section::new(
            $header,
            concat!($($about),+),
            &[$($key.named($crate::config::schema::name!($field $($name)?), concat!($($meaning),+))),*],
        );
    };
    (
        $(#[doc = $about:literal])+
        $section:ident = $header:literal {
            $(
                $(#[doc = $meaning:literal])+
                $name:ident = $key:expr;
            )*
        }
    ) => {
        pub(in crate::config) static $section: $crate::config::schema::Section = $crate::config::schema::Section::new(
            $header,
            concat!($($about),+),
            &[$($key.named(stringify!($name), concat!($($meaning),+))),*],
        );
    };
}

/// The name of a key: the name of its field, unless another one is given.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

pub(super) use {name, table};
