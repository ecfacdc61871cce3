//! Files come back whole, or not at all.

use super::*;

#[test]
fn a_file_comes_back_whole_and_damage_is_never_given_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let key = RestKey::generate().unwrap();
    let write = |content: &[u8]| {
        let mut writer = encrypting(&key, File::create(&path).unwrap()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap();
    };
    let all = |key: Option<&RestKey>| -> Result<Vec<u8>, String> {
        let mut back = Vec::new();
        let mut file = open_file(&path, key).map_err(|failure| failure.message)?;
        file.read_to_end(&mut back).map_err(|error| error.to_string())?;
        Ok(back)
    };
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17] {
        let content: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
        write(&content);
        assert!(is_encrypted(&path).unwrap());
        assert_eq!(all(Some(&key)).unwrap(), content, "{length}");
        assert!(all(None).is_err() && all(Some(&RestKey::generate().unwrap())).is_err());
        if length > PIECE {
            let mut file = open_file(&path, Some(&key)).unwrap();
            file.seek(SeekFrom::Start(PIECE as u64 - 3)).unwrap();
            let mut over = [0; 4];
            file.read_exact(&mut over).unwrap();
            assert_eq!(over, content[PIECE - 3..=PIECE], "{length}");
        }
        let whole = std::fs::read(&path).unwrap();
        let cuts = [
            whole.len() - 1,
            whole.len() - TAG,
            MAGIC.len() + SALT,
            MAGIC.len(),
        ];
        let piece = (PIECE + TAG).min(whole.len() - MAGIC.len() - SALT);
        for cut in cuts.into_iter().chain([whole.len() - piece]) {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(all(Some(&key)).is_err(), "{length} cut to {cut}");
        }
        for at in [MAGIC.len(), MAGIC.len() + SALT, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(all(Some(&key)).is_err(), "{length} changed at {at}");
        }
    }
    std::fs::write(&path, b"x").unwrap();
    assert!(matches!(open_file(&path, None).unwrap(), Opened::Plain(_)));
}

#[test]
fn pieces_cannot_change_places() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let key = RestKey::generate().unwrap();
    let mut writer = encrypting(&key, File::create(&path).unwrap()).unwrap();
    writer
        .write_all(&[vec![1; PIECE], vec![2; PIECE], vec![3; 9]].concat())
        .unwrap();
    writer.finish().unwrap();
    let mut whole = std::fs::read(&path).unwrap();
    let (first, second) = whole[MAGIC.len() + SALT..].split_at_mut(PIECE + TAG);
    first.swap_with_slice(&mut second[..PIECE + TAG]);
    std::fs::write(&path, &whole).unwrap();
    let read = open_file(&path, Some(&key)).unwrap().read_to_end(&mut Vec::new());
    assert!(read.is_err());
}
