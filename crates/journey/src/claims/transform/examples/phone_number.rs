//! <https://learn.microsoft.com/azure/active-directory-b2c/phone-number-claims-transformations>

use super::{Example, example};

pub(super) fn all() -> Vec<Example> {
    let convert = || example("ConvertPhoneNumberClaimToString");
    vec![convert().claim("phoneNumber", "+11234567890").yields("phoneNumberString", "+11234567890"), convert()]
}
