// A list of what is refused, over a default of "allowed".
//
// The namespaces decide what a box can reach; this filter takes away kernel code that a box has no business
// in, because most ways out of a namespace went through it: mounting, making more namespaces, kernel modules,
// BPF, io_uring, userfaultfd, keys, tracing, exotic socket families. A list of what is allowed was rejected:
// an agent runs arbitrary programs, and each new libc would break it for no gain over the namespaces.
//
// EPERM where the caller ought to hear "no". ENOSYS where the kernel takes flags by pointer, which a filter
// cannot read (clone3, openat2): libraries then fall back to the older call, which it can. Sources:
// seccomp(2), and the default profiles that Docker, Flatpak and Nix document.
#include "core/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace soma::sandbox {
namespace {

// Named, not numbered: a name that this libseccomp does not know yet is a call that is skipped.
constexpr const char* kRefused[] = {
    // the file system's shape
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "open_by_handle_at",
    "quotactl",
    "quotactl_fd",
    "swapon",
    "swapoff",
    "fanotify_init",
    // namespaces
    "setns",
    // other processes' memory
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "process_madvise",
    // the kernel itself
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "syslog",
    "acct",
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
    "ustat",
    "sysfs",
    "_sysctl",
    "vhangup",
    // io_uring does what other calls do, past this filter
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    // keys are not in a namespace
    "add_key",
    "request_key",
    "keyctl",
    // the machine's clock and name, hardware
    "settimeofday",
    "stime",
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "clock_adjtime64",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vm86",
    "vm86old",
    "pciconfig_read",
    "pciconfig_write",
    "pciconfig_iobase",
    // memory placement of other processes
    "move_pages",
    "migrate_pages",
    // memory that no process maps would escape the memory limit
    "memfd_secret",
};

// Programs have a fallback for these and look for ENOSYS.
constexpr const char* kUnknown[] = {"clone3", "openat2", "memfd_create"};

constexpr uint64_t kNewNamespaces[] = {CLONE_NEWUSER,   CLONE_NEWNS,  CLONE_NEWPID,
                                       CLONE_NEWNET,    CLONE_NEWIPC, CLONE_NEWUTS,
                                       CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */};

// Terminal requests that type into, or copy from, somebody else's terminal.
constexpr uint64_t kRefusedIoctls[] = {TIOCSTI, TIOCLINUX};

// Mode bits that would leave a program in the workspace which runs as its owner for everybody on the host.
constexpr uint64_t kRefusedModes[] = {S_ISUID, S_ISGID};
struct ModeArgument {
  const char* name;
  unsigned argument;
  int flags_argument;  // -1: the mode counts always; else only when the flags in that argument make a file
};
constexpr ModeArgument kModeArguments[] = {{"chmod", 1, -1},     {"fchmod", 1, -1}, {"fchmodat", 2, -1},
                                           {"fchmodat2", 2, -1}, {"creat", 1, -1},  {"mknod", 1, -1},
                                           {"mknodat", 2, -1},   {"mkdir", 1, -1},  {"mkdirat", 2, -1},
                                           {"open", 2, 1},       {"openat", 3, 2}};

constexpr uint64_t kMakesFile[] = {O_CREAT, 020000000 /* the bit of O_TMPFILE that is not O_DIRECTORY */};

// Socket families that exist inside a network namespace and are needed: unix, inet, inet6, netlink (to list
// interfaces). The others are rarely used kernel code, or (vsock) not in any namespace.
constexpr bool family_allowed(uint64_t family) {
  return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

scmp_arg_cmp has_bits(unsigned argument, uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}
scmp_arg_cmp low_word_is(unsigned argument, uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value};
}
scmp_arg_cmp is_equal(unsigned argument, uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp is_above(unsigned argument, uint64_t value) {
  return {argument, SCMP_CMP_GT, value, 0};
}

class FilterBuilder {
 public:
  FilterBuilder() : context_(seccomp_init(SCMP_ACT_ALLOW)) {
    if (context_ == nullptr) {
      error_ = ENOMEM;
      return;
    }
    // 32-bit entry points have other numbers: none of them exists for a box.
    note(seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)));
    note(seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a binary tree: costs a call less
  }
  ~FilterBuilder() {
    if (context_ != nullptr) seccomp_release(context_);
  }
  FilterBuilder(const FilterBuilder&) = delete;
  FilterBuilder& operator=(const FilterBuilder&) = delete;

  template <class... Comparisons>
  void refuse(const char* name, int error_number, Comparisons... comparisons) {
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;  // not on this architecture
    scmp_arg_cmp list[sizeof...(comparisons) + 1] = {comparisons...};
    note(
        seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(error_number), number, sizeof...(comparisons), list));
  }

  os::Result<os::Fd> write() {
    os::Fd file(memfd_create("soma-seccomp", MFD_CLOEXEC));
    if (!file.valid()) return os::fail_errno("make the seccomp filter's file", errno);
    note(seccomp_export_bpf(context_, file.get()));
    if (error_ != 0) return os::fail_errno("compile the seccomp filter", error_);
    return file;
  }

 private:
  void note(int result) {
    if (result < 0 && error_ == 0) error_ = -result;
  }

  scmp_filter_ctx context_;
  int error_ = 0;
};

os::Result<os::Fd> compile() {
  FilterBuilder filter;
  for (const char* name : kRefused) filter.refuse(name, EPERM);
  for (const char* name : kUnknown) filter.refuse(name, ENOSYS);
  for (uint64_t flag : kNewNamespaces) {
    filter.refuse("clone", EPERM, has_bits(0, flag));
    filter.refuse("unshare", EPERM, has_bits(0, flag));
  }
  // The kernel looks at the low 32 bits of the request alone, so the filter must as well.
  for (uint64_t request : kRefusedIoctls) filter.refuse("ioctl", EPERM, low_word_is(1, request));
  for (uint64_t mode : kRefusedModes) {
    for (const auto& [name, argument, flags_argument] : kModeArguments) {
      scmp_arg_cmp has_bit = has_bits(argument, mode);
      if (flags_argument < 0) {
        filter.refuse(name, EPERM, has_bit);
        continue;
      }
      for (uint64_t flag : kMakesFile)
        filter.refuse(name, EPERM, has_bit, has_bits(static_cast<unsigned>(flags_argument), flag));
    }
  }
  for (uint64_t family = 0; family <= AF_NETLINK; ++family)
    if (!family_allowed(family)) filter.refuse("socket", EAFNOSUPPORT, is_equal(0, family));
  filter.refuse("socket", EAFNOSUPPORT, is_above(0, AF_NETLINK));
  return filter.write();
}

}  // namespace

os::Result<os::Fd> open_seccomp_filter() {
  static const os::Result<os::Fd> compiled = compile();
  if (!compiled) return std::unexpected(compiled.error());
  os::Fd copy(open(("/proc/self/fd/" + std::to_string(compiled->get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (!copy.valid()) return os::fail_errno("open the seccomp filter", errno);
  return copy;
}

}  // namespace soma::sandbox
