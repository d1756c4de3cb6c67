//! The paths of the sign-in, and the prefix that a proxy strips from them.

use super::Reader;
use crate::place::below;
use url::Url;

/// The beginning of the sign-in's own paths, unless `VESTIBULE_AUTH_PATH` is set.
const AUTH: &str = "/auth";

/// Paths of this app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    /// The path that a proxy removes: `/app`, or nothing. `None` if it is not set.
    base: Option<String>,
    /// The beginning of the sign-in's own paths: `/auth`. `None` if it is not set.
    auth: Option<String>,
    /// That of the redirect URI, as browsers see it.
    pub(crate) callback: String,
}

impl Paths {
    /// Reads the keys of the paths, beside the redirect URI.
    pub(crate) fn read(reader: &mut Reader<'_>, redirect_uri: Option<&Url>) -> Self {
        let callback = redirect_uri.map(|uri| uri.path().to_owned()).unwrap_or_default();
        let base = path(reader, "VESTIBULE_BASE_PATH", "/app");
        let auth = path(reader, "VESTIBULE_AUTH_PATH", AUTH);
        if let Some(base) =
            base.as_deref().filter(|base| redirect_uri.is_some() && !callback.starts_with(&format!("{base}/")))
        {
            let wrong = format!("leads to {callback}, which is not below VESTIBULE_BASE_PATH, {base}");
            let fix = format!("Set it to an address below {base}, as {base}/getAToken, and register that.");
            reader.wrong("REDIRECT_URI", &wrong, &fix);
        }
        Self { base, auth, callback }
    }

    /// The path that a proxy removes, if it is set: `/app`, or nothing.
    pub(crate) fn base(&self) -> &str {
        self.base.as_deref().unwrap_or_default()
    }

    /// The beginning of the sign-in's own paths.
    pub(crate) fn auth(&self) -> &str {
        self.auth.as_deref().unwrap_or(AUTH)
    }

    /// The redirect URI's path as the app may see it: whole, without what a proxy takes off, and, as long as neither
    /// path was set, without each folder that the app may be mounted under.
    pub(crate) fn callbacks(&self) -> Vec<&str> {
        let whole = self.callback.as_str();
        match &self.base {
            Some(base) if base.is_empty() => vec![whole],
            Some(base) => vec![whole, whole.strip_prefix(base.as_str()).unwrap_or(whole)],
            None if self.auth.is_some() || below(AUTH, whole) => vec![whole],
            None => whole.match_indices('/').map(|(at, _)| &whole[at..]).filter(|end| end.len() > 1).collect(),
        }
    }

    /// What was taken off before the redirect URI's path, if a request for `path` came because of it.
    pub(crate) fn taken_off(&self, path: &str) -> Option<&str> {
        self.callback.strip_suffix(path).filter(|prefix| !prefix.is_empty() && path.len() > 1)
    }
}

/// A path without a slash at its end; empty for `/`.
fn path(reader: &mut Reader<'_>, key: &str, example: &str) -> Option<String> {
    let text = reader.optional(key)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    if !text.starts_with('/') || text.contains("//") || !text.bytes().all(plain) {
        reader.wrong(key, "is no path", &format!("Set a path that begins with a slash: {example}"));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn read(pairs: &[(&str, &str)], uri: &str) -> Result<Paths, String> {
        let map: BTreeMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut reader = Reader::new(&map);
        let paths = Paths::read(&mut reader, Some(&Url::parse(uri).expect("a URL")));
        reader.problems.first().map_or(Ok(paths), |problem| Err(format!("{} {}", problem.key, problem.wrong)))
    }

    #[test]
    fn the_callback_is_looked_for_below_every_folder_that_may_be_taken_off() {
        let callbacks = |pairs: &[(&str, &str)], uri: &str| -> Vec<String> {
            read(pairs, uri).expect("paths").callbacks().into_iter().map(str::to_owned).collect()
        };
        assert_eq!(callbacks(&[], "http://a.test/getAToken"), ["/getAToken"]);
        assert_eq!(callbacks(&[], "http://a.test/x/app/back"), ["/x/app/back", "/app/back", "/back"]);
        assert_eq!(callbacks(&[], "http://a.test/auth/callback"), ["/auth/callback"]);
        assert_eq!(
            callbacks(&[("VESTIBULE_BASE_PATH", "/x/")], "http://a.test/x/app/back"),
            ["/x/app/back", "/app/back"]
        );
        assert_eq!(callbacks(&[("VESTIBULE_AUTH_PATH", "/staff")], "http://a.test/app/back"), ["/app/back"]);
    }

    #[test]
    fn a_base_path_and_a_redirect_uri_that_do_not_fit_are_told() {
        assert_eq!(
            read(&[("VESTIBULE_BASE_PATH", "/app")], "http://a.test/application/back").err().as_deref(),
            Some("REDIRECT_URI leads to /application/back, which is not below VESTIBULE_BASE_PATH, /app")
        );
        assert_eq!(read(&[("VESTIBULE_BASE_PATH", "/")], "http://a.test/back").map(|paths| paths.base().len()), Ok(0));
        for odd in ["app", "//app", "/a?b", "https://a.test/app"] {
            assert!(read(&[("VESTIBULE_AUTH_PATH", odd)], "http://a.test/back").is_err(), "{odd}");
        }
    }
}
