//! AADB2C error codes, and the text around them that applications match on (docs/b2c.md, "Answers to the application"
//! and "Error codes").

/// A failure as the application sees it: the OAuth error and B2C's code with its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Number of the AADB2C code, e.g. 90091.
    pub code: u32,
    /// The OAuth 2.0 or OpenID Connect `error` value.
    pub error: &'static str,
    /// The sentence after the code.
    pub message: String,
}

impl Failure {
    /// A failure with its own sentence.
    #[must_use]
    pub fn new(code: u32, error: &'static str, message: impl Into<String>) -> Self {
        Self { code, error, message: message.into() }
    }

    /// `error_description`: code and sentence, correlation id, and timestamp, each on a line ended by CR LF.
    ///
    /// `now` is in milliseconds since the epoch. Characters in the sentence that RFC 6749 forbids become `'`.
    #[must_use]
    pub fn description(&self, correlation_id: &str, now: i64) -> String {
        let sentence: String = self
            .message
            .chars()
            .map(|c| if matches!(c, ' '..='!' | '#'..='[' | ']'..='~') { c } else { '\'' })
            .collect();
        format!(
            "AADB2C{:05}: {sentence}\r\nCorrelation ID: {correlation_id}\r\nTimestamp: {}\r\n",
            self.code,
            timestamp(now)
        )
    }
}

/// A description on one line, because RFC 6749 (section 4.1.2.1) does not allow the line ends that B2C uses.
#[must_use]
pub fn one_line(description: &str) -> String {
    description.lines().collect::<Vec<_>>().join(" ")
}

