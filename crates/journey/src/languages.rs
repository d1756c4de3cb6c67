//! The languages of the product.

/// The languages of built-in pages, mails and user flows, as BCP 47 tags. The first is the default.
pub const LANGUAGES: [&str; 2] = ["en", "de"];
