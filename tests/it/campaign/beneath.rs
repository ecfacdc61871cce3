//! A layer beneath SQLite: each call by which a store of the campaign reaches its files first asks
//! the [`Fate`] of its process, and tells the host of it what it did. SQLite has a seam for this, its virtual file system; it is made for
//! C, so that this one file of the tests is not without `unsafe`. Stores that were not opened under
//! a fate are not touched.

#![allow(unsafe_code, reason = "the seam of SQLite is one for C")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, Once, Weak};

use rusqlite::ffi;

use super::fate::{Denied, Fate, Harm};
use super::power::Host;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Fate>>> = const { RefCell::new(None) };
}

/// Opens stores under `fate` on this thread, for as long as `work` takes.
pub fn under<T>(fate: &Arc<Fate>, work: impl FnOnce() -> T) -> T {
    install();
    if let Some(host) = fate.host() {
        let mut hosts = HOSTS.lock().unwrap();
        hosts.retain(|_, host| host.strong_count() > 0);
        hosts.insert(host.root.clone(), Arc::downgrade(host));
    }
    CURRENT.with(|current| *current.borrow_mut() = Some(fate.clone()));
    let done = work();
    CURRENT.with(|current| *current.borrow_mut() = None);
    done
}

/// A method table of ours, with the one it stands in for.
#[repr(C)]
struct Table {
    own: ffi::sqlite3_io_methods,
    original: *const ffi::sqlite3_io_methods,
}

// Tables are made once, never changed and never freed.
unsafe impl Send for Table {}
unsafe impl Sync for Table {}

/// What a file of SQLite is on its host.
#[derive(Clone)]
struct OnHost {
    host: Arc<Host>,
    number: usize,
    /// Of a journal: with its first sync SQLite makes its name last as well.
    directory: Option<PathBuf>,
}

/// A file that is open.
#[derive(Clone)]
struct Opened {
    fate: Arc<Fate>,
    on: Option<OnHost>,
}

/// What is open, by the file of SQLite.
static FILES: LazyLock<Mutex<HashMap<usize, Opened>>> = LazyLock::new(Mutex::default);
/// Hosts by the directory of their store.
static HOSTS: LazyLock<Mutex<HashMap<PathBuf, Weak<Host>>>> = LazyLock::new(Mutex::default);
/// Our tables by the address of the original.
static TABLES: LazyLock<Mutex<HashMap<usize, &'static Table>>> = LazyLock::new(Mutex::default);
static ORIGINAL: LazyLock<usize> =
    // SAFETY: the default file system of SQLite exists for as long as the process.
    LazyLock::new(|| unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) } as usize);

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let original = *ORIGINAL as *mut ffi::sqlite3_vfs;
        // SAFETY: a copy of the default file system with one function replaced and a name of its
        // own; it is leaked, as SQLite keeps a pointer to it for good.
        unsafe {
            let mut own = *original;
            own.zName = c"campaign".as_ptr();
            own.pNext = std::ptr::null_mut();
            own.xOpen = Some(open);
            own.xDelete = Some(delete);
            let own = Box::leak(Box::new(own));
            assert_eq!(ffi::sqlite3_vfs_register(own, 1), ffi::SQLITE_OK);
        }
    });
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let original = *ORIGINAL as *mut ffi::sqlite3_vfs;
    let fate = CURRENT.with(|current| current.borrow().clone());
    if let Some(fate) = &fate
        && flags & ffi::SQLITE_OPEN_READONLY == 0
        && fate.disk("store: open", 0).is_err()
    {
        // SAFETY: `file` is ours to fill; without methods it counts as not opened.
        unsafe { (*file).pMethods = std::ptr::null() };
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: passed on as it came.
    let code = unsafe { (*original).xOpen.unwrap()(original, name, file, flags, out) };
    if let (ffi::SQLITE_OK, Some(fate)) = (code, fate) {
        let on = fate.host().cloned().and_then(|host| {
            // SAFETY: the name is null or a string of C.
            let path = unsafe { path_of(name) }?;
            let journal = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
            (path.parent() == Some(&host.root)).then(|| OnHost {
                number: host.opened(path),
                directory: journal.then(|| host.root.clone()),
                host,
            })
        });
        // SAFETY: the file was opened, so that its methods are those of the original.
        unsafe {
            let table = table_for((*file).pMethods);
            FILES.lock().unwrap().insert(file as usize, Opened { fate, on });
            (*file).pMethods = &table.own;
        }
    }
    code
}

