//! `vestibule backup`, while `dev` is running, and `vestibule restore`.

use crate::run::{Program, ends, get, says};
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// The URL of the tenant's keys.
fn keys_of(ready: &serde_json::Value) -> String {
    let tenant = ready["tenant"].as_str().expect("an address");
    format!("{tenant}/contoso.onmicrosoft.com/B2C_1_signupsignin1/discovery/v2.0/keys")
}

/// The error message of a command that must fail.
fn complaint(args: &[&str]) -> String {
    let (well, said) = ends(args, &[]);
    assert!(!well, "{args:?}: {said}");
    said
}

/// A `dev` with one signing key, and its backup.
struct Copied {
    ground: tempfile::TempDir,
    program: Program,
    /// The output of `vestibule backup`.
    said: String,
}

impl Copied {
    async fn new() -> Self {
        let ground = tempfile::tempdir().expect("a folder");
        let data = ground.path().join("data");
        let (program, ready) = Program::dev(&data, &[]);
        assert_eq!(get(&keys_of(&ready)).await.0, 200, "the first key is made when it is asked for");
        says(&["user", "sign-out", "ann@contoso.test", "--data", text(&data)]);
        let said = says(&["backup", text(&ground.path().join("backup")), "--data", text(&data)]);
        Self { ground, program, said }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.ground.path().join(name)
    }
}

#[tokio::test]
async fn a_store_is_copied_while_it_is_in_use_for_its_owners_eyes_only() {
    let copied = Copied::new().await;
    let said = &copied.said;
    assert!(said.contains("has the store as it is now") && said.contains("Keep the master key"), "{said}");
    #[cfg(unix)]
    {
        let backup = copied.path("backup").metadata().expect("a file");
        let mode = std::os::unix::fs::PermissionsExt::mode(&backup.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_backup_is_started_elsewhere_without_what_came_later() {
    let copied = Copied::new().await;
    let (data, elsewhere) = (copied.path("data"), copied.path("elsewhere"));
    says(&["key", "rotate", "--data", text(&data)]);
    let keys = |folder: &Path| says(&["key", "list", "--data", text(folder)]).lines().count();
    assert_eq!(keys(&data), 2);
    let said = says(&["restore", text(&copied.path("backup")), "--data", text(&elsewhere)]);
    assert!(said.contains("is undone") && said.contains("user sign-out --everybody"), "{said}");
    std::fs::copy(data.join("master.key"), elsewhere.join("master.key")).expect("copied");
    let Copied { ground: _ground, program, .. } = copied;
    assert!(program.stop("-INT"));
    let (_program, ready) = Program::dev(&elsewhere, &[]);
    assert_eq!(get(&keys_of(&ready)).await.0, 200);
    assert_eq!(keys(&elsewhere), 1);
    let listed = |folder: &Path| says(&["user", "list", "--data", text(folder)]);
    assert_eq!(listed(&elsewhere), listed(&data));
}

#[test]
fn nothing_is_written_over_and_nothing_but_a_backup_is_restored() {
    let ground = tempfile::tempdir().expect("a folder");
    let (data, elsewhere) = (ground.path().join("data"), ground.path().join("elsewhere"));
    let backup = ground.path().join("vestibule.backup");
    let said = complaint(&["backup", text(&backup), "--data", text(&data)]);
    assert!(said.contains("there is no store in"), "{said}");

    let (program, _ready) = Program::dev(&data, &[]);
    says(&["backup", text(&backup), "--data", text(&data)]);
    let said = complaint(&["backup", text(&backup), "--data", text(&data)]);
    assert!(said.contains("vestibule.backup is there already"), "{said}");
    let said = complaint(&["restore", text(&backup), "--data", text(&data)]);
    assert!(said.contains("another vestibule") && said.contains("stop it"), "{said}");
    assert!(program.stop("-INT"));
    let said = complaint(&["restore", text(&backup), "--data", text(&data)]);
    assert!(said.contains("vestibule.db is there: move it out of the way first"), "{said}");

    let note = ground.path().join("note.txt");
    std::fs::write(&note, "Not a database, but long enough to be looked at as if it were one.".repeat(100))
        .expect("written");
    for (file, told) in [
        (ground.path().join("nothing"), "there is no file"),
        (note, "file is not a database"),
        (data.join("journeys.db"), "this is no store of vestibule"),
    ] {
        let said = complaint(&["restore", text(&file), "--data", text(&elsewhere)]);
        assert!(said.contains(told), "{said}");
        let left: Vec<_> =
            std::fs::read_dir(&elsewhere).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains("vestibule.db")), "{left:?}");
    }
}

#[test]
fn a_store_in_postgresql_is_left_to_its_own_tools() {
    let ground = tempfile::tempdir().expect("a folder");
    let config = ground.path().join("vestibule.toml");
    std::fs::write(&config, "[server]\ndatabase_env = \"DATABASE_URL\"\n").expect("written");
    let file = ground.path().join("vestibule.backup");
    let said = complaint(&["backup", text(&file), "--config", text(&config)]);
    assert!(said.contains("pg_dump"), "{said}");
}
