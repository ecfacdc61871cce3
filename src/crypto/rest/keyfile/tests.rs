//! A key is never lost, and never given out for a wrong passphrase.

use super::*;
use crate::domain::sealing::Seal;

fn pass(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn a_key_is_kept_opened_kept_otherwise_and_never_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rest.key");
    let file = KeyFile::at(path.clone(), false);
    assert!(file.load(&mut || panic!("nothing to ask for")).unwrap().is_none());
    let first = pass("one two three four");
    let key = file.create(&Protection::Passphrase(first.clone())).unwrap();
    let sealed = key.seal(b"x", b"here");
    assert_eq!(file.protection().unwrap(), Some("passphrase"));
    let again = file.create(&Protection::File).unwrap_err();
    assert_eq!(again.kind, FailureKind::Conflict);
    let wrong = file.load(&mut || Ok(pass("one two three five"))).unwrap_err();
    assert_eq!(wrong.kind, FailureKind::Permission, "{wrong}");
    let opened = file.load(&mut || Ok(first.clone())).unwrap().unwrap();
    assert_eq!(opened.open(&sealed, b"here").unwrap(), b"x");
    file.rewrap(&opened, &Protection::Passphrase(pass("another one, longer")))
        .unwrap();
    assert!(file.load(&mut || Ok(first.clone())).is_err());
    let opened = file
        .load(&mut || Ok(pass("another one, longer")))
        .unwrap()
        .unwrap();
    assert_eq!(opened.open(&sealed, b"here").unwrap(), b"x");
    file.rewrap(&opened, &Protection::File).unwrap();
    let opened = file.load(&mut || panic!("none is needed")).unwrap().unwrap();
    assert_eq!(opened.open(&sealed, b"here").unwrap(), b"x");
}

#[test]
fn a_damaged_or_open_key_is_refused_and_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rest.key");
    let file = KeyFile::at(path.clone(), false);
    file.create(&Protection::Passphrase(pass("one two three four")))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 21, whole.len() / 2, whole.len() - 20] {
        fs::write(&path, &whole[..length]).unwrap();
        let failure = file.load(&mut || Ok(pass("one two three four"))).unwrap_err();
        assert!(!failure.to_string().is_empty(), "{length}");
        assert_eq!(fs::read(&path).unwrap(), &whole[..length], "left as it is");
    }
    fs::write(&path, &whole).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let failure = file.load(&mut || Ok(pass("x"))).unwrap_err();
    assert!(failure.message.contains("others"), "{failure}");
}
