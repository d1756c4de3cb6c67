//! Names and texts in the configuration file: an invalid one is reported with its key, the character and the reason.

use vestibule_tenant::config::Config;

/// What is said of a user with this line.
fn said(line: &str) -> String {
    let text = format!(
        "[[tenant]]\nname = \"contoso\"\n[[tenant.attribute]]\nname = \"Team\"\ntype = \"String\"\n[[tenant.user]]\n\
         email = \"ann@contoso.test\"\npassword = \"Ann-likes-tea-1\"\n{line}\n"
    );
    Config::parse("vestibule.toml", &text).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_name_of_a_person_with_a_bracket_says_what_and_why() {
    for (key, character) in [("display_name", '<'), ("given_name", '>'), ("surname", '<')] {
        let why = "other programs show names, and may take it for markup";
        let expected = format!("vestibule.toml:9: error: {key:?} may not have the character '{character}': {why}");
        assert_eq!(said(&format!("{key} = \"Ann {character}b\"")), expected);
    }
}

#[test]
fn other_texts_of_a_person_may_have_brackets() {
    for key in ["job_title", "street_address", "city", "postal_code", "state", "country"] {
        assert_eq!(said(&format!("{key} = \"<1>\"")), "", "{key}");
    }
}

#[test]
fn a_text_that_is_too_long_or_has_what_nobody_types_says_which() {
    let long = "x".repeat(300);
    for (line, why) in [
        (format!("display_name = \"{long}\""), "must have at most 256 characters, in one line, without < and >"),
        (format!("surname = \"{}\"", &long[..65]), "must have at most 64 characters, in one line, without < and >"),
        (format!("postal_code = \"{}\"", &long[..41]), "must have at most 40 characters, in one line"),
        ("city = \"two\\nlines\"".to_owned(), "must be one line"),
        ("country = \"a\\u202eb\"".to_owned(), "may not have the invisible character U+202E"),
        ("display_name = \" \"".to_owned(), "must not be empty: leave the key out"),
        (format!("attributes = {{ Team = \"{long}\" }}"), "must have at most 250 characters"),
        ("attributes = { Team = \"a\\u0007b\" }".to_owned(), "may not have the invisible character U+0007"),
    ] {
        let said = said(&line);
        assert!(said.starts_with("vestibule.toml:9: error: ") && said.ends_with(why), "{line}: {said}");
    }
}

#[test]
fn names_of_registered_things_say_what_they_may_be() {
    let of = |lines: &str| {
        let text = format!("[[tenant]]\nname = \"contoso\"\n{lines}\n");
        Config::parse("vestibule.toml", &text).map_or_else(|error| error.to_string(), |_| String::new())
    };
    for (lines, why) in [
        ("display_name = \"<Contoso>\"", "must have 1 to 90 characters, without < and >"),
        ("[[tenant.application]]\nname = \"<app>\"", "must have 1 to 90 characters, without < and >"),
        (
            "[[tenant.application]]\nname = \"api\"\napp_id_uri = \"https://contoso.test/a,b\"",
            "may not have the character ',': no scope may have it",
        ),
    ] {
        assert!(of(lines).ends_with(why), "{lines}: {}", of(lines));
    }
}
