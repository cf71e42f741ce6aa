//! The filter of system calls.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::Work;

/// Filters for a kind of work, each as the kernel reads it: one after another.
///
/// Refused is what neither a compiler nor a simulation needs and what has let programs out of sandboxes before or lets
/// two of them speak with each other: the set of `isolate`, and of bubblewrap's callers (Flatpak), with every socket
/// and every lock on files. A stranger's program starts threads and nothing else.
///
/// # Errors
/// On an architecture that the filter's compiler doesn't know.
pub fn filters(work: Work) -> io::Result<Vec<Vec<u8>>> {
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in NEVER.iter().chain(if work == Work::Run { ONLY_COMPILERS } else { &[] }) {
        refused.insert(*call, Vec::new());
    }
    if work == Work::Run {
        // A process, not a thread.
        refused.insert(libc::SYS_clone, vec![without_flag(0, libc::CLONE_THREAD as u64)?]);
    } else {
        let spaces = libc::CLONE_NEWUSER
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWCGROUP;
        let bits = (0..31).map(|bit| 1_i32 << bit).filter(|bit| spaces & bit != 0);
        let rules: Vec<_> = bits.map(|bit| with_flag(0, bit as u64)).collect::<io::Result<_>>()?;
        refused.insert(libc::SYS_clone, rules);
    }
    // Typing into the terminal of whoever started the grader.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| equal(1, request));
    refused.insert(libc::SYS_ioctl, typing.into_iter().collect::<io::Result<_>>()?);
    // The arguments of `clone3` lie in memory, where no filter reads: "no such call" sends its callers to `clone`.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    [(refused, libc::EPERM), (unknown, libc::ENOSYS)]
        .into_iter()
        .map(|(calls, answer)| program(with_x32(calls), answer as u32))
        .collect()
}

const NEVER: &[i64] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Keys, which are the user's and not the namespace's.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Sockets of every family, and files that others lock.
    libc::SYS_socket,
    libc::SYS_flock,
    // Large and often broken parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_vmsplice,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    // The machine itself.
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_personality,
];

const ONLY_COMPILERS: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_execveat,
    libc::SYS_socketpair,
    libc::SYS_memfd_create,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_setsid,
    libc::SYS_setpgid,
];

/// The same calls under the numbers of x32, which an x86-64 kernel may know as well.
fn with_x32(calls: BTreeMap<i64, Vec<SeccompRule>>) -> BTreeMap<i64, Vec<SeccompRule>> {
    const X32: i64 = 0x4000_0000;
    let mut all = calls.clone();
    if cfg!(target_arch = "x86_64") {
        all.extend(calls.into_keys().map(|call| (call | X32, Vec::new())));
    }
    all
}

fn program(calls: BTreeMap<i64, Vec<SeccompRule>>, answer: u32) -> io::Result<Vec<u8>> {
    let here = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, SeccompAction::Errno(answer), here);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    let bytes = program.into_iter().flat_map(|step| {
        let [code, rest] = [step.code.to_ne_bytes(), [step.jt, step.jf]];
        code.into_iter().chain(rest).chain(step.k.to_ne_bytes())
    });
    Ok(bytes.collect())
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> io::Result<SeccompRule> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(io::Error::other)
}

fn equal(argument: u8, value: u64) -> io::Result<SeccompRule> {
    rule(argument, SeccompCmpOp::Eq, value)
}

fn with_flag(argument: u8, flag: u64) -> io::Result<SeccompRule> {
    rule(argument, SeccompCmpOp::MaskedEq(flag), flag)
}

fn without_flag(argument: u8, flag: u64) -> io::Result<SeccompRule> {
    rule(argument, SeccompCmpOp::MaskedEq(flag), 0)
}
