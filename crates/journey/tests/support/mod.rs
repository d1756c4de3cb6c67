//! A world in memory, and a person who uses it.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use vestibule_journey::event::Form;
use vestibule_journey::{
    Attributes, Clock, CompileOptions, Courier, CourierError, Directory, DirectoryError, Entry, Event, Http, HttpError,
    HttpRequest, HttpResponse, Issued, Item, Key, KeyError, Keys, Notice, Outcome, Page, PasswordCheck, Policy,
    Request, Secret, Session, Source, State, Value, WorldError, WriteMode, advance, compile,
};

/// 2024-05-01T12:00:00Z
pub(crate) const START: i64 = 1_714_564_800_000;
pub(crate) const GOOD: &str = "Passw0rd!";

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) users: Vec<Attributes>,
    /// Address and code.
    pub(crate) mails: Vec<(String, String)>,
    pub(crate) now: i64,
    pub(crate) seed: u64,
    pub(crate) throttled: bool,
    /// What is answered to the next requests, in this order.
    pub(crate) answers: VecDeque<Result<HttpResponse, HttpError>>,
    /// The requests that were sent.
    pub(crate) requests: Vec<HttpRequest>,
    /// Secrets by key container.
    pub(crate) secrets: BTreeMap<String, String>,
    /// Changes of the directory.
    pub(crate) writes: usize,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self { now: START, seed: 1, ..Self::default() }
    }

    pub(crate) fn person(&mut self, email: &str, more: &[(&str, Value)]) -> String {
        let id = format!("00000000-0000-4000-8000-{:012}", self.users.len() + 1);
        let mut user = Attributes::from([
            ("objectId".to_owned(), Value::from(id.as_str())),
            ("signInNames.emailAddress".to_owned(), Value::from(email)),
            ("password".to_owned(), Value::from(GOOD)),
            ("displayName".to_owned(), Value::from("Ada")),
            ("givenName".to_owned(), Value::from("Ada")),
            ("surname".to_owned(), Value::from("King")),
            ("accountEnabled".to_owned(), Value::Bool(true)),
            ("forceChangePasswordNextSignIn".to_owned(), Value::Bool(false)),
            ("refreshTokensValidFromDateTime".to_owned(), Value::from("2024-01-01T00:00:00Z")),
        ]);
        user.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.users.push(user);
        id
    }

    pub(crate) fn user(&self, email: &str) -> Option<&Attributes> {
        self.users.iter().find(|user| user["signInNames.emailAddress"].text().eq_ignore_ascii_case(email))
    }

    /// Adds an answer to a coming request.
    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        self.answers.push_back(Self::response(status, body));
    }

    pub(crate) fn response(status: u16, body: &str) -> Result<HttpResponse, HttpError> {
        Ok(HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    pub(crate) fn last_code(&self) -> String {
        self.mails.last().expect("a mail").1.clone()
    }

    fn find(&self, key: &Key) -> Option<usize> {
        let names: Vec<&str> = match key.attribute.to_ascii_lowercase().as_str() {
            "signinnames" => vec!["signInNames.emailAddress", "signInNames.userName"],
            "signinnames.emailaddress" => vec!["signInNames.emailAddress"],
            "signinnames.username" => vec!["signInNames.userName"],
            "objectid" => vec!["objectId"],
            other => panic!("looked up by {other}"),
        };
        let is = |user: &Attributes| {
            names.iter().any(|name| user.get(*name).is_some_and(|v| v.text().eq_ignore_ascii_case(&key.value)))
        };
        self.users.iter().position(is)
    }

    fn seen(user: &Attributes) -> Attributes {
        let mut user = user.clone();
        user.remove("password");
        user
    }
}

impl Clock for Memory {
    fn now(&self) -> i64 {
        self.now
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.seed >> 33).to_le_bytes()[0];
        }
    }
}

impl Directory for Memory {
    async fn read(&mut self, key: &Key) -> Result<Option<Attributes>, WorldError> {
        Ok(self.find(key).map(|at| Self::seen(&self.users[at])))
    }

