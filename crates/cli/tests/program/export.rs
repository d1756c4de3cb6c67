//! `vestibule export`, beside a running `dev`, and what it makes elsewhere.

use crate::run::{Program, ends, says};
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Everything that `dev` says when it is ready.
fn dev(data: &Path, config: &Path, env: &[(&str, &str)]) -> Program {
    let args = ["dev", "--json", "--port", "0", "--no-samples", "--data", text(data), "--config", text(config)];
    let mut program = Program::start(&args, env);
    assert!(program.line().starts_with('{'), "it starts");
    program
}

#[test]
fn an_export_changes_nothing_where_it_comes_from_and_makes_the_same_elsewhere() {
    let ground = tempfile::tempdir().expect("a folder");
    let at = |name: &str| ground.path().join(name);
    let (_program, _) = Program::dev(&at("data"), &[]);
    let exported = says(&["export", "--data", text(&at("data"))]);
    std::fs::write(at("exported.toml"), &exported).expect("written");
    for command in ["plan", "apply", "apply"] {
        assert_eq!(says(&[command, text(&at("exported.toml")), "--data", text(&at("data"))]), "No changes.\n");
    }
    let env = says(&["env", "webapp1", "--data", text(&at("data"))]);
    let secret = env.lines().find_map(|line| line.strip_prefix("CLIENT_SECRET=")).expect("a secret");
    let _elsewhere = dev(&at("elsewhere"), &at("exported.toml"), &[("WEBAPP1_SECRET", secret)]);
    assert_eq!(says(&["export", "--data", text(&at("elsewhere"))]), exported);
    assert_eq!(says(&["user", "list", "--data", text(&at("elsewhere"))]), "", "users are not exported");
}

/// A `dev` whose tenant has a custom policy.
fn with_policy(ground: &Path) -> Program {
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/good");
    let config = format!("[[tenant]]\nname = \"contoso\"\npolicies = {:?}\n", text(&good));
    std::fs::write(ground.join("vestibule.toml"), config).expect("written");
    dev(&ground.join("data"), &ground.join("vestibule.toml"), &[])
}

#[test]
fn policies_are_files_beside_the_exported_file_and_nothing_else_is_written_over() {
    let ground = tempfile::tempdir().expect("a folder");
    let at = |name: &str| ground.path().join(name);
    let _program = with_policy(ground.path());
    let data = at("data");
    let (well, said) = ends(&["export", "--data", text(&data)], &[]);
    assert!(!well && said.contains("name a folder with --to DIR"), "{said}");
    let to = |folder: &str| ends(&["export", "--data", text(&data), "--to", text(&at(folder))], &[]);
    assert!(to("out").0 && to("out").0, "an export replaces an export");
    assert_eq!(says(&["plan", text(&at("out/vestibule.toml")), "--data", text(&data)]), "No changes.\n");
    std::fs::write(at("out/policies/Old.xml"), "<old/>").expect("written");
    let (well, said) = to("out");
    assert!(!well && said.contains("Old.xml is no policy of the tenant: remove it"), "{said}");
    let (well, said) = to(".");
    assert!(!well && said.contains("vestibule.toml is there, and was written by hand"), "{said}");
}
