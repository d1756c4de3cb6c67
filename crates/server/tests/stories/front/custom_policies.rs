//! Custom policies of a folder: one of our own writing, and the public starter pack's as it stands but for the tenant's
//! name.

use std::path::PathBuf;
use vestibule_journey::flow::{FlowSettings, chain};
use vestibule_protocol::jwt::claims_unverified;
use vestibule_tenant::accounts::identity;
use vestibule_tenant::config::{Applied, ApplyOptions, Config, ConfigError};
use vestibule_tenant::manage::Actor;
use vestibule_testing::{ANN, DEMO, House, Installation, MINUTE, NOW, TENANT, WEBAPP1, authorize};

const GAIL: &str = "gail@example.test";
const PASSWORD: &str = "Gail-likes-fog-5";

/// The demo, with a folder of policies.
fn config() -> String {
    let text = DEMO.replacen("name = \"contoso\"", "name = \"contoso\"\npolicies = \"policies\"", 1);
    assert_ne!(text, DEMO);
    text
}

/// A user flow, exported and kept as a custom policy.
pub(super) fn exported() -> Vec<(String, String)> {
    exported_with("type = \"sign-in\"")
}

/// A user flow with these settings.
fn exported_with(more: &str) -> Vec<(String, String)> {
    let settings = &format!("name = \"B2C_1_in\"\nclaims = [\"displayName\", \"objectId\"]\n{more}");
    let settings: FlowSettings = toml::from_str(settings).expect("settings");
    let chain = chain(&settings, &[], "contoso.onmicrosoft.com").expect("a chain");
    chain.into_iter().map(|s| (s.name, s.text.replace("B2C_1_in", "B2C_1A_mine"))).collect()
}

/// The starter pack for local accounts, for this tenant; `None` without `VESTIBULE_STARTERPACK`.
fn starter_pack() -> Option<Vec<(String, String)>> {
    let Some(folder) = std::env::var_os("VESTIBULE_STARTERPACK").map(PathBuf::from) else {
        eprintln!("skipped: VESTIBULE_STARTERPACK does not name the folder of the starter pack");
        return None;
    };
    let files = std::fs::read_dir(folder.join("LocalAccounts")).expect("the pack").flatten();
    let read = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path()).expect("a policy").replace("yourtenant", "contoso");
        (entry.file_name().to_string_lossy().into_owned(), text)
    };
    Some(files.map(read).collect())
}

/// Apply as `dev --config` does, with the folder `policies` beside the file: name and text of each policy.
async fn apply_with(installation: &Installation, policies: &[(String, String)]) -> Result<Applied, ConfigError> {
    let secrets = installation.secrets();
    let beside = secrets.parent().expect("a folder");
    let _ = std::fs::remove_dir_all(beside.join("policies"));
    std::fs::create_dir_all(beside.join("policies")).expect("a folder");
    for (name, text) in policies {
        std::fs::write(beside.join("policies").join(name), text).expect("written");
    }
    std::fs::write(beside.join("vestibule.toml"), config()).expect("written");
    let config = Config::load(&beside.join("vestibule.toml"))?;
    let options = ApplyOptions { demo_secrets: Some(&secrets), ..ApplyOptions::new(&|_| None) };
    installation.apply(&config, &options).await
}

/// Where these policies are applied, with their folder.
pub(super) async fn installation(policies: &[(String, String)]) -> Installation {
    let installation = Installation::new().await;
    apply_with(&installation, policies).await.expect("applied");
    installation
}

async fn house(policies: &[(String, String)]) -> House {
    House::builder().dev().over(&installation(policies).await).open().await
}

#[tokio::test]
async fn an_exported_user_flow_runs_as_a_custom_policy() {
    let house = house(&exported()).await;
    let request = authorize().at("b2c_1a_MINE");
    assert!(!house.browser().sign_in(&request, ANN).await.code().is_empty());
}

