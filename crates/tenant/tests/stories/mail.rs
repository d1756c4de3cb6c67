//! Mail: the outbox, delivery, and misbehaving mail servers.

mod delivery;
mod outbox;
mod real;
mod settings;

use vestibule_store::Store;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::{KeptMail, Mail, MailTransport, Mailer, SmtpSettings};
use vestibule_tenant::seal::Sealer;

const TENANT: &str = "8c6c1d7e-0000-4000-8000-000000000001";
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

/// A mailer with its environment.
struct House {
    store: Store,
    clock: Clock,
    mailer: Mailer,
}

async fn house(transport: &MailTransport) -> House {
    let store = Store::memory().await.expect("a store");
    let clock = Clock::fixed(1_790_000_000_000);
    let mailer = mailer(&store, &clock, transport);
    House { store, clock, mailer }
}

fn mailer(store: &Store, clock: &Clock, transport: &MailTransport) -> Mailer {
    let sealer = Sealer::new([7; 32]);
    Mailer::new(store.clone(), clock.clone(), Random::system(), sealer, transport).expect("a mailer")
}

/// A mailer that sends to a port of this machine, in plain text.
async fn house_sending_to(port: u16) -> House {
    house(&MailTransport::Smtp(loopback(port))).await
}

fn loopback(port: u16) -> SmtpSettings {
    let url = format!("smtp://127.0.0.1:{port}");
    SmtpSettings::parse(&url, None, "Contoso <no-reply@contoso.example>").expect("settings")
}

impl House {
    async fn put(&self, to: &str, dedupe: &str) -> bool {
        self.mailer.enqueue(TENANT, to, &mail("Hello"), Some("123456"), dedupe).await.expect("taken")
    }

    /// The only mail.
    async fn the_mail(&self) -> KeptMail {
        let mails = self.mailer.newest(TENANT, None, 10).await.expect("read");
        assert_eq!(mails.len(), 1);
        mails.into_iter().next().expect("one")
    }

    async fn deliver(&self) -> usize {
        self.mailer.deliver_due().await.expect("the store works")
    }
}

fn mail(subject: &str) -> Mail {
    Mail {
        subject: subject.to_owned(),
        text: "Your code is 123456.\nGrüße".to_owned(),
        html: "<p>Your code is <b>123456</b>.</p><p>Grüße</p>".to_owned(),
    }
}
