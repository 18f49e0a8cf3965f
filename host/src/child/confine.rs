//! Out of reach: a helper that has namespaces of its own, and starts another one in them. Linux
//! alone has these; `namespaces(7)` and `user_namespaces(7)` say what they keep apart.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change, mount_remount};
use rustix::process::{getgid, getuid};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, UnshareFlags, set_capabilities,
    set_capabilities_secure_bits, set_no_new_privs,
};

use super::wire::Confine;
use super::{bounds, launch};

/// Where a program finds its folder.
pub(super) const FOLDER: &str = "/tmp";

/// Leaves the host's namespaces, and ends as the helper does that it starts in its own ones.
///
/// That helper is the first process of its namespace: when it ends, or when this one does, the
/// kernel ends all that descend from it, whatever they did to their groups and sessions.
pub(super) fn work(task: &Confine) -> io::Result<u8> {
    bounds::end_with(task.parent)?;
    let started = leave(task.network).and_then(|()| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the host's own program, with a task of ours"
        )]
        let mut command = std::process::Command::new(&task.program);
        command.args(&task.args).env_clear().stdin(Stdio::inherit());
        command.status()
    });
    match started {
        Ok(ended) => Ok(launch::like(ended)),
        Err(why) => launch::refused(&format!("this system confines no program: {why}")),
    }
}

fn leave(network: bool) -> io::Result<()> {
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    let mut flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    flags.set(UnshareFlags::NEWNET, !network);
    #[expect(deprecated, reason = "unsound for file descriptors alone, which are not unshared")]
    rustix::thread::unshare(flags)?;
    // A group is mapped only by who can no longer drop one: user_namespaces(7).
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {group} 1"))
}

/// Makes the host's files read-only, its processes and `hidden` invisible, and [`FOLDER`] an empty
/// folder in memory that goes with the namespace.
pub(super) fn shut(hidden: &[PathBuf], network: bool, bytes: u64) -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    for (place, flags) in mounts(&fs::read_to_string("/proc/self/mountinfo")?) {
        match mount_remount(&place, MountFlags::BIND | MountFlags::RDONLY | flags, "") {
            // Another one lies over it, or over a folder that leads to it.
            Ok(()) | Err(Errno::NOENT | Errno::INVAL | Errno::NOTDIR) => {}
            Err(why) => return Err(why.into()),
        }
    }
    for folder in hidden.iter().filter(|folder| folder.exists()) {
        empty(folder, "size=0,mode=0", MountFlags::RDONLY)?;
    }
    if !network && Path::new("/run").exists() {
        // A socket in a folder is no matter of the network's namespace.
        empty(Path::new("/run"), "size=0,mode=0", MountFlags::RDONLY)?;
    }
    let proc = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    if mount("proc", "/proc", "proc", proc, None).is_err() {
        // A container may not have another one. Those of the host's processes are not for it.
        empty(Path::new("/proc"), "size=0,mode=0", MountFlags::RDONLY)?;
    }
    empty(Path::new(FOLDER), &format!("size={bytes},mode=700"), MountFlags::empty())
}

fn empty(folder: &Path, options: &str, flags: MountFlags) -> io::Result<()> {
    let options = std::ffi::CString::new(options)?;
    let flags = flags | MountFlags::NOSUID | MountFlags::NODEV;
    Ok(mount("tmpfs", folder, "tmpfs", flags, options.as_c_str())?)
}

/// The mounts that can be written, and the flags that must stay: `proc_pid_mountinfo(5)`.
fn mounts(table: &str) -> Vec<(PathBuf, MountFlags)> {
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(4);
        let (place, options) = (fields.next()?, fields.next()?);
        let mut flags = MountFlags::empty();
        for option in options.split(',') {
            flags |= match option {
                "ro" => return None,
                "nosuid" => MountFlags::NOSUID,
                "nodev" => MountFlags::NODEV,
                "noexec" => MountFlags::NOEXEC,
                "noatime" => MountFlags::NOATIME,
                "nodiratime" => MountFlags::NODIRATIME,
                "relatime" => MountFlags::RELATIME,
                "nosymfollow" => MountFlags::NOSYMFOLLOW,
                _ => MountFlags::empty(),
            };
        }
        Some((PathBuf::from(unescaped(place)), flags))
    };
    table.lines().filter_map(mount).collect()
}

/// Spaces, tabs, line feeds and backslashes stand there as three octal digits.
fn unescaped(place: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(place.to_owned(), |place, (written, meant)| place.replace(written, meant))
}

/// Gives up every privilege, for this process and all that it starts.
pub(super) fn drop_privileges() -> io::Result<()> {
    set_no_new_privs(true)?;
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    set_capabilities_secure_bits(bits)?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(set_capabilities(None, none)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_mounts_are_kept_and_what_is_read_only_is_left() {
        let table = "1 2 0:1 / / rw,relatime - ext4 /dev/vda rw\n\
            3 1 0:2 / /a\\040b rw,nosuid,nodev,noexec shared:1 - tmpfs t rw\n\
            4 1 0:3 / /c ro,nosuid - tmpfs t ro\nnothing\n";
        let strict = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        assert_eq!(
            mounts(table),
            [(PathBuf::from("/"), MountFlags::RELATIME), (PathBuf::from("/a b"), strict)]
        );
    }
}
