//! The ledger's files: nothing in them can be changed unnoticed, and a crash at any point of an
//! append leaves a log that goes on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use dsr_console::ledger::checkpoint::SignedCheckpoint;
use dsr_console::ledger::{Head, LedgerError, Line, Trust, verify};

use crate::ledger_bench::{
    append, begin, checked, copy, files, filled, is_found, ledger, line, lines, place, sound,
};

fn entries(dir: &Path) -> std::path::PathBuf {
    place(dir).directory.join("entries.jsonl")
}

#[test]
fn one_step_at_a_time_or_all_at_once_is_the_same_tree() {
    let (one, all) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, all) = (one.path(), all.path());
    filled(one, 600, 7);
    filled(all, 600, 600);
    let (first, second) = (sound(&place(one).directory), sound(&place(all).directory));
    assert_eq!((first.size, second.size), (601, 601));
    // The first entries differ, by their keys; what lies behind them does not.
    let behind = |dir: &Path| {
        let text = fs::read_to_string(entries(dir)).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    };
    assert_eq!(behind(one), behind(all));
    // Each has the tiles of its size and no others, whatever the way to it was.
    let names = |dir: &Path| -> Vec<String> {
        let root = place(dir).directory;
        files(&root)
            .iter()
            .map(|file| file.strip_prefix(&root).unwrap().display().to_string())
            .collect()
    };
    assert_eq!(names(one), names(all));
    assert_eq!(
        names(one),
        [
            "checkpoint",
            "entries.jsonl",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/89",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/89",
        ]
    );
}

#[test]
fn files_are_for_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 300, 300);
    let place = place(dir.path());
    for file in files(&place.directory)
        .into_iter()
        .chain([place.key.clone(), place.lock])
    {
        assert_eq!(
            fs::metadata(&file).unwrap().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
    assert_eq!(fs::metadata(&place.directory).unwrap().mode() & 0o777, 0o700);
    // A key that others can read is not used.
    let mut open = fs::metadata(&place.key).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o644);
    fs::set_permissions(&place.key, open).unwrap();
    let error = append(&ledger(dir.path()), &lines(301, 301)).unwrap_err();
    assert!(matches!(error, LedgerError::Open(_)), "{error}");
}

#[test]
fn every_flipped_byte_is_found() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 3, 2);
    let root = place(dir.path()).directory;
    sound(&root);
    for file in files(&root) {
        let genuine = fs::read(&file).unwrap();
        for at in 0..genuine.len() {
            let mut bytes = genuine.clone();
            bytes[at] ^= [0x01, 0x20, 0x80][at % 3];
            fs::write(&file, &bytes).unwrap();
            assert!(is_found(&root, &Trust::default()), "{} at {at}", file.display());
        }
        fs::write(&file, &genuine).unwrap();
    }
    sound(&root);
}

#[test]
fn every_truncation_is_found() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 2, 2);
    let root = place(dir.path()).directory;
    for file in files(&root) {
        let genuine = fs::read(&file).unwrap();
        for length in 0..genuine.len() {
            fs::write(&file, &genuine[..length]).unwrap();
            assert!(
                is_found(&root, &Trust::default()),
                "{} cut to {length}",
                file.display()
            );
        }
        fs::remove_file(&file).unwrap();
        assert!(is_found(&root, &Trust::default()), "without {}", file.display());
        fs::write(&file, [genuine.as_slice(), b"x"].concat()).unwrap();
        assert!(
            is_found(&root, &Trust::default()),
            "{} with a byte more",
            file.display()
        );
        fs::write(&file, &genuine).unwrap();
    }
}

/// Writes other entries, and everything that follows from them without the key.
fn with_entries(dir: &Path, other: &[String]) -> bool {
    let root = place(dir).directory;
    fs::write(entries(dir), other.join("\n") + "\n").unwrap();
    // Whoever tampers makes the tiles fit, by the same program, with a key of their own.
    let aside = tempfile::tempdir().unwrap();
    let forger = ledger(aside.path());
    begin(&forger, 0);
    copy(&place(aside.path()).directory.join("tile"), &root.join("tile"));
    is_found(&root, &Trust::default())
}

#[test]
fn reordering_doubling_and_leaving_out_are_found() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 6, 6);
    let text = fs::read_to_string(entries(dir.path())).unwrap();
    let genuine: Vec<String> = text.lines().map(str::to_owned).collect();
    for at in 0..genuine.len() {
        let mut dropped = genuine.clone();
        dropped.remove(at);
        assert!(with_entries(dir.path(), &dropped), "without {at}");
        let mut doubled = genuine.clone();
        doubled.insert(at, genuine[at].clone());
        assert!(with_entries(dir.path(), &doubled), "{at} twice");
        if at > 0 {
            let mut swapped = genuine.clone();
            swapped.swap(at - 1, at);
            assert!(with_entries(dir.path(), &swapped), "{at} before its predecessor");
        }
    }
}

