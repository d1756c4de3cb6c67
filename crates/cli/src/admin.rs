//! `vestibule admin`: who may use the portal.

use crate::out;
use crate::place::{Found, Place};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::accounts::{AccountSettings, Accounts};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::manage::{AdminTenant, Administrator, Administrators, Manage, Right, Role};

/// `vestibule admin …`
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Print a link that makes one person an administrator: good for 15 minutes, for one browser
    Invite(InviteArgs),
    /// List administrators: name, address, role and tenant
    List(ListArgs),
    /// Remove an administrator; the last one of all tenants stays
    Remove(RemoveArgs),
    /// Give an administrator a generated password that must be changed at the next sign-in
    Password(RemoveArgs),
}

/// `vestibule admin invite`
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// The role: administrator, or reader, who changes nothing
    #[arg(long, value_name = "ROLE", default_value = "administrator")]
    role: String,

    /// The tenant that the role is for [default: all tenants]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,

    #[command(flatten)]
    place: Place,
}

/// `vestibule admin list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
}

/// `vestibule admin remove` and `vestibule admin password`
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The address that the administrator signs in with
    #[arg(value_name = "ADDRESS")]
    address: String,

    #[command(flatten)]
    place: Place,
}

/// Run `vestibule admin …`.
///
/// # Errors
/// A sentence: no server with a portal was started on this store yet, or nobody has this address.
pub async fn run(command: &AdminCommand) -> Result<()> {
    match command {
        AdminCommand::Invite(args) => invite(args).await,
        AdminCommand::List(args) => list(args).await,
        AdminCommand::Remove(args) => remove(args).await,
        AdminCommand::Password(args) => password(args).await,
    }
}

/// The environment of a command.
struct Desk {
    place: Found,
    manage: Manage,
    accounts: Accounts,
    tenant: AdminTenant,
}

impl Desk {
    async fn open(place: &Place) -> Result<Self> {
        let place = place.open().await?;
        let manage = place.manage();
        let missing = "there are no administrators in this store yet: start the server once with its portal";
        let tenant = manage.admin_tenant().await?.context(missing)?;
        let block_list = place.server.password_block_list.clone();
        let settings = AccountSettings { block_list, ..AccountSettings::default() };
        let accounts = Accounts::new(place.store.clone(), Clock::system(), Random::system(), settings)?;
        Ok(Self { place, manage, accounts, tenant })
    }

    fn administrators(&self) -> Administrators<'_> {
        self.manage.administrators(&self.accounts, &self.tenant)
    }

    async fn find(&self, address: &str) -> Result<Administrator> {
        let is = |one: &Administrator| one.user.email().is_some_and(|email| email.eq_ignore_ascii_case(address));
        let found = self.administrators().list().await?.into_iter().find(is);
        found.with_context(|| format!("no administrator signs in as {address}; vestibule admin list names them all"))
    }

    /// The GUID of a tenant, by its name, domain or id.
    async fn tenant_id(&self, named: &str) -> Result<String> {
        let heads = self.manage.tenants().await?;
        let is = |text: &str| text.eq_ignore_ascii_case(named);
        let found = heads.into_iter().find(|t| is(&t.name) || is(&t.domain) || is(&t.id));
        found.map(|head| head.id).with_context(|| format!("there is no tenant {named}"))
    }

    async fn close(self) {
        self.place.store.close().await;
    }
}

async fn invite(args: &InviteArgs) -> Result<()> {
    let Some(role) = Role::parse(&args.role) else {
        bail!("there is no role {:?}: choose administrator or reader", args.role);
    };
    let desk = Desk::open(&args.place).await?;
    let tenant = match &args.tenant {
        Some(named) => Some(desk.tenant_id(named).await?),
        None => None,
    };
    let invitation = desk.administrators().invite(&Right { tenant, role }).await?;
    out::say(&vestibule_portal::invitation_link(&desk.tenant, &invitation))?;
    out::warn(&format!(
        "The link is good until {}, for the browser in which somebody accepts it first.",
        timestamp(invitation.expires_at)
    ));
    desk.close().await;
    Ok(())
}

async fn list(args: &ListArgs) -> Result<()> {
    let desk = Desk::open(&args.place).await?;
    let tenants = desk.manage.tenants().await?;
    let mut text = String::new();
    for one in desk.administrators().list().await? {
        for right in &one.rights {
            let named =
                |id: &String| tenants.iter().find(|head| head.id == *id).map_or_else(|| id.clone(), |h| h.name.clone());
            let tenant = right.tenant.as_ref().map_or_else(|| "all tenants".to_owned(), named);
            let (name, email) = (one.user.display_name().unwrap_or_default(), one.user.email().unwrap_or_default());
            text += &format!("{email:<32}  {:<13}  {tenant:<16}  {name}\n", right.role.as_str());
        }
    }
    out::print(&text)?;
    desk.close().await;
    Ok(())
}

async fn remove(args: &RemoveArgs) -> Result<()> {
    let desk = Desk::open(&args.place).await?;
    let person = desk.find(&args.address).await?;
    if !desk.administrators().remove(person.user.object_id()).await? {
        bail!("{} is the last Administrator of all tenants: invite another one first", args.address);
    }
    out::say(&format!("{} may not use the portal any more, and every session in it has ended.", args.address))?;
    desk.close().await;
    Ok(())
}

async fn password(args: &RemoveArgs) -> Result<()> {
    let desk = Desk::open(&args.place).await?;
    let person = desk.find(&args.address).await?;
    let new = desk.administrators().new_password(person.user.object_id()).await?;
    out::say(&format!(
        "Password, shown only now, good until {} and to be changed at the next sign-in: {}",
        timestamp(new.expires_at),
        new.password.as_str()
    ))?;
    desk.close().await;
    Ok(())
}
