//! `vestibule dev`: tenant, web app and API in one process, on this machine, with nothing to set up.

mod banner;
mod https;
mod samples;

pub use banner::{DemoUser, PortalReady, Ready};
pub use https::HttpsFacts;
pub use vestibule_tenant::clock::{Clock, Random};

use crate::data::{DataFolder, store_url};
use crate::env::{Addresses, Posing};
use crate::listen::{self, Bound, Reach, Servers, Site};
use crate::shutdown::Signals;
use crate::{env, log, out};
use anyhow::{Context, Result, bail};
use clap::Args;
use https::Https;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_journey::Problem;
use vestibule_outbound::HostMap;
use vestibule_portal::Portal;
use vestibule_server::app::{App, AppOptions, DevOptions};
use vestibule_store::{Store, StoreOptions};
use vestibule_tenant::config::file::LogForm;
use vestibule_tenant::config::{ApplyOptions, Config, MovedApplication, OlderFile, apply};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::manage::NewAdministrator;
use vestibule_tenant::origin::{Origin, PlainHttp};
use vestibule_tenant::registry::Registry;
use vestibule_tenant::seal::Sealer;

/// The demo configuration, used without `--config`.
const DEMO: (&str, &str) = ("demo/vestibule.toml", include_str!("../demo/vestibule.toml"));

/// `vestibule dev`
#[derive(Clone, Debug, Args)]
pub struct DevArgs {
    /// Folder for everything that is kept: users, keys, mail
    #[arg(long, value_name = "DIR", default_value = ".vestibule")]
    pub data: PathBuf,

    /// Start over: remove what earlier runs left in the data folder (the local certificate authority stays)
    #[arg(long)]
    pub fresh: bool,

    /// Port of the tenant; 0 takes a free one, here and for every port below that is not given
    #[arg(long, value_name = "PORT", default_value_t = 8400)]
    pub port: u16,

    /// Port of the sample web app [default: 5000]
    #[arg(long, value_name = "PORT")]
    pub web_port: Option<u16>,

    /// Port of the sample web API [default: 6000, which browsers refuse to open; the web app calls it from its server]
    #[arg(long, value_name = "PORT")]
    pub api_port: Option<u16>,

    /// Leave the sample web app out, so that its port is free for a web app of yours; the sample web API runs
    #[arg(long, conflicts_with = "web_port")]
    pub no_web: bool,

    /// Start the tenant alone, without the sample web app and API
    #[arg(long, conflicts_with_all = ["web_port", "api_port", "no_web"])]
    pub no_samples: bool,

    /// Tenants, flows, applications and users to start with [default: the demo, tenant contoso]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Say where everything is as one line of JSON, for programs
    #[arg(long)]
    pub json: bool,

    /// Serve contoso.b2clogin.com and localhost over https too, with a certificate authority of this machine's own
    #[arg(long)]
    pub tls: bool,

    /// Port of https [default: 443 if it may be opened, else 8443]
    #[arg(long, value_name = "PORT", requires = "tls")]
    pub tls_port: Option<u16>,

    /// Port of the proxy that leads programs and browsers to contoso.b2clogin.com [default: 8401]
    #[arg(long, value_name = "PORT", requires = "tls")]
    pub proxy_port: Option<u16>,

    /// Address to listen on, in place of 127.0.0.1 and ::1; one beyond loopback needs --listen-beyond-loopback
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,

    /// Let other machines in, for containers: on every address, or on the one that --listen names. Its users have known
    /// passwords, and anyone may read the mail
    #[arg(long)]
    pub listen_beyond_loopback: bool,

    /// Call this host name at ADDRESS, an address with a port, when a journey calls another server: a test double of a
    /// provider, for example hub.example=127.0.0.1:9000. May be given several times
    #[arg(long, value_name = "NAME[:PORT]=ADDRESS", value_parser = mapped_host)]
    pub map_host: Vec<(String, SocketAddr)>,
}

/// Parses `name=address` or `name:port=address`.
fn mapped_host(text: &str) -> Result<(String, SocketAddr), String> {
    let form = "expected NAME=ADDRESS or NAME:PORT=ADDRESS, such as hub.example=127.0.0.1:9000";
    let (name, address) = text.split_once('=').ok_or(form)?;
    let address = address.parse().map_err(|_| format!("{address} is not an address with a port; {form}"))?;
    HostMap::default().insert(name, address).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), address))
}

