//! Keys of user flows: every field of `FlowSettings` in the journey crate.

use super::Fallback::{Is, Means, Required};
use super::Kind::{Bool, Integer, OneOf, OneOfOr, Tables, Text, Texts};
use super::{Section, key};

pub(super) static FLOW: Section = Section {
    header: "[[tenant.flow]]",
    about: "A user flow. The file owns a flow that it names wholly: a key that is left out has its default.",
    keys: &[
        key("name", Text, Required, "Name with its prefix: `B2C_1_signupsignin1`. URLs find it in any letter case."),
        key(
            "type",
            OneOf(&["sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset", "resource-owner"]),
            Required,
            "What it does.",
        ),
        key("sign_in_with", OneOf(&["email", "username"]), Is("\"email\""), "What a local account signs in with."),
        key("attributes", Tables(&COLLECTED), Is("[]"), "Attributes to collect, in the order of the page."),
        key(
            "claims",
            Texts,
            Is("[]"),
            "Application claims to put into tokens, by B2C's names: `displayName`, `emails`, `givenName`, `surname`, \
             `objectId`, `newUser`, `identityProvider`, `city`, `country`, `state`, `postalCode`, `streetAddress`, \
             `jobTitle`, `extension_…`.",
        ),
        key(
            "email_verification",
            Bool,
            Is("true"),
            "Whether an address is verified by a mailed code. Off lets anyone sign up with anyone's address.",
        ),
        key(
            "password",
            OneOfOr(&["simple", "strong"], "custom", &PASSWORD),
            Is("\"strong\""),
            "Rules where a password is set. `simple`: 8 to 64 characters. `strong`: 8 to 256 with 3 of the 4 \
             classes, or 15 and more of anything.",
        ),
        key(
            "self_service_reset",
            Bool,
            Is("true"),
            "Whether “Forgot your password?” resets within the flow; off: the application gets AADB2C90118.",
        ),
        key(
            "forced_password_reset",
            Bool,
            Is("true"),
            "Whether a person whose password must change may do so here; off: sign-in is refused.",
        ),
        key(
            "keep_me_signed_in_days",
            Integer(0, 90),
            Is("0"),
            "Days that “Keep me signed in” keeps; 0: not offered, and what another flow's box promised is over.",
        ),
        key("session_minutes", Integer(15, 1440), Is("1440"), "Lifetime of the single sign-on session, minutes."),
        key("session_rolling", Bool, Is("true"), "Whether each use begins that lifetime again."),
        key(
            "single_sign_on",
            OneOf(&["tenant", "application", "policy", "disabled"]),
            Is("\"tenant\""),
            "Which requests share a session.",
        ),
        key("require_id_token_on_sign_out", Bool, Is("false"), "Whether sign-out needs `id_token_hint`."),
        key("token_minutes", Integer(5, 1440), Is("60"), "Lifetime of access and ID tokens, minutes."),
        key("refresh_token_days", Integer(1, 90), Is("14"), "Lifetime of a refresh token, days."),
        key(
            "refresh_window_days",
            Integer(0, 365),
            Is("90"),
            "Days after which a person must sign in again whatever was refreshed, at least `refresh_token_days`; 0: \
             no end.",
        ),
        key(
            "issuer",
            OneOf(&["tenant", "tfp"]),
            Is("\"tenant\""),
            "Issuer of tokens: `https://host/{tenant id}/v2.0/`, or `https://host/tfp/{tenant id}/{flow}/v2.0/`.",
        ),
        key("policy_claim", OneOf(&["tfp", "acr"]), Is("\"tfp\""), "The claim that names the flow."),
        key(
            "subject",
            OneOf(&["object-id", "not-supported"]),
            Is("\"object-id\""),
            "The `sub` claim: the user's object id, or B2C's text “Not supported currently. Use oid claim.”",
        ),
    ],
};

static COLLECTED: Section = Section {
    header: "[[tenant.flow.attributes]]",
    about: "An attribute that a flow collects; usually written as `attributes = [{ name = \"displayName\", required \
            = true }]`.",
    keys: &[
        key(
            "name",
            Text,
            Required,
            "`displayName`, `givenName`, `surname`, `city`, `country`, `state`, `postalCode`, `streetAddress`, \
             `jobTitle`, or a custom attribute.",
        ),
        key("label", Text, Means("the attribute's own"), "Label on the page."),
        key(
            "input",
            OneOf(&["TextBox", "DropdownSingleSelect", "RadioSingleSelect", "CheckboxMultiSelect", "DateTimeDropdown"]),
            Is("\"TextBox\""),
            "How it is asked for.",
        ),
        key("required", Bool, Is("false"), "Whether it must be filled."),
        key("options", Texts, Is("[]"), "What a list offers."),
    ],
};

static PASSWORD: Section = Section {
    header: "password = { custom = { … } }",
    about: "Password rules of a flow's own.",
    keys: &[
        key("min", Integer(4, 256), Required, "Fewest characters."),
        key("max", Integer(4, 256), Required, "Most characters."),
        key("digits_only", Bool, Is("false"), "Digits only (a PIN)."),
        key("classes", Integer(0, 4), Is("0"), "How many of lower case, upper case, digit and symbol: 0, 2, 3 or 4."),
    ],
};