#[tokio::test]
async fn a_policy_without_a_page_reads_what_was_sent_but_no_credentials() {
    let mut policies = exported_with("type = \"resource-owner\"");
    let resolvers = "{OAUTH-KV:campaign}|{Culture:LanguageName}|{Context:HostName}|{OAUTH-KV:password}";
    let (_, text) = policies.last_mut().expect("the relying party");
    let plain = r#"ClaimTypeReferenceId="displayName""#;
    assert!(text.contains(plain), "{text}");
    *text = text.replace(plain, &format!(r#"{plain} DefaultValue="{resolvers}" AlwaysUseDefaultValue="true""#));
    let house = house(&policies).await;
    house.manage().change_application(TENANT, WEBAPP1, None, |app| app.public_client = true).await.expect("allowed");
    house.app.registry().refresh().await.expect("read again");
    let (client, secret) = (WEBAPP1, house.secret(WEBAPP1));
    let form = [
        ("grant_type", "password"),
        ("client_id", client),
        ("client_secret", &secret),
        ("username", ANN.0),
        ("password", ANN.1),
        ("scope", "openid"),
        ("campaign", "spring"),
    ];
    let answer = house.token_at("B2C_1A_mine", &form, &[("accept-language", "de")]).await.ok();
    let claims = claims_unverified(&answer.member("id_token")).expect("a token");
    assert_eq!(claims["name"], "spring|de|localhost|");
}

#[tokio::test]
async fn two_files_with_one_policy_id_stop_nothing_and_the_warning_names_both() {
    let mut policies = exported();
    let (name, text) = policies.last().cloned().expect("a policy");
    policies.push((format!("z{name}"), text));
    let applied = apply_with(&Installation::new().await, &policies).await.expect("applied");
    let said: Vec<String> = applied.warnings.iter().map(ToString::to_string).collect();
    let names_both = |line: &String| {
        line.contains(&format!("z{name}:1: warning: "))
            && line.contains(&format!("/{name} has the PolicyId B2C_1A_mine as well"))
    };
    assert!(said.iter().any(names_both), "{said:?}");
}

#[tokio::test]
async fn requirement_21_who_made_an_account_cannot_take_it_back_when_its_sessions_were_ended() {
    let mut policies = exported_with("type = \"sign-up\"\nemail_verification = false");
    let last = r#"<OrchestrationStep Order="3" Type="SendClaims""#;
    let page = r#"<OrchestrationStep Order="3" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="More"
        TechnicalProfileReferenceId="SelfAsserted-ProfileUpdate" /></ClaimsExchanges></OrchestrationStep>
        <OrchestrationStep Order="4" Type="SendClaims""#;
    for (_, text) in &mut policies {
        let journey = text.find("<UserJourney Id=\"SignUp\">").unwrap_or(text.len());
        let rest = text.split_off(journey);
        text.push_str(&rest.replacen(last, page, 1));
    }
    let house = house(&policies).await;
    let request = authorize().at("B2C_1A_mine");
    let form = |password| [("email", GAIL), ("newPassword", password), ("reenterPassword", password)];
    let mut browser = house.browser();
    let first = browser.get(&request.path()).await;
    let second = browser.submit(&first, &form(PASSWORD)).await;
    assert!(second.is_page("SelfAsserted") && second.fields() != first.fields(), "{}", second.text);

    let accounts = house.app.accounts();
    let name = identity::email(GAIL).expect("an address");
    let gail = accounts.user_by_name(TENANT, &name).await.expect("read").expect("made");
    house.clock.advance(MINUTE);
    house.app.manage(Actor::Server).users(accounts).sign_out(TENANT, gail.object_id()).await.expect("revoked");
    let again = browser.submit(&second, &[]).await;
    assert_eq!(again.fields(), first.fields(), "from the beginning");
    let refused = browser.submit(&again, &form("Eve-likes-fog-too-6")).await;
    assert_eq!(refused.fields(), first.fields(), "the account is there already: {}", refused.text);
    let now = accounts.user(TENANT, gail.object_id()).await.expect("read").expect("there");
    assert_eq!(now.valid_from(), NOW + MINUTE, "its password is what it was");
}

#[tokio::test]
async fn the_folder_is_owned_whole_and_a_second_time_changes_nothing() {
    let installation = Installation::new().await;
    let first = apply_with(&installation, &exported()).await.expect("applied");
    assert!(first.to_string().contains("+ contoso: policy B2C_1A_mine\n"), "{first:?}");
    assert!(apply_with(&installation, &exported()).await.expect("applied").changes.is_empty());
    let gone = apply_with(&installation, &[]).await.expect("applied");
    assert!(gone.to_string().contains("- contoso: policy B2C_1A_mine\n"), "{gone:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_told_with_its_own_file_and_line() {
    let installation = Installation::new().await;
    let mut policies = exported();
    if let Some((_, text)) = policies.last_mut() {
        *text = text.replace("B2C_1A_VestibuleEmail", "B2C_1A_Elsewhere");
    }
    let Err(ConfigError::Invalid(problems)) = apply_with(&installation, &policies).await else {
        panic!("it was taken")
    };
    let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains(".xml:6: error: the base policy B2C_1A_Elsewhere is not in this folder"), "{said}");
}

#[tokio::test]
async fn row_118_a_policy_with_entities_is_refused_and_the_tenant_stays_as_it_was() {
    let installation = Installation::new().await;
    apply_with(&installation, &exported()).await.expect("applied");
    let bomb = "<!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n";
    let outside = "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>\n";
    for doctype in [bomb, outside] {
        let mut policies = exported();
        if let Some((_, text)) = policies.last_mut() {
            let at = text.find("<TrustFrameworkPolicy").expect("a policy");
            text.insert_str(at, doctype);
        }
        let Err(ConfigError::Invalid(problems)) = apply_with(&installation, &policies).await else {
            panic!("it was taken")
        };
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(said.contains("DTD") || said.contains("DOCTYPE"), "{said}");
    }
    let house = House::builder().dev().over(&installation).open().await;
    assert!(!house.browser().sign_in(&authorize().at("B2C_1A_mine"), ANN).await.code().is_empty());
}

#[tokio::test]
async fn the_starter_pack_signs_up_by_the_older_page_layout_and_signs_in() {
    let Some(policies) = starter_pack() else { return };
    let house = house(&policies).await;
    let request = authorize().at("B2C_1A_signup_signin");
    let mut browser = house.browser();
    let page = browser.get(&request.path()).await;
    let page = browser.press(&page, "unified", &[("local", "signup")]).await;
    assert!(page.text.contains("id=\"email_ver_but_send\""), "the older element ids");

    let ask = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", "email"), ("claim_value", GAIL)];
    assert_eq!(browser.script(&page, "/SelfAsserted", &ask).await["status"], "200");
    let code = house.code_for(GAIL).await;
    let prove = [
        ("request_type", "VALIDATION_REQUEST"),
        ("claim_id", "email"),
        ("claim_value", GAIL),
        ("user_input", code.as_str()),
    ];
    assert_eq!(browser.script(&page, "/SelfAsserted", &prove).await["status"], "200");
    let form = [
        ("request_type", "RESPONSE"),
        ("email", GAIL),
        ("newPassword", PASSWORD),
        ("reenterPassword", PASSWORD),
        ("displayName", "Gail"),
        ("givenName", "Gail"),
        ("surname", "Example"),
    ];
    let answer = browser.script(&page, "/SelfAsserted", &form).await;
    assert_eq!(answer["status"], "200", "{answer}");
    let home = browser.press(&page, "confirmed", &[]).await;
    assert!(!home.code().is_empty());

    assert!(!house.browser().sign_in(&request, (GAIL, PASSWORD)).await.code().is_empty());
    let refused = house.browser().sign_in(&request, (GAIL, "Not-the-password-1")).await;
    assert!(refused.is_page("Unified"), "{}", refused.text);
}