#[test]
fn a_whole_log_of_another_key_is_found_by_the_key_that_is_known() {
    let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(own.path(), 3, 3);
    filled(other.path(), 3, 3);
    let root = place(own.path()).directory;
    let known = sound(&root).keys.remove(0);
    let trust = Trust {
        key: Some(known),
        ..Trust::default()
    };
    assert!(!is_found(&root, &trust));
    assert!(is_found(&place(other.path()).directory, &trust));
}

#[test]
fn every_checkpoint_is_continued_by_every_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 0, 1);
    let root = place(dir.path()).directory;
    let mut notes = vec![fs::read_to_string(root.join("checkpoint")).unwrap()];
    let mut kept = Vec::new();
    for number in 1..=300 {
        append(&ledger, &[line(number)]).unwrap();
        notes.push(fs::read_to_string(root.join("checkpoint")).unwrap());
        if [3, 40, 254, 255, 256, 300].contains(&number) {
            let aside = tempfile::tempdir().unwrap();
            copy(&root, aside.path());
            kept.push((number, aside));
        }
    }
    for (number, state) in &kept {
        for (size, note) in (1u64..).zip(&notes) {
            if size % 5 != 0 && size.abs_diff(257) > 2 && size.abs_diff(*number) > 2 && size > 6 {
                continue;
            }
            let trust = Trust {
                since: Some(note.clone()),
                ..Trust::default()
            };
            let found = verify(state.path(), &trust).unwrap();
            if size <= number + 1 {
                assert!(
                    found.problems.is_empty(),
                    "{size} in {number}: {:?}",
                    found.problems
                );
                assert_eq!(found.since.unwrap().size, size);
            } else {
                // An older genuine state: the files alone do not tell, the later checkpoint does.
                assert!(!found.problems.is_empty(), "{size} in {number}");
            }
        }
    }
    // A checkpoint of another log is not continued.
    let other = tempfile::tempdir().unwrap();
    filled(other.path(), 2, 2);
    let foreign = fs::read_to_string(place(other.path()).directory.join("checkpoint")).unwrap();
    let trust = Trust {
        since: Some(foreign),
        ..Trust::default()
    };
    assert!(is_found(&root, &trust));
}

#[test]
fn what_is_published_twice_stands_there_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 10, 10);
    assert!(!append(&ledger, &lines(4, 10)).unwrap());
    assert!(append(&ledger, &lines(4, 12)).unwrap());
    assert_eq!(sound(&place(dir.path()).directory).size, 13);
    // Something else in the place of what is there, and a gap, are refused.
    let mut other = lines(9, 13);
    other[1].bytes = line(99).bytes;
    assert!(matches!(append(&ledger, &other), Err(LedgerError::Unfit(_))));
    assert!(matches!(
        append(&ledger, &lines(14, 14)),
        Err(LedgerError::Unfit(_))
    ));
    assert_eq!(sound(&place(dir.path()).directory).size, 13);
    append(&ledger, &lines(13, 13)).unwrap();
}

#[test]
fn an_entry_is_one_line_of_limited_length() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 1, 1);
    for bytes in [Vec::new(), b"two\nlines".to_vec(), vec![b'x'; 60 * 1024 + 1]] {
        let entry = Line { sequence: 2, bytes };
        assert!(matches!(append(&ledger, &[entry]), Err(LedgerError::Entry(_))));
    }
    let longest = Line {
        sequence: 2,
        bytes: vec![b'x'; 60 * 1024],
    };
    append(&ledger, &[longest]).unwrap();
    assert_eq!(sound(&place(dir.path()).directory).size, 3);
}

/// Cuts the file with the entries to any length behind the last checkpoint, as a crash between the
/// two syncs would; the next append makes it whole.
#[test]
fn a_crash_between_entries_and_checkpoint_is_made_good() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 254, 254);
    let root = place(dir.path()).directory;
    let next = lines(255, 259);
    let waiting: Vec<Vec<u8>> = next.iter().map(|line| line.bytes.clone()).collect();
    let signed = fs::read(entries(dir.path())).unwrap();
    let mut after = signed.clone();
    for line in &next {
        after.extend_from_slice(&line.bytes);
        after.push(b'\n');
    }
    for length in signed.len()..=after.len() {
        if length % 7 > 1 && length < after.len() - 2 {
            continue;
        }
        let aside = tempfile::tempdir().unwrap();
        copy(&root, &place(aside.path()).directory);
        fs::copy(place(dir.path()).key, place(aside.path()).key).unwrap();
        fs::write(entries(aside.path()), &after[..length]).unwrap();
        let left = place(aside.path()).directory;
        // The store's word explains what stands there; without it, it is foreign.
        let trust = Trust {
            waiting: waiting.clone(),
            ..Trust::default()
        };
        assert!(!is_found(&left, &trust), "{length}");
        assert_eq!(
            is_found(&left, &Trust::default()),
            length > signed.len(),
            "{length}"
        );
        // Half a tile of the state to come.
        fs::create_dir_all(left.join("tile/0/000.p")).unwrap();
        fs::write(left.join("tile/0/001.p"), "").ok();
        fs::remove_file(left.join("tile/0/001.p")).ok();
        fs::write(left.join("tile/0/000"), "half").unwrap();
        append(&ledger(aside.path()), &next).unwrap();
        assert_eq!(sound(&left).size, 260, "{length}");
        assert_eq!(fs::read(entries(aside.path())).unwrap(), after);
    }
}

