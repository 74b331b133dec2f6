//! Fetching feeds from servers that are kind, wrong, slow or hostile.
//!
//! `bodies/four-megabytes.*` are zeroes, `bodies/hello.*` is a line of XML, compressed.

use std::net::SocketAddr;
use std::time::Duration;

use griot::feeds::{FetchLimits, FetchOutcome, FetchRequest, Fetched, Fetcher, RetryAfter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A server that answers every request by what `answer` says to its head, and then closes the connection.
async fn serve<A>(answer: A) -> SocketAddr
where
    A: Fn(&str) -> Vec<u8> + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = read_head(&mut stream).await;
            // The client may have had enough before the end.
            let _ = stream.write_all(&answer(&head)).await;
        }
    });
    address
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn fetcher(limits: FetchLimits, allow_private: bool) -> Fetcher {
    // The second of two tests in one process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Fetcher::new("https://example.org", limits, allow_private).unwrap()
}

fn request(address: SocketAddr, path: &str) -> FetchRequest {
    FetchRequest { url: Url::parse(&format!("http://{address}{path}")).unwrap(), etag: None, last_modified: None }
}

async fn fetch(address: SocketAddr, path: &str) -> FetchOutcome {
    fetcher(FetchLimits::default(), true).fetch(request(address, path)).await
}

fn fresh(outcome: FetchOutcome) -> Fetched {
    match outcome {
        FetchOutcome::Fresh(fetched) => *fetched,
        other => panic!("not fresh: {other:?}"),
    }
}

fn reason(outcome: FetchOutcome) -> String {
    match outcome {
        FetchOutcome::Failed { reason } => reason,
        other => panic!("did not fail: {other:?}"),
    }
}

#[tokio::test]
async fn asks_politely_and_keeps_the_validators() {
    let address = serve(|head| {
        let head = head.to_ascii_lowercase();
        let agent = format!("user-agent: griot/{} (+https://example.org)\r\n", env!("CARGO_PKG_VERSION"));
        assert!(head.contains(&agent) && head.contains("application/atom+xml"), "{head}");
        if head.contains("if-none-match: \"7\"") && head.contains("if-modified-since: mon, 23 nov 2026 00:00:00 gmt") {
            return response("304 Not Modified", "", b"");
        }
        let headers = "ETag: \"7\"\r\nLast-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: text/xml\r\n";
        response("200 OK", headers, b"<rss/>")
    })
    .await;
    let first = fresh(fetch(address, "/feed").await);
    assert_eq!((first.bytes.as_slice(), first.content_type.as_deref()), (b"<rss/>".as_slice(), Some("text/xml")));
    assert_eq!((first.final_url, first.moved_permanently_to), (request(address, "/feed").url, None));
    let again = FetchRequest { etag: first.etag, last_modified: first.last_modified, ..request(address, "/feed") };
    assert_eq!(fetcher(FetchLimits::default(), true).fetch(again).await, FetchOutcome::NotModified);
}

#[tokio::test]
async fn decodes_gzip_and_brotli() {
    let address = serve(|head| match head.starts_with("GET /gzip") {
        true => response("200 OK", "Content-Encoding: gzip\r\n", include_bytes!("bodies/hello.gz")),
        false => response("200 OK", "Content-Encoding: br\r\n", include_bytes!("bodies/hello.br")),
    })
    .await;
    for path in ["/gzip", "/brotli"] {
        assert_eq!(fresh(fetch(address, path).await).bytes, b"<rss>hello</rss>", "{path}");
    }
}

#[tokio::test]
async fn remembers_a_move_only_if_every_hop_was_permanent() {
    let address = serve(|head| match head.split(' ').nth(1).unwrap() {
        "/old" => response("301 Moved Permanently", "Location: /older\r\n", b""),
        "/older" => response("308 Permanent Redirect", "Location: /new\r\n", b""),
        "/detour" => response("302 Found", "Location: /old\r\n", b""),
        "/late-detour" => response("301 Moved Permanently", "Location: /detour\r\n", b""),
        _ => response("200 OK", "", b"<rss/>"),
    })
    .await;
    let new = request(address, "/new").url;
    for (path, moved_to) in [("/old", Some(&new)), ("/detour", None), ("/late-detour", None)] {
        let fetched = fresh(fetch(address, path).await);
        assert_eq!((&fetched.final_url, fetched.moved_permanently_to.as_ref()), (&new, moved_to), "{path}");
    }
}

#[tokio::test]
async fn w_ssrf_follows_five_redirects_and_no_sixth() {
    let address = serve(|head| {
        let left: u32 = head.split(' ').nth(1).unwrap()[1..].parse().unwrap();
        match left {
            0 => response("200 OK", "", b"<rss/>"),
            _ => response("302 Found", &format!("Location: /{}\r\n", left - 1), b""),
        }
    })
    .await;
    fresh(fetch(address, "/5").await);
    assert_eq!(reason(fetch(address, "/6").await), format!("{address}: it redirects more than 5 times"));
}

