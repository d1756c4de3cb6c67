//! The `scope` parameter (RFC 6749 section 3.3) and B2C's interpretation of it (docs/b2c.md, "Scopes").

/// A parsed `scope` value: the tokens in their order, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

/// A character that a scope may not contain (AADB2C99005).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope holds the illegal character {0:?}")]
pub struct IllegalCharacter(pub char);

impl Scopes {
    /// Parses a space-separated list.
    ///
    /// # Errors
    /// Fails at the first character that [`is_legal`] rejects.
    pub fn parse(text: &str) -> Result<Self, IllegalCharacter> {
        if let Some(c) = text.chars().find(|c| *c != ' ' && !is_legal(*c)) {
            return Err(IllegalCharacter(c));
        }
        Ok(text.split(' ').filter(|s| !s.is_empty()).collect())
    }

    /// Returns true if the list contains this token, compared case-sensitively.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s == scope)
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The tokens that OpenID Connect does not define: API scopes and client ids.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|s| !is_openid(s))
    }

    /// Returns true if no scope was requested.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a token unless the list already contains it.
    pub fn add(&mut self, scope: &str) {
        if !self.has(scope) {
            self.0.push(scope.to_owned());
        }
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut scopes = Self::default();
        for token in tokens {
            scopes.add(token);
        }
        scopes
    }
}

/// Returns true if a scope may contain this character: one that both RFC 6749 (section 3.3) and, in URIs, RFC 3986
/// (section 2) allow, except comma and semicolon, which people write between scopes. B2C rejects the comma, too
/// (AADB2C99005).
#[must_use]
pub const fn is_legal(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | ',' | ';')
}

/// The scopes that OpenID Connect defines; the last four request claims (OpenID Connect Core section 5.4).
pub const OPENID: [&str; 6] = ["openid", "offline_access", "profile", "email", "address", "phone"];

/// Returns true if OpenID Connect defines this token, so that it does not refer to an API.
#[must_use]
pub fn is_openid(scope: &str) -> bool {
    OPENID.contains(&scope)
}

/// The scope that requests a claim (OpenID Connect Core section 5.4), including claims that have other names in B2C;
/// `None` for claims that no scope requests.
#[must_use]
pub fn of_claim(claim: &str) -> Option<&'static str> {
    Some(match claim {
        "name" | "family_name" | "given_name" | "middle_name" | "nickname" | "preferred_username" | "profile"
        | "picture" | "website" | "gender" | "birthdate" | "zoneinfo" | "locale" | "updated_at" => "profile",
        "displayName" | "givenName" | "surname" | "jobTitle" => "profile",
        "email"
        | "email_verified"
        | "emails"
        | "otherMails"
        | "signInName"
        | "signInNames.emailAddress"
        | "strongAuthenticationEmailAddress" => "email",
        "address" | "streetAddress" | "city" | "state" | "postalCode" | "country" => "address",
        "phone_number"
        | "phone_number_verified"
        | "mobile"
        | "mobilePhone"
        | "telephoneNumber"
        | "signInNames.phoneNumber"
        | "strongAuthenticationPhoneNumber" => "phone",
        _ => return None,
    })
}

/// Splits an API scope into its App ID URI and short name: `https://t.onmicrosoft.com/tasks-api/tasks.read` →
/// (`https://t.onmicrosoft.com/tasks-api`, `tasks.read`).
#[must_use]
pub fn split(scope: &str) -> Option<(&str, &str)> {
    scope.rsplit_once('/').filter(|(uri, name)| !uri.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_keeps_its_order_and_loses_repeats() {
        let scopes = Scopes::parse("openid  offline_access openid https://c.test/api/read").expect("legal");
        assert_eq!(scopes.to_string(), "openid offline_access https://c.test/api/read");
        assert_eq!(scopes.resources().collect::<Vec<_>>(), ["https://c.test/api/read"]);
    }

    #[test]
    fn illegal_characters_are_named() {
        assert_eq!(Scopes::parse("open\"id"), Err(IllegalCharacter('"')));
        assert_eq!(Scopes::parse("öpenid"), Err(IllegalCharacter('ö')));
        assert_eq!(Scopes::parse("openid,offline_access"), Err(IllegalCharacter(',')));
        for c in "\"<>\\^`{|},;\t\n\u{a0}\u{7f}".chars() {
            assert_eq!(Scopes::parse(&format!("openid {c}x")), Err(IllegalCharacter(c)), "{c:?}");
        }
    }

    #[test]
    fn whatever_an_application_id_uri_may_have_is_legal() {
        let uri = "https://contoso.onmicrosoft.com/~tasks-api_1/v2.0:x@y!$&'()*+=%20[1]#?/tasks.read";
        assert_eq!(Scopes::parse(uri).map(|scopes| scopes.to_string()), Ok(uri.to_owned()));
    }
}
