//! Sends personal messages through lettre's pool, as its documentation shows it. scripts/bench-send runs it.
//!
//!     lettre-pool PORT MESSAGES CONNECTIONS HTML TEXT
//!
//! HTML and TEXT are files in which @READER@ stands where each reader's own part belongs.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(value: &str) -> Result<Self, Failure> {
        Ok(Self(value.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

struct Brief {
    html: String,
    text: String,
    from: Mailbox,
}

impl Brief {
    fn message(&self, number: u64) -> Result<Message, Failure> {
        let reader = format!("reader{number:08}");
        let part = |kind, template: &str| {
            let own = template.replace("@READER@", &reader).into_bytes();
            let body = Body::new_with_encoding(own, ContentTransferEncoding::QuotedPrintable)
                .map_err(|_| "quoted-printable takes everything")?;
            Ok::<_, Failure>(SinglePart::builder().header(kind).body(body))
        };
        let text = part(ContentType::TEXT_PLAIN, &self.text)?;
        let html = part(ContentType::TEXT_HTML, &self.html)?;
        Ok(Message::builder()
            .from(self.from.clone())
            .to(format!("{reader}@readers.example").parse()?)
            .subject("The hall opens, the ferry sails, and eight more")
            .message_id(Some(format!("<{reader}@example.org>")))
            .header(ListUnsubscribe(format!("<https://example.org/u/{reader}>")))
            .multipart(MultiPart::alternative().singlepart(text).singlepart(html))?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [port, messages, connections, html, text] = words.as_slice() else {
        return Err("lettre-pool PORT MESSAGES CONNECTIONS HTML TEXT".into());
    };
    let messages: u64 = messages.parse()?;
    let connections: u32 = connections.parse()?;
    // Line ends as in mail: lettre's encoder takes quadratic time over others.
    let read = |file| std::fs::read_to_string(file).map(|text| text.replace('\n', "\r\n"));
    let brief = Arc::new(Brief { html: read(html)?, text: read(text)?, from: "brief@example.org".parse()? });
    let pool = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port.parse()?)
        .pool_config(PoolConfig::new().max_size(connections))
        .build();
    let taken = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (brief, pool, taken) = (Arc::clone(&brief), pool.clone(), Arc::clone(&taken));
            tokio::spawn(async move {
                loop {
                    let number = taken.fetch_add(1, Relaxed);
                    if number >= messages {
                        return Ok::<_, Failure>(());
                    }
                    pool.send(brief.message(number)?).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}
