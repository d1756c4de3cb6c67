//! `vestibule.toml`: how it is parsed, and the messages about mistakes.

use vestibule_tenant::config::Config;
use vestibule_tenant::config::file::sections;
use vestibule_tenant::origin::Origin;
use vestibule_testing::DEMO;
use vestibule_testing::signer::Signer;

/// Every key once.
pub(crate) const EVERY_KEY: &str = include_str!("config/every-key.toml");

/// The messages about a file, one problem per line.
fn said(text: &str) -> String {
    Config::parse("vestibule.toml", text).expect_err("a mistake").to_string()
}

#[test]
fn the_demo_is_the_tenant_of_the_article() {
    let demo = Config::parse("vestibule.toml", DEMO).expect("no mistakes");
    let tenant = &demo.tenants[0];
    assert_eq!((tenant.name.as_str(), tenant.domain().as_str()), ("contoso", "contoso.onmicrosoft.com"));
    let flows: Vec<&str> = tenant.flows.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(flows, ["B2C_1_signupsignin1", "B2C_1_profile_editing", "B2C_1_reset_password"]);
    let app = tenant.applications.iter().find(|a| a.name == "webapp1").expect("webapp1");
    assert_eq!(app.redirect_uris.web.as_deref(), Some(&["http://localhost:5000/getAToken".to_owned()][..]));
    assert!(tenant.users.iter().all(|u| u.password.is_some()));
}

#[test]
fn the_commented_examples_of_the_demo_are_right_too() {
    let uncomment = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.starts_with("[[") || rest.split_once(" = ").is_some_and(|(k, _)| !k.contains(' ')) => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    let text: Vec<String> = DEMO.lines().map(uncomment).collect();
    let demo = Config::parse("vestibule.toml", &text.join("\n")).expect("no mistakes");
    let names: Vec<&str> = demo.tenants[0].applications.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["my-api1", "webapp1", "my-spa1", "my-daemon1"]);
    assert_eq!(demo.tenants[0].flows.len(), 4);
}

