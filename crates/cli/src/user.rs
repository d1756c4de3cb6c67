//! `vestibule user`: manages users.

use crate::out;
use crate::place::{Found, Place, TenantArg};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::io::BufRead;
use vestibule_journey::{Attributes, Value};
use vestibule_protocol::error::timestamp;
use vestibule_store::IdentityKind;
use vestibule_tenant::accounts::{
    AccountSettings, Accounts, NewUser, TemporaryPassword, TenantInfo, User, UserError, attributes, identity,
};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::manage::{Manage, Users};

/// Number of users read at a time.
const PAGE: i64 = 200;

/// `vestibule user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make a user, with a generated password that expires and must be changed at the first sign-in
    Add(AddArgs),
    /// List users: object id, state, sign-in name, display name
    List(ListArgs),
    /// Keep a user out, and end all sessions
    Disable(NameArgs),
    /// Let a user in again
    Enable(NameArgs),
    /// Give a user a generated password that expires and must be changed at the next sign-in; ends all sessions
    Password(PasswordArgs),
    /// End every session and refresh token of a user, or of everybody
    SignOut(SignOutArgs),
}

/// `vestibule user add`
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    who: NameArgs,

    /// Name for people [default: the sign-in name]
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    /// Read the password from the first line of standard input instead; it stays
    #[arg(long)]
    password_stdin: bool,
}

/// `vestibule user list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    /// Only users whose sign-in name begins so
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

/// `vestibule user password`
#[derive(Debug, Args)]
pub struct PasswordArgs {
    #[command(flatten)]
    who: NameArgs,

    /// Read the password from the first line of standard input instead; it stays
    #[arg(long)]
    password_stdin: bool,
}

/// `vestibule user sign-out`
#[derive(Debug, Args)]
pub struct SignOutArgs {
    /// E-mail address or user name
    #[arg(value_name = "NAME", required_unless_present = "everybody", conflicts_with = "everybody")]
    name: Option<String>,

    /// Everybody in the tenant
    #[arg(long)]
    everybody: bool,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,
}

/// One user.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// E-mail address or user name
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,
}

/// Runs `vestibule user …`.
///
/// # Errors
/// A sentence: there is no store yet, there is no user of this name, or the name or password is not allowed.
pub async fn run(command: &UserCommand) -> Result<()> {
    match command {
        UserCommand::Add(args) => add(args).await,
        UserCommand::List(args) => list(args).await,
        UserCommand::Disable(args) => enable(args, false).await,
        UserCommand::Enable(args) => enable(args, true).await,
        UserCommand::Password(args) => password(args).await,
        UserCommand::SignOut(args) => sign_out(args).await,
    }
}

/// The environment of a command.
struct Desk {
    place: Found,
    accounts: Accounts,
    manage: Manage,
    tenant: TenantInfo,
}

impl Desk {
    async fn open(place: &Place, tenant: &TenantArg) -> Result<Self> {
        let place = place.open().await?;
        let (clock, random) = (Clock::system(), Random::system());
        let manage = place.manage();
        let tenant = tenant.only(&place).await?;
        let tenant = TenantInfo::from(&manage.registrations(&tenant.id).await?);
        let block_list = place.server.password_block_list.clone();
        let settings = AccountSettings { block_list, ..AccountSettings::default() };
        let accounts = Accounts::new(place.store.clone(), clock, random, settings)?;
        Ok(Self { place, accounts, manage, tenant })
    }

    fn users(&self) -> Users<'_> {
        self.manage.users(&self.accounts)
    }

    async fn user(&self, name: &str) -> Result<User> {
        let nobody =
            || format!("nobody in {} signs in as {name}; vestibule user list names everybody", self.tenant.name);
        let name = identity::sign_in_name(name).with_context(nobody)?;
        self.users().named(&self.tenant.id, &name).await?.with_context(nobody)
    }

    /// Signs out all users, and returns their number.
    async fn sign_out_everybody(&self) -> Result<usize> {
        let (mut after, mut done) = (None::<String>, 0);
        loop {
            let users = self.users().list(&self.tenant.id, after.as_deref(), PAGE).await?;
            let Some(last) = users.last() else { return Ok(done) };
            after = Some(last.object_id().to_owned());
            for user in &users {
                match self.users().sign_out(&self.tenant.id, user.object_id()).await {
                    Ok(()) => done += 1,
                    Err(UserError::NotFound) => {}
                    Err(error) => return Err(sentence(user.object_id(), &error)),
                }
            }
        }
    }
}

/// The first line of standard input.
fn read_password() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("standard input has no password on its first line");
    }
    Ok(password.to_owned())
}

