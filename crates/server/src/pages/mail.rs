//! Mails to users: each message as text and HTML.

use super::{Pages, template};
use minijinja::context;
use minijinja::value::Serde;
use vestibule_tenant::mail::{CodeMail, CodeMailRequest, Mail};

impl Pages {
    /// The mail with a verification code (docs/b2c.md, "Mailed codes"): the subject names tenant and purpose, the last
    /// line the tenant.
    #[must_use]
    pub fn mail_code(&self, request: &CodeMailRequest<'_>) -> Mail {
        let texts = self.strings.of("mail.code", request.languages);
        let minutes = request.minutes.to_string();
        let validity = if request.minutes == 1 { "validity_one" } else { "validity" };
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            tenant_name => request.tenant_name,
            code => request.code,
            purpose => texts.fill("purpose", &[request.application]),
            validity => texts.fill(validity, &[&minutes]),
            has_application => !request.application.is_empty(),
        };
        Mail {
            subject: texts.fill("subject", &[request.tenant_name]),
            text: template::render(&self.templates, "mail-code.txt", &view),
            html: template::render(&self.templates, "mail-code.html", &view),
        }
    }
}

impl CodeMail for Pages {
    fn code_mail(&self, request: &CodeMailRequest<'_>) -> Mail {
        self.mail_code(request)
    }
}
