//! What kind of mail it is, by its headers: a bounce, an automatic answer, or what a person wrote.
//!
//! Words are believed only in a mail that shows what programs show and people do not: people quote bounces too.

use super::address;
use super::mail::{Headers, parameter};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// The null return path, or a program's: what bounces and automatic answers must have (RFC 5321 §4.5.5).
    pub is_null_path: bool,
    /// From a mail system, by its address or name.
    pub is_daemon: bool,
    /// multipart/report of a delivery (RFC 6522).
    pub is_report: bool,
    /// A subject that mail systems write, and not as the subject of an answer or of something passed on.
    pub is_bounce_subject: bool,
    /// X-Failed-Recipients, as Exim and Gmail write it.
    pub names_failed: bool,
    /// Sent by a program, by its own account (RFC 3834), or by the headers that were there before.
    pub is_automatic: bool,
    /// An answer of a person's mailbox: away, received, ticket opened.
    pub is_answer: bool,
    /// The subject says that the message is late.
    pub is_delay: bool,
    /// From a mailing list or a newsletter, or an answer to somebody.
    pub is_correspondence: bool,
}

/// What programs that deliver mail call themselves, as the local part of an address.
const DAEMONS: [&str; 19] = [
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "maildaemon",
    "postmaster",
    "post_master",
    "post.master",
    "mdaemon",
    "bounce",
    "bounces",
    "mailer",
    "mmdf",
    "microsoftexchange",
    "mail-delivery",
    "smtp-daemon",
    "mailadmin",
    "mta",
    "uucp",
];

/// And as a name.
const DAEMON_NAMES: [&str; 15] = [
    "mail delivery",
    "mail system",
    "mailer-daemon",
    "mailer daemon",
    "delivery subsystem",
    "system administrator",
    "delivery system",
    "mail administrator",
    "postmaster",
    "internet mail",
    "mail router",
    "message delivery",
    "microsoft outlook",
    "systemadministrator",
    "bounce notif",
];

const BOUNCE_SUBJECTS: &[&str] = &[
    "undeliver",
    "un-deliver",
    "non-deliver",
    "nondeliver",
    "not deliverable",
    "delivery status notification",
    "delivery fail",
    "delivery report",
    "delivery problem",
    "delivery error",
    "delivery has failed",
    "delivery notification",
    "delivery unsuccessful",
    "delivery of your",
    "delivery status",
    "failed delivery",
    "failed mail",
    "failure notice",
    "failure notification",
    "failure delivery",
    "delivery not",
    "not delivered",
    "couldn't be delivered",
    "could not be delivered",
    "can't be delivered",
    "cannot be delivered",
    "could not deliver",
    "couldn't deliver",
    "cannot deliver",
    "unable to deliver",
    "undelivered",
    "returned mail",
    "returned message",
    "return mail",
    "mail returned",
    "message returned",
    "returned to sender",
    "returning message to sender",
    "returning to sender",
    "mail error",
    "mail system error",
    "mail failure",
    "mailer error",
    "message status",
    "message delivery",
    "mail delivery",
    "mail could not",
    "message could not",
    "your message",
    "nondelivery",
    "ndn:",
    "ndr:",
    "dsn:",
    "bounced",
    "bounce mail",
    "invalid address",
    "address error",
    "user unknown",
    "mailbox full",
    "mailbox unavailable",
    "loop alert",
    "warning: could not send",
    "warning: message",
    "delayed",
    "problem delivering",
    "rejected mail",
    "mail rejected",
    "message rejected",
    "error sending",
    "error delivering",
    "delivery warning",
    "transient failure",
    "permanent delivery",
    "permanent failure",
    "warning from",
    "recipient unknown",
    "unknown user",
    "unknown recipient",
    "unzustellbar",
    "nicht zugestellt",
    "zustellung fehlgeschlagen",
    "zustellbenachrichtigung",
    "zustellungsfehler",
    "nichtzustellung",
    "zustellung nicht möglich",
    "fehler bei der zustellung",
    "rückläufer",
    "unzustellbarkeit",
    "nicht zustellbar",
    "mailzustellung",
    "non remis",
    "non délivré",
    "non distribu",
    "échec de la remise",
    "échec de remise",
    "échec de livraison",
    "échec de la livraison",
    "notification d'état",
    "retour de mail",
    "message non",
    "erreur de livraison",
    "état de la remise",
    "no se puede entregar",
    "no se pudo entregar",
    "no entregado",
    "error de entrega",
    "fallo de entrega",
    "fallo en la entrega",
    "notificación de estado",
    "entrega fallida",
    "correo no entregado",
    "mensaje no entregado",
    "devuelto",
    "não entregue",
    "falha na entrega",
    "falha de entrega",
    "notificação de status",
    "mensagem não",
    "devolvid",
    "nao entregue",
    "mancata consegna",
    "mancato recapito",
    "recapito non",
    "non recapitabile",
    "notifica di stato",
    "impossibile recapitare",
    "consegna fallita",
    "notifica di mancato",
    "non consegnat",
    "niet bestelbaar",
    "niet afgeleverd",
    "onbestelbaar",
    "kunde inte levereras",
    "levering mislyk",
    "toimitus epäonnistui",
    "nie dostarczono",
    "niedostarczon",
    "doručení selhalo",
    "nedoručiteln",
    "teslim edilemedi",
    "ikke leveret",
    "kézbesíthetetlen",
    "не доставлен",
    "недоставлен",
    "не может быть доставлено",
    "сообщение не доставлено",
    "ошибка доставки",
    "невозможно доставить",
    "возврат",
    "配信不能",
    "配信できません",
    "配信エラー",
    "送信できません",
    "送信エラー",
    "メールが届",
    "不達",
    "戻り",
    "退信",
    "投递失败",
    "无法投递",
    "退件",
    "系统退信",
    "無法傳遞",
    "無法投遞",
    "未送达",
    "배달되지",
    "전송 실패",
    "반송",
];