/// # Safety
/// `name` is null or a string that outlives its use.
unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: see above.
    let bytes = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    Some(Path::new(OsStr::from_bytes(bytes.to_bytes())))
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, lasting: c_int) -> c_int {
    // SAFETY: SQLite gives the name of a file.
    let path = unsafe { path_of(name) };
    let host = path.and_then(Path::parent).and_then(|directory| {
        let hosts = HOSTS.lock().unwrap();
        hosts.get(directory).and_then(Weak::upgrade)
    });
    if let (Some(host), Some(path)) = (host, path)
        && !host.takes_away(path, lasting != 0)
    {
        return ffi::SQLITE_IOERR_DELETE;
    }
    let original = *ORIGINAL as *mut ffi::sqlite3_vfs;
    // SAFETY: passed on as it came.
    unsafe { (*original).xDelete.unwrap()(original, name, lasting) }
}

/// # Safety
/// `original` points to methods that exist for as long as the process.
unsafe fn table_for(original: *const ffi::sqlite3_io_methods) -> &'static Table {
    TABLES
        .lock()
        .unwrap()
        .entry(original as usize)
        .or_insert_with(|| {
            // SAFETY: see above.
            let mut own = unsafe { *original };
            own.xClose = Some(close);
            own.xRead = Some(read);
            own.xWrite = Some(write);
            own.xTruncate = Some(truncate);
            own.xSync = Some(sync);
            if own.iVersion >= 2 && own.xShmMap.is_some() {
                own.xShmMap = Some(map);
            }
            Box::leak(Box::new(Table { own, original }))
        })
}

/// The methods that stand behind a file of ours.
///
/// # Safety
/// `file` was opened by [`open`] under a fate.
unsafe fn behind(file: *mut ffi::sqlite3_file) -> &'static ffi::sqlite3_io_methods {
    // SAFETY: the methods of such a file are the first field of a table.
    unsafe { &*(*((*file).pMethods.cast::<Table>())).original }
}

fn opened(file: *mut ffi::sqlite3_file) -> Opened {
    FILES.lock().unwrap()[&(file as usize)].clone()
}

fn fate_of(file: *mut ffi::sqlite3_file) -> Arc<Fate> {
    opened(file).fate
}

fn code(denied: Denied, io: c_int) -> c_int {
    match denied.harm {
        Harm::NoRoom => ffi::SQLITE_FULL,
        Harm::Io | Harm::Torn => io,
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the file of this call was opened under a fate; from now on it is the original's alone.
    unsafe {
        let original = behind(file);
        let opened = FILES.lock().unwrap().remove(&(file as usize));
        (*file).pMethods = original;
        let code = original.xClose.unwrap()(file);
        if let Some(on) = opened.and_then(|opened| opened.on) {
            on.host.closed();
        }
        code
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    amount: c_int,
    from: ffi::sqlite3_int64,
) -> c_int {
    match fate_of(file).read() {
        // SAFETY: passed on as it came.
        Ok(()) => unsafe { behind(file).xRead.unwrap()(file, to, amount, from) },
        Err(denied) => code(denied, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let Opened { fate, on } = opened(file);
    let denied = fate.disk("store: write", amount as usize).err();
    let part = denied.map_or(amount, |denied| denied.written as c_int);
    if part > 0 {
        if let Some(on) = on {
            // SAFETY: as many bytes as are written.
            let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), part as usize) };
            on.host.wrote(on.number, at as usize, bytes);
        }
        // SAFETY: passed on, a part of it where not all arrives.
        let passed = unsafe { behind(file).xWrite.unwrap()(file, bytes, part, at) };
        if denied.is_none() {
            return passed;
        }
    }
    denied.map_or(ffi::SQLITE_OK, |denied| code(denied, ffi::SQLITE_IOERR_WRITE))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let Opened { fate, on } = opened(file);
    match fate.disk("store: cut", 0) {
        Ok(()) => {
            if let Some(on) = on {
                on.host.cut_to(on.number, size as usize);
            }
            // SAFETY: passed on as it came.
            unsafe { behind(file).xTruncate.unwrap()(file, size) }
        }
        Err(denied) => code(denied, ffi::SQLITE_IOERR_TRUNCATE),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let Opened { fate, on } = opened(file);
    match fate.disk("store: sync", 0) {
        Ok(()) => {
            if let Some(on) = on {
                on.host.synced(on.number, on.directory.as_deref());
            }
            // SAFETY: passed on as it came.
            unsafe { behind(file).xSync.unwrap()(file, flags) }
        }
        // The kernel tells a full disk at a sync as an error of the disk.
        Err(_) => ffi::SQLITE_IOERR_FSYNC,
    }
}

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    if extend != 0
        && let Err(denied) = fate_of(file).disk("store: map", 0)
    {
        return code(denied, ffi::SQLITE_IOERR_SHMSIZE);
    }
    // SAFETY: passed on as it came.
    unsafe { behind(file).xShmMap.unwrap()(file, page, size, extend, out) }
}
