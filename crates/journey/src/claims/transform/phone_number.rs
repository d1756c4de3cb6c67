//! Phone number transformations.

use super::table::{PHONE_NUMBER, Page, Row, STRING, claim, maybe, rows};
use super::{Call, Fault, Value, Yield, nothing, one};

#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::PhoneNumber;
    ConvertPhoneNumberClaimToString [claim("phoneNumber", PHONE_NUMBER)] [] => [maybe("phoneNumberString", STRING)], to_text;
};

fn to_text(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(number) = call.input("phoneNumber") else { return nothing() };
    one("phoneNumberString", Value::Text(number.text()))
}