impl Default for DevArgs {
    /// `vestibule dev` without arguments.
    fn default() -> Self {
        Self {
            data: PathBuf::from(".vestibule"),
            fresh: false,
            port: 8400,
            web_port: None,
            api_port: None,
            no_web: false,
            no_samples: false,
            config: None,
            json: false,
            tls: false,
            tls_port: None,
            proxy_port: None,
            listen: None,
            listen_beyond_loopback: false,
            map_host: Vec::new(),
        }
    }
}

impl DevArgs {
    /// The chosen port, or else `usual`, or any free port if the tenant's port is 0.
    fn port_or(&self, chosen: Option<u16>, usual: u16) -> u16 {
        chosen.unwrap_or(if self.port == 0 { 0 } else { usual })
    }

    fn outbound_hosts(&self) -> Result<HostMap> {
        let mut hosts = HostMap::default();
        for (name, address) in &self.map_host {
            hosts.insert(name, *address)?;
        }
        Ok(hosts)
    }

    fn reach(&self) -> Result<Reach> {
        match (self.listen, self.listen_beyond_loopback) {
            (None, false) => Ok(Reach::Loopback),
            (None, true) => Ok(Reach::Everywhere),
            (Some(ip), true) if ip.is_unspecified() => Ok(Reach::Everywhere),
            (Some(ip), true) => Ok(Reach::One(ip)),
            (Some(ip), false) if ip.is_loopback() => Ok(Reach::One(ip)),
            (Some(ip), false) => bail!(
                "dev does not listen on {ip}: its users have known passwords and anyone may read its mail. If only \
                 machines that you trust can reach it, add --listen-beyond-loopback; for everyone else there is \
                 vestibule serve"
            ),
        }
    }
}

/// A running `dev`.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    servers: Servers,
    stop: CancellationToken,
    background: JoinHandle<()>,
    store: Store,
    clock: Clock,
    // Dropped last.
    _data: DataFolder,
}

impl Running {
    /// The addresses of everything that runs.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The tenant's clock, which tests move.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Stops: accepts no new connections, gives running requests ten seconds, then closes the store.
    ///
    /// # Errors
    /// A listener failed earlier.
    pub async fn stop(self) -> Result<()> {
        let stopped = self.servers.stop().await;
        self.stop.cancel();
        let ended = self.background.await;
        self.store.close().await;
        stopped?;
        ended.context("the work in the background crashed")
    }
}

/// Runs `vestibule dev` until a signal stops it.
///
/// # Errors
/// A sentence for the user.
pub async fn run(args: &DevArgs) -> Result<()> {
    let config = load_config(args)?;
    log::set_form(config.server.log == LogForm::Json);
    let _log = log::start("warn");
    let mut signals = Signals::listen()?;
    let mut running = tokio::select! {
        () = signals.next() => return Ok(()),
        started = start_with(args, &config, Clock::system(), Random::system()) => started?,
    };
    if args.json {
        out::say(&running.ready.line()?)?;
    } else {
        out::print(&running.ready.block())?;
    }
    tokio::select! {
        () = signals.next() => {}
        failure = running.servers.failed() => return Err(failure),
    }
    if !args.json {
        out::say("Stopping; once more stops at once.")?;
    }
    tokio::select! {
        () = signals.next() => bail!("stopped at once, with answers under way"),
        stopped = running.stop() => stopped,
    }
}

/// Starts everything, and returns once it responds.
///
/// # Errors
/// A sentence for the user.
pub async fn start(args: &DevArgs, clock: Clock, random: Random) -> Result<Running> {
    start_with(args, &load_config(args)?, clock, random).await
}

