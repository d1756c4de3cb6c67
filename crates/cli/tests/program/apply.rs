//! `vestibule plan`, `apply` and `policy key`, while `dev` is running.

use crate::run::{Program, ends, get, later, says, says_with_input};
use std::path::{Path, PathBuf};

const FILE: &str = r#"
[[tenant]]
name = "contoso"
id = "775527ff-9a37-4307-8b3d-cc311f58d925"

[[tenant.flow]]
name = "B2C_1_second"
type = "sign-in"
claims = ["objectId"]
"#;

/// The data folder of a running `dev`, and a configuration file.
struct Ground {
    folder: tempfile::TempDir,
    _program: Program,
    tenant: String,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (program, ready) = Program::dev(&folder.path().join("data"), &[]);
        let tenant = ready["tenant"].as_str().expect("an address").to_owned();
        Self { folder, _program: program, tenant }
    }

    fn data(&self) -> String {
        text(&self.folder.path().join("data"))
    }

    fn file(&self, content: &str) -> String {
        let file: PathBuf = self.folder.path().join("vestibule.toml");
        std::fs::write(&file, content).expect("written");
        text(&file)
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

#[test]
fn a_plan_prints_what_an_apply_then_does_and_nothing_remains() {
    let ground = Ground::new();
    let (file, data) = (ground.file(FILE), ground.data());
    let plan = says(&["plan", &file, "--data", &data]);
    assert!(plan.contains("+ contoso: user flow B2C_1_second\n    claims: [\"objectId\"]\n"), "{plan}");
    assert!(plan.ends_with("1 would be created, 0 changed, 0 deleted.\n"), "{plan}");
    assert_eq!(says(&["apply", &file, "--data", &data]), plan.replace("would be", "were"));
    assert_eq!(says(&["plan", &file, "--data", &data]), "No changes.\n");
}

#[tokio::test]
async fn a_running_server_sees_an_apply_and_pruning_takes_what_the_file_does_not_name() {
    let ground = Ground::new();
    let (file, data) = (ground.file(FILE), ground.data());
    let document =
        |flow: &str| format!("{}/contoso.onmicrosoft.com/{flow}/v2.0/.well-known/openid-configuration", ground.tenant);
    assert_eq!(get(&document("B2C_1_second")).await.0, 404);
    says(&["apply", &file, "--data", &data]);
    later(&ground.tenant).await;
    assert_eq!(get(&document("B2C_1_second")).await.0, 200);
    let said = says(&["apply", &file, "--prune", "--data", &data]);
    assert!(said.contains("- contoso: user flow B2C_1_signupsignin1\n"), "{said}");
    assert!(said.contains("- contoso: application webapp1\n"), "{said}");
    later(&ground.tenant).await;
    assert_eq!(get(&document("B2C_1_signupsignin1")).await.0, 404);
    assert!(says(&["user", "list", "--data", &data]).contains("ann@contoso.test"), "users stay");
}

#[test]
fn an_older_file_is_refused_unless_it_is_forced() {
    let ground = Ground::new();
    let data = ground.data();
    let old = ground.file(FILE);
    says(&["apply", &old, "--data", &data]);
    says(&["apply", &ground.file(&FILE.replace("\"objectId\"", "\"objectId\", \"emails\"")), "--data", &data]);
    let old = ground.file(FILE);
    let (well, said) = ends(&["apply", &old, "--data", &data], &[]);
    assert!(!well && said.contains("a newer file was applied to the tenant \"contoso\" after this one"), "{said}");
    assert!(says(&["apply", &old, "--force", "--data", &data]).contains("~ contoso: user flow B2C_1_second"));
}

#[test]
fn a_watched_file_is_applied_whenever_it_changes() {
    let ground = Ground::new();
    let (file, data) = (ground.file(FILE), ground.data());
    let mut watching = Program::start(&["apply", &file, "--watch", "--data", &data], &[]);
    let mut says = |expected: &str| while watching.line() != expected {};
    says("1 were created, 0 changed, 0 deleted.");
    ground.file(&FILE.replace("[\"objectId\"]", "[\"objectId\", \"emails\"]"));
    says("    claims: [\"objectId\"] → [\"objectId\",\"emails\"]");
    ground.file(FILE);
    says("    claims: [\"objectId\",\"emails\"] → [\"objectId\"]");
    says("0 were created, 1 changed, 0 deleted.");
    assert!(watching.stop("-INT"), "Ctrl-C ends it well");
}

#[test]
fn the_mistakes_of_a_watched_file_are_printed() {
    let ground = Ground::new();
    let (file, data) = (ground.file(&FILE.replace("sign-in", "sing-in")), ground.data());
    let mut watching = Program::logging(&["apply", &file, "--watch", "--data", &data], &[]);
    assert!(watching.line().contains("vestibule.toml:8: error: \"type\" in [[tenant.flow]]"));
    assert!(watching.stop("-INT"));
}

#[test]
fn a_policy_key_is_added_listed_and_removed_and_its_value_is_never_shown() {
    let ground = Ground::new();
    let data = ground.data();
    let said = says_with_input(&["policy", "key", "add", "B2C_1A_RestApiKey", "--data", &data], "top-secret-value\n");
    let id = said.trim_end().trim_end_matches('.').rsplit(' ').next().expect("an id").to_owned();
    let listed = says(&["policy", "key", "list", "--data", &data]);
    assert!(listed.starts_with("B2C_1A_RestApiKey\n") && listed.contains(&id) && listed.contains("active"), "{listed}");
    let json = says(&["policy", "key", "list", "--json", "--data", &data]);
    assert!(!format!("{listed}{json}").contains("top-secret-value"));
    says(&["policy", "key", "remove", "B2C_1A_RestApiKey", "--all", "--data", &data]);
    assert_eq!(says(&["policy", "key", "list", "--data", &data]), "");
}