#[test]
fn what_the_store_does_not_know_is_never_signed() {
    for foreign in [&b"{\"action\":\"made up\"}\n"[..], b"{\"actx", b"\n"] {
        let dir = tempfile::tempdir().unwrap();
        let ledger = filled(dir.path(), 3, 3);
        let mut bytes = fs::read(entries(dir.path())).unwrap();
        bytes.extend_from_slice(foreign);
        fs::write(entries(dir.path()), &bytes).unwrap();
        assert!(is_found(&place(dir.path()).directory, &Trust::default()));
        let error = append(&ledger, &lines(4, 4)).unwrap_err();
        assert!(matches!(error, LedgerError::Broken(_)), "{error}");
        assert_eq!(fs::read(entries(dir.path())).unwrap(), bytes, "left as it is");
    }
}

#[test]
fn a_broken_log_is_not_appended_to_and_left_as_it_is() {
    let harms: [fn(&Path); 7] = [
        |root| fs::remove_file(root.join("checkpoint")).unwrap(),
        |root| fs::write(root.join("checkpoint"), "nonsense").unwrap(),
        |root| fs::remove_file(root.join("entries.jsonl")).unwrap(),
        |root| {
            let bytes = fs::read(root.join("entries.jsonl")).unwrap();
            fs::write(root.join("entries.jsonl"), &bytes[..bytes.len() - 1]).unwrap();
        },
        |root| {
            let text = fs::read_to_string(root.join("entries.jsonl")).unwrap();
            fs::write(root.join("entries.jsonl"), text.replacen("search", "seerch", 1)).unwrap();
            fs::remove_dir_all(root.join("tile")).unwrap();
        },
        |root| fs::remove_file(root.with_extension("ledger.key")).unwrap(),
        |root| fs::write(root.with_extension("ledger.key"), "nonsense").unwrap(),
    ];
    for (number, harm) in harms.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path(), 20, 20);
        let root = place(dir.path()).directory;
        harm(&root);
        let left: Vec<_> = files(&root).iter().map(|file| fs::read(file).unwrap()).collect();
        let error = append(&ledger(dir.path()), &lines(21, 21)).unwrap_err();
        let failure = error.failure();
        if number == 2 {
            assert!(matches!(error, LedgerError::Io { .. }), "{error}");
        } else {
            assert!(matches!(error, LedgerError::Broken(_)), "{number}: {error}");
            assert!(failure.next.unwrap().contains("dsr ledger begin"), "{number}");
        }
        let now: Vec<_> = files(&root).iter().map(|file| fs::read(file).unwrap()).collect();
        assert_eq!(left, now, "{number}");
    }
}

#[test]
fn a_log_that_was_put_back_is_noticed_by_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 5, 5);
    let root = place(dir.path()).directory;
    let earlier = tempfile::tempdir().unwrap();
    copy(&root, earlier.path());
    append(&ledger, &lines(6, 9)).unwrap();
    fs::remove_dir_all(&root).unwrap();
    copy(earlier.path(), &root);
    sound(&root);
    let held = ledger.hold().unwrap();
    let error = held.with(|log| log.append(&lines(10, 10), 9)).unwrap_err();
    assert!(matches!(error, LedgerError::Broken(_)), "{error}");
}

#[test]
fn lost_tiles_are_made_again_from_the_entries() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 700, 100);
    let root = place(dir.path()).directory;
    let before: Vec<_> = files(&root).iter().map(|file| fs::read(file).unwrap()).collect();
    for harm in 0..6 {
        match harm {
            0 => fs::remove_dir_all(root.join("tile")).unwrap(),
            // What a power cut takes: full tiles that had not reached the disk, or reached it as zeros.
            3 => fs::remove_file(root.join("tile/0/001")).unwrap(),
            4 => fs::write(root.join("tile/0/000"), [0; 256 * 32]).unwrap(),
            5 => fs::remove_file(root.join("tile/entries/000")).unwrap(),
            1 => fs::write(root.join("tile/entries/002.p/189"), "").unwrap(),
            _ => fs::write(root.join("tile/1/000.p/2"), [7; 64]).unwrap(),
        }
        assert!(is_found(&root, &Trust::default()));
        assert!(!append(&ledger(dir.path()), &lines(700, 700)).unwrap());
        let after: Vec<_> = files(&root).iter().map(|file| fs::read(file).unwrap()).collect();
        assert_eq!(before, after);
    }
}

