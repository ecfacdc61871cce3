//! What may stand behind the last checkpoint: the beginning of what the store is about to publish, as
//! far as a crash or a power cut let it come to the disk.

/// How many whole entries of `expected` stand at the beginning of `tail`; `None` when something else
/// stands there. Of what was being written when the power failed, any part may be there or not, and
/// what is missing in front of a later part reads as zeros. Nothing of that was signed.
pub(super) fn left_of<'a>(tail: &[u8], expected: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
    let (mut whole, mut exact, mut rest) = (0, true, tail);
    for entry in expected {
        if rest.is_empty() {
            return Some(whole);
        }
        let line = entry.iter().chain(std::iter::once(&b'\n'));
        let length = rest.len().min(entry.len() + 1);
        let (own, behind) = rest.split_at(length);
        let mut pairs = own.iter().zip(line);
        if !pairs.all(|(found, wanted)| {
            exact &= found == wanted;
            found == wanted || *found == 0
        }) {
            return None;
        }
        exact &= length == entry.len() + 1;
        whole += usize::from(exact);
        rest = behind;
    }
    rest.is_empty().then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_of_what_was_being_written_may_stand_behind() {
        let entries: [&[u8]; 3] = [b"one", b"two", b"three"];
        let left = |tail: &[u8]| left_of(tail, entries.into_iter());
        assert_eq!(left(b""), Some(0));
        assert_eq!(left(b"on"), Some(0));
        assert_eq!(left(b"one"), Some(0));
        assert_eq!(left(b"one\n"), Some(1));
        assert_eq!(left(b"one\ntwo\nthree\n"), Some(3));
        assert_eq!(left(b"one\n\0\0o\nthr"), Some(1));
        assert_eq!(left(b"\0\0\0\0two\n"), Some(0));
        for other in [b"two".as_slice(), b"one\ntwi", b"one\ntwo\nthree\nfour", b"one\r"] {
            assert_eq!(left(other), None, "{other:?}");
        }
    }
}
