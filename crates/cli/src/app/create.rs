//! `vestibule app create`

use crate::desk::{At, refused};
use crate::out;
use anyhow::Result;
use clap::Args;
use vestibule_tenant::registry::{Application, Platform, RedirectUri, Scope};

/// `vestibule app create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Name: webapp1
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    redirects: Redirects,

    /// Application ID URI, for an API: https://contoso.onmicrosoft.com/tasks-api
    #[arg(long, value_name = "URI")]
    app_id_uri: Option<String>,

    /// A scope that the API exposes, such as tasks.read; again for each
    #[arg(long = "scope", value_name = "NAME", requires = "app_id_uri")]
    scopes: Vec<String>,

    /// Grant admin consent to openid and offline_access, without which nobody can sign in to it
    #[arg(long)]
    grant_admin_consent: bool,

    /// Client id, to keep the one of an Azure AD B2C application [default: a new one]
    #[arg(long, value_name = "GUID")]
    client_id: Option<String>,

    #[command(flatten)]
    at: At,
}

/// Redirect URIs by platform.
#[derive(Debug, Args)]
pub(super) struct Redirects {
    /// Redirect URI of a web application with a server; again for each
    #[arg(long, value_name = "URI")]
    web: Vec<String>,

    /// Redirect URI of a single-page application; again for each
    #[arg(long, value_name = "URI")]
    spa: Vec<String>,

    /// Redirect URI of a mobile or desktop application; again for each
    #[arg(long, value_name = "URI")]
    public: Vec<String>,
}

impl Redirects {
    /// All of them, platform by platform.
    pub(super) fn all(&self) -> Vec<RedirectUri> {
        let lists = [(&self.web, Platform::Web), (&self.spa, Platform::Spa), (&self.public, Platform::PublicClient)];
        let of = |(uris, platform): (&Vec<String>, Platform)| {
            uris.iter().map(|uri| RedirectUri { uri: uri.clone(), platform }).collect::<Vec<_>>()
        };
        lists.into_iter().flat_map(of).collect()
    }
}

/// A scope without a text of its own is shown by its name.
pub(super) fn scope(name: &str) -> Scope {
    let name = name.to_owned();
    let admin_consent_display_name = name.clone();
    Scope { name, admin_consent_display_name, admin_consent_description: String::new(), enabled: true }
}

pub(super) async fn run(args: &CreateArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let mut application = Application {
        client_id: args.client_id.as_deref().map(str::to_lowercase).unwrap_or_default(),
        name: args.name.clone(),
        redirect_uris: args.redirects.all(),
        app_id_uri: args.app_id_uri.clone(),
        scopes: args.scopes.iter().map(|name| scope(name)).collect(),
        ..Application::default()
    };
    if !args.grant_admin_consent {
        application.openid_permissions.clear();
    }
    let signs_in = !application.redirect_uris.is_empty();
    let (client_id, _) = desk.manage.create_application(desk.id(), application).await.map_err(refused)?;
    desk.say(&format!("{} was registered, client id {client_id}.", args.name)).await?;
    if signs_in && !args.grant_admin_consent {
        let name = &args.name;
        out::warn(&format!("Nobody can sign in to it before: vestibule app consent grant {name}"));
    }
    Ok(())
}