async fn add(args: &AddArgs) -> Result<()> {
    let who = &args.who;
    let desk = Desk::open(&who.place, &who.tenant).await?;
    let bad = || format!("{} is neither an e-mail address nor a user name", who.name);
    let name = identity::sign_in_name(&who.name).with_context(bad)?;
    let key = if name.kind == IdentityKind::UserName { "signInNames.userName" } else { "signInNames.emailAddress" };
    let display_name = args.display_name.clone().unwrap_or_else(|| who.name.clone());
    let mut attributes = Attributes::from([
        (key.to_owned(), Value::Text(who.name.clone())),
        ("displayName".to_owned(), Value::Text(display_name)),
    ]);
    let new = |attributes| NewUser { object_id: None, attributes, allow_banned_password: false };
    let made = if args.password_stdin {
        attributes.insert("password".to_owned(), Value::Text(read_password()?));
        desk.users().create(&desk.tenant, new(attributes)).await.map(|user| (user, None))
    } else {
        let made = desk.users().create_with_temporary_password(&desk.tenant, new(attributes)).await;
        made.map(|(user, password)| (user, Some(password)))
    };
    let (user, password) = made.map_err(|e| sentence(&who.name, &e))?;
    out::say(&format!("{} was made, object id {}.", who.name, user.object_id()))?;
    tell_password(password.as_ref())?;
    desk.place.store.close().await;
    Ok(())
}

async fn list(args: &ListArgs) -> Result<()> {
    let desk = Desk::open(&args.place, &args.tenant).await?;
    let mut after: Option<String> = None;
    loop {
        let users = match &args.search {
            Some(prefix) => desk.users().search(&desk.tenant.id, prefix, PAGE).await?,
            None => desk.users().list(&desk.tenant.id, after.as_deref(), PAGE).await?,
        };
        out::print(&users.iter().map(row).collect::<String>())?;
        after = users.last().map(|user| user.object_id().to_owned());
        if args.search.is_some() || users.is_empty() {
            break;
        }
    }
    desk.place.store.close().await;
    Ok(())
}

fn row(user: &User) -> String {
    let state = if user.enabled() { "enabled" } else { "disabled" };
    let name = user.user_name().or(user.email()).unwrap_or("-");
    format!("{}  {state:<8}  {name:<32}  {}\n", user.object_id(), user.display_name().unwrap_or_default())
}

async fn enable(args: &NameArgs, enabled: bool) -> Result<()> {
    let desk = Desk::open(&args.place, &args.tenant).await?;
    let user = desk.user(&args.name).await?;
    let done = desk.users().set_enabled(&desk.tenant, user.object_id(), enabled).await;
    done.map_err(|e| sentence(&args.name, &e))?;
    let what = if enabled { "may sign in again" } else { "may not sign in any more, and every session has ended" };
    out::say(&format!("{} {what}.", args.name))?;
    desk.place.store.close().await;
    Ok(())
}

async fn password(args: &PasswordArgs) -> Result<()> {
    let desk = Desk::open(&args.who.place, &args.who.tenant).await?;
    let user = desk.user(&args.who.name).await?;
    let id = user.object_id();
    let made = if args.password_stdin {
        desk.users().set_password(&desk.tenant, id, &read_password()?, false).await.map(|()| None)
    } else {
        desk.users().give_temporary_password(&desk.tenant, id).await.map(Some)
    };
    let password = made.map_err(|e| sentence(&args.who.name, &e))?;
    out::say(&format!("{} has a new password, and every session has ended.", args.who.name))?;
    tell_password(password.as_ref())?;
    desk.place.store.close().await;
    Ok(())
}

async fn sign_out(args: &SignOutArgs) -> Result<()> {
    let desk = Desk::open(&args.place, &args.tenant).await?;
    let whose = match &args.name {
        Some(name) => {
            let user = desk.user(name).await?;
            let done = desk.users().sign_out(&desk.tenant.id, user.object_id()).await;
            done.map_err(|e| sentence(name, &e))?;
            name.clone()
        }
        None => format!("{} users", desk.sign_out_everybody().await?),
    };
    out::say(&format!("{whose}: every session and refresh token has ended."))?;
    desk.place.store.close().await;
    Ok(())
}

fn tell_password(generated: Option<&TemporaryPassword>) -> Result<()> {
    if let Some(TemporaryPassword { password, expires_at }) = generated {
        let expires = timestamp(*expires_at);
        out::say(&format!(
            "Password, shown only now, good until {expires} and to be changed at the next sign-in: {}",
            password.as_str()
        ))?;
    }
    Ok(())
}

fn sentence(name: &str, error: &UserError) -> anyhow::Error {
    match error {
        UserError::Refused { attribute, .. } if attribute == "password" => {
            anyhow::anyhow!("this password is too easy to guess: choose another")
        }
        UserError::Refused { attribute, .. } => {
            anyhow::anyhow!("{attribute} of {name} {}", attributes::expected(attribute))
        }
        UserError::AlreadyExists => anyhow::anyhow!("there is a user {name} already"),
        other => anyhow::anyhow!("{name}: {other}"),
    }
}
