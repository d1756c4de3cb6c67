//! `[[tenant.flow]]`: the keys of a user flow. The struct is `FlowSettings` in the journey crate.

use crate::config::schema::{Fallback, Kind, key, table};
use Fallback::{Is, Means, Required};
use Kind::{Bool, Integer, OneOf, OneOfOr, Tables, Text, Texts};

table! {
    /// A user flow. The file owns each flow that it names: a key that is left out has its default, whatever was set
    /// elsewhere.
    FLOW = "[[tenant.flow]]" {
        /// Name with its prefix. In URLs, upper and lower case are the same.
        name = key(Text, Required)
            .example("\"B2C_1_signupsignin1\"").pattern("^[Bb]2[Cc]_1_[A-Za-z0-9_-]{1,58}$");

        /// The type of the flow.
        type = key(
            OneOf(&["sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset", "resource-owner"]),
            Required,
        ).leniency(
            "`\"resource-owner\"`: the password grant (ROPC). It is off unless a flow of this type exists.",
            "The application sees the password: no sign-in page, no second factor, no protection against phishing by the \
             application.",
        );

        /// The name that local accounts sign in with.
        sign_in_with = key(OneOf(&["email", "username"]), Is("\"email\"")).leniency(
            "`\"username\"`: accounts are named by user names, and sign-up says which names are taken.",
            "An attacker can find existing user names by trying.",
        );

        /// Attributes to collect, in the order of the page.
        attributes = key(Tables(&COLLECTED), Is("[]"));

        /// Application claims to put into tokens, by B2C's names: `displayName`, `emails`, `givenName`, `surname`,
        /// `objectId`, `newUser`, `identityProvider`, `city`, `country`, `state`, `postalCode`, `streetAddress`,
        /// `jobTitle`, `extension_…`.
        claims = key(Texts, Is("[]")).example("[\"displayName\", \"emails\", \"objectId\"]");

        /// Verify e-mail addresses by a mailed code.
        email_verification = key(Bool, Is("true")).leniency(
            "`false`: people sign up without a code from their mailbox.",
            "Anyone can sign up with anyone's address, and the page shows whether an address has an account.",
        );

        /// Rules for new passwords. `simple`: 8 to 64 characters. `strong`: 8 to 256 characters with three of lower
        /// case, upper case, digits and symbols, or 15 and more of anything.
        password = key(OneOfOr(&["simple", "strong"], "custom", &PASSWORD), Is("\"strong\""))
            .example("{ custom = { min = 12, max = 64, classes = 3 } }").leniency(
            "`\"strong\"` accepts 8 characters of three kinds, or 15 of anything; `\"simple\"` accepts 8 of anything; a \
             custom rule can accept 4 digits. The list of common passwords always applies.",
            "A password of fewer than 15 characters as the only factor does not meet NIST SP 800-63B-4.",
        );

        /// Let “Forgot your password?” reset the password within the flow. `false`: the application gets AADB2C90118.
        self_service_reset = key(Bool, Is("true"));

        /// Let a person whose password has expired change it here. `false`: the sign-in fails.
        forced_password_reset = key(Bool, Is("true"));

        /// How long “Keep me signed in” lasts, in days. `0`: the box is not shown, and a session that another flow's
        /// box extended ends.
        keep_me_signed_in_days = key(Integer(0, 90), Is("0")).example("30").leniency(
            "1 to 90: people may stay signed in after the browser is closed.",
            "Anyone who takes over the device is signed in.",
        );

        /// Lifetime of the single sign-on session, in minutes.
        session_minutes = key(Integer(15, 1440), Is("1440")).example("60");

        /// Start the lifetime of the session again at each use.
        session_rolling = key(Bool, Is("true"));

        /// Which requests share a session.
        single_sign_on = key(OneOf(&["tenant", "application", "policy", "disabled"]), Is("\"tenant\""));

        /// Require `id_token_hint` at sign-out.
        require_id_token_on_sign_out = key(Bool, Is("false")).leniency(
            "`false`: a request without a hint signs out at once if it names an address of an application of this \
             session; the person is asked about any other request.",
            "Another site can sign a person out by a link. It cannot sign anyone in, or redirect to an address of its \
             own.",
        );

        /// Lifetime of access and ID tokens, in minutes.
        token_minutes = key(Integer(5, 1440), Is("60")).example("5");

        /// Lifetime of a refresh token, in days.
        refresh_token_days = key(Integer(1, 90), Is("14")).example("7");

        /// Days after which a person must sign in again, however often the tokens were refreshed; at least
        /// `refresh_token_days`. `0`: never.
        refresh_window_days = key(Integer(0, 365), Is("90")).example("30").leniency(
            "`0`: refresh tokens may be renewed for ever.",
            "A stolen session never expires. Only revoking it, or detecting reuse, ends it.",
        );

        /// Issuer of tokens: `https://host/{tenant id}/v2.0/` or `https://host/tfp/{tenant id}/{flow}/v2.0/`.
        issuer = key(OneOf(&["tenant", "tfp"]), Is("\"tenant\""));

        /// The claim that names the flow.
        policy_claim = key(OneOf(&["tfp", "acr"]), Is("\"tfp\""));

        /// The `sub` claim: the user's object id, or B2C's text “Not supported currently. Use oid claim.”
        subject = key(OneOf(&["object-id", "not-supported"]), Is("\"object-id\""));
    }
}

table! {
    /// An attribute that a flow collects, usually written as `attributes = [{ name = "displayName", required = true
    /// }]`.
    COLLECTED = "[[tenant.flow.attributes]]" {
        /// `displayName`, `givenName`, `surname`, `city`, `country`, `state`, `postalCode`, `streetAddress`,
        /// `jobTitle`, or a custom attribute.
        name = key(Text, Required).example("\"displayName\"");

        /// Label on the page.
        label = key(Text, Means("the attribute's own")).example("\"Your team\"");

        /// The kind of input field.
        input = key(
            OneOf(&["TextBox", "DropdownSingleSelect", "RadioSingleSelect", "CheckboxMultiSelect", "DateTimeDropdown"]),
            Is("\"TextBox\""),
        );

        /// Require a value.
        required = key(Bool, Is("false"));

        /// The choices of a list.
        options = key(Texts, Is("[]")).example("[\"Blue\", \"Red\"]");
    }
}

table! {
    /// Custom password rules of a flow.
    PASSWORD = "password = { custom = { … } }" {
        /// The smallest number of characters.
        min = key(Integer(4, 256), Required).example("12");

        /// The greatest number of characters.
        max = key(Integer(4, 256), Required).example("64");

        /// Digits only, for a PIN.
        digits_only = key(Bool, Is("false"));

        /// The number of character classes that a password must contain, of lower case, upper case, digits and symbols:
        /// 0, 2, 3 or 4.
        classes = key(Integer(0, 4), Is("0")).example("3");
    }
}
