//! Settings of `serve`: flags override the environment, which overrides the file. All are checked before anything is
//! opened.

use crate::data::store_url;
use crate::listen::Reach;
use crate::master_key;
use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;
use vestibule_server::app::AppOptions;
use vestibule_store::Store;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::Config;
use vestibule_tenant::config::file::LogForm;
use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::origin::Origin;

/// `vestibule serve`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The master key encrypts signing keys at rest and seals cookies. It comes from --master-key-file, \
                        or from the environment variable VESTIBULE_MASTER_KEY, or from where the configuration says; \
                        make one with: openssl rand -base64 32\n\nVESTIBULE_LOG chooses what is logged: warn, info, \
                        vestibule_server=debug. SIGHUP reads the certificate files again; SIGTERM stops, and gives \
                        answers under way ten seconds."
)]
pub struct ServeArgs {
    /// Configuration: origins, mail, tenants, flows, applications
    #[arg(long, value_name = "FILE", env = "VESTIBULE_CONFIG")]
    pub config: PathBuf,

    /// Host and port to listen on.
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "VESTIBULE_LISTEN",
        help = "Host and port to listen on: 0.0.0.0:8443, [::]:443, localhost:8400 [default: as the configuration says]"
    )]
    pub listen: Option<String>,

    /// Data folder [default: as the configuration says]
    #[arg(long, value_name = "DIR", env = "VESTIBULE_DATA")]
    pub data: Option<PathBuf>,

    /// PostgreSQL in place of the data folder; give it by the environment, since other users can read flags
    #[arg(long, value_name = "URL", env = "VESTIBULE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// File with the master key: 32 bytes as base64 or hexadecimal
    #[arg(long, value_name = "FILE", env = "VESTIBULE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,

    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", env = "VESTIBULE_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,

    /// Private key, PEM
    #[arg(long, value_name = "FILE", env = "VESTIBULE_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,

    /// Proxy, or network of proxies (10.0.0.0/8), whose X-Forwarded-For and X-Forwarded-Proto are believed; can be
    /// repeated
    #[arg(long, value_name = "ADDRESS", env = "VESTIBULE_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxy: Vec<String>,

    /// Form of the log: text, for people, or json, one object a line [default: as the configuration says]
    #[arg(long, value_name = "FORM", env = "VESTIBULE_LOG_FORM", hide_possible_values = true)]
    pub log: Option<LogArg>,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogArg {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// The checked settings.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) reach: Reach,
    pub(super) port: u16,
    pub(super) store_url: String,
    /// True if the store is in the data folder, and not in a separate database.
    pub(super) in_data_folder: bool,
    /// Certificate chain and key.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) json_log: bool,
    pub(super) master_key: [u8; 32],
    /// Warnings for the operator.
    pub(super) warnings: Vec<String>,
    mail: MailOptions,
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// Combines file, environment and flags.
    ///
    /// # Errors
    /// A sentence that names the setting at fault.
    pub(super) fn read(args: &ServeArgs, env: Env<'_>) -> Result<Self> {
        let mut config = Config::load(&args.config)?;
        let server = &mut config.server;
        let over = |flag: &Option<PathBuf>, file: &mut Option<PathBuf>| {
            if flag.is_some() {
                file.clone_from(flag);
            }
        };
        over(&args.tls_certificate, &mut server.tls_certificate);
        over(&args.tls_key, &mut server.tls_key);
        if let Some(data) = &args.data {
            server.data.clone_from(data);
        }
        if !args.trusted_proxy.is_empty() {
            server.trusted_proxies.clone_from(&args.trusted_proxy);
        }
        let (reach, port) = address(args.listen.as_deref().unwrap_or(&server.listen))?;
        let certificate = match (server.tls_certificate.clone(), server.tls_key.clone()) {
            (Some(chain), Some(key)) => Some((chain, key)),
            (None, None) => None,
            _ => bail!("tls_certificate and tls_key go together: give both or neither"),
        };
        let database = match args.database_url.as_ref().filter(|url| !url.is_empty()) {
            Some(url) => Some(url.clone()),
            None => crate::place::database_url(server.database_env.as_deref())?,
        };
        if let Some(url) = &database {
            Store::check_address(url).map_err(anyhow::Error::msg)?;
        }
        let master_key = master_key::configured(args.master_key_file.as_deref(), server, env)?;
        let key_file = certificate.as_ref().and_then(|(_, key)| crate::files::exposed(key));
        let settings = Self {
            reach,
            port,
            certificate,
            in_data_folder: database.is_none(),
            store_url: database.unwrap_or_else(|| store_url(&server.data)),
            json_log: args.log.map_or(server.log == LogForm::Json, |log| log == LogArg::Json),
            master_key: master_key.key,
            warnings: master_key.warning.into_iter().chain(key_file).collect(),
            mail: mail(&config, env)?,
            config,
        };
        settings.check()?;
        Ok(settings)
    }

    /// Rejects settings that are never allowed.
    fn check(&self) -> Result<()> {
        if self.config.origins.is_empty() {
            bail!(
                "there is no public address: add an [[origin]] with its url, such as https://login.contoso.com, to the \
                 configuration"
            );
        }
        let local = match self.reach {
            Reach::Loopback => true,
            Reach::Everywhere => false,
            Reach::One(ip) => ip.is_loopback(),
        };
        if self.certificate.is_none() && self.config.server.trusted_proxies.is_empty() && !local {
            bail!(
                "without TLS this would send passwords in the clear: give tls_certificate and tls_key, or name the proxies \
                 that do TLS in trusted_proxies, or listen on localhost"
            );
        }
        Ok(())
    }

    /// The options of the server.
    pub(super) fn app_options(&self, clock: Clock, random: Random) -> AppOptions {
        AppOptions {
            origins: self.config.origins.iter().map(Origin::from).collect(),
            portal: self.config.server.portal,
            trusted_proxies: self.config.server.trusted_proxies.clone(),
            master_key: self.master_key,
            mail: self.mail.clone(),
            block_list: self.config.server.password_block_list.clone(),
            outbound_hosts: Default::default(),
            dev: None,
            clock,
            random,
        }
    }
}

