//! Queries and forms, as the server's request reader decodes them: what is read comes back when it is encoded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::Serializer;
use vestibule_server::web::request::Params;

fuzz_target!(|bytes: &[u8]| {
    let Ok(params) = Params::parse(bytes) else { return };
    let pairs: Vec<(&str, &str)> = params.iter().collect();
    assert!(pairs.len() <= 100, "too many parameters");
    assert!(pairs.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')), "a NUL came through");
    let encoded = Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let again = Params::parse(encoded.as_bytes()).expect("what was read is well formed");
    assert!(again.iter().eq(pairs.iter().copied()), "{pairs:?} came back as {:?}", again.iter().collect::<Vec<_>>());
    let form = params.form();
    for (name, _) in &pairs {
        let first = pairs.iter().find(|(other, _)| other == name).map(|(_, value)| *value).filter(|v| !v.is_empty());
        assert_eq!(params.get(name), first);
        assert_eq!(params.repeated(name), pairs.iter().filter(|(other, _)| other == name).count() > 1);
        assert!(form.contains_key(*name));
    }
});
