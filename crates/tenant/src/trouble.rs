//! Reports a persistent failure: it is logged when it begins, when its cause changes and when it is over, but not every
//! second in between.

use std::sync::{Mutex, PoisonError};

/// The number of causes remembered per failure. Further causes are not reported, because their text changes every time.
const MOST_CAUSES: usize = 8;

/// The causes already reported of a persistent failure; empty while everything works.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Vec<String>>);

/// An event to report.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing changed.
    None,
    /// It fails, with a cause that has not been reported.
    Cause(String),
    /// The failure is over.
    Over,
}

impl Trouble {
    /// Records the latest result: the cause of a failure, or `None`. Returns what to report.
    pub fn note(&self, failure: Option<String>) -> News {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cause) = failure else {
            let over = !reported.is_empty();
            reported.clear();
            return if over { News::Over } else { News::None };
        };
        if reported.contains(&cause) || reported.len() >= MOST_CAUSES {
            return News::None;
        }
        reported.push(cause.clone());
        News::Cause(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_reported_once_again_when_its_cause_changes_and_when_it_is_over() {
        let trouble = Trouble::default();
        let fails = |cause: &str| trouble.note(Some(cause.to_owned()));
        assert_eq!(trouble.note(None), News::None);
        assert_eq!(fails("refused"), News::Cause("refused".to_owned()));
        assert_eq!(fails("refused"), News::None);
        assert_eq!(fails("silent"), News::Cause("silent".to_owned()));
        assert_eq!(fails("refused"), News::None, "two causes in turn are no news");
        assert_eq!(trouble.note(None), News::Over);
        assert_eq!(trouble.note(None), News::None);
        assert_eq!(fails("refused"), News::Cause("refused".to_owned()));
    }

    #[test]
    fn a_cause_that_is_new_each_time_does_not_fill_the_log() {
        let trouble = Trouble::default();
        let reported = (0..1000).filter(|n| trouble.note(Some(format!("attempt {n}"))) != News::None).count();
        assert_eq!(reported, MOST_CAUSES);
    }
}