const DELAY_SUBJECTS: &[&str] = &[
    "(delay)",
    "delayed",
    "delay notification",
    "warning: could not send",
    "warning: message",
    "still being retried",
    "not yet been delivered",
    "delivery warning",
    "verzögert",
    "retardé",
    "retrasad",
    "atrasad",
    "ritardat",
    "delivery delay",
    "will keep trying",
    "is delayed",
    "temporarily undeliverable",
    "задерж",
    "遅延",
];

/// The subjects of people's mailboxes that answer by themselves.
const ANSWER_SUBJECTS: &[&str] = &[
    "out of office",
    "out-of-office",
    "out of the office",
    "automatic reply",
    "automatic response",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "auto:",
    "autosvar",
    "automatische antwort",
    "automatisch antwoord",
    "automatic answer",
    "vacation",
    "on holiday",
    "away from",
    "i am away",
    "on leave",
    "ooo:",
    "ooo ",
    "absence",
    "absent",
    "abwesen",
    "réponse automatique",
    "reponse automatique",
    "message automatique",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "resposta automática",
    "ausência",
    "ausencia",
    "risposta automatica",
    "fuori ufficio",
    "assenza",
    "autoantwort",
    "eingangsbestätigung",
    "no longer with",
    "no longer works",
    "has left the company",
    "left the company",
    "автоответ",
    "автоматический ответ",
    "自動返信",
    "自動応答",
    "不在",
    "自动回复",
    "自動回覆",
    "자동 응답",
    "부재중",
    "odpowiedź automatyczna",
    "automatická odpověď",
    "automatisk svar",
    "automaattinen vastaus",
    "afwezig",
    "otomatik yanıt",
    "ticket",
    "case #",
    "request received",
    "we have received",
    "we received your",
    "thank you for your",
    "thanks for your",
    "thank you for contacting",
    "thank you for emailing",
    "[request",
    "support request",
    "danke für ihre",
    "vielen dank für ihre",
    "acknowledg",
    "confirmation of receipt",
];

