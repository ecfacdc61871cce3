//! Keys, pasted text and nothing else, from a thread of its own.
//!
//! crossterm's reader never returns once the line is gone: it reads end-of-file for ever at full
//! speed. So this thread waits for input itself and lets crossterm read only while the line is up.
//! Changes of size come as a signal.

use std::os::fd::AsFd;
use std::sync::Arc;

use crossterm::event::Event;
use futures_util::Stream;
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc;

use super::modes::Modes;

/// Events that wait to be handled before the reader waits too.
const AHEAD: usize = 256;

/// Starts the reader. The stream ends with the line.
pub fn read(modes: Arc<Modes>) -> std::io::Result<impl Stream<Item = Event> + Unpin> {
    let (tell, mut events) = mpsc::channel(AHEAD);
    std::thread::Builder::new()
        .name("keyboard".to_owned())
        .spawn(move || {
            while wait(&modes) {
                if !forward(&tell) {
                    return;
                }
            }
        })?;
    Ok(futures_util::stream::poll_fn(move |cx| events.poll_recv(cx)))
}

/// Waits for input; false when there will be none any more.
fn wait(modes: &Modes) -> bool {
    loop {
        let tty = modes.tty();
        let mut fds = [PollFd::from_borrowed_fd(tty.as_fd(), PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) => {
                let seen = fds[0].revents();
                if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                    return false;
                }
                if seen.contains(PollFlags::IN) {
                    return true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Hands on everything that has arrived; false when nobody listens or reading failed.
fn forward(tell: &mpsc::Sender<Event>) -> bool {
    while let Ok(true) = crossterm::event::poll(std::time::Duration::ZERO) {
        let Ok(event) = crossterm::event::read() else {
            return false;
        };
        // A resize is told by the signal, once, with the size asked for when it is drawn.
        if matches!(event, Event::Resize(..)) {
            continue;
        }
        if tell.blocking_send(event).is_err() {
            return false;
        }
    }
    true
}
