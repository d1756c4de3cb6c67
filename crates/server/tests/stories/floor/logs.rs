//! Row 123 and requirement 32: logs of a sign-in contain no credentials.

use super::ground::{redeem, refresh, tokens};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::Dispatch;
use vestibule_testing::{ANN, House, TENANT, VERIFIER, WEBAPP1, authorize};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects everything that is logged on this thread until the guard is dropped.
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        // With a single subscriber, filters set by other tests' threads would apply here too.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
        LazyLock::force(&SECOND);
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("lines").clone()).expect("text")
    }
}

#[tokio::test]
async fn wrong_passwords_and_a_lockout_are_in_the_log_with_where_from_and_which_request() {
    let (lines, _guard) = Lines::listen();
    let house = House::dev().await;
    let mut browser = house.browser();
    let mut page = browser.get(&authorize().path()).await;
    for n in 0..11 {
        page = browser.sign_in_at(&page, (ANN.0, &format!("Wrong-guess-number-{n}")), &[]).await;
    }
    let log = lines.text();
    let told = |what: &str| {
        let words = [what, "address=\"127.0.0.1\"", "correlation_id=", "object_id="];
        log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    };
    assert_eq!(told("outcome=\"wrongPassword\""), 1, "once a minute: {log}");
    assert_eq!(told("an account is locked"), 1, "{log}");
}

#[tokio::test]
async fn row_123_no_secret_is_in_the_log_or_the_audit() {
    let (lines, _guard) = Lines::listen();
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let page = browser.sign_in_at(&page, (ANN.0, "Wrong-guess-of-1"), &[]).await;
    let code = browser.sign_in_at(&page, ANN, &[]).await.code();
    let first = redeem(&house, WEBAPP1, &code, &[]).await;
    let given = tokens(&house).await;
    let again = refresh(&house, &given.member("refresh_token"), &[]).await;
    let injected = authorize().with("state", "x\n2026-01-01T00:00:00Z ERROR forged line").path();
    browser.get(&injected).await;
    let mut secrets = vec![ANN.1.to_owned(), "Wrong-guess-of-1".to_owned(), code, house.secret(WEBAPP1)];
    for answer in [&first, &given, &again] {
        secrets.extend([answer.member("id_token"), answer.member("refresh_token")]);
    }
    secrets.extend([given.member("access_token"), VERIFIER.to_owned()]);
    secrets.extend(browser.cookies.values().filter(|value| value.len() > 8).cloned());
    let log = lines.text();
    let audit = house.app.store().list_audit(TENANT, None, None, 100).await.expect("an audit");
    assert!(log.contains("correlation_id"), "{log}");
    assert!(audit.len() > 3, "{audit:?}");
    let audit = format!("{audit:?}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        assert!(!audit.contains(secret.as_str()), "{secret} is in the audit log");
    }
    assert!(!log.lines().any(|line| line.contains("forged line") && line.starts_with("2026-01-01T00:00:00Z ERROR")));
}
