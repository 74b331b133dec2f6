//! Who gets in at the desk, and who may do what there: every route, every role, and nobody (rule W).

use crate::support::desk::{Browser, Desk, FROM_HERE, PASSWORD};
use crate::support::pages::{Answer, everything, noon};
use griot::desk::{Known, routes};
use griot::staff::{self, Opaque};
use griot::store::{Member, Role};
use reqwest::Method;

const OF_ANOTHER_SITE: (&str, &str) = ("origin", "https://evil.example");

/// The path of a route with something that exists in each of its places.
fn filled(route: &Known, desk: &Desk) -> String {
    let mut path = String::new();
    for part in route.path.split_inclusive('/') {
        let name = part.trim_end_matches('/');
        let value = match name {
            "{newsletter}" => "weekly-brief",
            "{number}" | "{story}" | "{member}" | "{id}" => "1",
            "{act}" => "sessions",
            "{step}" => "approve",
            // It can't be used: what no invitation is answers before anything else.
            "{token}" => "not-one",
            "{name}" | "{*other}" | "{digest}" | "{table}" => "none",
            name => {
                assert!(!name.contains('{'), "say what stands for {name} of {}", route.path);
                name
            }
        };
        path += value;
        path += &part[name.len()..];
    }
    assert!(path.starts_with("/desk"), "{path} on {}", desk.base);
    path
}

/// Ama views, Efua edits, Yaw operates; and there is a draft.
async fn staffed(public_url: &str) -> Desk {
    let desk = Desk::open_at(public_url).await;
    for (name, role) in [("Ama", Role::Viewer), ("Efua", Role::Editor), ("Yaw", Role::Operator)] {
        desk.signed_in(name, role).await;
    }
    desk.draft();
    desk
}

async fn ask(browser: &mut Browser, route: &Known, path: &str) -> Answer {
    browser.send(route.method.clone(), path, &[FROM_HERE], "").await
}

/// All that the store holds, but for what links were found to be: the desk looks at them after it has answered.
fn kept(desk: &Desk) -> String {
    let all = everything(desk.dir.path());
    all.lines().filter(|row| !row.starts_with("link_checks ")).collect::<Vec<_>>().join("\n")
}

