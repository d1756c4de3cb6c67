//! The provider's answer in the query of the redirect URI (docs/b2c.md, "Answers to the application"), and what
//! the user sees of an error.
//!
//! The provider's text is never shown, because anyone can make a link with any text in it. The AADB2C number and the
//! correlation id are, since they are a number and a GUID.

use url::form_urlencoded;

/// One answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) state: String,
    /// The code, or what went wrong.
    pub(super) outcome: Result<String, Denial>,
    /// RFC 9207.
    pub(super) issuer: Option<String>,
}

#[derive(Debug)]
pub(super) struct Denial {
    error: String,
    description: String,
}

/// A parameter came twice, or the answer is neither code nor error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Reply {
    /// Read a query; none when it holds no answer at all.
    pub(super) fn read(query: &str) -> Result<Option<Self>, Malformed> {
        let state = only(query, "state")?;
        let (code, error) = (only(query, "code")?, only(query, "error")?);
        let (description, issuer) = (only(query, "error_description")?, only(query, "iss")?);
        let outcome = match (code, error) {
            // A sign-out may bring its own state along.
            (None, None) => return Ok(None),
            (Some(code), None) if !code.is_empty() => Ok(code),
            (_, Some(error)) => Err(Denial { error, description: description.unwrap_or_default() }),
            (Some(_), None) => return Err(Malformed),
        };
        Ok(Some(Self { state: state.unwrap_or_default(), outcome, issuer }))
    }

    /// An error that came from elsewhere.
    pub(super) fn error(error: &str, description: &str) -> Self {
        let denial = Denial { error: error.to_owned(), description: description.to_owned() };
        Self { state: String::new(), outcome: Err(denial), issuer: None }
    }

    /// OAuth's `error` if it is one that is known; for the log.
    pub(super) fn error_name(&self) -> &'static str {
        const KNOWN: [&str; 15] = [
            "access_denied",
            "consent_required",
            "interaction_required",
            "invalid_client",
            "invalid_grant",
            "invalid_request",
            "invalid_resource",
            "invalid_scope",
            "login_required",
            "redirect_uri_mismatch",
            "server_error",
            "temporarily_unavailable",
            "unauthorized_client",
            "unsupported_response_type",
            "user_authentication_required",
        ];
        let error = self.outcome.as_ref().err().map(|d| d.error.as_str());
        KNOWN.iter().find(|known| Some(**known) == error).copied().unwrap_or("other")
    }

    /// The number of the AADB2C code.
    pub(super) fn code(&self) -> Option<u32> {
        let (_, after) = self.description().split_once("AADB2C")?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).take(6).collect();
        digits.parse().ok()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.code() == Some(90091)
    }

    pub(super) fn forgot_password(&self) -> bool {
        self.code() == Some(90118)
    }

    /// The text for the user.
    pub(super) fn sentence(&self) -> &'static str {
        match (self.code(), self.error_name()) {
            (Some(90079 | 90081), _) | (_, "invalid_client") => {
                "The sign-in service does not accept this app's secret. Its operator has to set CLIENT_SECRET to one \
                 that is valid."
            }
            (Some(90117 | 90205 | 90012), _) | (_, "invalid_scope") => {
                "This app has no permission for the API that it asks for. Its operator has to grant it."
            }
            (Some(90118), _) => {
                "You asked for a new password, but this app has no flow for that. Its operator has to set \
                 RESETPASSWORD_USER_FLOW."
            }
            (_, "access_denied") => "The sign-in was cancelled or refused.",
            (_, "temporarily_unavailable" | "server_error") => {
                "The sign-in service has a problem. Try again in a minute."
            }
            _ => "The sign-in service refused the request of this app. If it happens again, tell the app's operator.",
        }
    }

    /// The code and the correlation id to quote when asking for help, where there are any.
    pub(super) fn reference(&self) -> String {
        let code = self.code().map(|code| format!("AADB2C{code:05}"));
        let id = self.correlation_id().map(|id| format!("Correlation ID: {id}"));
        code.into_iter().chain(id).collect::<Vec<_>>().join(", ")
    }

    fn correlation_id(&self) -> Option<&str> {
        let (_, after) = self.description().split_once("Correlation ID: ")?;
        let id = after.get(..36)?;
        id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-').then_some(id)
    }

    fn description(&self) -> &str {
        self.outcome.as_ref().err().map(|d| d.description.as_str()).unwrap_or_default()
    }
}

/// The one value of a parameter.
fn only(query: &str, name: &str) -> Result<Option<String>, Malformed> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(n, _)| n == name).map(|(_, v)| v.into_owned());
    let first = values.next();
    if values.next().is_some() { Err(Malformed) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubled_parameters_and_empty_codes_are_malformed() {
        assert_eq!(Reply::read("code=a&code=b&state=s").err(), Some(Malformed));
        assert_eq!(Reply::read("code=a&state=s&state=s").err(), Some(Malformed));
        assert_eq!(Reply::read("code=&state=s").err(), Some(Malformed));
        assert!(Reply::read("").expect("well-formed").is_none());
        assert!(Reply::read("state=s").expect("well-formed").is_none());
    }

    #[test]
    fn only_a_number_and_a_guid_of_the_description_are_shown() {
        let text = "AADB2C90037%3A+%3Cb%3Ehello%3C%2Fb%3E%0D%0ACorrelation+ID%3A+\
                    5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3%0D%0A";
        let reply = Reply::read(&format!("error=server_error&error_description={text}&state=s"));
        let reply = reply.expect("well-formed").expect("an answer");
        assert_eq!(reply.reference(), "AADB2C90037, Correlation ID: 5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3");
        assert_eq!(Reply::error("x", "AADB2Cevil Correlation ID: <script>").reference(), "");
        assert_eq!(Reply::error("\u{1b}[31m", "").error_name(), "other");
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in "\\PC{0,80}", description in "(AADB2C)?\\PC{0,60}(Correlation ID: \\PC{0,40})?") {
            let _ = Reply::read(&query);
            let reply = Reply::error("server_error", &description);
            let _ = (reply.reference(), reply.sentence());
        }
    }
}