/// Formats milliseconds since the epoch as `yyyy-MM-dd HH:mm:ssZ`.
#[must_use]
pub fn timestamp(now: i64) -> String {
    jiff::Timestamp::from_millisecond(now).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The failures that several modules report, with their sentences; rows of docs/b2c.md, "Error codes".
macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident: $code:literal, $error:literal, $message:literal;)*) => {
        impl Failure { $($(#[$doc])* #[must_use] pub fn $name() -> Self { Self::new($code, $error, $message) })* }
    };
}

failures! {
    /// The user pressed Cancel.
    cancelled: 90091, "access_denied", "The user has cancelled entering self-asserted information.";
    /// The user followed the older forgot-password link.
    forgot_password: 90118, "access_denied", "The user has forgotten their password.";
    /// `prompt=none` without a session.
    no_session: 90077, "interaction_required", "User does not have an existing session and request prompt parameter has a value of 'None'.";
    /// `prompt=none` with an `id_token_hint` that this tenant did not issue to the application.
    hint_not_believed: 90210, "login_required", "The id_token_hint specified in the request could not be validated.";
    /// Another user signed in than the one the request names.
    another_user: 90077, "login_required", "The user who signed in is not the user that the request names.";
    /// `scope` is missing.
    scope_missing: 90010, "invalid_request", "The request does not contain a scope parameter.";
    /// The scopes belong to several APIs.
    several_resources: 90146, "invalid_scope", "The scope provided in request specifies more than one resource for an access token, which is not supported.";
    /// A token was requested without a resource.
    resource_missing: 90055, "invalid_request", "The scope provided in request must specify a resource, such as 'https://example.com/calendar.read'.";
    /// A code was requested that could not yield any token.
    code_for_nothing: 90115, "invalid_request", "When requesting the 'code' response_type, the scope parameter must include a resource or client ID for access tokens, and 'openid' for ID tokens. Additionally include 'offline_access' for refresh tokens.";
    /// The application has no consented permission.
    permission_missing: 90205, "invalid_request", "This application does not have sufficient permissions against this web resource to perform the operation.";
    /// `id_token` without `openid`.
    openid_missing: 90110, "invalid_request", "The scope parameter must include 'openid' when requesting a response_type that includes 'id_token'.";
    /// The application may not receive tokens from the authorize endpoint (implicit flow).
    implicit_disabled: 90057, "unauthorized_client", "The provided application is not configured to allow the OAuth implicit flow.";
    /// The secret is missing.
    secret_missing: 90079, "invalid_request", "Clients must send a client_secret when redeeming a confidential grant.";
    /// The secret is wrong or has expired.
    secret_wrong: 90081, "invalid_client", "The specified client_secret does not match the expected value for this client. Please correct the client_secret and try again.";
    /// A public client sent a secret.
    secret_unexpected: 90084, "invalid_request", "Public clients should not send a client_secret when redeeming a publicly acquired grant.";
    /// The grant has expired.
    grant_expired: 90080, "invalid_grant", "The provided grant has expired. Please re-authenticate and try again.";
    /// The grant was made for another client.
    grant_of_other_client: 90279, "invalid_grant", "The provided client id does not match the client id that issued the grant.";
    /// The grant was revoked.
    grant_revoked: 90129, "invalid_grant", "The provided grant has been revoked. Please re-authenticate and try again.";
    /// The account of the grant no longer exists.
    grant_account_gone: 90128, "invalid_grant", "The account associated with this grant no longer exists. Please re-authenticate and try again.";
    /// `openid` was requested by an application without that permission.
    id_token_not_allowed: 90107, "invalid_request", "The application cannot get an ID token either because the openid scope was not provided in the request or the application is not authorized for it.";
    /// The redirect URI differs from the one that the code was issued for.
    redirect_uri_of_other_grant: 90287, "invalid_grant", "The request contains an invalid redirect URI: it is not the one that the grant was issued to.";
    /// The grant cannot be used, for a reason that is not revealed.
    grant_unusable: 90085, "invalid_grant", "The service has encountered an internal error. Please re-authenticate and try again.";
    /// The verifier does not match the challenge.
    verifier_wrong: 90183, "invalid_grant", "The supplied code_verifier is invalid.";
    /// The verifier is missing, or was sent for a code without a challenge.
    verifier_mismatch: 90182, "invalid_grant", "The supplied code_verifier does not match associated code_challenge.";
    /// The token endpoint was called with a method other than POST.
    post_only: 90226, "invalid_request", "The specified token exchange is only supported over HTTP POST.";
    /// The password grant was used with a policy of another type.
    password_grant_disabled: 90224, "unauthorized_client", "Resource owner flow has not been enabled for the application.";
    /// The password grant was used by an application that may not act as a public client.
    public_client_disabled: 90058, "unauthorized_client", "The provided application is not configured to allow public clients.";
    /// The password grant was used with a wrong name or password.
    password_grant_wrong: 90225, "access_denied", "The username or password provided in the request are invalid.";
    /// PKCE is required.
    challenge_missing: 99059, "invalid_request", "The supplied request must present a code_challenge.";
    /// An unknown challenge method, or one that the application does not allow.
    challenge_method: 90184, "invalid_request", "The supplied code_challenge_method is not supported. Supported values are 'S256'.";
    /// The server failed.
    server_error: 90037, "server_error", "An error occurred while processing the request. Please locate the correlation ID to determine what occurred.";
    /// The server is too busy.
    busy: 90035, "temporarily_unavailable", "The service is temporarily unavailable. Please retry after a few minutes.";
}

/// The failures whose sentence repeats a value of the request.
impl Failure {
    /// A required parameter is missing.
    #[must_use]
    pub fn parameter_missing(name: &str) -> Self {
        Self::new(90083, "invalid_request", format!("The request is missing required parameter: {name}."))
    }

    /// `response_type` is unknown.
    #[must_use]
    pub fn response_type_unsupported(asked: &str) -> Self {
        let message = format!("The requested response type '{asked}' provided in the request is not supported.");
        Self::new(90013, "unsupported_response_type", message)
    }

    /// `response_mode` is unknown, or not possible for this response type or redirect URI.
    #[must_use]
    pub fn response_mode_unsupported(asked: &str) -> Self {
        let message = format!("The requested response mode '{asked}' provided in the request is not supported.");
        Self::new(90014, "invalid_request", message)
    }

    /// An unknown `grant_type`.
    #[must_use]
    pub fn grant_type_unsupported(asked: &str) -> Self {
        Self::new(90086, "unsupported_grant_type", format!("The supplied grant_type [{asked}] is not supported."))
    }

    /// The grant was issued by the policy `actual`, but was sent to the policy `expected`.
    #[must_use]
    pub fn grant_of_other_policy(actual: &str, expected: &str) -> Self {
        let message = format!(
            "The provided grant has not been issued for this endpoint. Actual Value : {actual} and Expected Value : \
             {expected}"
        );
        Self::new(90088, "invalid_grant", message)
    }

    /// An unknown scope.
    #[must_use]
    pub fn scope_unsupported(scope: &str) -> Self {
        Self::new(90117, "invalid_request", format!("The scope '{scope}' provided in the request is not supported."))
    }

    /// A character that no scope may contain.
    #[must_use]
    pub fn scope_illegal(character: char) -> Self {
        let message = format!(
            "The request contains an invalid scope parameter which includes an illegal character '{character}'."
        );
        Self::new(99005, "invalid_scope", message)
    }

    /// Client credentials were requested for a scope other than `.default` of one API.
    #[must_use]
    pub fn scope_not_default(scope: &str) -> Self {
        let message = format!("Scope parameter ({scope}) must be formatted like https://<application-uri>/.default");
        Self::new(99068, "invalid_scope", message)
    }

    /// `max_age` is not a number of seconds from 0 to `most`.
    #[must_use]
    pub fn max_age_invalid(asked: &str, most: i64) -> Self {
        let message = format!(
            "The max age parameter '{asked}' specified in the request is invalid. Max age must be an integer between '0' \
             and '{most}' inclusive."
        );
        Self::new(90120, "invalid_request", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_three_lines_ended_by_cr_lf() {
        let text = Failure::cancelled().description("5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3", 1_700_000_000_000);
        assert_eq!(
            text,
            "AADB2C90091: The user has cancelled entering self-asserted information.\r\n\
             Correlation ID: 5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3\r\n\
             Timestamp: 2023-11-14 22:13:20Z\r\n"
        );
    }

    #[test]
    fn characters_that_rfc_6749_forbids_never_reach_the_wire() {
        let text = Failure::new(90013, "invalid_request", "a\"b\\c\r\nd").description("id", 0);
        assert!(text.starts_with("AADB2C90013: a'b'c''d\r\nCorrelation"), "{text}");
    }
}
