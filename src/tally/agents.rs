//! Machines that say who they are.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What stands in the User-Agent of machines that look at links: in any case of its letters, anywhere.
///
/// Left out are the proxies through which mail programs fetch images, because readers look through them.
const MACHINES: [&str; 63] = [
    // Those that say what they are, and most that only fetch what a link leads to.
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scan",
    "check",
    "monitor",
    "preview",
    "prefetch",
    "validat",
    "uptime",
    "pingdom",
    "headless",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "lighthouse",
    "archive.org",
    "facebookexternalhit",
    "whatsapp",
    "slack",
    "embedly",
    "vkshare",
    "iframely",
    // Mail filters.
    "barracuda",
    "proofpoint",
    "mimecast",
    "symantec",
    "messagelabs",
    "trendmicro",
    "trend micro",
    "fortinet",
    "forcepoint",
    "websense",
    "sophos",
    "cisco",
    "ironport",
    "mailguard",
    "spamassassin",
    "safebrowsing",
    "virustotal",
    "urlscan",
    "ms-office",
    "microsoft office",
    "existence discovery",
    // Programs and libraries.
    "curl",
    "wget",
    "httpie",
    "python",
    "aiohttp",
    "httpx",
    "go-http-client",
    "okhttp",
    "java/",
    "httpclient",
    "libwww",
    "lwp",
    "node-fetch",
    "axios",
    "undici",
    "guzzle",
    "ruby",
];

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let built = AhoCorasick::builder().ascii_case_insensitive(true).build(MACHINES);
    built.expect("some dozens of short words")
});

/// Whether a User-Agent is a machine's (rule C). One that is missing or empty is: every browser has one.
pub fn is_machine(user_agent: &str) -> bool {
    let agent = user_agent.trim();
    agent.is_empty() || FINDER.find_iter(agent).any(|found| !is_phone(agent, found.start()))
}

/// Cubot makes telephones.
fn is_phone(agent: &str, at: usize) -> bool {
    at >= 2 && agent.as_bytes()[at - 2..].get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"cubot"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_machines_that_say_so_are_known() {
        for agent in [
            "",
            "  ",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "facebookexternalhit/1.1",
            "WhatsApp/2.23.20.0",
            "TelegramBot (like TwitterBot)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 \
             Safari/537.36",
            "Microsoft Office Existence Discovery",
            "W3C-checklink/5.0",
            "BarracudaCentral/1.0",
            "Go-http-client/1.1",
        ] {
            assert!(is_machine(agent), "{agent}");
        }
    }

    #[test]
    fn c_readers_browsers_are_no_machines() {
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 \
             Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 13; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile \
             Safari/537.36",
            "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; en) Presto/2.12.423 Version/12.16",
            "Mozilla/5.0 (via ggpht.com GoogleImageProxy)",
        ] {
            assert!(!is_machine(agent), "{agent}");
        }
    }
}
