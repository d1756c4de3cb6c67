//! Custom policies: those that compile come over as they are.

use super::Import;
use crate::manage::{CustomPolicy, check_policies};
use vestibule_journey::{Folder, Source};

impl Import<'_> {
    /// A policy with an error is left out, and so is everything that is built on it.
    pub(super) fn policies(&mut self, mut files: Vec<Source>) {
        let domain = self.tenant.tenant.domain.clone();
        loop {
            let problems = check_policies(&files, &domain);
            let stops: Vec<_> = problems.iter().filter(|problem| problem.severity.stops()).collect();
            let before = files.len();
            files.retain(|file| !stops.iter().any(|problem| problem.file == file.name));
            for problem in &stops {
                self.report.by_hand(format!("a policy is left out: {problem}"));
            }
            // Each round takes a file, or is the last.
            if files.len() == before {
                break;
            }
        }
        let folder = Folder::new(files);
        let policies = folder
            .policies()
            .map(|(id, source)| (id.to_lowercase(), CustomPolicy { id: id.to_owned(), xml: source.text.clone() }));
        self.tenant.policies = policies.collect();
    }
}
