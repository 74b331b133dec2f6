//! Files that come to the desk over HTTP: what is no picture, no sheet and no calendar is refused with the reason, leaves
//! the store as it was, and what is served afterwards is nothing of the file itself (rule W).

use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::configuration;
use crate::support::daemon::Daemon;
use crate::support::desk::{Browser, Desk, FROM_HERE, PASSWORD};
use crate::support::desk_more::send_file;
use crate::support::griot::Griot;
use crate::support::pages::{Answer, URLENCODED, everything};
use crate::support::port::free_port;
use griot::store::Role;
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

const TAKES_PICTURES: &str = "/desk/editions/weekly-brief/1/stories/1/picture";
const SCRIPT: &[u8] = b"<script>window.__pwned=1</script>";

/// Red on its left half, blue on its right.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let of = |x| if x < width / 2 { Rgb([220, 0, 0]) } else { Rgb([0, 0, 220]) };
    let mut file = Vec::new();
    let picture = DynamicImage::from(RgbImage::from_fn(width, height, |x, _| of(x)));
    picture.write_to(&mut Cursor::new(&mut file), format).unwrap();
    file
}

/// A JPEG with a segment of this kind behind its first two bytes.
fn with_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let jpeg = picture(600, 400, ImageFormat::Jpeg);
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// EXIF as a phone writes it that was held upright: turn it by a quarter, and where it was taken.
fn exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    exif.extend(entry(0x0112, 3, 1, [0, 6, 0, 0]));
    exif.extend(entry(0x8825, 4, 1, [0, 0, 0, 38]));
    exif.extend([0; 4]);
    exif.extend([0, 1]);
    exif.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    exif.extend([0; 4]);
    exif.extend(b"GPS 5.6037 N 0.1870 W");
    exif
}

/// A PNG of a size that it claims, with so much of its pixels as fits in a few kilobytes.
fn bomb(side: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(content);
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[..], kind, content, &crc.sum().to_be_bytes()].concat()
    };
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    pixels.write_all(&vec![0; 1024 * 1024]).unwrap();
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let parts = [chunk(b"IHDR", &header), chunk(b"IDAT", &pixels.finish().unwrap()), chunk(b"IEND", b"")];
    [&b"\x89PNG\r\n\x1a\n"[..], &parts.concat()].concat()
}

fn moving(frames: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut file, 30);
    let frame = |number: usize| {
        // The first is red, all others are green.
        let colour = if number == 0 { [220, 0, 0, 255] } else { [0, 220, 0, 255] };
        Frame::new(RgbaImage::from_pixel(240, 200, Rgba(colour)))
    };
    encoder.encode_frames((0..frames).map(frame)).unwrap();
    drop(encoder);
    file
}

async fn with_draft() -> (Desk, Browser) {
    let desk = Desk::open().await;
    desk.draft();
    let ada = desk.signed_in("ada", Role::Operator).await;
    (desk, ada)
}

/// A refusal is a page with the reason, and nothing of what came is kept.
fn assert_refused(desk: &Desk, before: &str, answer: &Answer, status: u16, reason: &str, of: &str) {
    assert_eq!(answer.status.as_u16(), status, "{of}: {}", answer.body);
    assert!(answer.body.contains("<h1>") && answer.body.contains(reason), "{of}: {}", answer.body);
    assert_eq!(everything(desk.dir.path()), before, "{of} left something");
}

