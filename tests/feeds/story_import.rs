//! Stories of a whole WordPress site, from its export files and its API, through the real binary.

use crate::support::rows;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::command_line::Griot;
use crate::support::configuration;
use crate::support::feed_server::serve;

const EXPORT: &str = include_str!("bodies/export.xml");
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" \
                    xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\" \
                    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel>";

fn griot(feeds: &[String]) -> Griot {
    let griot = Griot::new();
    griot.file("griot.toml", configuration::text(feeds, 25, 8080));
    griot
}

/// A published post of an export; `more` stands in it.
fn post(id: u64, title: &str, published: DateTime<Utc>, more: &str) -> String {
    let date = published.format("%Y-%m-%d %H:%M:%S");
    format!(
        "<item><title>{title}</title><link>https://example.org/{id}</link>\
         <guid isPermaLink=\"false\">https://example.org/?p={id}</guid><wp:post_id>{id}</wp:post_id>\
         <wp:post_date_gmt>{date}</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>{more}</item>"
    )
}

fn import(griot: &Griot, content: impl AsRef<[u8]>) -> String {
    griot.file("export.xml", content);
    griot.ok(&["import", "stories", "export.xml", "--platform", "harmattan"])
}

fn stories(griot: &Griot) -> Vec<(String, String)> {
    let store = rows::of(griot.path("griot.db").parent().unwrap());
    let mut query = store.prepare("SELECT guid, headline FROM stories ORDER BY id").unwrap();
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_export_becomes_stories_and_importing_it_again_changes_nothing() {
    let griot = griot(&[]);
    griot.file("export.xml", EXPORT);
    let words = ["import", "stories", "export.xml", "--platform", "harmattan"];
    let told = |first: &str, last: &str| {
        format!(
            "export.xml: {first} · 2 refused\n  refused: post 9: it has no date, or one that is to come\n  \
             refused: post 10: it has no link\n  left out: attachments (1)\n  left out: items of the kind \"recipe\" (1)\n  \
             left out: menu items (1)\n  left out: pages (1)\n  left out: posts that are not published (2)\n  \
             left out: posts with a password (1)\n{last}"
        )
    };
    let dry = griot.ok(&[&words[..], &["--dry-run"]].concat());
    assert_eq!(dry, told("3 added · 0 updated · 0 unchanged", "Nothing was changed; without --dry-run it is done\n"));
    assert_eq!(stories(&griot), []);
    assert_eq!(griot.ok(&words), told("3 added · 0 updated · 0 unchanged", ""));
    assert_eq!(griot.ok(&words), told("0 added · 0 updated · 3 unchanged", ""));

    let shown = &griot.json(&["story", "show", "1", "--json"])[0];
    let mut expected = json!({
        "id": 1, "platform": "harmattan", "headline": "Cocoa & its price", "url": "https://example.org/2019/cocoa",
        "standfirst": "Farmers wait.", "bylines": ["Ama Owusu"], "section": "Arts & Trade",
        "tags": ["Arts & Trade", "Cocoa"], "published_at": "2019-03-04T07:00:00Z", "updated_at": "2019-03-05T07:00:00Z",
        "first_seen_at": "2019-03-04T07:00:00Z", "comments": 2, "words": 10,
        "image": {"url": "https://example.org/pods.jpg", "width": null, "height": null, "alt": "Pods on a tree",
                  "caption": "Cocoa pods.", "credit": ""},
    });
    for name in ["earlier_headlines", "overrides", "decisions", "editions", "signals", "front_page"] {
        expected[name] = shown[name].clone();
    }
    assert_eq!(*shown, expected);
    assert_eq!(shown["signals"], json!([]));
    let store = rows::of(griot.path("griot.db").parent().unwrap());
    let body = |id: u32| -> String {
        store.query_row("SELECT body FROM stories WHERE id = ?1", [id], |row| row.get(0)).unwrap()
    };
    assert_eq!(
        body(1),
        "<p>Prices rose ]]&gt; again.<br>Nobody asked.</p>\n<figure><img src=\"https://example.org/a.jpg\" alt=\"A\">\
         <figcaption>The <em>port</em></figcaption></figure>\n<p>They wait [sic].</p>"
    );
    // The editor of today marks its paragraphs, and a name without an account stays as it is.
    assert_eq!(body(2).replace('\n', ""), "<p>One.</p><p>Two.</p>");
    assert_eq!(griot.json(&["story", "show", "2", "--json"])[0]["bylines"], json!(["Guest Writer"]));

    // What changed on the site is changed here.
    griot.file("export.xml", EXPORT.replace("Rain comes", "Rain came"));
    let since = griot.json(&[&words[..], &["--since", "2019-04-01", "--json"]].concat());
    assert_eq!(
        since[0],
        json!({"dry_run": false, "added": 0, "updated": 1, "unchanged": 1, "refused": 2,
               "refusals": [{"story": "post 9", "reason": "it has no date, or one that is to come"},
                            {"story": "post 10", "reason": "it has no link"}],
               "left_out": {"attachments": 1, "items of the kind \"recipe\"": 1, "menu items": 1, "pages": 1,
                            "posts from before --since": 1, "posts that are not published": 2,
                            "posts with a password": 1}})
    );
}

#[test]
fn a_feed_and_an_import_bring_one_story_and_the_feed_has_the_word() {
    let item = |id: u32, title: &str| {
        let date = (Utc::now() - TimeDelta::hours(3)).to_rfc2822();
        format!(
            "<item><title>{title}</title><link>https://example.org/feed/{id}</link><pubDate>{date}</pubDate>\
             <guid isPermaLink=\"false\">https://example.org/?p={id}</guid></item>"
        )
    };
    let feed = format!("<rss><channel>{}{}</channel></rss>", item(1, "By feed 1"), item(2, "By feed 2"));
    let server = serve(vec![("feed".to_owned(), feed.into_bytes())]);
    let griot = griot(&[format!("{server}feed")]);
    let then = Utc::now() - TimeDelta::hours(3);
    assert_eq!(
        import(&griot, format!("{HEAD}{}", post(1, "By import 1", then, ""))),
        "export.xml: 1 added · 0 updated · 0 unchanged · 0 refused\n"
    );
    griot.ok(&["fetch"]);
    let by_feed = [
        ("https://example.org/?p=1".to_owned(), "By feed 1".to_owned()),
        ("https://example.org/?p=2".to_owned(), "By feed 2".to_owned()),
    ];
    assert_eq!(stories(&griot), by_feed);
    // By the same guid, and by the same address under another one.
    let other = post(2, "By import 2", then, "").replace("/?p=2", "/?p=22").replace("/2</link>", "/feed/2#x</link>");
    assert_eq!(
        import(&griot, format!("{HEAD}{}{other}", post(1, "By import 1", then, ""))),
        "export.xml: 0 added · 0 updated · 2 unchanged · 0 refused\n"
    );
    assert_eq!(stories(&griot), by_feed);
}

#[test]
fn what_is_imported_comes_into_no_brief_but_for_read_also() {
    let week = Utc::now() - TimeDelta::days(7);
    let lead = "<rss><channel><item><title>Tema harbour pilots strike again</title><link>https://example.org/lead</link>\
                <description>Pilots of Tema harbour strike for better boats.</description><pubDate>NOW</pubDate></item>\
                </channel></rss>";
    let lead = lead.replace("NOW", &(Utc::now() - TimeDelta::hours(2)).to_rfc2822());
    let server = serve(vec![("feed".to_owned(), lead.into_bytes())]);
    let griot = griot(&[format!("{server}feed")]);
    griot.configure(&[("grace = \"0s\"", "grace = \"0s\"\nmin_stories = 1")]);
    griot.ok(&["fetch"]);
    let text = |words: &str| format!("<content:encoded><![CDATA[{words}]]></content:encoded>");
    let export = [
        // A feed that brought it now would have it in: it came late.
        post(1, "A choir sings in Ho", week - TimeDelta::hours(3), &text("Forty voices.")),
        post(
            2,
            "Harbour pilots end their strike",
            week - TimeDelta::days(90),
            &text("The pilots of Tema harbour have new boats."),
        ),
        post(3, "Rain comes to Tamale", week - TimeDelta::days(80), &text("Farmers are glad of it.")),
    ];
    import(&griot, format!("{HEAD}{}", export.concat()));
    let headlines = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["headline"].as_str().unwrap().to_owned()).collect()
    };
    let next = &griot.json(&["stories", "--json"])[0];
    assert_eq!(headlines(&next["stories"]), ["Tema harbour pilots strike again"]);
    for list in ["shortlist", "kept_out", "must_read"] {
        assert_eq!(next[list], json!([]), "{list}");
    }
    let draft = &griot.json(&["draft", "weekly-brief", "--json"])[0];
    assert_eq!(headlines(&draft["read_also"]), ["Harbour pilots end their strike"]);
}

