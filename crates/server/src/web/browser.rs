//! The cookies that identify a browser, a device that has signed in before, and single sign-on sessions.

use crate::app::App;
use crate::web::request::Call;
use cookie::{Cookie, SameSite};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_tenant::origin::OriginInfo;

/// The cookie to which a browser's transactions are bound, after `__Host-`. B2C's own (`x-ms-cpim-trans`) is not
/// enough: a sibling host could plant it, and then send the browser to the end of a sign-in that the attacker began.
const BROWSER: &str = "vestibule-browser";
/// B2C's name of the cookie that repeats the last page's CSRF value.
pub const CSRF: &str = "x-ms-cpim-csrf";
/// The name prefix of session cookies, after `__Host-`.
pub const SESSION: &str = "vestibule-sso-";
const DEVICE: &str = "vestibule-device";
/// The name prefix of return cookies, after `__Host-`.
const RETURN: &str = "vestibule-return-";
/// The longest lifetime that browsers allow for a cookie.
const DEVICE_DAYS: i64 = 400;

/// The name of one of our own cookies. Browsers accept `__Host-` only over https, with Secure and for the whole host.
#[must_use]
pub fn own_name(origin: &OriginInfo, name: &str) -> String {
    if origin.secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// A session cookie for this origin.
#[must_use]
pub fn make(origin: &OriginInfo, name: String, value: String, same_site: SameSite) -> Cookie<'static> {
    let same_site = if origin.secure { same_site } else { SameSite::Lax };
    Cookie::build((name, value)).path("/").http_only(true).secure(origin.secure).same_site(same_site).build()
}

/// The same cookie with a lifetime of `seconds`; 0 removes it.
#[must_use]
pub fn lasting(mut cookie: Cookie<'static>, seconds: i64) -> Cookie<'static> {
    cookie.set_max_age(cookie::time::Duration::seconds(seconds));
    cookie
}

/// A browser, identified by a secret that only it and we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    secret: String,
    new: bool,
}

impl Browser {
    /// The browser that sent this request, if it has been here before.
    #[must_use]
    pub fn known(call: &Call) -> Option<Self> {
        let secret = call.cookie(&own_name(&call.origin, BROWSER)).filter(|v| is_token(v))?.to_owned();
        Some(Self { secret, new: false })
    }

    /// The browser as it was when it began this transaction. If two first tabs open at once, each gets a secret, and
    /// only one of them remains in the cookie that all transactions share.
    #[must_use]
    pub fn at_first(call: &Call, transaction: &str) -> Option<Self> {
        let secret = call.cookie(&first_name(&call.origin, transaction)).filter(|v| is_token(v))?.to_owned();
        Some(Self { secret, new: false })
    }

    /// The browser that sent this request; a new browser gets a secret.
    #[must_use]
    pub fn of(app: &App, call: &Call) -> Self {
        Self::known(call).unwrap_or_else(|| Self { secret: app.random().token(), new: true })
    }

    /// The hash that is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_base64url(self.secret.as_bytes())
    }

    /// The secret, as the key for values that the browser sends back.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The cookie to set, if the browser does not have it. SameSite is `None`, because an application may start the
    /// sign-in with a POST from its own site. A browser that did not send its cookie then would get a new one and lose
    /// the transactions of its other tabs.
    #[must_use]
    pub fn cookie(&self, call: &Call) -> Option<Cookie<'static>> {
        let cookie = || make(&call.origin, own_name(&call.origin, BROWSER), self.secret.clone(), SameSite::None);
        self.new.then(cookie)
    }

    /// Both cookies that a new browser gets with its first transaction.
    pub fn new_cookies(&self, call: &Call, transaction: &str) -> impl Iterator<Item = Cookie<'static>> {
        self.cookie(call).into_iter().chain(self.first_cookie(call, transaction))
    }

    /// The cookie that [`Browser::at_first`] reads, for a new browser; it ends with the transaction.
    #[must_use]
    pub fn first_cookie(&self, call: &Call, transaction: &str) -> Option<Cookie<'static>> {
        let cookie = || make(&call.origin, first_name(&call.origin, transaction), self.secret.clone(), SameSite::None);
        self.new.then(cookie).map(|cookie| lasting(cookie, 3600))
    }
}

fn first_name(origin: &OriginInfo, transaction: &str) -> String {
    own_name(origin, &format!("{BROWSER}-{}", transaction.get(..8).unwrap_or_default()))
}

/// The hashed id of this device, as the directory knows it. Devices that have signed in to an account before are not
/// locked out together with strangers.
#[must_use]
pub fn device(call: &Call) -> Option<String> {
    let value = call.cookie(&own_name(&call.origin, DEVICE)).filter(|v| is_token(v))?;
    Some(sha256_base64url(value.as_bytes()))
}

/// The cookie that identifies a device, if it does not have one yet.
#[must_use]
pub fn device_cookie(app: &App, call: &Call) -> Option<Cookie<'static>> {
    if device(call).is_some() {
        return None;
    }
    let cookie = make(&call.origin, own_name(&call.origin, DEVICE), app.random().token(), SameSite::Lax);
    Some(lasting(cookie, DEVICE_DAYS * 86_400))
}

/// The name of the cookie that ties a return from a provider to the browser that left; each departure has its own.
#[must_use]
pub fn return_name(origin: &OriginInfo, state: &str) -> String {
    let hash = sha256_base64url(state.as_bytes());
    own_name(origin, &format!("{RETURN}{}", hash.get(..16).unwrap_or_default()))
}

/// Returns true if this has the form of a [`vestibule_tenant::clock::Random::token`]. Any other value is treated as if
/// there were no cookie.
#[must_use]
pub fn is_token(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
