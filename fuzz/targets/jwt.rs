//! Tokens: nothing is believed but what the key really signed. The token was signed once, by a key
//! that was thrown away.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vestibule_protocol::jwt::{self, Expect};
use vestibule_protocol::keys::{Jwk, VerifyingKey};

const SIGNED: &str = include_str!("../seeds/jwt/signed");

/// The public half of the key.
static KEYS: LazyLock<Vec<VerifyingKey>> = LazyLock::new(|| {
    let n = "rK9Xk2JU-l1TrRzkPH3c9VV0LOmsJXQhioImtQOfmh6_KeE02bhOA_59QAhkSxYJi8m9eXWHoDPV8bcF8yZCBmwFOO3-\
             GoIaXFs1sVSdIW73VkYUnSWQlQZGdTlckyuwl5eximcvMDCk05T_H9jEMhjM8DQoGhFbPncHaw6a0xRyq2DxeG5LsdOYuGEPxS_z\
             7VKKvNBJjFEsqljnW93o38LzSQ1topdb08FsNsSGZ3zq2KxctlrWMGWuekjNqmgyim0OzMcMUXWwEYgFpN2mZKwqGrPjXemPwCIb\
             5RF8IFZiDQ9wKucnHzn_XmuvKcaW76oOmT-f_Uz2XVFIqWVIoQ";
    let jwk = Jwk {
        kid: String::new(),
        nbf: None,
        key_use: None,
        kty: "RSA".to_owned(),
        alg: None,
        e: Some("AQAB".to_owned()),
        n: Some(n.to_owned()),
        crv: None,
        x: None,
        y: None,
    };
    let keys: Vec<VerifyingKey> = VerifyingKey::from_jwk(&jwk).into_iter().collect();
    assert!(jwt::verify(SIGNED, &keys).is_ok(), "the oracle knows a token that is good");
    keys
});

fuzz_target!(|token: &str| {
    if let Ok(claims) = jwt::verify(token, &KEYS) {
        let message = |token: &str| token.rsplit_once('.').map(|(message, _)| message.to_owned());
        assert_eq!(message(token), message(SIGNED), "a forgery was believed");
        assert_eq!(claims["iss"], "joe");
    }
    assert!(jwt::verify(token, &[]).is_err(), "without a key nothing is believed");
    let _ = jwt::header(token);
    if let Ok(claims) = jwt::claims_unverified(token) {
        let (issuers, audiences) = ([String::from("joe")], [String::from("app")]);
        let fit = Expect { issuers: &issuers, audiences: &audiences, now: 1_300_819_380, leeway: 60 }.check(&claims);
        if fit.is_ok() {
            assert_eq!(claims["iss"], "joe");
            assert!(jwt::audiences(&claims).iter().any(|audience| audience == "app"));
            assert!(jwt::seconds(&claims, "exp").is_some_and(|exp| exp > 1_300_819_320));
        }
    }
});
