//! The kinds of problems, each with a code and an explanation. To add one, add a row.

use std::fmt;

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file is not a readable policy.
    Unreadable,
    /// An element that the language does not allow there.
    UnknownElement,
    /// An attribute that the element does not have.
    UnknownAttribute,
    /// An attribute is missing.
    MissingAttribute,
    /// An element is missing.
    MissingElement,
    /// An element occurs too often.
    TooMany,
    /// Elements are in an order that B2C rejects.
    Order,
    /// A value that is not allowed there.
    Value,
    /// Text where none is allowed.
    Text,
    /// Something is defined twice.
    Twice,
    /// The files do not form a chain.
    Chain,
    /// A file names another tenant.
    Tenant,
    /// Two files have the same PolicyId.
    SamePolicyId,
    /// The relying party is missing or ignored.
    RelyingParty,
    /// A reference to something that does not exist.
    Reference,
    /// Something refers to itself, directly or indirectly.
    Circle,
    /// A claims resolver that does not exist.
    Resolver,
    /// A claims transformation's claims and parameters do not fit its method.
    Operand,
    /// A default value that is not of the claim's type.
    Default,
    /// A regular expression that cannot be used.
    Pattern,
    /// A claim that nothing provides.
    MissingClaim,
    /// A metadata item is missing or wrong.
    Metadata,
    /// A technical profile lacks what its kind needs.
    Profile,
    /// An attribute that users do not have.
    Attribute,
    /// A key container.
    Key,
    /// Session management.
    Session,
    /// Steps of a journey that do not fit together.
    Steps,
    /// Something that has no effect here.
    Inert,
    /// Something that would only change the look of pages.
    Looks,
    /// A value that exceeds a limit of this server.
    Limit,
    /// Something that this version cannot run.
    Unsupported,
}