#[tokio::test]
async fn w_what_is_no_picture_is_refused_with_the_reason_and_nothing_is_kept() {
    let (desk, ada) = with_draft().await;
    let before = everything(desk.dir.path());
    let svg = [b"<svg xmlns=\"http://www.w3.org/2000/svg\">", SCRIPT, b"</svg>"].concat();
    let png = picture(600, 400, ImageFormat::Png);
    let no_kind = "That is no JPEG, PNG, WebP or GIF; save the picture as one of these.";
    let files: [(&str, &[u8], &str); 9] = [
        ("drawing.svg", &svg, no_kind),
        ("drawing.png", &svg, no_kind),
        ("page.jpg", b"<!DOCTYPE html><script>window.__pwned=1</script>", no_kind),
        ("program.gif", b"GIF89a=1;/*\0\0*/window.__pwned=1//", "That picture"),
        ("archive.png", b"PK\x03\x04 a workbook", no_kind),
        ("bomb.png", &bomb(30_000), "That picture is too large: at most 12,000 pixels on a side."),
        ("inside.png", &bomb(11_999), "That picture is too large"),
        ("half.png", &png[..png.len() / 2], "Save it anew, and try again."),
        ("empty.png", b"", "choose a file that is not empty"),
    ];
    for (name, file, reason) in files {
        assert!(file.len() < 60_000, "{name}: {}", file.len());
        let answer = send_file(&ada, TAKES_PICTURES, &[("alt", "A choir"), ("focus", "middle")], name, file).await;
        assert_refused(&desk, &before, &answer, 422, reason, name);
    }
    let answer = send_file(&ada, TAKES_PICTURES, &[("alt", " ")], "picture.png", &png).await;
    assert_refused(&desk, &before, &answer, 422, "A picture needs an alt text", "no alt text");

    // Forms that are not what they should be.
    let part = |head: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\nA\r\n--x\r\n{head}\r\n\r\nGIF\r\n--x--\r\n")
    };
    let multipart = "multipart/form-data; boundary=x";
    for (of, kind, body, status, reason) in [
        ("another type", "image/png", "PNG".to_owned(), 400, "Go back, and fill in the form."),
        ("no type", "", "PNG".to_owned(), 400, "Go back, and fill in the form."),
        ("no boundary", "multipart/form-data", "PNG".to_owned(), 400, "Go back, and fill in the form."),
        ("a broken form", multipart, "--y\r\n\r\n".to_owned(), 400, "Go back, and fill in the form."),
        ("no file", multipart, part("Content-Disposition: form-data; name=\"more\""), 422, "choose a file"),
        (
            "another part",
            multipart,
            part("Content-Disposition: form-data; name=\"picture\"; filename=\"a.gif\""),
            422,
            "choose a file",
        ),
        ("a file that is text", multipart, part("Content-Disposition: form-data; name=\"file\""), 422, "choose a file"),
    ] {
        let answer = sent_as(&ada, TAKES_PICTURES, kind, body).await;
        assert_refused(&desk, &before, &answer, status, reason, of);
    }
}

async fn sent_as(browser: &Browser, path: &str, kind: &str, body: String) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    let mut request = client.post(format!("{}{path}", browser.base)).header("cookie", cookies.join("; ")).body(body);
    request = request.header(FROM_HERE.0, FROM_HERE.1);
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