#[test]
fn a_broken_log_is_named_by_its_successor() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 5, 5);
    let root = place(dir.path()).directory;
    fs::write(root.join("checkpoint"), "nonsense").unwrap();
    let retired = ledger.hold().unwrap().retire().unwrap();
    assert_eq!(retired.len(), 1);
    assert_eq!(retired[0].directory, "live.ledger.1");
    assert!(retired[0].entries.is_some() && retired[0].checkpoint.is_some());
    let key = begin(&ledger, 5);
    append(&ledger, &lines(6, 7)).unwrap();
    let found = sound(&root);
    assert_eq!((found.size, found.keys), (3, vec![key]));
    // The evidence is where it was said to be, as it was found.
    assert_eq!(
        fs::read_to_string(dir.path().join("live.ledger.1/checkpoint")).unwrap(),
        "nonsense"
    );
    assert_eq!(ledger.hold().unwrap().retire().unwrap().len(), 2);
}

#[test]
fn a_key_hands_over_and_both_have_signed_it() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 2, 2);
    let root = place(dir.path()).directory;
    let old = sound(&root).keys.remove(0);
    let before = fs::read_to_string(root.join("checkpoint")).unwrap();
    // Prepared and never carried out: nothing changes.
    ledger.hold().unwrap().prepare_hand_over().unwrap().unwrap();
    append(&ledger, &lines(3, 3)).unwrap();
    assert_eq!(sound(&root).keys, std::slice::from_ref(&old));
    let (key, signatures) = ledger.hold().unwrap().prepare_hand_over().unwrap().unwrap();
    let entry = |signatures: &[String]| Line {
        sequence: 4,
        bytes: dsr_console::domain::canonical::canonical(&serde_json::json!({
            "version": 1, "sequence": 4, "action": "ledger.rotate",
            "facts": {"key": key, "signatures": signatures},
        }))
        .into_bytes(),
    };
    let other = crate::ledger_bench::ledger(dir.path());
    append(&other, &[entry(&signatures)]).unwrap();
    append(&ledger, &lines(5, 5)).unwrap();
    let trust = Trust {
        key: Some(old.clone()),
        since: Some(before),
        ..Trust::default()
    };
    let found = verify(&root, &trust).unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!(found.keys.len(), 2);
    assert_eq!(found.keys[1].to_string(), key);
    let note = SignedCheckpoint::parse(&fs::read_to_string(root.join("checkpoint")).unwrap()).unwrap();
    assert!(note.is_signed_by(&found.keys[1]) && !note.is_signed_by(&old));
    assert_eq!(
        fs::read_to_string(place(dir.path()).key).unwrap().lines().count(),
        1
    );
}

#[test]
fn a_hand_over_that_the_old_key_did_not_sign_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = filled(dir.path(), 1, 1);
    let (key, [_, by_new]) = ledger.hold().unwrap().prepare_hand_over().unwrap().unwrap();
    let entry = serde_json::json!({
        "version": 1, "sequence": 2, "action": "ledger.rotate",
        "facts": {"key": key, "signatures": [by_new.clone(), by_new]},
    });
    let line = Line {
        sequence: 2,
        bytes: dsr_console::domain::canonical::canonical(&entry).into_bytes(),
    };
    append(&ledger, &[line]).unwrap();
    assert!(is_found(&place(dir.path()).directory, &Trust::default()));
}

#[test]
fn processes_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 0, 1);
    // Each thread has a handle of its own, as processes have; all publish the same order.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let ledger = ledger(dir.path());
                for to in (10..=100).step_by(10) {
                    let held = ledger.hold().unwrap();
                    let last = held.with(|log| Ok(log.last())).unwrap().unwrap();
                    held.with(|log| log.append(&lines(last.saturating_sub(3).max(1), to.max(last)), 0))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(sound(&place(dir.path()).directory).size, 101);
    let text = fs::read_to_string(entries(dir.path())).unwrap();
    let order: Vec<Option<u64>> = text
        .lines()
        .map(|line| Head::of(line.as_bytes()).unwrap().sequence)
        .collect();
    assert_eq!(order[1..], (1..=100).map(Some).collect::<Vec<_>>());
}

#[test]
fn nothing_to_check_is_not_taken_for_sound() {
    let dir = tempfile::tempdir().unwrap();
    assert!(checked(dir.path()).is_err());
    assert!(checked(&dir.path().join("nowhere")).is_err());
}