/// Returns true if the environment, or the words of an invalid command line, select JSON for the log.
pub(crate) fn chooses_json(words: impl Iterator<Item = String>) -> bool {
    let words: Vec<String> = words.collect();
    let flag = words.windows(2).any(|pair| pair == ["--log", "json"]) || words.iter().any(|word| word == "--log=json");
    flag || std::env::var("VESTIBULE_LOG_FORM").is_ok_and(|form| form == "json")
}

/// Returns true if the log will be JSON, as far as that is known before the settings are read, so that errors in them
/// are reported in the right form.
pub(super) fn wants_json(args: &ServeArgs) -> bool {
    match args.log {
        Some(form) => form == LogArg::Json,
        None => std::fs::read_to_string(&args.config).is_ok_and(|text| names_json(&text)),
    }
}

/// Returns true if the text of a configuration, which may contain mistakes, selects JSON.
fn names_json(text: &str) -> bool {
    let server = text.lines().map(str::trim).skip_while(|line| *line != "[server]").skip(1);
    let mut keys = server.take_while(|line| !line.starts_with('['));
    keys.any(|line| line.split_once('=').is_some_and(|(key, value)| key.trim() == "log" && value.contains("\"json\"")))
}

/// Parses host and port, such as `localhost:8400`, `0.0.0.0:443` or `[::]:443`.
fn address(text: &str) -> Result<(Reach, u16)> {
    let bad =
        || anyhow!("{text:?} is no address to listen on: give an IP address, or localhost, and a port: 0.0.0.0:8443");
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    let port = port.parse().map_err(|_| bad())?;
    if host.eq_ignore_ascii_case("localhost") {
        return Ok((Reach::Loopback, port));
    }
    let ip: IpAddr = host.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| bad())?;
    Ok((if ip.is_unspecified() { Reach::Everywhere } else { Reach::One(ip) }, port))
}