async fn start_with(args: &DevArgs, config: &Config, clock: Clock, random: Random) -> Result<Running> {
    let reach = args.reach()?;
    let data = DataFolder::open(&args.data)?;
    if args.fresh {
        data.start_over(&[env::demo_secrets_file(data.path())])?;
    }
    let ports = Ports::bind(args, config, data.path(), reach)?;

    let store = Store::open(&StoreOptions::new(store_url(data.path()))).await?;
    let moved = ports.web.as_ref().and_then(|web| samples::moved(web.port));
    let keys = Keys::new(store.clone(), clock.clone(), Sealer::new(data.master_key(&random)?));
    apply_config(config, &store, &random, clock.now(), data.path(), moved.as_ref(), &keys).await?;
    let registry = Registry::load(store.clone()).await?;
    let snapshot = registry.everything().await?;
    let problems = snapshot.problems().await?;
    let origins = ports.origins(config);
    let addresses = ports.addresses();
    addresses.keep(data.path())?;
    let settings = samples::settings(&snapshot, data.path(), &origins, &addresses)?;
    let ready = ready(args, config, &ports, &settings, &problems);

    let options = AppOptions {
        origins,
        portal: config.server.portal,
        trusted_proxies: config.server.trusted_proxies.clone(),
        master_key: data.master_key(&random)?,
        mail: MailOptions::Outbox,
        block_list: config.server.password_block_list.clone(),
        outbound_hosts: args.outbound_hosts()?,
        dev: Some(DevOptions {
            web_url: ready.web.clone(),
            api_url: ready.api.clone(),
            env_text: settings.env_text.clone(),
            users: ready.users.iter().map(|u| (u.name.clone(), u.password.clone())).collect(),
            anyone: args.listen_beyond_loopback,
        }),
        clock: clock.clone(),
        random,
    };
    let site = Site::of(App::start(options, store.clone(), registry).await?).await?;
    let mut ready = ready;
    if let Some(portal) = &site.portal {
        ready.portal = Some(open_portal(portal, &site.app, args.listen_beyond_loopback).await?);
    }
    let stop = CancellationToken::new();
    let servers = ports.serve(&site, &settings, &clock, &stop)?;
    let background = tokio::spawn({
        let stop = stop.clone();
        async move { vestibule_server::background::run(&site.app, stop).await }
    });
    Ok(Running { ready, servers, stop, background, store, clock, _data: data })
}

/// The demo's administrator, with a password that everybody knows.
const ADMINISTRATOR: (&str, &str) = ("admin@contoso.com", "Portal-of-the-demo-1");

/// Make the demo's administrator; where other machines reach this, a link that invites takes its place.
async fn open_portal(portal: &Portal, app: &App, is_reached: bool) -> Result<PortalReady> {
    let (name, password) = ADMINISTRATOR;
    if is_reached {
        portal.remove_demo_administrator(app).await?;
        let url = portal.first_link(app).await?.unwrap_or_else(|| portal.url());
        return Ok(PortalReady { url, administrator: None });
    }
    let new = NewAdministrator {
        email: name.to_owned(),
        name: "Demo administrator".to_owned(),
        password: password.to_owned(),
    };
    portal.demo_administrator(app, &new).await.map_err(anyhow::Error::msg)?;
    let administrator = DemoUser { name: name.to_owned(), password: password.to_owned() };
    Ok(PortalReady { url: portal.url(), administrator: Some(administrator) })
}

/// All listeners, bound and not yet served, so that a taken port is reported before anything is created.
struct Ports {
    tenant: Bound,
    /// The sample web app, if it is wanted and the configuration contains the samples' applications.
    web: Option<Bound>,
    /// The sample web API, under the same conditions.
    api: Option<Bound>,
    https: Option<Https>,
}

impl Ports {
    fn bind(args: &DevArgs, config: &Config, data: &Path, reach: Reach) -> Result<Self> {
        let tenant = listen::bind(reach, args.port, "the tenant", "--port")?;
        let samples = !args.no_samples && samples::are_in(config);
        let bind = |wanted: bool, port, what, flag| wanted.then(|| listen::bind(reach, port, what, flag)).transpose();
        let web_port = args.port_or(args.web_port, 5000);
        let web = bind(samples && !args.no_web, web_port, "the sample web app", "--web-port (or --no-web)")?;
        let api = bind(samples, args.port_or(args.api_port, 6000), "the sample web API", "--api-port")?;
        let https = if args.tls {
            let names: Vec<String> = config.tenants.iter().map(|t| t.name.clone()).collect();
            Some(Https::prepare(data, &names, reach, args.tls_port, args.port_or(args.proxy_port, 8401))?)
        } else {
            None
        };
        Ok(Self { tenant, web, api, https })
    }

