//! The ledger: what was acknowledged to whom, and what nobody knows because the answer was cut off.

use crate::server::{CALLBACK, Server};
use crate::steps;
use crate::steps::Got;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use vestibule_testing::mail_server::MailServer;
use vestibule_testing::{Answer, Browser, Disconnected};

/// For how long a refresh token whose answer was lost is answered again (`GRACE` in the server's token/refresh.rs).
const GRACE: Duration = Duration::from_secs(30);

/// One thing that has happened, has not, or is not known to have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Fact<T> {
    /// Nothing is claimed.
    #[default]
    Nothing,
    /// It was acknowledged.
    True(T),
    /// It was acknowledged that it is over.
    Over(T),
    /// It was asked to end, and no answer came.
    InDoubt(T),
}

/// A person, and what the tenant owes them.
pub(crate) struct Person {
    pub(crate) address: String,
    /// True if sign-up was acknowledged.
    exists: bool,
    /// The password that was acknowledged, or that sign-up was asked for.
    password: String,
    /// One that was asked for without an answer.
    perhaps: Option<String>,
    /// The one before, which must not work any more.
    former: Option<String>,
    browser: Browser,
    session: Fact<()>,
    refresh: Fact<String>,
    /// When the last refresh was asked for.
    refreshed: Instant,
    code: Fact<String>,
}

/// What a round of work has to do with: the mail server, and whether the server was killed.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) mail: &'a MailServer,
    pub(crate) killed: &'a AtomicBool,
}

impl Person {
    /// Somebody who is about to sign up.
    pub(crate) fn new(server: &Server, number: u32) -> Self {
        Self {
            address: format!("person{number}@contoso.test"),
            exists: false,
            password: steps::PASSWORD.to_owned(),
            perhaps: None,
            former: None,
            browser: server.browser(number),
            session: Fact::Nothing,
            refresh: Fact::Nothing,
            refreshed: Instant::now(),
            code: Fact::Nothing,
        }
    }

    /// Requests go to this process from now on.
    pub(crate) fn meets(&mut self, server: &Server) {
        self.browser = self.browser.at_port(server.port);
    }

    /// From now on 503 is an answer that says nothing.
    pub(crate) fn takes_refusals(&mut self) {
        self.browser.demand_service();
    }

