//! Whether a link leads somewhere: what is made of each answer, and how little is asked for it.

use std::time::Duration;

use crate::support::site::{Reply, Site};
use griot::feeds::{FetchLimits, Fetcher, LinkAnswer};
use url::Url;

fn fetcher(allow_private: bool) -> Fetcher {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let limits = FetchLimits { bytes: 0, time: Duration::from_secs(2), redirects: 3 };
    Fetcher::new("https://www.example.org", limits, allow_private).unwrap()
}

fn script(method: &str, path: &str) -> Reply {
    match (method, path) {
        (_, "/well") => Reply::Page("a page"),
        (_, "/moved") => Reply::To("/well"),
        (_, "/gone") => Reply::Status("410 Gone"),
        (_, "/led-astray") => Reply::To("/nowhere"),
        (_, "/round") => Reply::To("/round"),
        ("HEAD", "/no-head") => Reply::Status("405 Method Not Allowed"),
        ("HEAD", "/never-heard-of-heads") => Reply::Status("501 Not Implemented"),
        ("HEAD", "/wrong-about-heads") => Reply::Status("404 Not Found"),
        ("GET", "/no-head" | "/never-heard-of-heads" | "/wrong-about-heads") => Reply::Page("a page"),
        (_, "/members") => Reply::Status("401 Unauthorized"),
        (_, "/no-robots") => Reply::Status("403 Forbidden"),
        (_, "/too-many") => Reply::Status("429 Too Many Requests"),
        (_, "/broken") => Reply::Status("500 Internal Server Error"),
        (_, "/silent") => Reply::Silence,
        _ => Reply::Status("404 Not Found"),
    }
}

#[tokio::test]
async fn each_answer_has_its_meaning_and_costs_no_more_than_it_must() {
    let site = Site::open(script);
    let host = site.url.trim_start_matches("http://");
    let said = |what: &str| format!("{host} answered {what}");
    let cases = [
        ("/well", LinkAnswer::Well, vec!["HEAD /well"]),
        ("/moved", LinkAnswer::Well, vec!["HEAD /moved", "HEAD /well"]),
        ("/no-head", LinkAnswer::Well, vec!["HEAD /no-head", "GET /no-head"]),
        ("/never-heard-of-heads", LinkAnswer::Well, vec!["HEAD /never-heard-of-heads", "GET /never-heard-of-heads"]),
        ("/wrong-about-heads", LinkAnswer::Well, vec!["HEAD /wrong-about-heads", "GET /wrong-about-heads"]),
        ("/nowhere", LinkAnswer::Gone(said("404 Not Found")), vec!["HEAD /nowhere", "GET /nowhere"]),
        ("/gone", LinkAnswer::Gone(said("410 Gone")), vec!["HEAD /gone", "GET /gone"]),
        (
            "/led-astray",
            LinkAnswer::Gone(said("404 Not Found")),
            vec!["HEAD /led-astray", "HEAD /nowhere", "GET /nowhere"],
        ),
        ("/members", LinkAnswer::Refused(said("401 Unauthorized")), vec!["HEAD /members"]),
        ("/no-robots", LinkAnswer::Refused(said("403 Forbidden")), vec!["HEAD /no-robots", "GET /no-robots"]),
        ("/too-many", LinkAnswer::Busy(said("429 Too Many Requests")), vec!["HEAD /too-many"]),
        ("/broken", LinkAnswer::Failing(said("500 Internal Server Error")), vec!["HEAD /broken", "GET /broken"]),
        ("/round", LinkAnswer::Failing(format!("{host} redirects more than 3 times")), vec!["HEAD /round"; 4]),
        ("/silent", LinkAnswer::Failing(format!("{host} did not answer within 2 seconds")), vec!["HEAD /silent"]),
    ];
    let fetcher = fetcher(true);
    for (path, expected, asked) in cases {
        let url = Url::parse(&format!("{}{path}", site.url)).unwrap();
        assert_eq!(fetcher.look(&url).await, expected, "{path}");
        assert_eq!(site.newly_asked(), asked, "{path}");
    }
    let agent = format!("griot/{} (+https://www.example.org)", env!("CARGO_PKG_VERSION"));
    assert!(site.user_agents().iter().all(|one| *one == agent), "{:?}", site.user_agents());
}

#[tokio::test]
async fn w_ssrf_no_private_address_is_asked() {
    let site = Site::open(|_, _| Reply::Page("a secret"));
    let port = site.url.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433"] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let LinkAnswer::Failing(reason) = fetcher(false).look(&url).await else { panic!("{host} was asked") };
        assert!(reason.contains("not on the public Internet"), "{reason}");
    }
    // What leads nowhere by its name is nobody's to be asked.
    let name = Url::parse("http://no-such-name.invalid/").unwrap();
    assert!(matches!(fetcher(true).look(&name).await, LinkAnswer::Refused(_)));
    assert_eq!(site.asked(), Vec::<String>::new());
}
