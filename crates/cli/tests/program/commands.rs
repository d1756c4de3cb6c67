//! docs/commands.md, "The article in ten commands", typed as it stands; then somebody signs in.

use crate::run::{Program, ends, says, says_with_input};
use serde_json::Value;
use vestibule_testing::{Browser, CALLBACK, VERIFIER, authorize};

const PAGE: &str = include_str!("../../../../docs/commands.md");
const ORIGIN: &str = "https://login.contoso.test";
const CONFIG: &str = "[server]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n\n[mail]\nsmtp = \
                      \"smtp://127.0.0.1:25\"\nfrom = \"no-reply@contoso.test\"\n\n[[origin]]\nurl = \
                      \"https://login.contoso.test\"\n";
const ANN: (&str, &str) = ("ann@contoso.test", "Ann-likes-tea-1");

/// Types the commands of the page against this data folder: the secret, and the `.env`.
fn type_the_page(data: &str) -> (String, String) {
    let block = PAGE.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the commands");
    let run = |line: &str| {
        let words = line.strip_prefix("vestibule ").expect("our command").split_whitespace();
        let args: Vec<&str> = words.chain(["--data", data]).collect();
        says_with_input(&args, &format!("{}\n", ANN.1))
    };
    let said: Vec<(&str, String)> = block.lines().map(|line| (line, run(line))).collect();
    assert_eq!(said.len(), 10);
    let of = |start: &str| said.iter().find(|(line, _)| line.starts_with(start)).expect("a command").1.clone();
    (of("vestibule app secret add").trim().to_owned(), of("vestibule env"))
}

fn value(env: &str, key: &str) -> String {
    let line = env.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{key} in {env}")).trim_matches('"').to_owned()
}

/// `serve` over this data folder, and its port.
fn serve(folder: &std::path::Path, data: &str) -> (Program, u16) {
    let config = folder.join("vestibule.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let key = format!("{data}/master.key");
    let config = config.to_str().expect("text");
    let args = ["serve", "--log", "json", "--config", config, "--data", data, "--master-key-file", &key];
    let mut program = Program::logging(&args, &[]);
    let port = program.entry("ready")["port"].as_u64().expect("a port");
    (program, u16::try_from(port).expect("a port"))
}

#[tokio::test]
async fn the_article_in_ten_commands_ends_with_tokens_for_the_api() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").to_str().expect("text").to_owned();
    let (secret, env) = type_the_page(&data);
    let (_program, port) = serve(folder.path(), &data);
    let scope = format!("openid {}", value(&env, "SCOPE"));
    let client_id = value(&env, "CLIENT_ID");
    let request = authorize().with("client_id", &client_id).with("scope", &scope);
    let mut browser = Browser::http(port, ORIGIN, 1);
    let code = browser.sign_in(&request, ANN).await.code();
    let fields = [
        ("client_id", client_id.as_str()),
        ("client_secret", &secret),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let target = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/token";
    let tokens = browser.post(target, &fields).await.ok().json();
    let granted = tokens["scope"].as_str().expect("scopes");
    assert!(granted.contains("tasks.read") && granted.contains("tasks.write"), "{tokens}");
}

#[test]
fn a_refused_change_names_each_field_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("text");
    says(&["tenant", "create", "contoso", "--data", data]);
    let (well, why) = ends(&["app", "create", "a/b", "--web", "ftp://x", "--data", data], &[]);
    assert!(!well && why.contains("  name: ") && why.contains("  redirect_uris.web[0]: "), "{why}");
    assert_eq!(says(&["app", "list", "--json", "--data", data]), "[]\n");
    assert_eq!(says(&["tenant", "list", "--data", data]).lines().count(), 2);
}

#[test]
fn a_flow_is_set_shown_and_deleted_and_the_audit_log_has_each_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("text");
    let said = |words: &str| says(&words.split(' ').chain(["--data", data]).collect::<Vec<_>>());
    said("tenant create contoso");
    said("attribute add Team");
    said("flow create in1 --type sign-in --return objectId");
    said("flow set in1 token_minutes=30 claims=objectId,displayName");
    let flow: Value = serde_json::from_str(&said("flow show in1 --json")).expect("JSON");
    assert_eq!((&flow["token_minutes"], flow["claims"].as_array().map(Vec::len)), (&30.into(), Some(2)));
    said("flow delete in1");
    let entries: Value = serde_json::from_str(&said("audit list --json --since 1h")).expect("JSON");
    let events: Vec<&str> = entries.as_array().into_iter().flatten().filter_map(|e| e["event"].as_str()).collect();
    assert!(events.iter().any(|event| event.ends_with(".delete")) && events.len() == 5, "{events:?}");
}
