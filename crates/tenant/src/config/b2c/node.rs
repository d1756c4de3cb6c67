//! A value in a JSON file, with its file and path for messages.

use serde_json::Value;

/// What an absent member is.
static NULL: Value = Value::Null;

/// A value and where it is.
#[derive(Clone, Debug)]
pub(super) struct Node<'j> {
    file: &'static str,
    /// `value[3].web.redirectUris[0]`; empty: the whole file.
    path: String,
    value: &'j Value,
}

impl<'j> Node<'j> {
    /// The whole file.
    pub(super) fn root(file: &'static str, value: &'j Value) -> Self {
        Self { file, path: String::new(), value }
    }

    /// A sentence about this value.
    pub(super) fn wrong(&self, why: &str) -> String {
        let separator = if self.path.is_empty() { "" } else { ": " };
        format!("{}{separator}{}: {why}", self.file, self.path)
    }

    fn expected(&self, what: &str) -> String {
        let found = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.wrong(&format!("expected {what}, found {found}"))
    }

    /// The member of this name; null if it is not there.
    ///
    /// # Errors
    /// This is no object.
    pub(super) fn member(&self, name: &str) -> Result<Self, String> {
        let value = match self.value {
            Value::Object(object) => object.get(name).unwrap_or(&NULL),
            Value::Null => &NULL,
            _ => return Err(self.expected("an object")),
        };
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Ok(Self { file: self.file, path, value })
    }

    /// The member of this name, which must be there.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn needed(&self, name: &str) -> Result<Self, String> {
        let member = self.member(name)?;
        if member.is_nothing() { Err(self.wrong(&format!("the member {name:?} is missing"))) } else { Ok(member) }
    }

    /// Returns true if this is null or absent.
    pub(super) fn is_nothing(&self) -> bool {
        self.value.is_null()
    }

    /// The items of a list; none if it is null or absent.
    ///
    /// # Errors
    /// This is no list.
    pub(super) fn items(&self) -> Result<Vec<Self>, String> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => {
                let item = |(i, value)| Self { file: self.file, path: format!("{}[{i}]", self.path), value };
                Ok(items.iter().enumerate().map(item).collect())
            }
            _ => Err(self.expected("a list")),
        }
    }

    /// The items of the list that the member of this name is.
    ///
    /// # Errors
    /// It is no list.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Self>, String> {
        self.member(name)?.items()
    }

    /// The text that this is.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn text(&self) -> Result<&'j str, String> {
        self.value.as_str().ok_or_else(|| self.expected("a text"))
    }

    /// The text that the member of this name is; none if it is null or absent.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn text_of(&self, name: &str) -> Result<Option<&'j str>, String> {
        let member = self.member(name)?;
        if member.is_nothing() { Ok(None) } else { member.text().map(Some) }
    }

    /// The texts of the list that the member of this name is.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'j str>, String> {
        self.list(name)?.iter().map(Self::text).collect()
    }

    /// The flag that the member of this name is; none if it is null or absent.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        let member = self.member(name)?;
        match member.value {
            Value::Null => Ok(None),
            Value::Bool(flag) => Ok(Some(*flag)),
            _ => Err(member.expected("true or false")),
        }
    }

    /// Returns true if this has something to say: it is neither null, empty, nor an object of such values.
    pub(super) fn says_something(&self) -> bool {
        fn says(value: &Value) -> bool {
            match value {
                Value::Null => false,
                Value::Array(items) => items.iter().any(says),
                Value::Object(object) => object.iter().any(|(name, value)| !name.starts_with('@') && says(value)),
                Value::String(text) => !text.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            }
        }
        says(self.value)
    }
}
