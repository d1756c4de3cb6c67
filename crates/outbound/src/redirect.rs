//! Whether a redirect is followed, and where it leads.

use crate::error::Kind;
use crate::request::Request;
use crate::target::Target;
use http::header::{HeaderMap, LOCATION};
use http::{Method, StatusCode};

/// The greatest number of redirects that a caller can allow.
pub const MAX_REDIRECTS: u8 = 3;

/// Statuses that name another address for the same purpose (RFC 9110, section 15.4).
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where to go next, or none where the answer is no redirect. `followed` redirects came before.
///
/// # Errors
/// [`Kind::Redirect`] for one that may not be followed, [`Kind::Answer`] for one without a usable address.
pub(crate) fn next(
    request: &Request,
    from: &Target,
    (status, headers): (StatusCode, &HeaderMap),
    followed: u8,
) -> Result<Option<Target>, Kind> {
    if !is_redirect(status) {
        return Ok(None);
    }
    let to = location(from, headers)?;
    match forbidden(request, from, &to, followed) {
        Some(why) => Err(Kind::Redirect { to: format!("{}://{}{}", to.scheme(), to.key(), to.path()), why }),
        None => Ok(Some(to)),
    }
}

fn location(from: &Target, headers: &HeaderMap) -> Result<Target, Kind> {
    let unusable = || Kind::Answer("it is a redirect without one usable Location".into());
    let mut all = headers.get_all(LOCATION).iter();
    let (Some(location), None) = (all.next(), all.next()) else { return Err(unusable()) };
    let url = location.to_str().ok().and_then(|location| from.join(location)).ok_or_else(unusable)?;
    Target::of(&url).map_err(|_| unusable())
}

fn forbidden(request: &Request, from: &Target, to: &Target, followed: u8) -> Option<&'static str> {
    if request.redirects == 0 {
        return Some("this caller follows no redirects");
    }
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Some("only GET and HEAD are repeated at another address");
    }
    if !from.same_origin(to) {
        return Some("that is another scheme, host or port");
    }
    (followed >= request.redirects).then_some("that is one redirect too many")
}
