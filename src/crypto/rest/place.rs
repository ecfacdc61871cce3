//! A file takes the encrypted form, or the plain one, under its own name: the new form is written beside
//! it and is whole on disk before it takes the name. A crash leaves the one or the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Opened, RestKey, encrypting, is_encrypted, open_file};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::clean;

/// Encrypts a file; one that is encrypted stays as it is. The plain one is removed, not wiped: what a
/// disk keeps of a removed file is beyond this.
///
/// # Errors
/// When it cannot be read, or the new form not be written; the file is then as it was.
pub fn encrypt_in_place(key: &RestKey, path: &Path) -> Result<(), Failure> {
    if is_encrypted(path).map_err(|error| failed(path, &error))? {
        return remove_half_written(path);
    }
    replace(path, |target| {
        let mut writer = encrypting(key, target)?;
        io::copy(&mut File::open(path)?, &mut writer)?;
        writer.finish()
    })
}

/// The other way round. The whole file is checked before it takes the name.
///
/// # Errors
/// As [`encrypt_in_place`]; when it is damaged, or of another key.
pub fn decrypt_in_place(key: &RestKey, path: &Path) -> Result<(), Failure> {
    let mut opened = match open_file(path, Some(key))? {
        Opened::Plain(_) => return remove_half_written(path),
        encrypted => encrypted,
    };
    replace(path, |mut target| {
        io::copy(&mut opened, &mut target)?;
        Ok(target)
    })
}

fn replace(path: &Path, write: impl FnOnce(File) -> io::Result<File>) -> Result<(), Failure> {
    let beside = beside(path);
    let _ = fs::remove_file(&beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(write)
        .and_then(|mut file| {
            file.flush()?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&beside);
        return Err(failed(path, &error));
    }
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// What a conversion that was killed has left of the new form of a file, if there is any. It may be
/// plaintext.
pub fn half_written(path: &Path) -> Option<PathBuf> {
    Some(beside(path)).filter(|half| half.symlink_metadata().is_ok())
}

/// Removes what [`half_written`] tells of.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_half_written(path: &Path) -> Result<(), Failure> {
    let half = beside(path);
    match fs::remove_file(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let shown = clean(&half.display().to_string());
            Err(Failure::new(
                FailureKind::Storage,
                format!(
                    "The half-written file {shown} could not be removed ({}).",
                    error.kind()
                ),
            )
            .next("Remove it by hand: it may hold personal data."))
        }
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".converting");
    path.with_file_name(name)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let shown = clean(&path.display().to_string());
    Failure::new(
        FailureKind::Storage,
        format!(
            "The file {shown} could not be converted ({}). It is as it was.",
            error.kind()
        ),
    )
    .next("Make room, and try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_conversion_left_is_gone_whichever_way_it_is_finished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.zip");
        let key = RestKey::generate().unwrap();
        fs::write(&path, b"content").unwrap();
        for on in [true, false, true] {
            let finish = |path: &Path| match on {
                true => encrypt_in_place(&key, path),
                false => decrypt_in_place(&key, path),
            };
            finish(&path).unwrap();
            // It was on its way back, and is finished in this direction instead.
            fs::write(beside(&path), b"half of it").unwrap();
            assert!(half_written(&path).is_some());
            finish(&path).unwrap();
            assert_eq!(half_written(&path), None);
        }
    }

    #[test]
    fn a_file_goes_there_and_back_and_a_failure_leaves_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.zip");
        let key = RestKey::generate().unwrap();
        let content = vec![7u8; 200_000];
        fs::write(&path, &content).unwrap();
        encrypt_in_place(&key, &path).unwrap();
        encrypt_in_place(&key, &path).unwrap();
        assert!(is_encrypted(&path).unwrap());
        assert_eq!(super::super::plain_length(&path).unwrap(), content.len() as u64);
        let sealed = fs::read(&path).unwrap();
        assert!(decrypt_in_place(&RestKey::generate().unwrap(), &path).is_err());
        let mut damaged = sealed.clone();
        damaged[70_000] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert!(decrypt_in_place(&key, &path).is_err());
        assert_eq!(fs::read(&path).unwrap(), damaged, "left as it was");
        fs::write(&path, &sealed).unwrap();
        decrypt_in_place(&key, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), content);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }
}