    async fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> Result<(Attributes, bool), DirectoryError> {
        let found = self.find(key);
        match found {
            Some(_) if !mode.update => return Err(DirectoryError::AlreadyExists),
            None if !mode.create => return Err(DirectoryError::DoesNotExist),
            _ => {}
        }
        if attributes.get("password").is_some_and(|p| p.text() == "Banned123!") {
            let attribute = "password".to_owned();
            return Err(DirectoryError::Refused { message: "UserMessageIfPasswordBanned", attribute });
        }
        self.writes += 1;
        let at = found.unwrap_or_else(|| {
            let id = format!("00000000-0000-4000-8000-{:012}", self.users.len() + 1);
            let user = [("objectId", Value::Text(id)), ("accountEnabled", Value::Bool(true))];
            self.users.push(user.map(|(name, value)| (name.to_owned(), value)).into());
            self.users.len() - 1
        });
        for (name, value) in attributes {
            match value {
                Value::Text(text) if text.is_empty() => drop(self.users[at].remove(name)),
                _ if name == "objectId" => {}
                _ => drop(self.users[at].insert(name.clone(), value.clone())),
            }
        }
        Ok((Self::seen(&self.users[at]), found.is_none()))
    }

    async fn delete(&mut self, key: &Key, attributes: Option<&[String]>) -> Result<(), DirectoryError> {
        let at = self.find(key).ok_or(DirectoryError::DoesNotExist)?;
        match attributes {
            Some(names) => names.iter().for_each(|name| drop(self.users[at].remove(name))),
            None => drop(self.users.remove(at)),
        }
        Ok(())
    }

    async fn check_password(&mut self, name: &str, password: &str) -> Result<PasswordCheck, WorldError> {
        let key = Key { attribute: "signInNames".to_owned(), value: name.to_owned() };
        Ok(match self.find(&key).map(|at| &self.users[at]) {
            None => PasswordCheck::Unknown,
            Some(user) if user["accountEnabled"] == Value::Bool(false) => PasswordCheck::Disabled,
            Some(user) if user["password"].text() == password => PasswordCheck::Right(Self::seen(user)),
            Some(_) => PasswordCheck::Wrong,
        })
    }
}

impl Courier for Memory {
    async fn mail_code(&mut self, address: &str, code: &str, _: &str, _: &[String]) -> Result<(), CourierError> {
        if self.throttled {
            return Err(CourierError::Throttled);
        }
        self.mails.push((address.to_owned(), code.to_owned()));
        Ok(())
    }

    async fn send_sms(&mut self, _: &str, _: &str) -> Result<(), CourierError> {
        Err(CourierError::NotAvailable("SMS"))
    }
}

impl Http for Memory {
    async fn send(&mut self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.requests.push(request);
        self.answers.pop_front().unwrap_or(Err(HttpError::NotAvailable))
    }
}

impl Keys for Memory {
    async fn secret(&mut self, container: &str) -> Result<Secret, KeyError> {
        self.secrets.get(container).map(|secret| Secret::new(secret.as_bytes())).ok_or(KeyError::Missing)
    }
}

