//! Keys of tenants, their custom attributes and their users.

use super::Fallback::{self, Is, Means, Required};
use super::Kind::{Bool, Integer, Map, OneOf, Tables, Text};
use super::application::APPLICATION;
use super::flow::FLOW;
use super::{Section, key};

pub(super) static TENANT: Section = Section {
    header: "[[tenant]]",
    about: "A tenant: users, flows and applications of its own.",
    keys: &[
        key(
            "name",
            Text,
            Required,
            "Short name, the first part of its domain: 1 to 27 lower-case letters, digits and inner hyphens.",
        ),
        key("domain", Text, Means("`{name}.onmicrosoft.com`"), "Domain, as it stands in URLs."),
        key(
            "id",
            Text,
            Means("derived from the name, the same everywhere"),
            "Tenant id: a GUID in lower case. It cannot change once the tenant exists.",
        ),
        key("display_name", Text, Means("the name"), "Name for people, on pages and in mails: 1 to 90 characters."),
        key("code_lifetime_secs", Integer(60, 600), Is("60"), "Life of an authorization code, seconds."),
        key("lockout_threshold", Integer(1, 50), Is("10"), "Wrong passwords before an account is locked for a while."),
        key(
            "lockout_secs",
            Integer(5, 18_000),
            Is("60"),
            "First length of such a lock, seconds; it grows when it happens again.",
        ),
        key("attribute", Tables(&ATTRIBUTE), Fallback::None, "Custom attributes of users."),
        key("flow", Tables(&FLOW), Fallback::None, "User flows."),
        key(
            "policies",
            Text,
            Fallback::None,
            "Folder with custom policies (XML), relative to this file. Each one with a `RelyingParty` answers under its \
             PolicyId, which begins with `B2C_1A_`; the bases lie beside it. What is gone from the folder is removed.",
        ),
        key("application", Tables(&APPLICATION), Fallback::None, "Applications (app registrations)."),
        key("user", Tables(&USER), Fallback::None, "Users to begin with."),
    ],
};

static ATTRIBUTE: Section = Section {
    header: "[[tenant.attribute]]",
    about: "A custom attribute; flows name it `extension_{name}`.",
    keys: &[
        key("name", Text, Required, "Name without `extension_`: a letter, then letters and digits."),
        key("type", OneOf(&["String", "Boolean", "Int"]), Required, "What it holds."),
        key("description", Text, Is("\"\""), "What it is for."),
    ],
};

static USER: Section = Section {
    header: "[[tenant.user]]",
    about: "A local account, created once. What the person or an administrator changes afterwards stays; the password \
            is never applied again.",
    keys: &[
        key(
            "email",
            Text,
            Fallback::None,
            "Address: what the person signs in with, or, beside a `username`, where codes are sent to.",
        ),
        key("username", Text, Fallback::None, "User name to sign in with. One of the two is required."),
        key(
            "id",
            Text,
            Means("derived from tenant and sign-in name, the same everywhere"),
            "Object id: a GUID in lower case.",
        ),
        key("password", Text, Fallback::None, "`dev` only: the password, for everyone to read."),
        key(
            "password_env",
            Text,
            Fallback::None,
            "Name of the environment variable that holds the password. One of the two is required.",
        ),
        key("force_password_change", Bool, Is("false"), "Whether the password must change at the first sign-in."),
        key("enabled", Bool, Is("true"), "Whether the person may sign in."),
        key("display_name", Text, Means("the sign-in name"), "Display name, up to 256 characters."),
        key("given_name", Text, Fallback::None, "Given name, up to 64 characters."),
        key("surname", Text, Fallback::None, "Surname, up to 64 characters."),
        key("job_title", Text, Fallback::None, "Job title, up to 128 characters."),
        key("street_address", Text, Fallback::None, "Street address, up to 1024 characters."),
        key("city", Text, Fallback::None, "City, up to 128 characters."),
        key("postal_code", Text, Fallback::None, "Postal code, up to 40 characters."),
        key("state", Text, Fallback::None, "State or province, up to 128 characters."),
        key("country", Text, Fallback::None, "Country or region, up to 128 characters."),
        key("attributes", Map, Fallback::None, "Custom attributes: `{ Team = \"blue\" }`."),
    ],
};
