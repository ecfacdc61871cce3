//! Keys, certificates and encrypted files as others make them: with the `openssl` of this host.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use dsr_console::crypto::certificate::Certificate;
use dsr_console::crypto::decrypt::{Decrypted, Order, decrypt};
use dsr_console::crypto::keyring::Entry;
use dsr_console::crypto::keys::{self, PrivateKey};
use dsr_console::crypto::{Keys, Place, Watch};
use dsr_console::domain::failure::{Failure, FailureKind};
use tempfile::TempDir;

/// Runs `openssl`.
pub fn try_openssl(dir: &Path, args: &[&str]) -> Output {
    Command::new("openssl")
        .args(args)
        .current_dir(dir)
        .output()
        .expect("openssl must be installed")
}

#[track_caller]
pub fn openssl(dir: &Path, args: &[&str]) {
    let output = try_openssl(dir, args);
    assert!(
        output.status.success(),
        "openssl {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A private key and its certificate in a folder.
pub struct Pair {
    pub key: PathBuf,
    pub certificate: PathBuf,
}

impl Pair {
    pub fn make(dir: &Path, name: &str, bits: u32) -> Pair {
        let (key, certificate) = (
            dir.join(format!("{name}.key.pem")),
            dir.join(format!("{name}.cert.pem")),
        );
        let (k, c) = (key.display().to_string(), certificate.display().to_string());
        let subject = format!("/O=Example/CN={name}");
        openssl(
            dir,
            &[
                "req",
                "-x509",
                "-newkey",
                &format!("rsa:{bits}"),
                "-nodes",
                "-sha256",
                "-days",
                "90",
                "-subj",
                &subject,
                "-keyout",
                &k,
                "-out",
                &c,
            ],
        );
        private(&key);
        Pair { key, certificate }
    }

    pub fn key(&self) -> PrivateKey {
        keys::read_file(&self.key, &mut |_| panic!("no passphrase is needed")).unwrap()
    }

    pub fn cert(&self) -> Certificate {
        Certificate::read(&std::fs::read(&self.certificate).unwrap(), "certificate").unwrap()
    }
}

pub fn private(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Two pairs for all tests: ours and a stranger's.
pub fn pairs() -> &'static (TempDir, Pair, Pair) {
    static PAIRS: OnceLock<(TempDir, Pair, Pair)> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let ours = Pair::make(dir.path(), "ours", 2048);
        let theirs = Pair::make(dir.path(), "theirs", 2048);
        (dir, ours, theirs)
    })
}

/// Bytes without a pattern, the same every time.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// An archive of these entries; `packed` deflates them.
pub fn zip(entries: &[(&str, &[u8])], packed: bool) -> Vec<u8> {
    use zip::write::SimpleFileOptions;
    let method = if packed {
        zip::CompressionMethod::Deflated
    } else {
        zip::CompressionMethod::Stored
    };
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A folder with a place for what is decrypted.
pub struct Room {
    pub dir: TempDir,
}

impl Room {
    pub fn new() -> Room {
        Room {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Encrypts `content` for our certificate with `openssl cms`.
    #[track_caller]
    pub fn encrypted(
        &self,
        name: &str,
        content: &[u8],
        cipher: &str,
        form: &[&str],
        after: &[&str],
    ) -> PathBuf {
        let plain = self.file("plain.tmp", content);
        let path = self.dir.path().join(name);
        let (p, out) = (plain.display().to_string(), path.display().to_string());
        let certificate = pairs().1.certificate.display().to_string();
        let mut args = vec!["cms", "-encrypt", "-binary", "-in", &p, "-out", &out, cipher];
        args.extend_from_slice(form);
        args.extend_from_slice(&["-recip", &certificate]);
        args.extend_from_slice(after);
        openssl(self.dir.path(), &args);
        std::fs::remove_file(plain).unwrap();
        path
    }

    pub fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub fn place(&self) -> Place {
        Place::new(self.out(), self.dir.path().join("unfinished"))
    }

    pub fn decrypt(&self, files: &[PathBuf], keys: &Keys, raw: bool) -> Vec<Result<Decrypted, Failure>> {
        let order = Order {
            files: files.to_vec(),
            place: self.place(),
            raw,
            watch: Watch::none(),
        };
        let mut results = Vec::new();
        let done = decrypt(&order, keys, |_, result| {
            // Whoever decrypts remembers what was released.
            if let Ok(decrypted) = &result {
                decrypted.note.keep();
            }
            results.push(result);
        });
        match done {
            Ok(()) => results,
            Err(failure) => vec![Err(failure)],
        }
    }

    /// Decrypts one message with our key and gives its only file's content.
    #[track_caller]
    pub fn content(&self, file: &Path, raw: bool) -> Vec<u8> {
        let mut results = self.decrypt(&[file.to_owned()], &ours(), raw);
        let done = results
            .pop()
            .unwrap()
            .unwrap_or_else(|failure| panic!("{}: {failure:?}", file.display()));
        assert_eq!(done.files.len(), 1, "{done:?}");
        let content = std::fs::read(&done.files[0]).unwrap();
        std::fs::remove_file(&done.files[0]).unwrap();
        content
    }

    /// Nothing but what was released is anywhere.
    #[track_caller]
    pub fn assert_empty(&self) {
        for folder in [self.out(), self.dir.path().join("unfinished")] {
            let left: Vec<_> = std::fs::read_dir(&folder)
                .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
                .unwrap_or_default();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

/// No passphrase is given.
pub fn silent() -> dsr_console::crypto::AskPassphrase {
    Box::new(|_| Err(Failure::new(FailureKind::Usage, "asked")))
}

pub fn ours() -> Keys {
    let (_, ours, _) = pairs();
    Keys::new(vec![ours.key()], vec![ours.cert()], Vec::new(), silent())
}

pub fn keys(given: Vec<PrivateKey>, certificates: Vec<Certificate>, ring: Vec<Entry>) -> Keys {
    Keys::new(given, certificates, ring, silent())
}