/// One journey of one person.
pub(crate) struct Visit<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) state: State,
    pub(crate) world: &'a mut Memory,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(policy: &'a Policy, world: &'a mut Memory, session: Session) -> Self {
        Self::with(policy, world, session, request())
    }

    pub(crate) fn with(policy: &'a Policy, world: &'a mut Memory, session: Session, request: Request) -> Self {
        Self { policy, state: State::new(policy, request, session), world }
    }

    /// One event. Between two of them the state is stored and loaded, as a server does.
    pub(crate) async fn event(&mut self, event: Event) -> Outcome {
        let json = serde_json::to_string(&self.state).expect("the state is plain data");
        self.state = serde_json::from_str(&json).expect("the state comes back");
        let outcome = advance(self.policy, &mut self.state, event, self.world).await.expect("the world works");
        let json = serde_json::to_string(&self.state).expect("the state is plain data");
        assert!(!json.contains(GOOD), "a password in the state: {json}");
        for (_, code) in &self.world.mails {
            assert!(!json.contains(&format!("\"{code}\"")), "a code in the state: {json}");
        }
        outcome
    }

    pub(crate) async fn page(&mut self) -> Page {
        match self.event(Event::Continue).await {
            Outcome::Page(page) => *page,
            other => panic!("no page: {other:?}\n{:#?}", self.state.trace),
        }
    }

    pub(crate) async fn token(&mut self) -> Issued {
        match self.event(Event::Continue).await {
            Outcome::Token(issued) => *issued,
            other => panic!("no token: {other:?}\n{:#?}", self.state.trace),
        }
    }

    pub(crate) async fn accepted(&mut self, event: Event) {
        match self.event(event).await {
            Outcome::Accepted => {}
            other => panic!("not accepted: {other:?}\n{:#?}", self.state.trace),
        }
    }

    pub(crate) async fn submit(&mut self, values: &[(&str, &str)]) {
        self.accepted(Event::Submit(form(values))).await;
    }

    pub(crate) async fn refused(&mut self, values: &[(&str, &str)]) -> Notice {
        match self.event(Event::Submit(form(values))).await {
            Outcome::Refused(notice) => notice,
            other => panic!("not refused: {other:?}\n{:#?}", self.state.trace),
        }
    }

    pub(crate) async fn act(&mut self, control: &str, action: &str, values: &[(&str, &str)]) -> Result<Notice, Notice> {
        let event = Event::Act { control: control.to_owned(), action: action.to_owned(), form: form(values) };
        match self.event(event).await {
            Outcome::Acted(notice) => Ok(notice),
            Outcome::Refused(notice) => Err(notice),
            other => panic!("neither done nor refused: {other:?}\n{:#?}", self.state.trace),
        }
    }

    pub(crate) async fn failed(&mut self, event: Event) -> (u32, &'static str, String) {
        match self.event(event).await {
            Outcome::Failed { code, error, message, .. } => (code, error, message),
            other => panic!("no failure: {other:?}\n{:#?}", self.state.trace),
        }
    }

    /// Prove an address at the page's only control.
    pub(crate) async fn prove(&mut self, page: &Page, address: &str) {
        let (control, field, code) = control(page);
        self.act(&control, "SendCode", &[(&field, address)]).await.expect("sent");
        let right = self.world.last_code();
        self.act(&control, "VerifyCode", &[(&field, address), (&code, &right)]).await.expect("proven");
    }
}

pub(crate) fn form(values: &[(&str, &str)]) -> Form {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The page's only control: its id, the address' and the code's form names.
pub(crate) fn control(page: &Page) -> (String, String, String) {
    let found = page.items.iter().find_map(|item| match item {
        Item::Control(control) => Some((control.id.clone(), control.address.id.clone(), control.code.id.clone())),
        Item::Field(_) => None,
    });
    found.expect("a control")
}

/// Ids of the page's items, controls in brackets.
pub(crate) fn ids(page: &Page) -> Vec<String> {
    let id = |item: &Item| match item {
        Item::Field(field) => field.id.clone(),
        Item::Control(control) => format!("[{}]", control.id),
    };
    page.items.iter().map(id).collect()
}

pub(crate) fn request() -> Request {
    let resolvers =
        [("policy:tenantobjectid", "11111111-1111-4111-8111-111111111111"), ("oidc:loginhint", "hint@example.com")];
    Request {
        entry: Entry::Default,
        resolvers: resolvers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        languages: vec!["en".to_owned()],
        application: "Demo".to_owned(),
        ..Request::default()
    }
}

pub(crate) fn claims(issued: &Issued) -> BTreeMap<&str, String> {
    issued.claims.iter().map(|(name, value)| (name.as_str(), value.text())).collect()
}

/// A file of the starter pack; none if the tests were not told where it is.
pub(crate) fn starter_pack() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIBULE_STARTERPACK").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: VESTIBULE_STARTERPACK does not name the folder of the starter pack");
    }
    folder
}

/// The chain of a relying-party file of a pack.
pub(crate) fn pack_chain(folder: &std::path::Path, leaf: &str) -> Vec<Source> {
    let files = ["TrustFrameworkBase", "TrustFrameworkLocalization", "TrustFrameworkExtensions", leaf];
    let read = |name: &&str| {
        let path = folder.join(format!("{name}.xml"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Source { name: format!("{name}.xml"), text }
    };
    files.iter().map(read).collect()
}

pub(crate) fn compiled(chain: &[Source]) -> Policy {
    match compile(chain, &CompileOptions::default()) {
        Ok(compiled) => compiled.policy,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("does not compile:\n{}", lines.join("\n"));
        }
    }
}
