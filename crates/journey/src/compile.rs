//! From the files of a chain to a [`Policy`], or to the list of everything that is wrong with them.

use crate::{Policy, Problem};

/// One policy file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name for messages.
    pub name: String,
    /// The XML.
    pub text: String,
}

/// What the compiler knows of the tenant.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The tenant's domain, e.g. `contoso.onmicrosoft.com`; with one, a foreign tenant name is an error.
    pub tenant: Option<String>,
    /// Names of key containers that exist; with a list, a missing one is an error.
    pub key_containers: Option<Vec<String>>,
}

/// A policy that runs, and what is odd about it.
#[derive(Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Policy,
    /// Problems of severity warning.
    pub warnings: Vec<Problem>,
}

/// Merge `chain` (base first, relying party last) and compile it.
///
/// # Errors
/// Every problem of the chain, warnings included, sorted by file and line.
pub fn compile(chain: &[Source], options: &CompileOptions) -> Result<Compiled, Vec<Problem>> {
    let _ = (chain, options);
    Err(Vec::new())
}
