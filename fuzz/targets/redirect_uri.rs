//! Redirect URIs: of what may be registered, only the same bytes are the same address, but for a native application's
//! port on loopback. First line: the platform's first letter and the registered URI; second line: the one of a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;
use vestibule_tenant::registry::redirect_uri::validate;
use vestibule_tenant::registry::{Application, Platform, RedirectUri};

fuzz_target!(|text: &str| {
    let Some((registered, asked)) = text.split_once('\n') else { return };
    let Some(letter) = registered.chars().next() else { return };
    let platform = match letter {
        'w' => Platform::Web,
        's' => Platform::Spa,
        _ => Platform::PublicClient,
    };
    let uri = registered[letter.len_utf8()..].to_owned();
    if validate(&uri, platform).is_err() {
        return;
    }
    let parsed = Url::parse(&uri).expect("what may be registered is a URI");
    assert!(!matches!(parsed.scheme(), "javascript" | "data" | "file"), "{uri} runs or reads where it is followed");
    let application =
        Application { redirect_uris: vec![RedirectUri { uri: uri.clone(), platform }], ..Application::default() };
    assert!(application.redirect_uri(&uri).is_some(), "{uri} is itself");
    if application.redirect_uri(asked).is_some() && asked != uri {
        assert_eq!(platform, Platform::PublicClient, "{asked:?} passed for {uri}");
        let mut other = Url::parse(asked).expect("what passes is a URI");
        assert!(matches!(other.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")), "{asked:?} passed for {uri}");
        assert!(other.set_port(parsed.port()).is_ok());
        assert_eq!(other, parsed, "{asked:?} passed for {uri}");
        assert!(asked.is_ascii() && !asked.contains(['@', '\\', '#', ' ', '\t']), "{asked:?} passed for {uri}");
    }
});