#[tokio::test]
async fn w_what_is_served_is_a_picture_written_anew_whatever_hid_in_the_file() {
    let (desk, mut ada) = with_draft().await;
    let png = [&picture(600, 400, ImageFormat::Png)[..], SCRIPT, b"PK\x03\x04PK\x05\x06\0\0"].concat();
    let gif = [&picture(600, 400, ImageFormat::Gif)[..], b"*/window.__pwned=1//"].concat();
    let html = with_segment(0xfe, SCRIPT);
    let phone = with_segment(0xe1, &exif());
    let files: [(&str, &[u8]); 5] = [
        ("../../../etc/cron.d/a.php", &png),
        ("a.svg", &gif),
        ("page.html", &html),
        ("C:\\pictures\\phone.jpg", &phone),
        ("moving.gif", &moving(200)),
    ];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (name, file) in files {
        let taken = send_file(&ada, TAKES_PICTURES, &[("alt", "A choir"), ("focus", "middle")], name, file).await;
        assert_eq!(taken.status, 303, "{name}: {}", taken.body);
        let page = ada.get(taken.header("location")).await.body;
        let address =
            page.split("id=\"image-1\" name=\"image\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let path = address.strip_prefix("http://127.0.0.1:8080").unwrap_or_else(|| panic!("{name}: {address}"));
        let answer = client.get(format!("{}{path}", desk.base)).send().await.unwrap();
        let header = |of: &str| answer.headers()[of].to_str().unwrap().to_owned();
        assert_eq!((answer.status().as_u16(), header("content-type")), (200, "image/jpeg".to_owned()), "{name}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("default-src 'none'"), "{name}");
        let served = answer.bytes().await.unwrap();
        for trace in [&b"script"[..], b"__pwned", b"PK\x03\x04", b"Exif", b"GPS", b"GIF8"] {
            assert!(!served.windows(trace.len()).any(|window| window == trace), "{name} left {trace:?}");
        }
        let shown = image::load_from_memory_with_format(&served, ImageFormat::Jpeg).unwrap().to_rgb8();
        // Three to two, but for a part of a pixel.
        assert!((shown.width() * 2).abs_diff(shown.height() * 3) < 3, "{name}: {:?}", shown.dimensions());
        let red = |x, y| shown.get_pixel(x, y).0[0] > 180;
        let (right, bottom) = (shown.width() - 2, shown.height() - 2);
        let corners = (red(1, 1), red(right, 1), red(1, bottom));
        let expected = match name {
            // It was lying on its side.
            "C:\\pictures\\phone.jpg" => (true, true, false),
            // Its first picture.
            "moving.gif" => (true, true, true),
            _ => (true, false, true),
        };
        assert_eq!(corners, expected, "{name}");
    }
}

#[tokio::test]
async fn w_what_is_no_sheet_and_no_calendar_is_refused_and_nothing_is_kept() {
    let (desk, ada) = with_draft().await;
    let before = everything(desk.dir.path());
    let zipped = {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&vec![b'a'; 4 * 1024 * 1024]).unwrap();
        gz.finish().unwrap()
    };
    let binary: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let files: [(&str, &[u8], &str); 3] = [
        ("readers.csv.gz", &zipped, "readers.csv.gz can"),
        ("readers.csv", &binary, "readers.csv can"),
        ("../../etc/<b>passwd", b"Phone\n1\n", "&#60;b&#62;passwd can"),
    ];
    for (name, file, reason) in files {
        let answer = send_file(&ada, "/desk/readers/import", &[("newsletter", "evening")], name, file).await;
        assert_refused(&desk, &before, &answer, 422, reason, name);
        assert!(!answer.body.contains("etc/"), "{}", answer.body);
    }
    for (name, file) in [("a.ics", &zipped), ("b.ics", &binary)] {
        let answer = send_file(&ada, "/desk/events/import", &[], name, file).await;
        assert_refused(&desk, &before, &answer, 422, "can&#39;t be imported", name);
    }
    let answer = send_file(&ada, "/desk/events/import", &[], "", b"").await;
    assert_refused(&desk, &before, &answer, 422, "Choose a calendar that is not empty.", "no calendar");
}

/// Sends a form that announces so many megabytes, piece by piece, all of it; the answer.
fn send_megabytes(port: u16, path: &str, cookie: &str, megabytes: usize) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = "--x\r\nContent-Disposition: form-data; name=\"newsletter\"\r\n\r\nweekly-brief\r\n--x\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"readers.csv\"\r\n\r\nemail\n";
    let length = head.len() + megabytes * 1024 * 1024 + 9;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{head}"
    )
    .unwrap();
    let row = b"somebody.or.other@readers.example\n".repeat(2_000);
    let piece = &row[..64 * 1024];
    for _ in 0..megabytes * 16 {
        stream.write_all(piece).unwrap();
    }
    stream.write_all(b"\r\n--x--\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// So many megabytes of memory a process has had at most.
fn most_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn w_fifty_megabytes_get_a_page_and_neither_memory_nor_the_store() {
    let port = free_port();
    let text = configuration::text(&["https://example.org/feed".to_owned()], 9, port);
    let griot = Griot::set_up(&text.replace("smtp://127.0.0.1:9?tls=none", "dir:outbox"));
    let told = griot.run(&["desk", "invite", "Yaw", "--role", "operator"]);
    let link = told.split_whitespace().find(|word| word.contains("/desk/invitation/")).unwrap();
    let daemon = Daemon::start(&griot, port);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let form = format!("password={}", PASSWORD.replace(' ', "+"));
    let request = client.post(link).header(FROM_HERE.0, FROM_HERE.1).header("content-type", URLENCODED);
    let answer = request.body(form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();

    let size = || -> u64 {
        let files = std::fs::read_dir(griot.path()).unwrap().map(Result::unwrap);
        files
            .filter(|file| file.file_name().to_string_lossy().starts_with("griot.db"))
            .map(|file| file.metadata().unwrap().len())
            .sum()
    };
    let (before, stored) = (most_memory(daemon.id()), size());
    for path in ["/desk/readers/import", "/desk/events/import", "/desk/editions/weekly-brief/1/stories/1/picture"] {
        for _ in 0..2 {
            let cookie = cookie.clone();
            let answer = tokio::task::spawn_blocking(move || send_megabytes(port, path, &cookie, 50)).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
            assert!(answer.contains("<h1>That is too large</h1>") && answer.contains("20 MB"), "{path}: {answer}");
        }
    }
    let more = most_memory(daemon.id()) - before;
    assert!(more < 50, "it took {more} MB more");
    assert!(size() < stored + 1024 * 1024, "{} bytes of {stored}", size());
}
