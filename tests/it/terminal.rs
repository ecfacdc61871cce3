//! The console on a real terminal: a pseudo-terminal with a screen parser at its other end. What is
//! run in it is this test binary itself with a small screen of its own, so that panes play no part.

mod child;
pub mod pty;

use std::time::Duration;

use child::{ALONE, TRAP_HUP, probe, probe_from_shell};

/// Long enough for the slowest machine; no test waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_first_picture_comes_on_the_alternate_screen_without_a_question() {
    let pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    let screen = pty.screen();
    assert!(screen.alternate_screen());
    assert!(screen.bracketed_paste());
    assert!(screen.hide_cursor());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    let bytes = pty.bytes();
    for query in ["\x1b[6n", "\x1b[c", "\x1b[0c", "\x1b[>", "\x1b]11;?", "$p"] {
        assert!(!bytes.contains(query), "the terminal was asked {query:?}");
    }
}

#[test]
fn keys_and_pasted_text_arrive() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"abc");
    pty.wait("three keys", |screen| screen.contents().contains("keys=3 last=c"));
    pty.send(b"\x1b[200~q\r\n and more\x1b[201~");
    pty.wait("a paste, whose q is no key", |screen| {
        screen.contents().contains("pasted=12")
    });
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let mut pty = probe(ALONE);
    pty.wait("world", |screen| screen.contents().contains("world=none"));
    let before = pty.bytes().len();
    // A key that changes nothing on screen, then one that does: what lies between is not drawn.
    pty.send(b"-");
    pty.send(b"a");
    pty.wait("the second key", |screen| screen.contents().contains("last=a"));
    assert!(pty.bytes().len() - before < 40, "{:?}", &pty.bytes()[before..]);
}

#[test]
fn a_new_size_is_drawn_whole() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("80x24"));
    pty.resize(100, 30);
    pty.wait("larger", |screen| screen.contents().contains("100x30"));
    pty.resize(60, 10);
    pty.wait("smaller", |screen| screen.contents().contains("60x10"));
    pty.send(b"a");
    pty.wait("a key after it", |screen| screen.contents().contains("keys=1"));
}

#[test]
fn leaving_gives_the_terminal_back() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"q");
    assert_eq!(pty.exit(), 0);
    pty.assert_given_back();
}

#[test]
fn term_and_int_give_the_terminal_back() {
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let mut pty = probe(ALONE);
        pty.wait("picture", |screen| screen.contents().contains("keys=0"));
        pty.signal(signal);
        assert_eq!(pty.exit(), code, "after {signal}");
        pty.assert_given_back();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_speaks_after_it() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"p");
    assert_ne!(pty.exit(), 0);
    pty.assert_given_back();
    let (bytes, left) = (pty.bytes(), pty.bytes().rfind("\x1b[?1049l").unwrap());
    assert!(bytes[left..].contains("asked to panic"), "{:?}", &bytes[left..]);
}

#[test]
fn the_process_ends_with_the_line() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.hang_up();
    pty.exit();
}

#[test]
fn the_process_ends_with_the_line_when_hangups_are_ignored() {
    let mut pty = probe(TRAP_HUP);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.hang_up();
    pty.exit();
}

#[test]
fn the_process_ends_on_term_when_the_terminal_takes_nothing() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.stop_reading();
    // Each key draws a different full screen; the pseudo-terminal's buffer fills up.
    pty.send(&[b'f'; 200]);
    pty.signal("TERM");
    pty.exit();
}

#[test]
fn ctrl_z_and_fg_under_a_shell() {
    let mut pty = probe_from_shell();
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"ab");
    pty.wait("keys", |screen| screen.contents().contains("keys=2"));
    pty.send(b"\x1a");
    pty.wait("the shell", |screen| {
        !screen.alternate_screen() && screen.contents().contains("Stopped")
    });
    assert!(!pty.screen().hide_cursor());
    pty.send(b"echo it is $((40+2))\n");
    pty.wait("the shell's answer", |screen| {
        screen.contents().contains("it is 42")
    });
    pty.send(b"fg\n");
    pty.wait("the picture again", |screen| {
        screen.alternate_screen() && screen.contents().contains("keys=2")
    });
    pty.send(b"c");
    pty.wait("a key", |screen| screen.contents().contains("keys=3 last=c"));
    pty.send(b"q");
    pty.wait("the shell at the end", |screen| !screen.alternate_screen());
}

#[test]
fn ctrl_z_without_a_shell_does_not_freeze_the_terminal() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"\x1aa");
    pty.wait("a key after it", |screen| {
        screen.contents().contains("keys=1 last=a")
    });
}

#[test]
fn stop_and_continue_from_outside() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.signal("TSTP");
    pty.wait("the terminal given back", |screen| !screen.alternate_screen());
    pty.wait_stopped();
    pty.signal("CONT");
    pty.wait("the picture again", |screen| {
        screen.alternate_screen() && screen.contents().contains("keys=0")
    });
    pty.send(b"a");
    pty.wait("a key", |screen| screen.contents().contains("keys=1"));
}

#[test]
fn text_goes_to_the_clipboard_of_the_terminal() {
    let mut pty = probe(ALONE);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    pty.send(b"yx");
    pty.wait("the key after it", |screen| screen.contents().contains("last=x"));
    assert!(pty.bytes().contains("\x1b]52;c;ZHNy\x07"));
}

#[test]
fn without_colour_attributes_stay() {
    let pty = probe(&["env", "NO_COLOR=1", "DSR_PROBE_COLOR=no"]);
    pty.wait("picture", |screen| screen.contents().contains("keys=0"));
    let bytes = pty.bytes();
    assert!(bytes.contains("\x1b[7m"), "{bytes:?}");
    assert!(!bytes.contains("\x1b[31"), "{bytes:?}");
}
