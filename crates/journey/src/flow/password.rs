//! Password rules: their messages, and the predicates of custom rules.

use super::PasswordRule;
use super::xml::{Node, node};

/// One group of a rule's validation: its id, its message in each language, its predicates and how many must hold.
struct Part {
    id: &'static str,
    words: [String; 2],
    predicates: &'static [&'static str],
    least: u32,
}

/// Id of the `PredicateValidation`.
pub(super) const fn validation(rule: &PasswordRule) -> &'static str {
    match rule {
        PasswordRule::Simple => "SimplePassword",
        PasswordRule::Strong => "StrongPassword",
        PasswordRule::Custom { .. } => "CustomPassword",
    }
}

/// The message of a rule, in this language.
pub(super) fn sentence(rule: &PasswordRule, language: usize) -> String {
    let fixed = |words: [&str; 2]| words[language].to_owned();
    match rule {
        PasswordRule::Simple => fixed(["Use 8 to 64 characters.", "8 bis 64 Zeichen verwenden."]),
        PasswordRule::Strong => fixed([
            "Use at least 8 characters of three kinds (small letters, capital letters, digits, symbols), or at least \
             15 of any kind. At most 256.",
            "Mindestens 8 Zeichen aus drei Arten (Kleinbuchstaben, Großbuchstaben, Ziffern, Sonderzeichen) oder \
             mindestens 15 beliebige. Höchstens 256.",
        ]),
        PasswordRule::Custom { .. } => {
            let said: Vec<String> = parts(rule).into_iter().map(|part| part.words[language].clone()).collect();
            said.join(" ")
        }
    }
}

fn parts(rule: &PasswordRule) -> Vec<Part> {
    let PasswordRule::Custom { min, max, digits_only, classes } = rule else { return Vec::new() };
    let mut parts = vec![Part {
        id: "CustomPasswordLength",
        words: [format!("Use {min} to {max} characters."), format!("{min} bis {max} Zeichen verwenden.")],
        predicates: &["CustomPasswordLength"],
        least: 1,
    }];
    if *digits_only {
        parts.push(Part {
            id: "CustomPasswordDigits",
            words: ["Use digits only.".to_owned(), "Nur Ziffern verwenden.".to_owned()],
            predicates: &["DigitsOnly"],
            least: 1,
        });
    }
    if *classes > 0 {
        parts.push(Part {
            id: "CustomPasswordKinds",
            words: [
                format!("Use {classes} of these kinds: small letters, capital letters, digits, symbols."),
                format!("{classes} dieser Arten verwenden: Kleinbuchstaben, Großbuchstaben, Ziffern, Sonderzeichen."),
            ],
            predicates: &["SmallLetter", "CapitalLetter", "Digit", "Symbol"],
            least: *classes,
        });
    }
    parts
}

/// `Predicates` and `PredicateValidations` of a custom rule; the base policy has those of the other rules.
pub(super) fn blocks(rule: &PasswordRule) -> Vec<Node> {
    let PasswordRule::Custom { min, max, .. } = rule else { return Vec::new() };
    let bound = |id: &str, value: &u32| node("Parameter").attr("Id", id).text(value.to_string());
    let length = node("Predicate").attr("Id", "CustomPasswordLength").attr("Method", "IsLengthRange");
    let length = length.with([node("Parameters").with([bound("Minimum", min), bound("Maximum", max)])]);
    let groups = node("PredicateGroups").with(parts(rule).into_iter().map(group));
    let validation = node("PredicateValidation").attr("Id", validation(rule)).with([groups]);
    vec![node("Predicates").with([length]), node("PredicateValidations").with([validation])]
}

fn group(part: Part) -> Node {
    let [english, _] = part.words;
    let references = part.predicates.iter().map(|id| node("PredicateReference").attr("Id", *id));
    node("PredicateGroup").attr("Id", part.id).with([
        node("UserHelpText").text(english),
        node("PredicateReferences").attr("MatchAtLeast", part.least.to_string()).with(references),
    ])
}

/// The rule's messages for `LocalizedStrings`.
pub(super) fn strings(rule: &PasswordRule, language: usize) -> Vec<Node> {
    let string = |kind: &str, element: &str, id: &str, words: String| {
        let string = node("LocalizedString").attr("ElementType", kind).attr("ElementId", element);
        string.attr("StringId", id).text(words)
    };
    let help = string("ClaimType", "newPassword", "UserHelpText", sentence(rule, language));
    let groups = parts(rule).into_iter().map(|part| {
        let words = part.words[language].clone();
        string("InputValidation", validation(rule), part.id, words)
    });
    std::iter::once(help).chain(groups).collect()
}
