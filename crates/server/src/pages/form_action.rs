//! Converts the URL of a form's target to its source expression in `form-action` of the Content-Security-Policy.

use url::{Host, Url};
use vestibule_tenant::registry::redirect_uri::is_custom_scheme;

/// Returns the source expression that lets a form end up at `address`, or `None` if no form may.
///
/// It is the origin if the grammar can express the host. Content Security Policy Level 3 (section 2.3.1) cannot
/// express an IPv6 address, or a name with characters other than letters, digits and hyphens; for these it is the
/// scheme. For the private schemes of native applications, it is the scheme too.
#[must_use]
pub(super) fn form_action_source(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    match url.scheme() {
        "http" | "https" if is_nameable(url.host()?) => Some(url.origin().ascii_serialization()),
        "http" | "https" => Some(format!("{}:", url.scheme())),
        scheme => is_custom_scheme(scheme).then(|| format!("{scheme}:")),
    }
}

/// Returns true if the grammar's `host-part` can express this host.
fn is_nameable(host: Host<&str>) -> bool {
    match host {
        Host::Ipv4(_) => true,
        Host::Ipv6(_) => false,
        Host::Domain(name) => {
            let is_label =
                |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            name.split('.').all(is_label)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::form_action_source;

    #[test]
    fn every_kind_of_redirect_uri_has_its_source() {
        for (address, source) in [
            ("https://app.contoso.com/getAToken", "https://app.contoso.com"),
            ("https://app.contoso.com:8443/", "https://app.contoso.com:8443"),
            ("https://xn--bcher-kva.example/cb", "https://xn--bcher-kva.example"),
            ("http://localhost:5000/getAToken", "http://localhost:5000"),
            ("http://localhost", "http://localhost"),
            ("http://127.0.0.1:53124/cb", "http://127.0.0.1:53124"),
            ("https://192.0.2.4/cb", "https://192.0.2.4"),
            ("http://[::1]:9195/cb", "http:"),
            ("https://[2001:db8::1]/cb", "https:"),
            ("https://my_app.contoso.com/cb", "https:"),
            ("https://app.contoso.com./cb", "https:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.onmicrosoft.contoso.app://oauth/redirect", "com.onmicrosoft.contoso.app:"),
            ("msal3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94://auth", "msal3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94:"),
            ("urn:ietf:wg:oauth:2.0:oob", "urn:"),
        ] {
            assert_eq!(form_action_source(address).as_deref(), Some(source), "{address}");
        }
    }

    #[test]
    fn no_form_leads_to_what_a_browser_would_run_or_read() {
        for address in
            ["javascript:alert(1)", "data:text/html,x", "blob:https://a.test/1", "file:///etc/passwd", "/cb", "", "x y"]
        {
            assert_eq!(form_action_source(address), None, "{address}");
        }
    }
}