fn mail(config: &Config, env: Env<'_>) -> Result<MailOptions> {
    let Some(mail) = &config.mail else {
        bail!(
            "there is no [mail] in the configuration: sign-up and password reset need an SMTP server to mail codes by"
        );
    };
    let password = match &mail.password_env {
        Some(variable) => {
            let say = || format!("the environment variable {variable}, which is to hold the SMTP password, is not set");
            Some(env(variable).with_context(say)?)
        }
        None => None,
    };
    Ok(MailOptions::Smtp { url: mail.smtp.clone(), password, from: mail.from.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The part that all configurations in these tests share.
    const WHOLE: &str = r#"
        [[origin]]
        url = "https://login.contoso.test"

        [mail]
        smtp = "smtp://mail.contoso.test:587"
        from = "Contoso <no-reply@contoso.test>"
    "#;

    fn args(config: &Path) -> ServeArgs {
        ServeArgs {
            config: config.to_owned(),
            listen: None,
            data: None,
            database_url: None,
            master_key_file: None,
            tls_certificate: None,
            tls_key: None,
            trusted_proxy: Vec::new(),
            log: None,
        }
    }

    /// Reads a configuration with a master key in the environment, and with flags as `change` sets them.
    fn read(text: &str, change: impl FnOnce(&mut ServeArgs)) -> Result<Settings> {
        let key = "00".repeat(32);
        read_in(text, change, &move |name| (name == "VESTIBULE_MASTER_KEY").then(|| key.clone()))
    }

    fn read_in(text: &str, change: impl FnOnce(&mut ServeArgs), env: Env<'_>) -> Result<Settings> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("vestibule.toml");
        std::fs::write(&file, text).expect("a file");
        let mut args = args(&file);
        change(&mut args);
        Settings::read(&args, env)
    }

    fn refusal(result: Result<Settings>) -> String {
        match result {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn passwords_do_not_go_over_the_network_in_the_clear() {
        let beyond = |args: &mut ServeArgs| args.listen = Some("0.0.0.0:8400".to_owned());
        assert!(refusal(read(WHOLE, beyond)).contains("without TLS this would send passwords in the clear"));
        let behind = |args: &mut ServeArgs| {
            beyond(args);
            args.trusted_proxy = vec!["10.0.0.0/8".to_owned()];
        };
        assert!(read(WHOLE, behind).is_ok());
        let secured = |args: &mut ServeArgs| {
            beyond(args);
            args.tls_certificate = Some("cert.pem".into());
            args.tls_key = Some("key.pem".into());
        };
        assert!(read(WHOLE, secured).is_ok());
        assert!(read(WHOLE, |_| {}).is_ok(), "localhost is nobody's network");
    }

    #[test]
    fn without_a_master_key_the_sentence_says_how_to_make_one() {
        let said = refusal(read_in(WHOLE, |_| {}, &|_| None));
        assert!(said.contains("VESTIBULE_MASTER_KEY") && said.contains("openssl rand -base64 32"), "{said}");
        let said = refusal(read_in(WHOLE, |_| {}, &|_| Some("hunter2".to_owned())));
        assert!(said.contains("VESTIBULE_MASTER_KEY holds no master key") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_master_key_file_wins_over_the_environment() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        std::fs::write(&file, "11".repeat(32)).expect("a file");
        let settings = read(WHOLE, |args| args.master_key_file = Some(file)).expect("settings");
        assert_eq!(settings.master_key, [0x11; 32]);
    }

    #[cfg(unix)]
    #[test]
    fn a_master_key_or_tls_key_that_other_accounts_may_read_is_warned_of() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        std::fs::write(&file, "11".repeat(32)).expect("a file");
        for (mode, count) in [(0o644, 2), (0o600, 0)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
            let settings = read(WHOLE, |args| {
                args.master_key_file = Some(file.clone());
                args.tls_certificate = Some("cert.pem".into());
                args.tls_key = Some(file.clone());
            });
            assert_eq!(settings.expect("settings").warnings.len(), count, "mode {mode:o}");
        }
    }

    #[test]
    fn an_origin_and_a_mail_server_are_needed() {
        let (origin, mail) = WHOLE.split_at(WHOLE.find("[mail]").expect("it is there"));
        assert!(refusal(read(origin, |_| {})).contains("there is no [mail]"));
        assert!(refusal(read(mail, |_| {})).contains("there is no public address"));
    }

    #[test]
    fn addresses_to_listen_on() {
        let of = |text: &str| address(text).ok();
        assert_eq!(of("localhost:8400"), Some((Reach::Loopback, 8400)));
        assert_eq!(of("0.0.0.0:443"), Some((Reach::Everywhere, 443)));
        assert_eq!(of("[::]:443"), Some((Reach::Everywhere, 443)));
        assert_eq!(of("10.0.0.1:0"), Some((Reach::One(IpAddr::from([10, 0, 0, 1])), 0)));
        for bad in ["", "localhost", "localhost:", "example.com:80", "localhost:99999", ":443"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
