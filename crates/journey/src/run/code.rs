//! One-time codes: made, mailed, checked. Counted, hashed, used once.

use super::stop::Stop;
use super::{Run, stop::Refusal};
use crate::profiles::codes::{CodeRules, Dialect};
use crate::state::PendingCode;
use crate::{CourierError, World};
use vestibule_protocol::digest::{base64url, constant_time_eq, sha256_base64url};

/// Most addresses that one journey may send codes to.
const MOST_ADDRESSES: usize = 10;

/// The error of a code, or of a request for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Wrong,
    NoMoreTries,
    Expired,
    NoMoreCodes,
    Throttled,
}

impl Fault {
    /// The string id and the AADB2C code.
    pub(crate) const fn told(self, dialect: Dialect) -> (&'static str, u32) {
        match (self, dialect) {
            (Self::Wrong, Dialect::Classic) => ("ver_fail_retry", 90159),
            (Self::Wrong, Dialect::Sspr) => ("UserMessageIfVerificationFailedRetryAllowed", 90159),
            (Self::Wrong, Dialect::Otp) => ("UserMessageIfInvalidCode", 90159),
            (Self::NoMoreTries, Dialect::Classic) => ("ver_fail_no_retry", 90159),
            (Self::NoMoreTries, Dialect::Sspr) => ("UserMessageIfVerificationFailedNoRetry", 90159),
            (Self::NoMoreTries, Dialect::Otp) => ("UserMessageIfMaxRetryAttempted", 90159),
            (Self::Expired, Dialect::Classic) => ("ver_fail_code_expired", 90159),
            (Self::Expired, Dialect::Sspr) => ("UserMessageIfChallengeExpired", 90159),
            (Self::Expired, Dialect::Otp) => ("UserMessageIfSessionDoesNotExist", 90159),
            (Self::NoMoreCodes | Self::Throttled, Dialect::Classic) => ("ver_fail_throttled", 90161),
            (Self::NoMoreCodes | Self::Throttled, Dialect::Sspr) => ("UserMessageIfThrottled", 90161),
            (Self::NoMoreCodes | Self::Throttled, Dialect::Otp) => ("UserMessageIfMaxNumberOfCodeGenerated", 90161),
        }
    }

    pub(crate) fn refusal(self, dialect: Dialect) -> Refusal {
        let (id, code) = self.told(dialect);
        Refusal::new(id).code(code)
    }
}

impl<W: World> Run<'_, '_, W> {
    /// Makes a new code for an address or identifier; it replaces the previous one.
    pub(crate) fn make(&mut self, identifier: &str, rules: &CodeRules) -> Result<String, Fault> {
        let now = self.world.now();
        let pending = self.state.page.codes.get(identifier);
        let made = pending.map_or(0, |pending| pending.made);
        if made >= rules.most_codes || (pending.is_none() && self.state.page.codes.len() >= MOST_ADDRESSES) {
            return Err(Fault::NoMoreCodes);
        }
        let again = pending.filter(|pending| rules.reuse && pending.hash.is_some() && now < pending.expires_at);
        let (again, tries) = again.map_or((None, 0), |pending| (pending.code.clone(), pending.tries));
        let code = again.unwrap_or_else(|| self.draw(rules));
        let mut salt = [0; 16];
        self.world.random(&mut salt);
        let salt = base64url(&salt);
        let pending = PendingCode {
            hash: Some(hash(&salt, &code)),
            salt,
            code: rules.reuse.then(|| code.clone()),
            expires_at: now.saturating_add(i64::from(rules.seconds) * 1000),
            tries,
            made: made + 1,
        };
        self.state.page.codes.insert(identifier.to_owned(), pending);
        Ok(code)
    }

    /// Make a code and mail it.
    pub(crate) async fn mail(&mut self, address: &str, rules: &CodeRules, dialect: Dialect) -> Result<(), Stop> {
        let code = self.make(address, rules).map_err(|fault| fault.refusal(dialect))?;
        let request = &self.state.request;
        let languages = [self.policy.language(&request.languages)];
        match self.world.mail_code(address, &code, &request.application, &languages).await {
            Ok(()) => Ok(()),
            Err(CourierError::Throttled) => {
                self.spend(address);
                Err(Fault::Throttled.refusal(dialect).into())
            }
            Err(CourierError::World(error)) => Err(Stop::World(error)),
            Err(error @ CourierError::NotAvailable(_)) => Err(Stop::broken(error.to_string())),
        }
    }

    /// Checks whether the code is the one that was made. A right one is used up.
    pub(crate) fn prove(&mut self, identifier: &str, code: &str, rules: &CodeRules) -> Result<(), Fault> {
        let now = self.world.now();
        let Some(pending) = self.state.page.codes.get_mut(identifier) else { return Err(Fault::Expired) };
        if pending.tries >= rules.most_tries {
            return Err(Fault::NoMoreTries);
        }
        let Some(wanted) = pending.hash.as_deref().filter(|_| now < pending.expires_at) else {
            return Err(Fault::Expired);
        };
        let is_it = |code: &str| constant_time_eq(wanted, &hash(&pending.salt, code));
        if is_it(code.trim()) || is_it(&bare(code)) {
            self.spend(identifier);
            return Ok(());
        }
        pending.tries += 1;
        Err(if pending.tries >= rules.most_tries { Fault::NoMoreTries } else { Fault::Wrong })
    }

    /// Invalidates the code. The number of codes made so far is kept.
    pub(crate) fn spend(&mut self, identifier: &str) {
        if let Some(pending) = self.state.page.codes.get_mut(identifier) {
            pending.hash = None;
            pending.code = None;
        }
    }

    /// Characters drawn evenly: of 2^32 values the few too many for that do not matter.
    fn draw(&mut self, rules: &CodeRules) -> String {
        let width = u32::try_from(rules.characters.len()).unwrap_or(u32::MAX).max(1);
        let mut character = || {
            let mut bytes = [0; 4];
            self.world.random(&mut bytes);
            rules.characters.get((u32::from_le_bytes(bytes) % width) as usize)
        };
        (0..rules.length).filter_map(|_| character()).collect()
    }
}

/// The code without what people and programs put into it: blanks and dashes of every kind, invisible characters, and
/// digits of other widths and scripts.
fn bare(code: &str) -> String {
    let is_decoration = |c: &char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '-' | '_' | '.' | '\u{ad}' | '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
            || matches!(c, '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
    };
    code.chars().filter(|c| !is_decoration(c)).map(plain).collect()
}

/// The ASCII character that a full-width character, or a decimal digit of another script, stands for.
fn plain(c: char) -> char {
    /// The zeros of decimal digits that keyboards and phones write (Unicode general category Nd).
    const ZEROS: [u32; 12] = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0x1040];
    let code = u32::from(c);
    let digit = ZEROS.iter().filter_map(|zero| code.checked_sub(*zero)).find(|digit| *digit < 10);
    let ascii = match digit {
        Some(digit) => char::from_digit(digit, 10),
        None if matches!(c, '\u{ff01}'..='\u{ff5e}') => char::from_u32(code - 0xfee0),
        None => None,
    };
    ascii.unwrap_or(c)
}

fn hash(salt: &str, code: &str) -> String {
    sha256_base64url(format!("{salt}.{code}").as_bytes())
}