/// What stands before the subject of an answer, or of a mail passed on.
const ANSWER_MARKS: [&str; 22] = [
    "re:", "fwd:", "fw:", "aw:", "wg:", "tr:", "rv:", "sv:", "vs:", "antw:", "odp:", "res:", "enc:", "i:", "r:", "vb:",
    "回复:", "转发:", "返信:", "re[", "fwd[", "re :",
];

impl Signs {
    pub fn read(headers: &Headers) -> Self {
        let subject = headers.lower("subject");
        let subject = subject.trim();
        let has = |subjects: &[&str]| subjects.iter().any(|phrase| subject.contains(phrase));
        let is_passed_on = ANSWER_MARKS.iter().any(|mark| subject.starts_with(mark));
        let content_type = headers.get("content-type").unwrap_or_default();
        let report_type = parameter(content_type, "report-type").unwrap_or_default();
        let submitted = headers.lower("auto-submitted");
        let precedence = headers.lower("precedence");
        let is_daemon = ["from", "sender"].iter().any(|name| headers.all(name).any(is_daemon));
        let path = headers.all("return-path").next();
        let has_auto_headers = [
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-reply",
            "x-auto-respond",
            "x-mail-autoreply",
            "x-vacation",
            "x-autogenerated",
            "x-autoreply-from",
            "x-ticket",
            "x-rt-loop-prevention",
            "auto-generated",
        ]
        .iter()
        .any(|name| headers.get(name).is_some());
        let is_automatic =
            submitted.trim_start().starts_with("auto") || has_auto_headers || precedence.contains("auto_reply");
        Self {
            is_null_path: path
                .is_some_and(|path| path.trim_matches(['<', '>', ' ']).is_empty() || is_daemon_address(path)),
            is_daemon,
            is_report: content_type.to_ascii_lowercase().trim_start().starts_with("multipart/report")
                && !report_type.eq_ignore_ascii_case("disposition-notification")
                && !report_type.eq_ignore_ascii_case("feedback-report"),
            is_bounce_subject: !is_passed_on && has(BOUNCE_SUBJECTS),
            names_failed: headers.get("x-failed-recipients").is_some(),
            is_automatic,
            is_answer: has_auto_headers || precedence.contains("auto_reply") || has(ANSWER_SUBJECTS),
            is_delay: has(DELAY_SUBJECTS),
            is_correspondence: is_passed_on
                || (headers.get("in-reply-to").is_some() && !is_daemon)
                || (headers.get("list-id").is_some() && !is_daemon),
        }
    }

    /// Whether what it says in words is a mail system's report.
    ///
    /// `has_returned`: it brings the message, or its headers, along.
    pub fn is_bounce(self, has_returned: bool) -> bool {
        if self.is_report || self.names_failed {
            return true;
        }
        if self.is_correspondence && !self.is_daemon {
            return false;
        }
        match (self.is_daemon, self.is_bounce_subject) {
            (true, true) => true,
            // An answer of a mailbox that happens to be called postmaster.
            (true, false) => !self.is_answer && (self.is_null_path || self.is_automatic || has_returned),
            (false, true) => !self.is_answer && (self.is_null_path || self.is_automatic || has_returned),
            (false, false) => !self.is_answer && self.is_null_path && has_returned,
        }
    }
}

fn is_daemon(from: &str) -> bool {
    let lower = from.to_lowercase();
    is_daemon_address(&lower) || DAEMON_NAMES.iter().any(|name| lower.contains(name) && !is_quoted_person(&lower, name))
}

/// `Microsoft Outlook <jane@example.org>` is a person's program; from a mail system the address says so, or is missing.
fn is_quoted_person(from: &str, name: &str) -> bool {
    name == "microsoft outlook" && !from.contains("microsoftexchange")
}

fn is_daemon_address(value: &str) -> bool {
    let local = match address::of_header(value).next() {
        Some(address) => address.split('@').next().unwrap_or_default().to_lowercase(),
        None => value.trim_matches(['<', '>', '"', ' ', '\'']).to_lowercase(),
    };
    DAEMONS.iter().any(|daemon| local == *daemon || (daemon.len() > 9 && local.starts_with(daemon)))
}