    /// Public addresses: the usual one first, then those of the configuration. An address in the configuration is used
    /// with the settings it has there.
    fn origins(&self, config: &Config) -> Vec<Origin> {
        let usual = format!("http://localhost:{}", self.tenant.port);
        let https = self.https.iter().flat_map(|h| h.facts().origins.clone());
        let own = [usual].into_iter().chain(https).map(|url| Origin {
            url,
            tenants: Vec::new(),
            canonical: None,
            portal: false,
        });
        let mut all: Vec<Origin> = own.collect();
        for named in config.origins.iter().map(Origin::from) {
            match all.iter_mut().find(|origin| origin.url == named.url) {
                Some(origin) => *origin = named,
                None => all.push(named),
            }
        }
        all
    }

    /// The addresses of this run, for `vestibule env`.
    fn addresses(&self) -> Addresses {
        let usual = Addresses::default();
        let scheme = if self.https.is_some() { "https" } else { "http" };
        let endpoint = self.api.as_ref().map(|api| format!("{scheme}://localhost:{}/hello", api.port));
        Addresses {
            tenant: format!("http://localhost:{}", self.tenant.port),
            endpoint: endpoint.unwrap_or(usual.endpoint),
            posing: self.https.as_ref().map(|https| Posing::from(https.facts())),
        }
    }

    fn serve(
        self,
        site: &Site,
        settings: &samples::Settings,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Result<Servers> {
        let mut servers = Servers::default();
        servers.serve_tenant(self.tenant, site, None)?;
        let api_endpoint = self.api.as_ref().map(|api| format!("http://localhost:{}/hello", api.port));
        let tls = self.https.map(|https| https.serve(&mut servers, site, stop)).transpose()?;
        if let Some(web) = self.web {
            servers.serve(web, samples::web_router(settings, api_endpoint, clock))?;
        }
        if let Some(api) = self.api {
            servers.serve_both(api, samples::api_router(settings, clock), tls.as_ref())?;
        }
        Ok(servers)
    }
}

fn load_config(args: &DevArgs) -> Result<Config> {
    let plain_http = if args.listen_beyond_loopback { PlainHttp::Anywhere } else { PlainHttp::Loopback };
    Ok(match &args.config {
        Some(file) => Config::load_for(file, plain_http)?,
        None => Config::parse(DEMO.0, DEMO.1)?,
    })
}

async fn apply_config(
    config: &Config,
    store: &Store,
    random: &Random,
    now: i64,
    data: &Path,
    moved: Option<&MovedApplication>,
    keys: &Keys,
) -> Result<()> {
    let secrets = env::demo_secrets_file(data);
    let options = ApplyOptions {
        demo_secrets: Some(&secrets),
        moved,
        // Developers switch back and forth between files.
        older: OlderFile::Apply,
        keys: Some(keys),
        ..ApplyOptions::new(&|name| std::env::var(name).ok())
    };
    apply(config, store, random, now, &options).await?;
    Ok(())
}

/// Builds the report.
fn ready(args: &DevArgs, config: &Config, ports: &Ports, settings: &samples::Settings, problems: &[Problem]) -> Ready {
    let mut notes = Vec::new();
    if ports.api.is_none() && !args.no_samples {
        notes.push(format!("The samples are not running: they need {} in the configuration.", samples::NEEDS));
    }
    if args.listen_beyond_loopback {
        notes.push(
            "WARNING: other machines can reach this. Its users have known passwords, and anyone may read its mail and \
             move its clock. Never do this on a network that you do not trust."
                .to_owned(),
        );
    }
    notes.extend(config.unused_by_dev().iter().chain(problems).map(ToString::to_string));
    let users = config.tenants.iter().flat_map(|t| &t.users).filter_map(|user| {
        let password = user.password.clone()?;
        Some(DemoUser { name: user.sign_in_name().to_owned(), password })
    });
    let tenant = format!("http://localhost:{}", ports.tenant.port);
    Ready {
        web: ports.web.as_ref().map(|web| format!("http://localhost:{}", web.port)),
        api: ports.api.as_ref().map(|api| format!("http://localhost:{}", api.port)),
        outbox: format!("{tenant}/_dev/outbox"),
        clock: format!("{tenant}/_dev/clock"),
        tenant,
        users: users.collect(),
        portal: None,
        env: settings.web.clone(),
        data: args.data.clone(),
        tls: ports.https.as_ref().map(|h| h.facts().clone()),
        notes,
    }
}
