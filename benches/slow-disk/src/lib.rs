//! A disk that is slower than the machine's: a library for `LD_PRELOAD` on Linux.
//!
//! Stands in for `fsync`, `fdatasync` and a synchronous `msync` of the program that it is loaded into. Each does what it always
//! does, and returns so many microseconds later than it would, as [`MICROSECONDS`] says. The time is slept: a disk takes no
//! processor. Calls from several threads sleep side by side, as a disk with a queue serves them.
//!
//! What it does not slow: reads and writes themselves, `sync_file_range` (which makes nothing durable), files that are opened with
//! `O_SYNC` or `O_DSYNC`, and syncs by `io_uring`. PostgreSQL with `wal_sync_method=fdatasync` and UmaDB have none of these.

/// The environment variable that says by how many microseconds. Without it nothing is slowed.
pub const MICROSECONDS: &str = "SLOW_DISK_MICROSECONDS";

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::OnceLock;
    use std::thread;
    use std::time::Duration;

    use libc::{MS_SYNC, PR_SET_TIMERSLACK, c_int, c_long, c_ulong, c_void, size_t};

    use super::MICROSECONDS;

    /// How much later a sync returns. Read once: a server gives its processes their memory, and this with it.
    fn delay() -> Duration {
        static DELAY: OnceLock<Duration> = OnceLock::new();
        *DELAY.get_or_init(|| {
            let given = std::env::var(MICROSECONDS).ok();
            let microseconds = given.and_then(|given| given.parse().ok());
            Duration::from_micros(microseconds.unwrap_or_default())
        })
    }

    /// What a sync gave, later. One that failed has made nothing durable, and its `errno` must stay as it is.
    fn later(result: c_long) -> c_int {
        let delay = delay();
        if result == 0 && !delay.is_zero() {
            let nanosecond: c_ulong = 1;
            // SAFETY: this option takes one number, and no pointers. Without it a sleep is up to 50 µs too long.
            unsafe { libc::prctl(PR_SET_TIMERSLACK, nanosecond) };
            thread::sleep(delay);
        }
        // A system call for a sync gives 0 or -1.
        if result == 0 { 0 } else { -1 }
    }

    /// As `fsync` of the C library, and later.
    #[unsafe(no_mangle)]
    pub extern "C" fn fsync(file: c_int) -> c_int {
        // SAFETY: the system call takes a number of a file, and checks it.
        later(unsafe { libc::syscall(libc::SYS_fsync, file) })
    }

    /// As `fdatasync` of the C library, and later.
    #[unsafe(no_mangle)]
    pub extern "C" fn fdatasync(file: c_int) -> c_int {
        // SAFETY: the system call takes a number of a file, and checks it.
        later(unsafe { libc::syscall(libc::SYS_fdatasync, file) })
    }

    /// As `msync` of the C library, and later when it waits for the disk.
    ///
    /// # Safety
    ///
    /// None that is ours: the system call checks whether the memory is mapped.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn msync(address: *mut c_void, length: size_t, flags: c_int) -> c_int {
        // SAFETY: the system call writes mapped pages to their file, and checks that they are mapped.
        let result = unsafe { libc::syscall(libc::SYS_msync, address, length, flags) };
        if flags & MS_SYNC == 0 {
            return if result == 0 { 0 } else { -1 };
        }
        later(result)
    }
}
