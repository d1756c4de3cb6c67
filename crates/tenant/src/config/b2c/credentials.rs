//! Client secrets and certificates: ids, names and dates come over, values of secrets do not.

use super::node::Node;
use super::report::Report;
use crate::config::time;
use crate::manage::{LONGEST_DESCRIPTION, MOST_CREDENTIALS};
use crate::registry::{Application, Certificate, Credential, CredentialKind, credential};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Read the credentials of an application.
///
/// # Errors
/// A sentence with file and path.
pub(super) fn read(to: &mut Application, node: &Node<'_>, now: i64, report: &mut Report) -> Result<(), String> {
    for item in node.list("passwordCredentials")? {
        let secret = secret(&item)?;
        if secret.expires_at.is_some_and(|end| end <= now) {
            report.by_hand(format!("an expired secret of the application {:?} is left out", to.name));
        } else {
            to.credentials.push(secret);
        }
    }
    for item in node.list("keyCredentials")? {
        match certificate(&item)? {
            Some(certificate) => to.credentials.push(certificate),
            None => report.by_hand(format!(
                "a certificate of the application {:?} is not in the file: add its PEM file to \"certificates\", or \
                 select keyCredentials when you ask Graph",
                to.name
            )),
        }
    }
    for kind in [CredentialKind::Secret, CredentialKind::Certificate] {
        keep_newest(to, kind, report);
    }
    if to.credentials.iter().any(|known| known.kind == CredentialKind::Secret) {
        report.by_hand(format!("the secrets of the application {:?}: put them into the environment", to.name));
    }
    Ok(())
}

/// An application has a limited number of credentials of each kind; those that end last stay.
fn keep_newest(to: &mut Application, kind: CredentialKind, report: &mut Report) {
    let (mut own, others): (Vec<Credential>, Vec<Credential>) =
        std::mem::take(&mut to.credentials).into_iter().partition(|known| known.kind == kind);
    if own.len() > MOST_CREDENTIALS {
        own.sort_by_key(|known| std::cmp::Reverse(known.expires_at));
        own.truncate(MOST_CREDENTIALS);
        report
            .by_hand(format!("{:?} has more than {MOST_CREDENTIALS} credentials of a kind: the newest stay", to.name));
    }
    to.credentials = others;
    to.credentials.append(&mut own);
}

fn secret(node: &Node<'_>) -> Result<Credential, String> {
    let expires_at = match node.text_of("endDateTime")? {
        Some(text) => Some(time::millis(text).ok_or_else(|| node.wrong("endDateTime is no time with an offset"))?),
        None => None,
    };
    let id = node.needed("keyId")?.text()?.to_ascii_lowercase();
    let hint = node.text_of("hint")?.unwrap_or_default().to_owned();
    let made = credential::from_value("", id, expires_at);
    // Of no value: what is written of the secret is the variable that will hold the right one.
    Ok(Credential { hash: String::new(), hint, description: description(node)?, ..made })
}

/// A certificate; none if the file has not its bytes, or its key is of no kind that is verified here.
fn certificate(node: &Node<'_>) -> Result<Option<Credential>, String> {
    let id = node.needed("keyId")?.text()?.to_ascii_lowercase();
    let description = description(node)?;
    let der = node.text_of("key")?.and_then(|text| STANDARD.decode(text).ok());
    let certificate = der.and_then(|der| Certificate::from_der(der).ok());
    Ok(certificate.map(|read| Credential { description, ..credential::from_certificate(read, id) }))
}

fn description(node: &Node<'_>) -> Result<String, String> {
    let text = node.text_of("displayName")?.unwrap_or_default();
    Ok(text.chars().filter(|c| !c.is_control()).take(LONGEST_DESCRIPTION).collect())
}
