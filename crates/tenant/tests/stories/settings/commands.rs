//! Every key in both commands: `dev` and `serve` use it, or report that they do not.

use vestibule_tenant::config::Config;
use vestibule_tenant::config::file::sections;
use vestibule_tenant::config::schema::{Key, Kind, Section, UsedBy};
use vestibule_tenant::origin::PlainHttp;
use vestibule_testing::Installation;

/// Every key with a value of its own, and its table.
fn keys() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    let all = sections().into_iter().flat_map(|section| section.keys.iter().map(move |key| (section, key)));
    all.filter(|(_, key)| !matches!(key.kind, Kind::Table(_) | Kind::Tables(_)))
}

/// A minimal file that sets this key of `[server]`, `[[origin]]` or `[mail]`.
fn file_with(section: &Section, key: &Key) -> String {
    let line = |key: &Key| format!("{} = {}\n", key.name, key.example_value().expect("an example"));
    let beside: &[&str] = match key.name {
        "tls_certificate" => &["tls_key"],
        "tls_key" => &["tls_certificate"],
        "canonical" | "tenants" => &["url"],
        "portal" if section.header == "[[origin]]" => &["url"],
        "smtp" => &["from"],
        "from" => &["smtp"],
        "password_env" => &["smtp", "from"],
        _ => &[],
    };
    let more = section.keys.iter().filter(|other| beside.contains(&other.name)).map(line);
    let mut text = format!("{}\n{}{}", section.header, line(key), more.collect::<String>());
    if key.name == "canonical" {
        text = text.replacen(
            "https://login.contoso.com\"\nurl = \"https://login",
            "https://login.contoso.com\"\nurl = \"https://alias",
            1,
        );
        text.push_str("[[origin]]\nurl = \"https://login.contoso.com\"\n");
    }
    text + "[[tenant]]\nname = \"contoso\"\n"
}

#[test]
fn dev_names_every_key_that_it_does_not_use_with_its_line_and_what_it_does_instead() {
    let mut seen = 0;
    for (section, key) in keys().filter(|(section, _)| ["[server]", "[[origin]]", "[mail]"].contains(&section.header)) {
        let config = Config::parse("vestibule.toml", &file_with(section, key)).expect("no mistakes");
        let said: Vec<String> = config.unused_by_dev().iter().map(ToString::to_string).collect();
        match key.used_by {
            UsedBy::Serve(instead) => {
                let named = if section.header == "[mail]" { "mail" } else { key.name };
                let is_it = |line: &String| line.contains(&format!("{named:?}")) && line.ends_with(instead);
                assert!(
                    said.iter().any(|line| is_it(line) && line.starts_with("vestibule.toml:")),
                    "{named}: {said:?}"
                );
                seen += 1;
            }
            UsedBy::Both | UsedBy::Dev => assert_eq!(said, Vec::<String>::new(), "{}", key.name),
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn every_key_of_a_tenant_is_used_by_dev() {
    let outside = ["(top of the file)", "[server]", "[[origin]]", "[mail]"];
    for (section, key) in keys().filter(|(section, _)| !outside.contains(&section.header)) {
        assert!(!matches!(key.used_by, UsedBy::Serve(_)), "{} in {}", key.name, section.header);
    }
}

#[tokio::test]
async fn serve_refuses_every_key_that_is_for_demos_with_its_line() {
    let mut seen = 0;
    for (section, key) in keys().filter(|(_, key)| key.used_by == UsedBy::Dev) {
        let beside = if section.header == "[[tenant.user]]" { "email = \"ann@contoso.test\"" } else { "name = \"a\"" };
        let line = format!("{} = {}", key.name, key.example_value().expect("an example"));
        let text = format!("[[tenant]]\nname = \"contoso\"\n{}\n{beside}\n{line}\n", section.header);
        let refused = Installation::new().await.serve(&text, &[]).await.expect_err("it is for demos").to_string();
        assert!(refused.starts_with("vestibule.toml:5: error:") && refused.contains(key.name), "{refused}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[tokio::test]
async fn plain_http_beyond_this_machine_is_for_dev_between_containers() {
    let installation = Installation::new().await;
    let file = installation.secrets().with_file_name("vestibule.toml");
    let text = "[[origin]]\nurl = \"http://localhost:8400\"\n[[origin]]\nurl = \"http://vestibule:8400\"\n\
                canonical = \"http://localhost:8400\"\n";
    std::fs::write(&file, text).expect("written");
    let refused = Config::load(&file).expect_err("refused").to_string();
    assert!(
        refused.contains("vestibule.toml:4: error: the origin \"http://vestibule:8400\" must be https"),
        "{refused}"
    );
    let config = Config::load_for(&file, PlainHttp::Anywhere).expect("no mistakes");
    assert_eq!(config.origins[1].canonical.as_deref(), Some("http://localhost:8400"));
}
