//! Strangers who verify signatures, with the public keys in a file in place of DNS: dkimpy and OpenDKIM.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};

/// A DNS name and its TXT record.
pub type Record = (String, String);

/// Reads the records, then a message a line in base64, and answers each with one result per signature: `true`,
/// `false`, or a text why the message makes no sense.
const PYTHON: &str = r#"
import base64, json, sys
try:
    import dkim
except ImportError:
    sys.exit("there is no dkimpy")
records = json.loads(sys.stdin.readline())
def txt(name, timeout=5):
    return records.get(name.decode().rstrip("."), "").encode()
for line in sys.stdin:
    message = base64.b64decode(line)
    signatures = sum(1 for field in message.split(b"\r\n\r\n")[0].split(b"\r\n") if field.lower().startswith(b"dkim-signature:"))
    results = []
    for index in range(signatures):
        try:
            results.append(bool(dkim.DKIM(message).verify(idx=index, dnsfunc=txt)))
        except Exception as error:
            results.append(repr(error))
    print(json.dumps(results), flush=True)
"#;

/// A Python that waits for messages.
pub struct Dkimpy {
    python: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Dkimpy {
    pub fn start(records: &[Record]) -> Self {
        // Not whichever Python comes first in PATH: the package is there for the system's own.
        let mut python = Command::new("/usr/bin/python3")
            .args(["-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test verifies with /usr/bin/python3 and its dkimpy, which ./check installs");
        let mut questions = python.stdin.take().unwrap();
        let records: serde_json::Map<_, _> = records.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
        writeln!(questions, "{}", Value::Object(records)).unwrap();
        let answers = BufReader::new(python.stdout.take().unwrap());
        Self { python, questions, answers }
    }

    /// One result for each signature of the message, in order.
    pub fn verify(&mut self, message: &[u8]) -> Vec<bool> {
        let asked = writeln!(self.questions, "{}", BASE64.encode(message));
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(asked.is_ok() && !answer.is_empty(), "dkimpy did not answer: ./check installs it, as python3-dkim");
        let results: Vec<Value> = serde_json::from_str(&answer).unwrap();
        results.iter().map(|result| *result == Value::Bool(true)).collect()
    }
}

impl Drop for Dkimpy {
    fn drop(&mut self) {
        let _ = self.python.kill();
        let _ = self.python.wait();
    }
}

/// What OpenDKIM says of the message: a line `dkim=pass (…)` or `dkim=fail (…)` for each signature.
pub fn opendkim(records: &[Record], message: &[u8], folder: &Path) -> Vec<String> {
    let keys: String = records.iter().map(|(name, text)| format!("{name} {text}\n")).collect();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::write(path("keys"), keys).unwrap();
    fs::write(path("message"), message).unwrap();
    let configuration = format!("TestPublicKeys {}\nMode v\nSyslog no\nAlwaysAddARHeader yes\n", path("keys"));
    fs::write(path("opendkim.conf"), configuration).unwrap();
    let output = Command::new("/usr/sbin/opendkim")
        .args(["-x", &path("opendkim.conf"), "-t", &path("message"), "-vv"])
        .output()
        .expect("this test verifies with /usr/sbin/opendkim, which ./check installs");
    let told = String::from_utf8(output.stdout).unwrap();
    told.split("dkim=").skip(1).map(|result| format!("dkim={}", result.trim_end())).collect()
}