fn assert_protected(answer: &Answer, of: &str) {
    let policy = answer.header("content-security-policy");
    let framed = if (of.ends_with("/preview") || of.ends_with("/results/map")) && answer.status == 200 {
        "'self'"
    } else {
        "'none'"
    };
    assert!(policy.contains("default-src 'none'"), "{of}: {policy}");
    assert!(policy.contains(&format!("frame-ancestors {framed}")), "{of}: {policy}");
    assert!(!policy.replace("style-src 'unsafe-inline'", "").contains("unsafe"), "{of}: {policy}");
    let frames = if framed == "'none'" { "DENY" } else { "SAMEORIGIN" };
    assert_eq!(answer.header("x-frame-options"), frames, "{of}");
    let kept = if of.starts_with("/desk/asset/") && answer.status == 200 {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    assert_eq!(answer.header("cache-control"), kept, "{of}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{of}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{of}");
    assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow", "{of}");
}

#[tokio::test]
async fn w_every_route_answers_to_who_may_and_to_nobody_else() {
    let desk = staffed("http://127.0.0.1:8080").await;
    for route in routes(desk.press.clone()) {
        let path = filled(&route, &desk);
        let of = format!("{} {}", route.method, route.path);
        let nobody = ask(&mut desk.browser(), &route, &path).await;
        assert_protected(&nobody, &path);
        if let Some(needed) = route.role {
            if route.method == Method::GET {
                let back: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
                let sign_in = format!("/desk/sign-in?to={back}");
                assert_eq!((nobody.status.as_u16(), nobody.header("location")), (303, sign_in.as_str()), "{of}");
            } else {
                assert_eq!(nobody.status, 401, "{of}");
            }
            for (name, role) in [("Ama", Role::Viewer), ("Efua", Role::Editor), ("Yaw", Role::Operator)] {
                let before = (!role.may(needed)).then(|| (desk.browser_of(name), kept(&desk)));
                let answer = match before {
                    Some((mut browser, before)) => {
                        let answer = ask(&mut browser, &route, &path).await;
                        assert_eq!(answer.status, 403, "{of} for a {role}");
                        assert!(answer.body.contains("Your role does not let you do that"), "{of}: {}", answer.body);
                        assert_eq!(kept(&desk), before, "{of} for a {role}");
                        answer
                    }
                    None => {
                        let answer = ask(&mut desk.browser_of(name), &route, &path).await;
                        // What a path names may not be there, of which each has a test of its own; who may ask learns that.
                        let names = ["{id}", "{digest}", "{table}", "/results"];
                        let is_missing = answer.status == 404 && names.iter().any(|name| route.path.contains(name));
                        assert!(
                            is_missing || ![401, 403, 404, 405].contains(&answer.status.as_u16()),
                            "{of} for a {role}: {}",
                            answer.status
                        );
                        assert!(!answer.status.is_server_error(), "{of} for a {role}: {}", answer.body);
                        assert!(!answer.header("location").starts_with("/desk/sign-in?"), "{of} for a {role}");
                        answer
                    }
                };
                assert_protected(&answer, &path);
            }
        } else {
            assert!(!nobody.header("location").starts_with("/desk/sign-in?"), "{of} is for everybody");
        }
    }
}

#[tokio::test]
async fn w_nothing_is_changed_from_another_site() {
    let desk = staffed("https://brief.example.org").await;
    let refused: [&[(&str, &str)]; 9] = [
        &[],
        &[OF_ANOTHER_SITE],
        &[("origin", "null")],
        &[("origin", "https://brief.example.org.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://brief.example.org")],
        &[("referer", "https://brief.example.org/desk")],
    ];
    let mut yaw = desk.browser_of("Yaw");
    let posts: Vec<Known> =
        routes(desk.press.clone()).into_iter().filter(|route| route.method != Method::GET).collect();
    assert!(posts.len() > 10, "{posts:?}");
    let before = everything(desk.dir.path());
    for route in &posts {
        let path = filled(route, &desk);
        for headers in refused {
            let answer = yaw.send(route.method.clone(), &path, headers, "email=a%40example.com").await;
            assert_eq!(answer.status, 403, "{} with {headers:?}", route.path);
            assert!(answer.body.contains("That came from another site"), "{}", answer.body);
        }
    }
    assert_eq!(everything(desk.dir.path()), before);
    // And this is what they would have changed.
    let host = desk.base.replace("http://", "https://");
    let taken: [&[(&str, &str)]; 4] =
        [&[FROM_HERE], &[("origin", "https://brief.example.org")], &[("origin", &desk.base)], &[("origin", &host)]];
    for (number, headers) in taken.into_iter().enumerate() {
        let body = format!("email=yaw{number}%40example.com");
        let answer = yaw.send(Method::POST, "/desk/account/email", headers, &body).await;
        assert_eq!(answer.status, 303, "{headers:?}: {}", answer.body);
        let page = yaw.get("/desk/account").await;
        assert!(page.body.contains(&format!("yaw{number}@example.com")), "{headers:?}");
    }
}

#[tokio::test]
async fn w_a_cookie_from_before_is_worth_nothing_after_signing_in() {
    let desk = Desk::open_at("https://brief.example.org").await;
    desk.signed_in("Ama", Role::Viewer).await;
    assert_eq!(desk.cookie(), "__Host-griot");
    let mut ama = desk.browser();
    let planted = Opaque::new().unwrap().as_str().to_owned();
    ama.cookies.insert(desk.cookie().to_owned(), planted.clone());
    let mut secrets = vec![planted];
    for _ in 0..2 {
        let answer = ama.sign_in("Ama", PASSWORD).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk"), "{}", answer.body);
        let cookie = answer.header("set-cookie");
        let secret = ama.cookies[desk.cookie()].clone();
        let rest = cookie.strip_prefix(&format!("__Host-griot={secret}; ")).unwrap_or_else(|| panic!("{cookie}"));
        let mut attributes: Vec<&str> = rest.split("; ").collect();
        attributes.sort_unstable();
        assert_eq!(attributes, ["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax", "Secure"]);
        assert!(answer.header("strict-transport-security").contains("max-age="));
        assert!(!secrets.contains(&secret), "each sign-in has a secret of its own");
        secrets.push(secret);
    }
    assert_eq!(ama.get("/desk").await.status, 200);
    // Neither what was planted, nor the session that the second sign-in took the place of.
    for secret in &secrets[..2] {
        let mut other = desk.browser();
        other.cookies.insert(desk.cookie().to_owned(), secret.clone());
        assert_eq!(other.get("/desk").await.status, 303, "{secret}");
    }
    // A cookie that any host of the domain could have set is not looked at.
    let mut other = desk.browser();
    other.cookies.insert("griot".to_owned(), ama.cookies[desk.cookie()].clone());
    assert_eq!(other.get("/desk").await.status, 303);
}

#[tokio::test]
async fn w_sessions_end_where_they_should() {
    let desk = Desk::open().await;
    let mut one = desk.signed_in("Ama", Role::Viewer).await;
    let (mut two, mut three) = (desk.browser_of("Ama"), desk.browser_of("Ama"));
    let is_in = async |browser: &mut Browser| browser.get("/desk").await.status == 200;
    let kept = three.clone();
    let answer = three.post("/desk/sign-out", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk/sign-in"));
    assert!(three.cookies.is_empty(), "{}", answer.header("set-cookie"));
    assert!(!is_in(&mut kept.clone()).await, "whoever kept the cookie is signed out as well");
    assert!(is_in(&mut two).await);
    // A new password.
    let new = "another one of fifteen";
    let answer = one.post("/desk/account/password", &[("present", "wrong"), ("password", new)]).await;
    assert_eq!(answer.status, 422);
    assert!(is_in(&mut two).await);
    let answer = one.post("/desk/account/password", &[("present", PASSWORD), ("password", new)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(is_in(&mut one).await);
    assert!(!is_in(&mut two).await);
    // One of another place.
    let mut four = desk.browser_of("Ama");
    let page = one.get("/desk/account").await;
    let (_, rest) = page.body.split_once("name=\"session\" value=\"").unwrap();
    let answer = one.post("/desk/account/sessions", &[("session", rest.split_once('"').unwrap().0)]).await;
    assert_eq!(answer.header("location"), "/desk/account?done=session");
    assert!(!is_in(&mut four).await);
    assert!(is_in(&mut one).await);
    // The account closed.
    let close = |db: &griot::store::Transaction<'_>| {
        let ama = Member::named(db, "Ama")?.unwrap();
        Member::set_closed(db, ama.id, Some(noon()))
    };
    desk.press.store().write(close).unwrap();
    assert!(!is_in(&mut one).await);
    assert_eq!(desk.browser().sign_in("Ama", new).await.status, 422);
}

#[tokio::test]
async fn w_a_session_ends_by_itself() {
    let desk = Desk::open().await;
    let mut ama = desk.signed_in("Ama", Role::Viewer).await;
    ama.base = desk.at(|| noon() + chrono::TimeDelta::days(2)).await;
    assert_eq!(ama.get("/desk").await.status, 200);
    ama.base = desk.at(|| noon() + chrono::TimeDelta::days(5) + chrono::TimeDelta::minutes(1)).await;
    assert_eq!(ama.get("/desk").await.status, 303, "three days unused");
}

#[tokio::test]
async fn w_nobody_is_led_elsewhere() {
    let desk = Desk::open().await;
    desk.signed_in("Ama", Role::Viewer).await;
    let mut browser = desk.browser();
    for (to, place) in [
        ("/desk/account", "/desk/account"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/desk//evil.example", "/desk"),
        ("/\\evil.example", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/desk\r\nSet-Cookie: griot=x", "/desk"),
        ("/desk/sign-out", "/desk"),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let form = browser.get(&format!("/desk/sign-in?to={query}")).await;
        assert!(form.body.contains(&format!("name=\"to\" value=\"{place}\"")), "{to}: {}", form.body);
        let answer = browser.post("/desk/sign-in", &[("name", "Ama"), ("password", PASSWORD), ("to", to)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, place), "{to}");
        // Each from another network, so that none is one try too many.
        browser.address = desk.browser().address;
    }
}

#[tokio::test]
async fn w_a_wrong_name_a_wrong_password_and_a_locked_account_answer_alike() {
    let desk = Desk::open().await;
    desk.signed_in("Ama", Role::Viewer).await;
    desk.signed_in("Efua", Role::Viewer).await;
    desk.invite("Yaw", Role::Viewer);
    let refusal = async |name: &str, password: &str| {
        let answer = desk.browser().sign_in(name, password).await;
        assert!(answer.headers.get("set-cookie").is_none());
        let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        (answer.status.as_u16(), headers, answer.body.replace(&format!("value=\"{name}\""), "value=\"…\""))
    };
    let unknown = refusal("Nobody", PASSWORD).await;
    assert_eq!(unknown.0, 422);
    assert_eq!(refusal("Yaw", "").await, unknown, "invited, without a password yet");
    for _ in 0..5 {
        assert_eq!(refusal("Ama", "a wrong one").await, unknown);
    }
    assert_eq!(refusal("Ama", PASSWORD).await, unknown, "locked, wherever from");
    assert!(desk.record().contains(&("Ama".into(), "was locked out".into(), String::new())));
    // Nobody else is, and not for ever.
    assert_eq!(desk.browser().sign_in("Efua", PASSWORD).await.status, 303);
    let mut ama = desk.browser();
    ama.base = desk.at(|| noon() + chrono::TimeDelta::minutes(1)).await;
    assert_eq!(ama.sign_in("Ama", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn w_a_network_may_try_ten_times_a_minute_whatever_the_names() {
    let desk = Desk::open().await;
    desk.signed_in("Ama", Role::Viewer).await;
    let mut guesser = desk.browser();
    let mut tries = 0;
    // A machine that is slow enough is given another try now and then.
    while guesser.sign_in(&format!("name {tries}"), PASSWORD).await.status != 429 {
        tries += 1;
        assert!(tries < 200, "nothing stops who guesses");
    }
    assert!(tries >= 10, "stopped after {tries}");
    assert_eq!(desk.browser().sign_in("Ama", PASSWORD).await.status, 303, "another network");
}

#[tokio::test]
async fn w_an_invitation_is_good_once_for_a_week_and_only_whole() {
    let desk = Desk::open().await;
    let link = desk.invite("Ama", Role::Viewer);
    let mut browser = desk.browser();
    // Whoever looks at the links of a mail before its reader does uses nothing up.
    for _ in 0..2 {
        let form = browser.get(&link).await;
        assert!(form.status == 200 && form.body.contains("Welcome, Ama"), "{}", form.body);
    }
    let weak = browser.post(&link, &[("password", "too short")]).await;
    assert!(weak.status == 422 && weak.body.contains("15 characters"), "{}", weak.body);
    let expired = {
        let then = noon() - chrono::TimeDelta::days(staff::INVITATION_DAYS);
        let secret = staff::invite(desk.press.store(), "Yaw", "Efua", "", Role::Viewer, then).unwrap();
        format!("/desk/invitation/{}", secret.as_str())
    };
    assert_eq!(browser.post(&link, &[("password", PASSWORD)]).await.status, 303);
    let tampered = {
        let whole = desk.invite("Kofi", Role::Viewer);
        let (path, secret) = whole.rsplit_once('/').unwrap();
        format!("{path}/{}{}", if secret.starts_with('A') { "B" } else { "A" }, &secret[1..])
    };
    let other = format!("/desk/invitation/{}", Opaque::new().unwrap().as_str());
    let mut bodies = Vec::new();
    for gone in [link.as_str(), &expired, &tampered, &other, "/desk/invitation/x", "/desk/invitation/%F0%9F%92%A9"] {
        let mut browser = desk.browser();
        let form = browser.get(gone).await;
        let answer = browser.post(gone, &[("password", PASSWORD)]).await;
        assert_eq!((form.status.as_u16(), answer.status.as_u16()), (409, 409), "{gone}");
        assert!(browser.cookies.is_empty(), "{gone}");
        bodies.extend([form.body, answer.body]);
    }
    assert!(bodies[0].contains("The link was used already, or its 7 days are over"), "{}", bodies[0]);
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one answer for all of them");
}
