//! Sample pages, and a page that contains every element.

use std::collections::BTreeMap;
use vestibule_journey::event::Form;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Choice, Control, Field, Forgot, InputType, Item, Notice, Page, PageKind};
use vestibule_server::pages::{DevFlow, DevHome, DevMail, ErrorPage, PageContext, Pages, SignOutQuestion};
use vestibule_tenant::mail::CodeMailRequest;

/// An owned version of the context of a page.
pub(crate) struct Showing {
    /// The language that the journey chose.
    pub(crate) language: &'static str,
    pub(crate) tenant_name: String,
    pub(crate) application: String,
    pub(crate) notice: Option<Notice>,
    pub(crate) values: Form,
    pub(crate) remember_me: bool,
    pub(crate) csrf: String,
    pub(crate) tx: String,
}

impl Default for Showing {
    fn default() -> Self {
        Self {
            language: "en",
            tenant_name: "Contoso".to_owned(),
            application: "Demo web app".to_owned(),
            notice: None,
            values: Form::new(),
            remember_me: false,
            csrf: "Q1NSRg==;2026-01-02T03:04:05Z;bm9uY2U=".to_owned(),
            tx: "StateProperties=eyJUSUQiOiJ0In0".to_owned(),
        }
    }
}

impl Showing {
    pub(crate) fn of(&self, page: &Page) -> String {
        self.by(&Pages::new(), page)
    }

    pub(crate) fn by(&self, pages: &Pages, page: &Page) -> String {
        pages.journey(
            &Page { language: self.language.to_owned(), ..page.clone() },
            &PageContext {
                base: "/contoso.onmicrosoft.com/B2C_1_signupsignin1",
                policy: "B2C_1_signupsignin1",
                tx: &self.tx,
                csrf: &self.csrf,
                page_view_id: "8a3f4c6e-0000-4000-8000-000000000001",
                nonce: "bm9uY2Utbm9uY2U=",
                tenant_name: &self.tenant_name,
                application: &self.application,
                notice: self.notice.as_ref(),
                values: &self.values,
                remember_me: self.remember_me,
                correlation_id: "8a3f4c6e-0000-4000-8000-000000000002",
            },
        )
    }

    pub(crate) fn with(id: &str, claim: Option<&str>) -> Self {
        Self { notice: Some(notice(id, claim)), ..Self::default() }
    }
}

pub(crate) fn show(page: &Page) -> String {
    Showing::default().of(page)
}

pub(crate) fn notice(id: &str, claim: Option<&str>) -> Notice {
    Notice { id: id.to_owned(), text: None, claim: claim.map(str::to_owned), code: None, args: vec![] }
}

pub(crate) fn field(id: &str, label: &str, input: InputType) -> Field {
    Field {
        id: id.to_owned(),
        label: label.to_owned(),
        help: String::new(),
        input,
        value: None,
        required: true,
        pattern: None,
        browser_pattern: None,
        rules: vec![],
        options: vec![],
        max_length: 256,
    }
}

pub(crate) fn page(kind: PageKind, content_definition: &str, items: Vec<Item>) -> Page {
    Page {
        kind,
        content_definition: content_definition.to_owned(),
        load_uri: "~/tenant/templates/AzureBlue/page.cshtml".to_owned(),
        data_uri: "urn:com:microsoft:aad:b2c:elements:contract:page:2.1.7".to_owned(),
        step: 1,
        target: "SelfAsserted".to_owned(),
        items,
        choices: vec![],
        sign_up: false,
        forgot: None,
        keep_signed_in: false,
        show_continue: true,
        show_cancel: true,
        metadata: BTreeMap::from([("setting.operatingMode".to_owned(), "Email".to_owned())]),
        strings: BTreeMap::new(),
        language: "en".to_owned(),
    }
}

pub(crate) fn sign_in() -> Page {
    let mut page = page(
        PageKind::Unified,
        "api.signuporsignin",
        vec![
            Item::Field(field("signInName", "Email Address", InputType::EmailBox)),
            Item::Field(field("password", "Password", InputType::Password)),
        ],
    );
    page.sign_up = true;
    page.keep_signed_in = true;
    page.forgot = Some(Forgot::Exchange("ForgotPassword".to_owned()));
    page
}

pub(crate) fn choices() -> Vec<Choice> {
    [("GoogleExchange", "Google"), ("FacebookExchange", "Facebook")]
        .map(|(exchange, label)| Choice { exchange: exchange.to_owned(), label: label.to_owned() })
        .into()
}

pub(crate) fn sign_up(state: ControlState, classic: bool) -> Page {
    let mut email = field("email", "Email Address", InputType::EmailBox);
    email.help = "Email address that can be used to contact you.".to_owned();
    email.value = (state != ControlState::Initial).then(|| "ada@example.com".to_owned());
    let code = field("emailVerificationCode", "Verification Code", InputType::TextBox);
    let id = if classic { "email" } else { "emailVerificationControl" };
    let control = Control { id: id.to_owned(), classic, address: email, code, state, strings: BTreeMap::new() };
    let mut password = field("newPassword", "New Password", InputType::Password);
    password.help = "At least 8 characters of three kinds, or at least 15 of any kind.".to_owned();
    page(
        PageKind::SelfAsserted,
        "api.localaccountsignup",
        vec![
            Item::Control(control),
            Item::Field(password),
            Item::Field(field("reenterPassword", "Confirm New Password", InputType::Password)),
            Item::Field(field("displayName", "Display Name", InputType::TextBox)),
        ],
    )
}

