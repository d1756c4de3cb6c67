//! Hostile input for everything that reads: damaged pieces of what is real, for as long as `VESTIBULE_FUZZ_SECONDS` says
//! (two for each reader), drawn from `VESTIBULE_FAULTS_SEED`. No reader panics, none takes long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use vestibule_journey::{CompileOptions, Source, compile};
use vestibule_protocol::{jwt, urls};
use vestibule_server::config::Config;
use vestibule_server::registry::Platform;
use vestibule_server::registry::redirect_uri::validate;
use vestibule_server::request::Params;

/// The longest that one input may take, in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
/// What is put in besides noise.
const WORDS: &[&str] = &[
    "<",
    ">",
    "</",
    "\"",
    "'",
    "&",
    "&lt;",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "=",
    "%",
    "%00",
    "%ff",
    "%2e%2e",
    "+",
    "\0",
    "\r\n",
    "\u{202e}",
    "é",
    "𝄞",
    "-1",
    "0",
    "99999999999999999999",
    "1e309",
    "[[",
    "]]",
    "{{",
    "}}",
    "{\"alg\":\"none\"}",
    "eyJhbGciOiJub25lIn0",
    ".",
    "..",
    "//",
    "\\",
    "@",
    "#",
    "?",
    ";",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "xn--",
    "(a+)+$",
    "true",
    "null",
];

/// Chance that can be repeated: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end.max(1)).expect("small")).expect("small")
    }

    /// A text with some damage done to it.
    fn damage(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let to = (at + self.below(40)).min(bytes.len());
            match self.below(6) {
                0 => drop(bytes.drain(at..to)),
                1 => {
                    let piece = bytes[at..to].to_vec();
                    let here = self.below(bytes.len() + 1);
                    drop(bytes.splice(here..here, piece));
                }
                2 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
                3 => bytes.truncate(at.max(1)),
                _ => drop(bytes.splice(at..at, WORDS[self.below(WORDS.len())].bytes())),
            }
        }
        bytes
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Damage the texts and hand them to the reader until the time is over.
fn fuzz(texts: &[&str], read: impl Fn(&[u8])) {
    let seed = number("VESTIBULE_FAULTS_SEED", 1);
    let (until, mut chance) = (Instant::now() + Duration::from_secs(number("VESTIBULE_FUZZ_SECONDS", 2)), Chance(seed));
    let mut inputs = 0_u64;
    while Instant::now() < until {
        let real = texts[chance.below(texts.len())];
        let input = chance.damage(real);
        let began = Instant::now();
        let well = catch_unwind(AssertUnwindSafe(|| read(&input))).is_ok();
        assert!(well, "seed {seed}: a panic at {:?}", String::from_utf8_lossy(&input));
        assert!(began.elapsed() < LONGEST, "seed {seed}: too long for {:?}", String::from_utf8_lossy(&input));
        inputs += 1;
    }
    assert!(inputs > 0);
    eprintln!("{inputs} inputs, seed {seed}");
}

/// The input as a text, its damage to UTF-8 repaired.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn policies() {
    let (base, email) =
        (include_str!("../../journey/policies/Base.xml"), include_str!("../../journey/policies/Email.xml"));
    fuzz(&[base, email], |bytes| {
        let source = |name: &str, text: String| Source { name: name.to_owned(), text };
        let _ = compile(&[source("Damaged.xml", text(bytes))], &CompileOptions::default());
        let chain = [source("Base.xml", base.to_owned()), source("Damaged.xml", text(bytes))];
        let _ = compile(&chain, &CompileOptions::default());
    });
}

#[test]
fn configurations() {
    fuzz(&[include_str!("../demo/vestibule.toml")], |bytes| drop(Config::parse("vestibule.toml", &text(bytes))));
}

#[test]
fn forms() {
    let real =
        "request_type=RESPONSE&email=ann%40contoso.test&password=Ann+likes-tea-1&csrf_token=abc&displayName=%C3%A9";
    fuzz(&[real, "a=1&a=2&&b&=c"], |bytes| {
        if let Ok(params) = Params::parse(bytes) {
            drop(params.form());
        }
    });
}

#[test]
fn tokens() {
    let real = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJKV1QifQ.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoxNzAwMDAwMDAwfQ.c2ln";
    fuzz(&[real], |bytes| {
        let token = text(bytes);
        assert!(jwt::verify(&token, &[]).is_err(), "without a key nothing is believed");
        let _ = jwt::header(&token);
        if let Ok(claims) = jwt::claims_unverified(&token) {
            drop((jwt::audiences(&claims), jwt::seconds(&claims, "exp")));
        }
    });
}

#[test]
fn addresses() {
    let real =
        ["https://app.contoso.test/cb?x=1", "http://127.0.0.1:5000/cb", "com.example.app://auth", "http://[::1]/"];
    fuzz(&real, |bytes| {
        let uri = text(bytes);
        for platform in [Platform::Web, Platform::Spa, Platform::PublicClient] {
            let _ = validate(&uri, platform);
        }
        let _ = urls::parse(&uri);
    });
}