#[test]
fn broken_and_hostile_exports_cost_what_is_broken() {
    let then: DateTime<Utc> = "2020-05-06T07:08:09Z".parse().unwrap();
    let whole = |export: &str| format!("{HEAD}{export}</channel></rss>").into_bytes();
    let good = post(1, "Good", then, "");
    let forged = post(2, "Forged", then, "");
    let title = |title: &str| post(3, title, then, "");
    let utf16: Vec<u8> = {
        let text = format!("\u{feff}{HEAD}{}", title("Café"));
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let latin = [HEAD.replace("UTF-8", "windows-1252").as_bytes(), title("Caf\u{1}").as_bytes()].concat();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>{HEAD}"
    );
    let comment = |text: &str| format!("<wp:comment><wp:comment_approved>1</wp:comment_approved>{text}</wp:comment>");
    let deep = format!("<x>{}</x>", "<y>".repeat(1_000));
    for (what, export, refused, expected) in [
        ("entities", [bomb.as_bytes(), title("&b; &x; &amp;").as_bytes()].concat(), "", vec!["&b; &x; &"]),
        (
            "cut off",
            whole(&format!("{good}<item><title>b</title><content:encoded><![CDATA[{forged}")),
            "the last item: the file ends within it; export it again, and see that all of it is downloaded",
            vec!["Good"],
        ),
        (
            "a reader's comment",
            whole(&post(1, "Good", then, &comment(&format!("<![CDATA[</wp:comment></item>{forged}]]>")))),
            "",
            vec!["Good"],
        ),
        (
            "an item without an end",
            whole(&format!("{}{good}", title("A").replace("</item>", ""))),
            "",
            vec!["A", "Good"],
        ),
        (
            "too deep",
            whole(&format!("{}{good}", post(2, "Deep", then, &deep))),
            "\"Deep\": its elements are nested more than 200 deep",
            vec!["Good"],
        ),
        ("junk before", [b"<br />\n<b>Notice</b>: x in y.php\n".to_vec(), whole(&good)].concat(), "", vec!["Good"]),
        ("UTF-16", utf16, "", vec!["Café"]),
        ("windows-1252", latin, "", vec!["Café"]),
        (
            "UTF-8 that says it is not",
            [HEAD.replace("UTF-8", "iso-8859-1").as_bytes(), title("Café").as_bytes()].concat(),
            "",
            vec!["Café"],
        ),
        ("bytes that are no text", [whole(&good), b"<item>\xff\xfe\x00</item>".to_vec()].concat(), "", vec!["Good"]),
    ] {
        let griot = griot(&[]);
        let told = import(&griot, export);
        let headlines: Vec<String> = stories(&griot).into_iter().map(|(_, headline)| headline).collect();
        assert_eq!(headlines, expected, "{what}: {told}");
        let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("  refused: ")).collect();
        assert_eq!(lines.join("\n"), refused, "{what}");
    }
}

