//! What is written past the cache is what is read.

use std::io::Read;

use super::*;

/// Bytes that differ from block to block.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 7 + at / SIZE) as u8).collect()
}

#[test]
fn what_is_read_is_what_was_written() {
    for place in [std::env::temp_dir(), "/dev/shm".into()] {
        if !place.is_dir() {
            continue;
        }
        for length in [0, 1, SIZE - 1, SIZE, SIZE + 1, 5 * SIZE, 9 * SIZE + 4097] {
            let mut file = tempfile::tempfile_in(&place).unwrap();
            let (mut direct, wanted) = (Direct::new(), content(length));
            for piece in wanted.chunks(100_003) {
                direct.write(&file, piece).unwrap();
            }
            direct.end(&file).unwrap();
            let mut read = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut read).unwrap();
            assert!(read == wanted, "{length} bytes in {}", place.display());
        }
    }
}

#[test]
fn a_disk_that_is_full_is_told() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return;
    };
    let mut direct = Direct::new();
    let wrote = direct
        .write(&full, &content(9 * SIZE))
        .and_then(|()| direct.end(&full));
    assert_eq!(wrote.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_piece_that_does_not_fit_the_way_past_the_cache_is_written_as_usual() {
    let mut file = tempfile::tempfile().unwrap();
    let way = AtomicBool::new(past_the_cache(&file, true).is_ok());
    write(&file, 0, b"a few bytes", &way).unwrap();
    write(&file, 11, b" and more", &way).unwrap();
    let mut read = String::new();
    file.rewind().unwrap();
    past_the_cache(&file, false).unwrap();
    file.read_to_string(&mut read).unwrap();
    assert_eq!(read, "a few bytes and more");
}
