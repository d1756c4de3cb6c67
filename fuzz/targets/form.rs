//! Queries and posted forms, as production reads them: decoding loses nothing, and no input of a page is dropped.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use url::form_urlencoded::Serializer;
use vestibule_server::pages::form_values;
use vestibule_server::web::request::Params;

/// The endings of a date's three inputs, which production joins into one value.
const DATE_PARTS: [&str; 3] = ["_year", "_month", "_day"];

fuzz_target!(|bytes: &[u8]| {
    let Ok(params) = Params::parse(bytes) else { return };
    decoding_loses_nothing(&params);
    lookups_agree(&params);
    no_input_is_dropped(&params);
});

fn decoding_loses_nothing(params: &Params) {
    let pairs: Vec<(&str, &str)> = params.iter().collect();
    assert!(pairs.len() <= 100, "too many parameters");
    assert!(pairs.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')), "a NUL came through");
    let encoded = Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let again = Params::parse(encoded.as_bytes()).expect("decoded parameters can be encoded");
    assert!(again.iter().eq(pairs.iter().copied()), "{pairs:?} came back as {:?}", again.iter().collect::<Vec<_>>());
}

fn lookups_agree(params: &Params) {
    for (name, _) in params.iter() {
        let mut values = params.iter().filter(|(other, _)| *other == name).map(|(_, value)| value);
        assert_eq!(params.get(name), values.next().filter(|value| !value.is_empty()));
        assert_eq!(params.repeated(name), values.next().is_some());
    }
}

/// Every name is in the form, alone or as a part of its date; nothing else is.
fn no_input_is_dropped(params: &Params) {
    let form = form_values(params.iter());
    for (name, _) in params.iter() {
        let date = DATE_PARTS.iter().find_map(|part| name.strip_suffix(part));
        assert!(form.contains_key(name) || date.is_some_and(|date| form.contains_key(date)), "{name} was dropped");
    }
    let sent: BTreeSet<&str> = params.iter().map(|(name, _)| name).collect();
    for (name, value) in &form {
        let joined = DATE_PARTS.iter().all(|part| sent.contains(format!("{name}{part}").as_str()));
        assert!(joined || sent.contains(name.as_str()), "nobody sent {name}");
        if joined && !value.is_empty() {
            assert!(value.len() >= "yyyy-mm-dd".len(), "{name} is no whole date: {value}");
        }
    }
}
