//! Stories in a real browser: what a person does, and what they see. One story a test, each on a ground of its own.

#![cfg(feature = "browser")]

#[path = "browser/accessible.rs"]
mod accessible;
#[path = "browser/element_ids.rs"]
mod element_ids;
#[path = "browser/mail_code.rs"]
mod mail_code;
#[path = "browser/odd_ways.rs"]
mod odd_ways;
#[path = "browser/older_layout.rs"]
mod older_layout;
#[path = "browser/portal.rs"]
mod portal;
#[path = "browser/redirects.rs"]
mod redirects;
#[path = "browser/sign_in.rs"]
mod sign_in;
#[path = "browser/steps.rs"]
mod steps;
#[path = "browser/the_article.rs"]
mod the_article;
#[path = "browser/values.rs"]
mod values;