#[test]
fn unknown_keys_and_wrong_values_are_told_all_at_once_with_the_nearest_name() {
    let text = r#"
[server]
lissten = "localhost:8400"
log = "yaml"
name = "contoso"

[[tenant]]
name = "contoso"
code_lifetime_secs = 30

[[tenant.flow]]
name = "B2C_1_signin"
type = "sign-up-signin"
token_minutes = "60"
attributes = [{ name = "displayName", requird = true }]
password = { custom = { min = 2, max = 8 } }

[[tenant.application]]
name = "webapp1"
redirect_uri = ["https://app.contoso.com/cb"]
redirect_uris.wep = ["https://app.contoso.com/cb"]
permissions = "my-api1/tasks.read"

[[tenant.application]]
client_id = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94"
"#;
    insta::assert_snapshot!(said(text), @r#"
    vestibule.toml:3: error: unknown key "lissten" in [server]; did you mean "listen"?
    vestibule.toml:4: error: "log" in [server] must be one of "text", "json", not "yaml"
    vestibule.toml:5: error: unknown key "name" in [server]; it belongs in [[tenant]]
    vestibule.toml:9: error: "code_lifetime_secs" in [[tenant]] must be a whole number from 60 to 600, not 30
    vestibule.toml:13: error: "type" in [[tenant.flow]] must be one of "sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset", "resource-owner", not "sign-up-signin"; did you mean "sign-up-sign-in"?
    vestibule.toml:14: error: "token_minutes" in [[tenant.flow]] must be a whole number from 5 to 1440, not "60"
    vestibule.toml:15: error: unknown key "requird" in [[tenant.flow.attributes]]; did you mean "required"?
    vestibule.toml:16: error: "min" in password = { custom = { … } } must be a whole number from 4 to 256, not 2
    vestibule.toml:20: error: unknown key "redirect_uri" in [[tenant.application]]; did you mean "redirect_uris"?
    vestibule.toml:21: error: unknown key "wep" in [tenant.application.redirect_uris]; did you mean "web"?
    vestibule.toml:22: error: "permissions" in [[tenant.application]] must be a list of texts such as ["a", "b"], not "my-api1/tasks.read"
    vestibule.toml:24: error: [[tenant.application]] needs the key "name"
    "#);
}

#[test]
fn what_the_kinds_cannot_say_is_told_all_at_once_too() {
    let text = r#"
[server]
listen = "8400"
tls_key = "key.pem"
trusted_proxies = ["10.0.0.0/8", "the proxy"]
master_key_env = "hunter2 and more"

[[origin]]
url = "http://login.contoso.com"
tenants = ["contos"]
canonical = "https://login.contoso.com"

[mail]
smtp = "smtp://user:secret@mail.contoso.com"
from = "nobody"

[[tenant]]
name = "graph"

[[tenant]]
name = "contoso"
id = "not-a-guid"

[[tenant.attribute]]
name = "extension_Team"
type = "String"

[[tenant.application]]
name = "my-api1"
client_id = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94"
app_id_uri = "tasks-api"
scope = [{ name = "tasks.read" }, { name = "tasks read" }, { name = "tasks.read" }]

[[tenant.application]]
name = "webapp1"
client_id = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94"
redirect_uris.web = [
  "http://app.contoso.com/cb",
  "https://*.contoso.com/cb",
  "https://app.contoso.com/cb#top",
  "javascript:alert(1)",
  "https://app.contoso.com/cb",
]
redirect_uris.spa = ["https://app.contoso.com/cb"]
permissions = ["my-api1/tasks.raed", "my-api/tasks.read", "tasks.read"]
demo_secret = true
secret_env = "WEBAPP1_SECRET"
openid_permissions = ["profile"]

[[tenant.application]]
name = "WebApp1"
scope = [{ name = "x" }]

[[tenant.user]]
email = "ann"
password_env = "ANN_PASSWORD"

[[tenant.user]]
password = "x"
password_env = "Y"
attributes = { Teem = "blue" }
"#;
    insta::assert_snapshot!(said(text), @r#"
    vestibule.toml:2: error: "tls_certificate" and "tls_key" belong together: name both or neither
    vestibule.toml:3: error: "listen" must be host and port such as "localhost:8400", not "8400"
    vestibule.toml:5: error: the trusted proxy "the proxy" is no address or network such as 10.0.0.0/8
    vestibule.toml:6: error: "master_key_env" takes the name of an environment variable such as "MY_SECRET", not the secret itself
    vestibule.toml:9: error: the origin "http://login.contoso.com" must be https: http is for localhost, and for dev --listen-beyond-loopback
    vestibule.toml:10: error: there is no tenant "contos"; did you mean "contoso"?
    vestibule.toml:11: error: "canonical" must be the url of another [[origin]], not "https://login.contoso.com"; did you mean "http://login.contoso.com"?
    vestibule.toml:14: error: "smtp" may hold no password: name its environment variable in "password_env"
    vestibule.toml:15: error: "from" must be such as "Contoso <no-reply@contoso.com>", not "nobody"
    vestibule.toml:18: error: the tenant name "graph" is a name that the server uses itself
    vestibule.toml:22: error: the tenant id "not-a-guid" must be a GUID in lower case such as 8b0a2c4e-1f3d-4b6a-9c8e-5d7f0a1b2c3d
    vestibule.toml:25: error: the attribute "extension_Team" is written without "extension_" here
    vestibule.toml:31: error: the Application ID URI "tasks-api" must be a URI such as https://contoso.onmicrosoft.com/tasks-api
    vestibule.toml:32: error: the name "tasks read" must be 1 to 40 letters, digits, dots, hyphens, colons and underscores
    vestibule.toml:32: error: the scope or app role "tasks.read" is there twice
    vestibule.toml:36: error: the client id "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94" is there twice; the first is in line 30
    vestibule.toml:38: error: the redirect URI "http://app.contoso.com/cb" must begin with https:// (http is for localhost, 127.0.0.1 and [::1] only)
    vestibule.toml:39: error: the redirect URI "https://*.contoso.com/cb" has a wildcard: register every address by itself
    vestibule.toml:40: error: the redirect URI "https://app.contoso.com/cb#top" may not have a fragment (#…)
    vestibule.toml:41: error: the redirect URI "javascript:alert(1)" may not have the character (
    vestibule.toml:44: error: the redirect URI "https://app.contoso.com/cb" is there twice
    vestibule.toml:45: error: the application "my-api1" has no scope or app role "tasks.raed"; did you mean "tasks.read"?
    vestibule.toml:45: error: the permission "my-api/tasks.read" names an API "my-api" that this tenant does not have; did you mean "my-api1"?
    vestibule.toml:45: error: the permission "tasks.read" must be an API, a slash, and a scope, such as "my-api1/tasks.read"
    vestibule.toml:46: error: name "secret_env" or "demo_secret", not both
    vestibule.toml:48: error: "openid_permissions" takes "openid" and "offline_access", not "profile"
    vestibule.toml:51: error: the application "WebApp1" is there twice; the first is in line 35
    vestibule.toml:52: error: an application with scopes or app roles needs "app_id_uri", such as "https://contoso.onmicrosoft.com/WebApp1"
    vestibule.toml:55: error: the e-mail address "ann" must be such as ann@contoso.test
    vestibule.toml:58: error: a user needs "email" or "username" to sign in with
    vestibule.toml:59: error: name "password" or "password_env", not both
    vestibule.toml:61: error: the tenant has no custom attribute "Teem": add it as [[tenant.attribute]]; known: extension_Team
    "#);
}

#[test]
fn bad_settings_of_a_flow_name_the_flow_and_a_line_of_it() {
    let text = r#"
[[tenant]]
name = "contoso"

[[tenant.flow]]
name = "signin"
type = "sign-in"

[[tenant.flow]]
name = "B2C_1_signup"
type = "sign-up"
attributes = [{ name = "favouriteColour" }]
refresh_token_days = 30
refresh_window_days = 7
"#;
    let said = said(text);
    let lines: Vec<&str> = said.lines().collect();
    let rule = "must be B2C_1_ and then letters, digits, _ or -, at most 64 characters";
    assert!(lines.contains(&format!("vestibule.toml:6: error: the flow \"signin\" {rule}").as_str()), "{said}");
    // These messages come from the journey crate: an unknown attribute, and a window shorter than the token's
    // lifetime.
    let of_flow =
        |l: &&&str| l.contains("flow \"B2C_1_signup\": ") && (9..=14).any(|n| l.contains(&format!("toml:{n}:")));
    assert_eq!(lines.iter().filter(of_flow).count(), 2, "{said}");
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    insta::assert_snapshot!(said("[[tenant]]\nname = contoso\n\n[server\n"), @r#"
    vestibule.toml:2: error: this is not TOML: string values must be quoted, expected literal string
    vestibule.toml:4: error: this is not TOML: unclosed table, expected `]`
    "#);
}

#[test]
fn the_schema_knows_every_setting_of_a_flow() {
    let config = Config::parse("every-key.toml", EVERY_KEY).expect("no mistakes");
    let flow = serde_json::to_value(&config.tenants[0].flows[0]).expect("JSON");
    let mut fields: Vec<&str> = flow.as_object().expect("an object").keys().map(String::as_str).collect();
    let sections = sections();
    let section = sections.iter().find(|s| s.header == "[[tenant.flow]]").expect("a section");
    let mut keys: Vec<&str> = section.keys.iter().map(|k| k.name).collect();
    fields.sort_unstable();
    keys.sort_unstable();
    assert_eq!(fields, keys);
}

#[test]
fn every_key_of_the_schema_can_be_read() {
    for section in sections() {
        let mut names: Vec<&str> = section.keys.iter().map(|k| k.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), section.keys.len(), "{}", section.header);
    }
    // One file with every key: the schema and the structs must have the same ones.
    let all = EVERY_KEY;
    Config::parse("every-key.toml", all).map(drop).map_err(|e| e.to_string()).expect("no mistakes");
    let words: Vec<&str> = all.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    for section in sections() {
        for key in section.keys {
            assert!(words.contains(&key.name), "every-key.toml lacks {} of {}", key.name, section.header);
        }
    }
}

#[test]
fn certificates_are_files_beside_the_configuration_or_texts_and_bad_ones_are_told() {
    let folder = std::env::temp_dir().join(format!("vestibule-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let signer = Signer::p256();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    let load = |certificates: &str| {
        let head = "[[tenant]]\nname = \"contoso\"\n[[tenant.application]]\nname = \"webapp1\"\n";
        write("vestibule.toml", &format!("{head}certificates = {certificates}\n"));
        Config::load(&folder.join("vestibule.toml"))
    };
    write("good.pem", &format!("subject=CN = webapp1\n{}", signer.pem));
    write("two.pem", &format!("{}{}", signer.pem, Signer::p256().pem));
    let header = "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n";
    write("key.pem", &format!("{}{header}", signer.pem));
    write("none.pem", "no certificate");
    write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMC4CAQ==\n-----END CERTIFICATE-----\n");
    let config = load("[\"good.pem\"]").expect("no mistakes");
    assert_eq!(config.tenants[0].applications[0].read_certificates[0].certificate, signer.certificate());
    let inline = format!("\"\"\"{}\"\"\"", signer.pem);
    let bad =
        format!("[\"good.pem\", {inline}, \"two.pem\", \"key.pem\", \"none.pem\", \"damaged.pem\", \"missing.pem\"]");
    let said = load(&bad).expect_err("mistakes").to_string();
    let said = said.replace(&signer.certificate().fingerprint(), "FINGERPRINT");
    let said = said.replace(&folder.display().to_string(), "FOLDER");
    insta::assert_snapshot!(said, @r#"
    FOLDER/vestibule.toml:5: error: the certificate FINGERPRINT is there twice
    FOLDER/vestibule.toml:14: error: the certificate "two.pem" of "webapp1": there are several certificates in it: give the application's own, without those of its issuers
    FOLDER/vestibule.toml:14: error: the certificate "key.pem" of "webapp1": there is a private key in it, which belongs to the application alone: give the certificate without it
    FOLDER/vestibule.toml:14: error: the certificate "none.pem" of "webapp1": there is no certificate in it: a PEM file of one begins with -----BEGIN CERTIFICATE-----
    FOLDER/vestibule.toml:14: error: the certificate "damaged.pem" of "webapp1": the certificate in it cannot be read
    FOLDER/vestibule.toml:14: error: the certificate "missing.pem" of "webapp1": the file cannot be read: No such file or directory (os error 2)
    "#);
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn ids_are_the_same_on_every_machine() {
    let text = "[[tenant]]\nname = \"fabrikam\"\n[[tenant.application]]\nname = \"app\"\n";
    let config = Config::parse("vestibule.toml", text).expect("no mistakes");
    let (tenant, app) = (config.tenants[0].id(), config.tenants[0].applications[0].client_id(&config.tenants[0].id()));
    insta::assert_snapshot!(format!("{tenant} {app}"), @r#"6d60ce60-dc21-52fb-a7e1-28754141fee1 e17f22d5-5362-52c5-84bb-b93cfff9f7d9"#);
}

#[test]
fn origins_of_the_file_are_those_of_the_server() {
    let text = "[[origin]]\nurl = \"https://login.contoso.com\"\n[[origin]]\nurl = \"http://localhost:80\"\ncanonical = \"https://login.contoso.com\"\n";
    let config = Config::parse("vestibule.toml", text).expect("no mistakes");
    let origins: Vec<Origin> = config.origins.iter().map(Origin::from).collect();
    assert_eq!(origins[1].canonical.as_deref(), Some("https://login.contoso.com"));
}
