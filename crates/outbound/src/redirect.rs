//! Decides if a redirect is followed, and finds its destination.

use crate::error::Kind;
use crate::request::Request;
use crate::target::Target;
use crate::trace::cut;
use http::header::{HeaderMap, LOCATION};
use http::{Method, StatusCode};

/// The maximum number of redirects that a caller can allow.
pub const MAX_REDIRECTS: u8 = 3;

/// Returns true for the statuses that redirect a request (RFC 9110, section 15.4).
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The next destination, or `None` if the answer is not a redirect. `followed` is the number of redirects so far.
///
/// # Errors
/// [`Kind::Redirect`] if the redirect may not be followed, [`Kind::Answer`] if it has no usable address.
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
        Some(why) => Err(Kind::Redirect { to: format!("{}://{}{}", to.scheme(), to.key(), cut(to.path())), why }),
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
