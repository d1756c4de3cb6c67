//! Single-use items are used only once, even by two processes over one PostgreSQL.

use crate::server::{CALLBACK, Ground, Server};
use crate::steps;
use std::collections::BTreeSet;
use tokio::task::JoinSet;
use vestibule_testing::mail_server::MailServer;
use vestibule_testing::{Answer, Browser};

/// Requests that race.
const RACERS: usize = 8;

/// Two processes over one database. On SQLite, one process has the data folder to itself, and plays both roles.
struct House {
    _ground: Ground,
    servers: Vec<Server>,
    mail: MailServer,
}

impl House {
    async fn each(name: &str) -> Vec<Self> {
        let mut houses = Vec::new();
        let mail = MailServer::start().await;
        let ground = Ground::sqlite(mail.port);
        let servers = vec![ground.start()];
        houses.push(Self { _ground: ground, servers, mail });
        let mail = MailServer::start().await;
        if let Some(ground) = Ground::postgres(name, mail.port) {
            let servers = vec![ground.start(), ground.start()];
            houses.push(Self { _ground: ground, servers, mail });
        }
        houses
    }

    fn browser(&self, number: u32) -> Browser {
        self.servers[0].browser(number)
    }

    /// The browser, with its requests sent to this process.
    fn turn(&self, browser: &Browser, n: usize) -> Browser {
        browser.at_port(self.servers[n % self.servers.len()].port)
    }

    /// A user signs up; returns the browser and the code for the application.
    async fn somebody(&self, address: &str, number: u32) -> (Browser, String) {
        let mut browser = self.browser(number);
        let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
        let form = steps::verifies(&mut browser, &self.mail, &form, address).await.expect("an answer");
        let form = form.expect("a verified address");
        let answer = steps::signs_up_on(&mut browser, &form, address, steps::PASSWORD).await.expect("an answer");
        let code = answer.parameter(CALLBACK, "code").unwrap_or_else(|| panic!("a code: {answer:?}"));
        (browser, code)
    }
}

/// The statuses of the responses, none of which may be a server error.
fn no_faults(answers: &[Answer]) {
    let bad: Vec<_> = answers.iter().filter(|answer| answer.status.is_server_error()).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once() {
    for house in House::each("codes").await {
        let (browser, code) = house.somebody("ann@contoso.test", 1).await;
        let mut tasks = JoinSet::new();
        for n in 0..RACERS {
            let (mut browser, code) = (house.turn(&browser, n), code.clone());
            tasks.spawn(async move { steps::redeems(&mut browser, &code).await.expect("an answer") });
        }
        let answers = tasks.join_all().await;
        no_faults(&answers);
        assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1, "{answers:?}");
        let refused = |a: &&Answer| a.status == 400 && a.json()["error"] == "invalid_grant";
        assert_eq!(answers.iter().filter(refused).count(), RACERS - 1, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_has_one_successor() {
    for house in House::each("refreshes").await {
        let (mut browser, code) = house.somebody("ann@contoso.test", 1).await;
        let first = steps::redeems(&mut browser, &code).await.expect("an answer").json();
        let token = first["refresh_token"].as_str().expect("a token").to_owned();
        let mut tasks = JoinSet::new();
        for n in 0..RACERS {
            let (mut browser, token) = (house.turn(&browser, n), token.clone());
            tasks.spawn(async move { steps::refreshes(&mut browser, &token).await.expect("an answer") });
        }
        let answers = tasks.join_all().await;
        no_faults(&answers);
        let next: BTreeSet<String> =
            answers.iter().map(|a| a.json()["refresh_token"].as_str().expect("a token").to_owned()).collect();
        assert_eq!(next.len(), 1, "all who raced get the same one: {answers:?}");
        let next = next.first().expect("one");
        let answer = steps::refreshes(&mut house.turn(&browser, 1), next).await.expect("an answer");
        assert_eq!(answer.status, 200, "and it works: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account() {
    for house in House::each("sign_ups").await {
        let address = "ann@contoso.test";
        let mut ready = Vec::new();
        for number in 1..=4 {
            let mut browser = house.browser(number);
            let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
            let form = steps::verifies(&mut browser, &house.mail, &form, address).await.expect("an answer");
            ready.push((browser, form.expect("a verified address")));
        }
        let mut tasks = JoinSet::new();
        for (n, (browser, form)) in ready.into_iter().enumerate() {
            let mut browser = house.turn(&browser, n);
            let password = format!("Three-quiet-lamps-{n}");
            tasks.spawn(async move {
                let answer = steps::signs_up_on(&mut browser, &form, address, &password).await.expect("an answer");
                (password, answer)
            });
        }
        let (passwords, answers): (Vec<String>, Vec<Answer>) = tasks.join_all().await.into_iter().unzip();
        no_faults(&answers);
        let won: Vec<usize> =
            (0..answers.len()).filter(|n| answers[*n].parameter(CALLBACK, "code").is_some()).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for (n, password) in passwords.iter().enumerate() {
            let answer = steps::signs_in(&mut house.browser(9), address, password).await.expect("an answer");
            assert_eq!(answer.parameter(CALLBACK, "code").is_some(), n == won[0], "only the winner's password is one");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_is_taken_once() {
    for house in House::each("mail_codes").await {
        let address = "ann@contoso.test";
        let mut browser = house.browser(1);
        let form = steps::goes_to_sign_up(&mut browser).await.expect("an answer");
        let sent = steps::asks_for_a_code(&mut browser, &form, address).await.expect("an answer");
        let code = house.mail.code_for(address).await.expect("a mail");
        let path = format!("/SelfAsserted/DisplayControlAction/vbeta/{}/VerifyCode", sent.attribute("data-control"));
        let (email, field) = (sent.attribute("data-address"), sent.attribute("data-code"));
        let mut tasks = JoinSet::new();
        for n in 0..RACERS {
            let (mut browser, sent, path) = (house.turn(&browser, n), sent.clone(), path.clone());
            let (email, field, code) = (email.clone(), field.clone(), code.clone());
            tasks.spawn(async move {
                let fields = [(email.as_str(), address), (field.as_str(), code.as_str())];
                browser.try_script(&sent, &path, &fields).await.expect("an answer")
            });
        }
        let answers = tasks.join_all().await;
        no_faults(&answers);
        let taken = answers.iter().filter(|a| a.json()["status"] == "200").count();
        assert_eq!(taken, 1, "{answers:?}");
    }
}