#[test]
fn says_what_it_cannot_import() {
    let griot = griot(&[]);
    let no_export = "griot: cannot import export.xml: it is no WordPress export (an <rss> of \
                     http://wordpress.org/export/…); WordPress makes one under Tools, Export, All content\n";
    let words = ["import", "stories", "export.xml", "--platform", "harmattan"];
    for content in ["", "<html><body>", "<rss><channel><item><title>a</title></item></channel></rss>", "PK\u{3}\u{4}"] {
        griot.file("export.xml", content);
        assert_eq!(griot.err(&words), no_export, "{content}");
    }
    assert_eq!(
        griot.err(&["import", "stories", "export.xml", "--platform", "elsewhere"]),
        "griot: cannot import export.xml: there is no platform \"elsewhere\"; the configuration has harmattan\n"
    );
    assert_eq!(
        griot.err(&["import", "stories", "https://example.org", "--platform", "harmattan", "--from", "wxr"]),
        "griot: https://example.org is an address; download the export, and give its file\n"
    );
    assert_eq!(
        griot.err(&["import", "stories", "site", "--platform", "harmattan", "--from", "wordpress"]),
        "griot: site is no address of a site; write it with https://\n"
    );
    griot.configure(&[("allow_private = true", "allow_private = false")]);
    let url = serve(Vec::new());
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(
        griot.err(&["import", "stories", &url, "--platform", "harmattan"]),
        format!(
            "griot: cannot import {url}: cannot ask {url} for its API: {host}: its address 127.0.0.1 is not on the public \
             Internet; to reach it all the same, set allow_private = true in [feeds]\n"
        )
    );
}

/// A site that answers as told, request by request, and what it was asked for.
fn site(mut answer: impl FnMut(&str) -> String + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let response = answer(&path);
            heard.lock().unwrap().push(path);
            let (head, body) = response.split_once("\n\n").unwrap();
            let length = body.len();
            write!(stream, "HTTP/1.1 {head}\nContent-Length: {length}\nConnection: close\n\n{body}").unwrap();
        }
    });
    (url, asked)
}

