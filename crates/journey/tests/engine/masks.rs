//! How pages show a masked claim, and how the submitted value is interpreted.

use crate::stories::chain;
use crate::support::{Memory, Usual as _, Visit, claims, compiled};
use vestibule_journey::{Item, Page, Policy, Session};

/// The journey `Everything`, with a mask and this kind of input for a prefilled claim.
fn policy(mask: &str, input: &str) -> Policy {
    let claim = r#"<ClaimType Id="plan"><DisplayName>Plan</DisplayName><DataType>string</DataType><UserInputType>Readonly</UserInputType></ClaimType>"#;
    let masked = format!(
        r#"<ClaimType Id="plan"><DisplayName>Plan</DisplayName><DataType>string</DataType>{mask}<UserInputType>{input}</UserInputType></ClaimType>"#
    );
    let chain = chain("Everything", "").map(|mut source| {
        source.text = source.text.replacen(claim, &masked, 1).replacen(
            r#"DefaultValue="free""#,
            r#"DefaultValue="+43-664-1234""#,
            1,
        );
        source
    });
    compiled(&chain)
}

fn shown(page: &Page) -> Option<String> {
    page.items.iter().find_map(|item| match item {
        Item::Field(field) if field.id == "plan" => field.value.clone(),
        _ => None,
    })
}

const SIMPLE: &str = r#"<Mask Type="Simple">XXX-XXX-</Mask>"#;

#[test]
fn only_the_masked_value_reaches_the_browser_and_the_whole_one_the_token() {
    let policy = policy(SIMPLE, "Readonly");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    let page = visit.page();
    assert_eq!(shown(&page).as_deref(), Some("XXX-XXX-1234"));
    assert!(!format!("{page:?}").contains("664"), "the number is nowhere on the page");
    visit.submit(&[("plan", "XXX-XXX-1234")]);
    assert_eq!(claims(&visit.token())["plan"], "+43-664-1234");
}

#[test]
fn a_mask_that_comes_back_as_it_was_shown_is_the_value_behind_it() {
    let policy = policy(r#"<Mask Type="Regex" Regex="[0-9](?=.*-)">*</Mask>"#, "TextBox");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    assert_eq!(shown(&visit.page()).as_deref(), Some("+**-***-1234"));
    visit.submit(&[("plan", "+**-***-1234")]);
    assert_eq!(claims(&visit.token())["plan"], "+43-664-1234");
}

#[test]
fn what_is_typed_in_place_of_a_mask_counts() {
    let policy = policy(SIMPLE, "TextBox");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.submit(&[("plan", "other")]);
    assert_eq!(claims(&visit.token())["plan"], "other");
}