/// Each kind with its code, and advice for the policy's author.
const TABLE: &[(Code, &str, &str)] = &[
    (
        Code::Unreadable,
        "P101",
        "The file cannot be read as a policy. It is not well-formed XML, is larger than 1 MiB, has a DTD, or does not begin \
         with TrustFrameworkPolicy. The line is where the reader stopped; the mistake is there or just before it, often a \
         tag that is not closed. Policies that build on this file cannot be checked until it can be read.",
    ),
    (
        Code::UnknownElement,
        "P102",
        "The policy language has no such element at this place. Element names are case-sensitive. Azure AD B2C refuses the \
         upload with \"has invalid child element\".",
    ),
    (
        Code::UnknownAttribute,
        "P103",
        "The element has no such attribute. Attribute names are case-sensitive. Azure AD B2C refuses the upload.",
    ),
    (Code::MissingAttribute, "P104", "The element needs this attribute. Azure AD B2C refuses the upload without it."),
    (
        Code::MissingElement,
        "P105",
        "The element needs another one inside it. Azure AD B2C refuses the upload without it.",
    ),
    (
        Code::TooMany,
        "P106",
        "The element may stand here only once, or only instead of another one. Azure AD B2C refuses the upload. Put what \
         both hold into one element.",
    ),
    (
        Code::Order,
        "P107",
        "Azure AD B2C wants the elements inside an element in the order of its schema and refuses the upload otherwise. \
         This server reads them in any order. Move the element to where the message says, so that the file works in both.",
    ),
    (
        Code::Value,
        "P108",
        "The value is not one of those that may stand here: a word of a fixed list, true or false, a whole number, a number \
         in a range, or a text of a certain form. Words are case-sensitive, as in Azure AD B2C.",
    ),
    (
        Code::Text,
        "P109",
        "The element holds no text, and may be required to be quite empty: write <Name Attribute=\"…\" /> without a blank \
         or a line break between its tags. Azure AD B2C refuses the upload.",
    ),
    (
        Code::Twice,
        "P110",
        "Within one file each thing is defined once: an Id, the Order of a step, the Id of a claims exchange of a journey. \
         To change what a base policy defines, define it once in the file that builds on it.",
    ),
    (
        Code::Chain,
        "P201",
        "A policy names its base by BasePolicy/PolicyId. The base must lie beside the file or in the folder of --base, the \
         bases may not go round in a circle, and a chain has at most 10 files.",
    ),
    (
        Code::Tenant,
        "P202",
        "TenantId and BasePolicy/TenantId name the tenant that a policy belongs to. Azure AD B2C refuses a policy of another \
         tenant. Without --tenant the last file of the chain says which tenant is meant.",
    ),
    (
        Code::SamePolicyId,
        "P203",
        "Two files of the folder have one PolicyId. Only the first, by file name, is used. Rename one of the policies, or \
         move the file away.",
    ),
    (
        Code::RelyingParty,
        "P204",
        "Only the last file of a chain, the one that applications name, has a RelyingParty. The others define what it uses.",
    ),
    (
        Code::Reference,
        "P301",
        "Something is referred to that neither this file nor any of its bases defines. Azure AD B2C refuses the upload. \
         Check the spelling, or define it in this file or a base.",
    ),
    (
        Code::Circle,
        "P302",
        "A technical profile includes itself, or a sub-journey calls itself, perhaps by way of others.",
    ),
    (
        Code::Resolver,
        "P303",
        "There is no claims resolver of this name, so that the text stays without a value; or resolvers are not filled in \
         there, as in Azure AD B2C: a parameter of a claims transformation is taken as written, and so is a DefaultValue \
         without AlwaysUseDefaultValue=\"true\" and the metadata item IncludeClaimResolvingInClaimsHandling. The names are \
         those of https://learn.microsoft.com/azure/active-directory-b2c/claim-resolver-overview.",
    ),
    (
        Code::Operand,
        "P401",
        "Each method of claims transformations expects certain claims and parameters, of certain data types. Azure AD B2C \
         compares them at the upload and refuses what is missing, unknown or of another type (\"The InputClaims mismatched \
         in ClaimsTransformation\").",
    ),
    (
        Code::Default,
        "P402",
        "The default is not a value of the claim's data type, such as ABCD for a claim of type int. Azure AD B2C refuses it \
         (\"Input string was not in a correct format\").",
    ),
    (
        Code::Pattern,
        "P403",
        "The regular expression is wrong, or uses what this server does not take. Look-around, groups and back-references \
         are taken; they are bounded in time.",
    ),
    (
        Code::MissingClaim,
        "P404",
        "A claim is needed that nothing provides: a required input claim that no earlier step puts out, or an output claim \
         of the relying party that no step puts out. Add it to the output claims of a step, or give it a DefaultValue.",
    ),
    (
        Code::Metadata,
        "P501",
        "The technical profile's kind needs this metadata item, or takes only certain values of it. The page of the kind \
         lists them: https://learn.microsoft.com/azure/active-directory-b2c/technicalprofiles.",
    ),
    (
        Code::Profile,
        "P502",
        "The technical profile lacks something that its kind needs, or has something that its kind does not take: claims, \
         keys, validation technical profiles.",
    ),
    (
        Code::Attribute,
        "P503",
        "Users have no such attribute. The name is the claim's PartnerClaimType, else the claim's Id. Use an attribute of \
         https://learn.microsoft.com/azure/active-directory-b2c/user-profile-attributes, or an attribute of your own, whose \
         name begins with extension_.",
    ),
    (
        Code::Key,
        "P504",
        "The policy names a key container by StorageReferenceId. A policy may be uploaded before its keys; a journey that \
         needs the key stops until `vestibule policy key` or the configuration file adds it.",
    ),
    (
        Code::Session,
        "P505",
        "UseTechnicalProfileForSessionManagement names a technical profile whose Protocol has a session provider as Handler, \
         such as Web.TPEngine.SSO.DefaultSSOSessionProvider.",
    ),
    (
        Code::Steps,
        "P601",
        "The steps of a journey are numbered 1, 2, 3 without gaps. A step that offers a choice is followed by a \
         ClaimsExchange step with the exchanges to choose from, only such a step has several exchanges, and each journey \
         ends with a SendClaims step.",
    ),
    (
        Code::Inert,
        "P701",
        "The policy asks for something that has no counterpart here and on which nothing depends, such as Application \
         Insights. It is read and ignored.",
    ),
    (
        Code::Looks,
        "P801",
        "The policy asks for pages of its own. This version shows its own pages instead: the journey runs, but looks \
         otherwise than in Azure AD B2C.",
    ),
    (Code::Limit, "P802", "The value is beyond a limit that this server keeps for safety. It uses the limit instead."),
    (
        Code::Unsupported,
        "P901",
        "Azure AD B2C takes this, but this version cannot run it. Since a journey of the relying party reaches it, the policy \
         does not run here: half of a policy could leave out a check. docs/custom-policies.md lists what is supported.",
    ),
];

impl Code {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(code, ..)| *code)
    }

    /// The code of this name, in any letter case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(code, ..)| *code)
    }

    /// Advice for the author about problems of this kind.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        self.row().2
    }

    /// The code as it stands in messages, such as `P301`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        TABLE.iter().copied().find(|(kind, ..)| *kind == self).unwrap_or((self, "", ""))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_code_has_one_row_and_an_explanation() {
        assert_eq!(TABLE.iter().map(|(code, ..)| code).collect::<BTreeSet<_>>().len(), TABLE.len());
        assert_eq!(TABLE.iter().map(|(_, name, _)| name).collect::<BTreeSet<_>>().len(), TABLE.len());
        assert_eq!(TABLE.last().map(|(code, ..)| *code as usize), Some(TABLE.len() - 1), "every kind has a row");
        assert!(Code::all().all(|code| code.explanation().len() > 40 && Code::named(code.name()) == Some(code)));
    }
}
