//! The approval code in the examples of the help texts. Each packet has its own form of codes.

use crate::release::Release;

/// An approval code for examples, and the option that takes it.
#[derive(Clone, Debug)]
pub struct ExampleCode {
    code: String,
    option: &'static str,
}

impl ExampleCode {
    /// The code that the packet gives as its example.
    pub fn of(release: &Release) -> Self {
        Self { code: release.descriptor.gate.apr_example.clone(), option: release.code_option() }
    }

    /// The text with the code in place of `{code}`, and the option that takes it in place of `{code_option}`.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{code_option}", self.option).replace("{code}", &self.code)
    }
}

/// The placeholder of a packet that cannot be read.
impl Default for ExampleCode {
    fn default() -> Self {
        Self { code: "CODE".to_owned(), option: "--approval" }
    }
}