/// A page with one input of every kind.
pub(crate) fn every_input() -> Page {
    let list = || vec![("1".to_owned(), "One".to_owned()), ("2".to_owned(), "Two".to_owned())];
    let with = |id: &str, label: &str, input, value: &str| {
        let mut field = field(id, label, input);
        field.value = Some(value.to_owned());
        field.options = list();
        field.required = false;
        Item::Field(field)
    };
    let mut zip = field("postalCode", "Postal Code", InputType::TextBox);
    zip.pattern = Some((r"^\d{5}$".to_owned(), "Five digits.".to_owned()));
    zip.browser_pattern = Some(r"^\d{5}$".to_owned());
    page(
        PageKind::SelfAsserted,
        "api.selfasserted.profileupdate",
        vec![
            with("objectId", "Id", InputType::Readonly, "42"),
            with("terms", "Terms", InputType::Paragraph, "Be kind."),
            with("country", "Country/Region", InputType::DropdownSingleSelect, "2"),
            with("extension_Size", "Size", InputType::RadioSingleSelect, "1"),
            with("extension_Topics", "Topics", InputType::CheckboxMultiSelect, "1,2"),
            with("birthday", "Birthday", InputType::DateTimeDropdown, "1815-12-10"),
            with("email", "Email Address", InputType::EmailBox, "ada@example.com"),
            Item::Field(zip),
            with("oldPassword", "Old Password", InputType::Password, "never shown"),
        ],
    )
}

pub(crate) fn selection() -> Page {
    let mut page = page(PageKind::ProviderSelection, "api.idpselections", vec![]);
    page.choices = choices();
    page
}

pub(crate) fn dev_home(text: &str) -> DevHome {
    DevHome {
        tenant_name: "Contoso".to_owned(),
        tenant: "contoso.onmicrosoft.com".to_owned(),
        flows: vec![
            DevFlow {
                name: "B2C_1_signupsignin1".to_owned(),
                kind: "Sign up and sign in".to_owned(),
                run_url: Some("http://localhost:8400/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/authorize?client_id=1".to_owned()),
                metadata_url: "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration".to_owned(),
                strict_metadata_url: None,
            },
            DevFlow {
                name: "B2C_1_profileediting1".to_owned(),
                kind: "Profile editing".to_owned(),
                run_url: Some("http://localhost:8400/contoso.onmicrosoft.com/B2C_1_profileediting1/oauth2/v2.0/authorize?client_id=1".to_owned()),
                metadata_url: "/contoso.onmicrosoft.com/B2C_1_profileediting1/v2.0/.well-known/openid-configuration".to_owned(),
                strict_metadata_url: None,
            },
        ],
        users: vec![("ada@contoso.example".to_owned(), text.to_owned())],
        env_text: format!("B2C_TENANT_NAME=contoso\nCLIENT_SECRET={text}\n"),
        web_url: Some("http://localhost:5000".to_owned()),
        api_url: Some("http://localhost:6000".to_owned()),
        outbox_path: "/_dev/outbox".to_owned(),
        outbox_count: 2,
        clock_path: "/_dev/clock".to_owned(),
        now: 1_767_323_045_000,
        ahead: 90_061,
        nonce: "bm9uY2U=".to_owned(),
    }
}

pub(crate) fn mails(text: &str) -> Vec<DevMail> {
    [("123456", 1_767_323_000_000), ("654321", 1_767_323_045_000)]
        .map(|(code, at)| DevMail {
            to: "ada@example.com".to_owned(),
            subject: format!("Contoso account email verification code{text}"),
            text: format!("Your code is: {code}\n{text}"),
            code: Some(code.to_owned()),
            at,
        })
        .into()
}

pub(crate) fn error_page<'a>(message: &'a str, languages: &'a [String]) -> ErrorPage<'a> {
    ErrorPage {
        code: Some(90006),
        message,
        advice: None,
        correlation_id: "8a3f4c6e-0000-4000-8000-000000000002",
        at: 1_767_323_045_000,
        tenant_name: "Contoso",
        languages,
    }
}

pub(crate) fn sign_out_question<'a>(fields: &'a [(String, String)], languages: &'a [String]) -> SignOutQuestion<'a> {
    SignOutQuestion {
        action: "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/logout",
        csrf: "csrf-value",
        fields,
        tenant_name: "Contoso",
        languages,
    }
}

pub(crate) fn code_mail<'a>(application: &'a str, languages: &'a [String]) -> CodeMailRequest<'a> {
    CodeMailRequest { code: "123456", application, tenant_name: "Contoso", minutes: 10, languages }
}
