//! The directory as commands need it: users are made and changed, but nobody signs in, and no mail is written.

use anyhow::Result;
use std::path::PathBuf;
use std::sync::Arc;
use vestibule_store::Store;
use vestibule_tenant::accounts::{Directory, DirectoryParts, DirectorySettings};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::{CodeMailRequest, Mail, MailTransport, Mailer};
use vestibule_tenant::seal::Sealer;

/// A directory over the store.
///
/// # Errors
/// The list of breached passwords cannot be read.
pub(crate) fn directory(
    store: &Store,
    clock: &Clock,
    random: &Random,
    block_list: Option<PathBuf>,
) -> Result<Directory> {
    let mailer = Mailer::new(store.clone(), clock.clone(), random.clone(), &MailTransport::Outbox)?;
    let no_mail = |request: &CodeMailRequest<'_>| Mail {
        subject: request.tenant_name.to_owned(),
        text: request.code.to_owned(),
        html: String::new(),
    };
    Ok(Directory::new(DirectoryParts {
        store: store.clone(),
        clock: clock.clone(),
        random: random.clone(),
        // It keys digests of wrong passwords, and nobody signs in here.
        sealer: Sealer::new(random.bytes()),
        mailer,
        code_mail: Arc::new(no_mail),
        settings: DirectorySettings { block_list, ..DirectorySettings::default() },
    })?)
}
