//! The languages of the product.

/// What built-in pages, mails and user flows are written in, as BCP 47 tags; the first is used where none fits.
pub const LANGUAGES: [&str; 2] = ["en", "de"];