fn api_post(id: u32) -> Value {
    json!({
        "id": id, "type": "post", "status": "publish", "date_gmt": "2021-02-03T04:05:06", "link": format!("https://example.org/{id}"),
        "guid": {"rendered": format!("https://example.org/?p={id}")}, "title": {"rendered": format!("Post {id} &#8211; a title")},
        "content": {"rendered": "<p>It rained.</p><script>x</script>", "protected": false},
        "excerpt": {"rendered": "<p>Rain. [&hellip;]</p>"},
        "_embedded": {
            "author": [{"name": "Kofi Mensah"}],
            "wp:featuredmedia": [{"source_url": "https://example.org/r.jpg", "alt_text": "Rain",
                "caption": {"rendered": "<p>Rain in Ho</p>"}, "media_details": {"width": 800, "height": 600}}],
            "wp:term": [[{"taxonomy": "category", "name": "Weather &amp; Sea"}], [{"taxonomy": "post_tag", "name": "Ho"}]],
        },
    })
}

#[test]
fn a_site_gives_its_posts_page_by_page_and_is_waited_for() {
    let mut refusals = 1;
    let (url, asked) = site(move |path| {
        if path == "/" {
            return "200 OK\nLink: </blog/wp-json/>; rel=\"https://api.w.org/\", </x>; rel=y\n\n<html>".to_owned();
        }
        let pages = "X-WP-TotalPages: 2";
        if path.contains("page=1&") {
            let mut broken = api_post(3);
            broken["link"] = Value::Null;
            let protected = json!({"id": 4, "content": {"rendered": "", "protected": true}});
            return format!("200 OK\n{pages}\n\n<b>Notice</b>{}", json!([api_post(1), broken, protected, 7]));
        }
        if refusals > 0 {
            refusals -= 1;
            return "429 Too Many Requests\nRetry-After: 0\n\n".to_owned();
        }
        format!("200 OK\n{pages}\n\n{}", json!([api_post(2)]))
    });
    let griot = griot(&[]);
    let words = ["import", "stories", &url, "--platform", "harmattan"];
    assert_eq!(
        griot.ok(&words),
        format!(
            "{url}: 2 added · 0 updated · 0 unchanged · 2 refused\n  refused: post 3: it has no link\n  \
             refused: a post: it has no link\n  left out: posts with a password (1)\n"
        )
    );
    let query = "per_page=100&page=PAGE&orderby=date&order=asc&_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm";
    let page = |number: &str| format!("/blog/wp-json/wp/v2/posts?{}", query.replace("PAGE", number));
    assert_eq!(*asked.lock().unwrap(), ["/".to_owned(), page("1"), page("2"), page("2")]);
    let shown = &griot.json(&["story", "show", "1", "--json"])[0];
    for (name, value) in [
        ("headline", json!("Post 1 – a title")),
        ("standfirst", json!("Rain.")),
        ("bylines", json!(["Kofi Mensah"])),
        ("section", json!("Weather & Sea")),
        ("tags", json!(["Weather & Sea", "Ho"])),
        ("published_at", json!("2021-02-03T04:05:06Z")),
        ("first_seen_at", json!("2021-02-03T04:05:06Z")),
        ("words", json!(2)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(
        shown["image"],
        json!({"url": "https://example.org/r.jpg", "width": 800, "height": 600, "alt": "Rain", "caption": "Rain in Ho",
               "credit": ""})
    );
    assert_eq!(
        griot.ok(&words).lines().next().unwrap(),
        format!("{url}: 0 added · 0 updated · 2 unchanged · 2 refused")
    );
}

#[test]
fn a_site_without_permalinks_is_found_by_its_page_and_one_that_fails_says_where_to_go_on() {
    let (url, asked) = site(|path| match path {
        "/" => "200 OK\nX: y\n\n<link rel='https://api.w.org/' href='/index.php?rest_route=/' />".to_owned(),
        path if path.contains("page=1&") => {
            let posts: Vec<Value> = (1..=100).map(api_post).collect();
            format!("200 OK\nX: y\n\n{}", json!(posts))
        }
        _ => "500 Internal Server Error\nX: y\n\n".to_owned(),
    });
    let griot = griot(&[]);
    let told = griot.err(&["import", "stories", &url, "--platform", "harmattan", "--since", "2021-02-01"]);
    let paths = asked.lock().unwrap().clone();
    let query = "?rest_route=%2Fwp%2Fv2%2Fposts&per_page=100&page=2&orderby=date&order=asc\
                 &_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&after=2021-01-31T00%3A00%3A00";
    assert_eq!(paths.last().unwrap(), &format!("/index.php{query}"));
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(
        told,
        format!(
            "griot: cannot import {url}: stopped at {url}index.php{query}; what came before it is stored, and --since \
             2021-02-03 goes on: {host}: it answered 500 Internal Server Error\n"
        )
    );
    assert_eq!(stories(&griot).len(), 100);
}