#[tokio::test]
async fn w_ssrf_refuses_private_addresses_unless_they_are_allowed() {
    let address = serve(|_| response("200 OK", "", b"<rss/>")).await;
    let guarded = fetcher(FetchLimits::default(), false);
    let refused = format!(
        "{address}: its address 127.0.0.1 is not on the public Internet; to reach it all the same, set allow_private = \
         true in [feeds]"
    );
    assert_eq!(reason(guarded.fetch(request(address, "/")).await), refused);
    let port = address.port();
    for host in ["localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0"] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let outcome = guarded.fetch(FetchRequest { url, etag: None, last_modified: None }).await;
        let reason = reason(outcome);
        assert!(reason.contains("is not on the public Internet"), "{host}: {reason}");
    }
    let by_name = Url::parse(&format!("http://localhost:{port}/")).unwrap();
    let open = fetcher(FetchLimits::default(), true);
    fresh(open.fetch(FetchRequest { url: by_name, etag: None, last_modified: None }).await);
}

#[tokio::test]
async fn w_ssrf_fetches_nothing_but_http_and_https() {
    for url in ["file:///etc/passwd", "ftp://example.org/feed", "gopher://example.org/"] {
        let request = FetchRequest { url: Url::parse(url).unwrap(), etag: None, last_modified: None };
        let reason = reason(fetcher(FetchLimits::default(), true).fetch(request).await);
        assert!(reason.contains("only http and https are fetched"), "{reason}");
    }
}

#[tokio::test]
async fn tells_gone_from_absent_and_hears_a_plea_for_patience() {
    let address = serve(|head| match head.split(' ').nth(1).unwrap() {
        "/gone" => response("410 Gone", "", b""),
        "/moved" => response("301 Moved Permanently", "Location: /gone\r\n", b""),
        "/detour" => response("302 Found", "Location: /gone\r\n", b""),
        "/busy" => response("429 Too Many Requests", "Retry-After: 120\r\n", b""),
        "/closed" => response("503 Service Unavailable", "Retry-After: Mon, 23 Nov 2026 12:00:00 GMT\r\n", b""),
        "/down" => response("503 Service Unavailable", "", b""),
        _ => response("404 Not Found", "", b""),
    })
    .await;
    assert_eq!(fetch(address, "/gone").await, FetchOutcome::Gone);
    assert_eq!(fetch(address, "/moved").await, FetchOutcome::Gone);
    assert_eq!(reason(fetch(address, "/detour").await), format!("{address}: it answered 410 Gone"));
    assert_eq!(reason(fetch(address, "/absent").await), format!("{address}: it answered 404 Not Found"));
    for (path, expected) in [
        ("/busy", RetryAfter::Delay(Duration::from_secs(120))),
        ("/closed", RetryAfter::Until("2026-11-23T12:00:00Z".parse().unwrap())),
        ("/down", RetryAfter::Unsaid),
    ] {
        let outcome = fetch(address, path).await;
        let FetchOutcome::RetryLater { after, .. } = outcome else { panic!("{path}: {outcome:?}") };
        assert_eq!(after, expected, "{path}");
    }
}

#[tokio::test]
async fn w_ssrf_stops_at_the_size_even_of_a_bomb() {
    let address = serve(|head| match head.split(' ').nth(1).unwrap() {
        "/gzip" => response("200 OK", "Content-Encoding: gzip\r\n", include_bytes!("bodies/four-megabytes.gz")),
        "/brotli" => response("200 OK", "Content-Encoding: br\r\n", include_bytes!("bodies/four-megabytes.br")),
        _ => response("200 OK", "", &[b' '; 70_000]),
    })
    .await;
    let limits = FetchLimits { bytes: 65_536, ..FetchLimits::default() };
    for path in ["/gzip", "/brotli", "/plain"] {
        let outcome = fetcher(limits, true).fetch(request(address, path)).await;
        assert_eq!(reason(outcome), format!("{address}: it is larger than 65536 bytes"), "{path}");
    }
}

/// A server that begins to answer and then does as `go_on` says for ever.
async fn serve_without_end(drip: Option<&'static [u8]>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<").await.unwrap();
        match drip {
            Some(bytes) => while stream.write_all(bytes).await.is_ok() {},
            None => std::future::pending().await,
        }
    });
    address
}

#[tokio::test]
async fn a_feed_that_never_ends_or_never_goes_on_is_given_up() {
    let endless = serve_without_end(Some(&[b' '; 8192])).await;
    let limits = FetchLimits { bytes: 100_000, ..FetchLimits::default() };
    let outcome = fetcher(limits, true).fetch(request(endless, "/")).await;
    assert_eq!(reason(outcome), format!("{endless}: it is larger than 100000 bytes"));

    let stalled = serve_without_end(None).await;
    let limits = FetchLimits { time: Duration::from_millis(250), ..FetchLimits::default() };
    let outcome = fetcher(limits, true).fetch(request(stalled, "/")).await;
    assert_eq!(reason(outcome), format!("{stalled}: it took longer than 0.25 seconds"));
}

#[tokio::test]
async fn says_what_is_wrong_with_a_server_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let reason = reason(fetch(address, "/feed?token=secret").await);
    assert!(reason.starts_with(&format!("{address}: Connection refused")), "{reason}");
}