    /// Sign up, and note what was acknowledged.
    pub(crate) async fn signs_up(&mut self, scene: Scene<'_>) -> Got<()> {
        let form = steps::goes_to_sign_up(&mut self.browser).await?;
        let verified = steps::verifies(&mut self.browser, scene.mail, &form, &self.address);
        let form = unless_killed(scene, verified).await?.expect("a mailed code that is taken");
        let answer = steps::signs_up_on(&mut self.browser, &form, &self.address, &self.password).await?;
        let code =
            answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("{} signs up: {answer:?}", self.address));
        self.exists = true;
        self.session = Fact::True(());
        self.code = Fact::True(code);
        Ok(())
    }

    /// Do one of the things that people and applications do.
    pub(crate) async fn does(&mut self, choice: u64, scene: Scene<'_>) -> Got<()> {
        match choice % 8 {
            0 => self.changes_password(scene).await,
            1 => self.signs_out().await,
            2 | 3 => self.signs_in().await,
            _ => match (&self.code, &self.refresh) {
                (Fact::True(code), _) => {
                    let code = code.clone();
                    self.redeems(code).await
                }
                (_, Fact::True(token)) => {
                    let token = token.clone();
                    self.refreshes(token).await
                }
                _ => self.signs_in().await,
            },
        }
    }

    async fn signs_in(&mut self) -> Got<()> {
        self.session = Fact::Nothing;
        let answer = steps::signs_in(&mut self.browser, &self.address, &self.password).await?;
        let code =
            answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("{} signs in: {answer:?}", self.address));
        self.session = Fact::True(());
        self.code = Fact::True(code);
        Ok(())
    }

    async fn signs_out(&mut self) -> Got<()> {
        self.session = Fact::Nothing;
        let mut copy = self.browser.clone();
        let answer = steps::signs_out(&mut copy).await?;
        assert!(answer.status == 302, "{answer:?}");
        // The cookies of before stay here: they must not be good for anything.
        self.session = Fact::Over(());
        Ok(())
    }

    async fn changes_password(&mut self, scene: Scene<'_>) -> Got<()> {
        let mut browser = self.browser.clone();
        let form = steps::goes_to_reset(&mut browser, scene.mail, &self.address);
        let form = unless_killed(scene, form).await?.expect("a mailed code that is taken");
        let n: u32 = self.password.rsplit('-').next().and_then(|n| n.parse().ok()).expect("a number");
        let new = format!("Three-quiet-lamps-{}", n + 1);
        self.perhaps = Some(new.clone());
        // A new password may end what the old one began.
        (self.session, self.refresh, self.code) = (Fact::Nothing, Fact::Nothing, Fact::Nothing);
        let answer = steps::resets_on(&mut browser, &form, &new).await?;
        let code = answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("{} resets: {answer:?}", self.address));
        self.perhaps = None;
        self.former = Some(std::mem::replace(&mut self.password, new));
        self.browser = browser;
        self.session = Fact::True(());
        self.code = Fact::True(code);
        Ok(())
    }

    async fn redeems(&mut self, code: String) -> Got<()> {
        self.code = Fact::InDoubt(code.clone());
        let answer = steps::redeems(&mut self.browser, &code).await?;
        let token = token_of(&answer);
        self.code = Fact::Nothing;
        // Half of the codes are tried again later, which ends what they gave: no refresh token is owed for those.
        if code.as_bytes()[0].is_multiple_of(2) {
            self.refresh = Fact::True(token);
        } else {
            self.code = Fact::Over(code);
        }
        Ok(())
    }

    async fn refreshes(&mut self, token: String) -> Got<()> {
        self.refresh = Fact::InDoubt(token.clone());
        self.refreshed = Instant::now();
        let answer = steps::refreshes(&mut self.browser, &token).await?;
        self.refresh = Fact::True(token_of(&answer));
        Ok(())
    }

    /// Ask the restarted server for everything that is owed, and settle what is in doubt. What is time-critical first:
    /// a lost answer is repeated for some seconds only.
    pub(crate) async fn collects(&mut self, server: &Server) -> Got<()> {
        self.meets(server);
        let who = self.address.clone();
        self.collects_refresh().await?;
        match self.code.clone() {
            Fact::True(code) => {
                token_of(&steps::redeems(&mut self.browser, &code).await?);
                self.code_is_over(&code).await?;
            }
            Fact::InDoubt(code) => {
                let answer = steps::redeems(&mut self.browser, &code).await?;
                assert!(matches!(answer.status.as_u16(), 200 | 400), "{who}: {answer:?}");
                self.code_is_over(&code).await?;
            }
            Fact::Over(code) => self.code_is_over(&code).await?,
            Fact::Nothing => {}
        }
        match self.session {
            Fact::True(()) => assert!(steps::is_signed_in(&mut self.browser).await?, "{who}: the session was lost"),
            Fact::Over(()) => assert!(!steps::is_signed_in(&mut self.browser).await?, "{who}: the session is back"),
            _ => {}
        }
        self.password_counts().await
    }

    async fn collects_refresh(&mut self) -> Got<()> {
        let (token, in_doubt) = match self.refresh.clone() {
            Fact::True(token) => (token, false),
            Fact::InDoubt(token) => (token, true),
            Fact::Nothing | Fact::Over(_) => return Ok(()),
        };
        let answer = steps::refreshes(&mut self.browser, &token).await?;
        // A machine that was too busy for the grace has a token that came back late, as a thief's would: refused.
        let late = in_doubt && self.refreshed.elapsed() > GRACE;
        self.refresh = match answer.status.as_u16() {
            400 if late && answer.json()["error"] == "invalid_grant" => Fact::Nothing,
            _ => Fact::True(token_of(&answer)),
        };
        Ok(())
    }

    async fn code_is_over(&mut self, code: &str) -> Got<()> {
        self.code = Fact::Nothing;
        let answer = steps::redeems(&mut self.browser, code).await?;
        let error = answer.json()["error"].clone();
        assert!(answer.status == 400 && error == "invalid_grant", "{}: a code twice: {answer:?}", self.address);
        Ok(())
    }

    async fn password_counts(&mut self) -> Got<()> {
        let who = self.address.clone();
        let new = self.perhaps.take();
        if let Some(former) = self.former.take().filter(|_| new.is_none()) {
            assert!(!self.enters(&former).await?, "{who}: the former password works");
        }
        let old = self.enters(&self.password.clone()).await?;
        if let Some(new) = new {
            // Nobody knows which: one of them, not both, not none.
            assert!(self.enters(&new).await? != old, "{who}: in doubt between two passwords, old one: {old}");
            if !old {
                self.password = new;
            }
        } else if self.exists {
            assert!(old, "{who}: the account or its password was lost");
        }
        // A sign-up without an answer is settled now.
        self.exists |= old;
        Ok(())
    }

    /// Returns whether the password lets somebody in who was never here.
    async fn enters(&self, password: &str) -> Got<bool> {
        let mut stranger = self.browser.stranger();
        let answer = steps::signs_in(&mut stranger, &self.address, password).await?;
        assert!(
            answer.parameter(CALLBACK, "code").is_some() || answer.is_page("Unified"),
            "{}: {answer:?}",
            self.address
        );
        Ok(answer.parameter(CALLBACK, "code").is_some())
    }

    /// Returns true if there is, for all anybody knows, such an account.
    pub(crate) fn exists(&self) -> bool {
        self.exists
    }
}

/// The refresh token of an answer, which must be a success.
fn token_of(answer: &Answer) -> String {
    assert!(answer.status == 200, "tokens were owed: {answer:?}");
    answer.json()["refresh_token"].as_str().expect("a token").to_owned()
}

/// Wait for a step that waits for mail, but not for mail of a dead server.
async fn unless_killed<T>(scene: Scene<'_>, step: impl Future<Output = Got<T>>) -> Got<T> {
    let killed = async {
        while !scene.killed.load(Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // Leaves time to read an answer that the server sent before its socket was closed.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    };
    tokio::select! {
        biased;
        got = step => got,
        () = killed => Err(Disconnected),
    }
}
