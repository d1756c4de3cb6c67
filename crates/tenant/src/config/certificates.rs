//! Reads the certificates of applications, and reports their problems.

use super::Problem;
use super::file::{Config, ReadCertificate};
use crate::registry::Certificate;
use std::path::Path;

/// The maximum size of a certificate file, in bytes; no certificate needs more.
const MOST_BYTES: u64 = 64 * 1024;
/// The maximum number of certificates per application.
const MOST: usize = 10;
/// Distinguishes PEM text from a file path.
const PEM: &str = "-----BEGIN ";

/// Reads the certificates of all applications. File paths are relative to `beside`; without it, only PEM texts are
/// read.
///
/// Returns every problem.
pub(super) fn read(config: &mut Config, beside: Option<&Path>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, tenant) in config.tenants.iter_mut().enumerate() {
        for (j, application) in tenant.applications.iter_mut().enumerate() {
            let path = format!("tenant[{i}].application[{j}].certificates");
            let mut read: Vec<ReadCertificate> = Vec::new();
            for (k, entry) in application.certificates.iter().enumerate() {
                let named = entry.value();
                let mut say = |message| problems.push(config.places.problem(&format!("{path}[{k}]"), message));
                match certificate(named, beside) {
                    None => {}
                    Some(Err(why)) => say(format!("the certificate {} of {:?}: {why}", shown(named), application.name)),
                    Some(Ok(found)) if read.iter().any(|known| known.certificate == found) => {
                        say(format!("the certificate {} is there twice", found.fingerprint()));
                    }
                    Some(Ok(found)) => read.push(entry.with(found)),
                }
            }
            if application.certificates.len() > MOST {
                let message = format!("{:?} has more than {MOST} certificates", application.name);
                problems.push(config.places.problem(&path, message));
            }
            application.read_certificates = read;
        }
    }
    problems
}

fn certificate(named: &str, beside: Option<&Path>) -> Option<Result<Certificate, String>> {
    if named.contains(PEM) {
        return Some(Certificate::from_pem(named).map_err(|why| why.to_string()));
    }
    let path = beside?.join(named);
    let text = match std::fs::metadata(&path) {
        Ok(file) if file.len() > MOST_BYTES => return Some(Err("the file is too large for a certificate".to_owned())),
        Ok(_) => std::fs::read_to_string(&path),
        Err(error) => Err(error),
    };
    Some(match text {
        Ok(text) => Certificate::from_pem(&text).map_err(|why| why.to_string()),
        Err(error) => Err(format!("the file cannot be read: {error}")),
    })
}

/// A path as written, or the fact that it is PEM text.
fn shown(named: &str) -> String {
    if named.contains(PEM) { "written here".to_owned() } else { format!("{named:?}") }
}
