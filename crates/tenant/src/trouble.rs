//! A failure that lasts: worth a line of the log when it begins, when its cause changes and when it is over, and not
//! each second in between.

use std::sync::{Mutex, PoisonError};

/// Causes that are remembered of one trouble. A cause beyond them is not reported: its text changes each time.
const MOST_CAUSES: usize = 8;

/// What was reported of a failure that lasts; nothing while all is well.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Vec<String>>);

/// What there is to report.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing: it is as it was.
    None,
    /// It fails, for a cause that was not reported before.
    Cause(String),
    /// It works again.
    Over,
}

impl Trouble {
    /// Notes how it went this time: the cause of the failure, or none. Returns what there is to report.
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
