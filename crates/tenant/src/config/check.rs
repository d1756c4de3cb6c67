//! Checks that involve several keys: names that must exist or be unique, addresses, and keys that depend on each other.

mod application;
mod user;

use super::Problem;
use super::file::{Config, MailConfig, TenantConfig};
use super::place::hint;
use super::{time, wanted};
use crate::origin::Origin;
use crate::origin::{Origins, PlainHttp, Proxies};
use std::collections::HashMap;

/// Every problem of the configuration, in no particular order.
pub(super) fn check(config: &Config, plain_http: PlainHttp) -> Vec<Problem> {
    let mut found = Found { config, plain_http, problems: Vec::new() };
    found.server();
    found.origins();
    if let Some(mail) = &config.mail {
        found.mail(mail);
    }
    found.unique(
        config.tenants.iter().enumerate().map(|(i, t)| (format!("tenant[{i}].name"), t.name.clone())),
        "tenant",
    );
    found.unique(config.tenants.iter().enumerate().map(|(i, t)| (format!("tenant[{i}].domain"), t.domain())), "domain");
    found.unique(config.tenants.iter().enumerate().map(|(i, t)| (format!("tenant[{i}].id"), t.id())), "tenant id");
    for (i, tenant) in config.tenants.iter().enumerate() {
        found.tenant(i, tenant);
    }
    found.problems
}

/// The findings so far.
struct Found<'c> {
    config: &'c Config,
    plain_http: PlainHttp,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn say(&mut self, path: &str, message: String) {
        self.problems.push(self.config.places.problem(path, message));
    }

    /// Reports `{name} {value:?} {why}` if the value violates a rule of the registry.
    fn rule(&mut self, path: &str, name: &str, value: &str, rule: Result<(), String>) {
        if let Err(why) = rule {
            self.say(path, format!("the {name} {value:?} {why}"));
        }
    }

    /// Reports names that occur twice, ignoring letter case.
    fn unique(&mut self, names: impl Iterator<Item = (String, String)>, what: &str) {
        let mut seen: HashMap<String, String> = HashMap::new();
        for (path, name) in names {
            if let Some(first) = seen.get(&name.to_ascii_lowercase()) {
                let line = self.config.places.line(first);
                self.say(&path, format!("the {what} {name:?} is there twice; the first is in line {line}"));
            } else {
                seen.insert(name.to_ascii_lowercase(), path);
            }
        }
    }

    fn server(&mut self) {
        let server = &self.config.server;
        let port =
            server.listen.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(_))) {
            self.say(
                "server.listen",
                format!("\"listen\" must be host and port such as \"localhost:8400\", not {:?}", server.listen),
            );
        }
        if server.tls_certificate.is_some() != server.tls_key.is_some() {
            self.say("server", "\"tls_certificate\" and \"tls_key\" belong together: name both or neither".to_owned());
        }
        if server.master_key_env.is_some() && server.master_key_file.is_some() {
            self.say("server.master_key_file", "name \"master_key_env\" or \"master_key_file\", not both".to_owned());
        }
        for (i, proxy) in server.trusted_proxies.iter().enumerate() {
            if let Err(why) = Proxies::new(std::slice::from_ref(proxy)) {
                self.say(&format!("server.trusted_proxies[{i}]"), why);
            }
        }
        self.variable("server.database_env", server.database_env.as_deref());
        self.variable("server.master_key_env", server.master_key_env.as_deref());
    }

    /// Checks the name of an environment variable. The mistake to catch is writing the secret itself.
    fn variable(&mut self, path: &str, name: Option<&str>) {
        let legal = |n: &str| {
            n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && n.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        };
        if name.is_some_and(|n| !legal(n)) {
            let key = path.rsplit('.').next().unwrap_or_default();
            self.say(
                path,
                format!(
                    "{key:?} takes the name of an environment variable such as \"MY_SECRET\", not the secret itself"
                ),
            );
        }
    }

    /// Times that are none.
    fn time(&mut self, path: &str, written: Option<&str>) {
        if let Some(text) = written.filter(|text| time::millis(text).is_none()) {
            let key = path.rsplit('.').next().unwrap_or_default();
            self.say(path, format!("{key:?} must be a time such as \"2027-01-31T12:00:00Z\", not {text:?}"));
        }
    }

    fn origins(&mut self) {
        let config = self.config;
        let urls: Vec<&str> = config.origins.iter().map(|o| o.url.as_str()).collect();
        let tenants: Vec<&str> = config.tenants.iter().map(|t| t.name.as_str()).collect();
        self.unique(urls.iter().enumerate().map(|(i, u)| (format!("origin[{i}].url"), (*u).to_owned())), "origin");
        for (i, origin) in config.origins.iter().enumerate() {
            let path = format!("origin[{i}]");
            let alone = Origin { url: origin.url.clone(), tenants: Vec::new(), canonical: None, portal: false };
            if let Err(why) = Origins::new(&[alone], self.plain_http) {
                self.say(&format!("{path}.url"), why);
            }
            if let Some(canonical) = origin.canonical.as_deref().filter(|c| !urls.contains(c) || *c == origin.url) {
                let message = format!("\"canonical\" must be the url of another [[origin]], not {canonical:?}");
                self.say(&format!("{path}.canonical"), message + &hint(canonical, &urls));
            }
            for (j, name) in origin.tenants.iter().enumerate().filter(|(_, name)| !tenants.contains(&name.as_str())) {
                self.say(
                    &format!("{path}.tenants[{j}]"),
                    format!("there is no tenant {name:?}{}", hint(name, &tenants)),
                );
            }
        }
    }

    fn mail(&mut self, mail: &MailConfig) {
        match url::Url::parse(&mail.smtp) {
            Ok(url) if url.password().is_some() => {
                self.say(
                    "mail.smtp",
                    "\"smtp\" may hold no password: name its environment variable in \"password_env\"".to_owned(),
                );
            }
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.has_host() => {}
            _ => self.say(
                "mail.smtp",
                format!("\"smtp\" must be such as \"smtp://user@mail.contoso.com:587\", not {:?}", mail.smtp),
            ),
        }
        if mail.from.parse::<lettre::message::Mailbox>().is_err() {
            self.say(
                "mail.from",
                format!("\"from\" must be such as \"Contoso <no-reply@contoso.com>\", not {:?}", mail.from),
            );
        }
        self.variable("mail.password_env", mail.password_env.as_deref());
    }

    fn tenant(&mut self, i: usize, tenant: &TenantConfig) {
        let path = format!("tenant[{i}]");
        let attributes = tenant.attributes.iter().enumerate();
        self.unique(attributes.map(|(j, a)| (format!("{path}.attribute[{j}].name"), a.name.clone())), "attribute");
        let flows = tenant.flows.iter().enumerate();
        self.unique(flows.map(|(j, f)| (format!("{path}.flow[{j}].name"), f.name.clone())), "flow");
        for (j, key) in tenant.policy_keys.iter().enumerate() {
            self.time(&format!("{path}.policy_key[{j}].not_before"), key.not_before.as_deref());
            self.time(&format!("{path}.policy_key[{j}].expires"), key.expires.as_deref());
        }
        self.applications(&path, tenant);
        self.users(&path, tenant);
        self.rules(i);
    }

    /// Adds management's refusals for the tenant, except on lines that already have another problem.
    fn rules(&mut self, i: usize) {
        let known: Vec<u32> = self.problems.iter().map(|problem| problem.line).collect();
        let found = wanted::refusals(self.config, i);
        self.problems.extend(found.into_iter().filter(|problem| !known.contains(&problem.line)));
    }
}
