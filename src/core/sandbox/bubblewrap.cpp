// The box, from the outside in: every namespace is new; the root is an empty tmpfs with the host's /usr
// read-only on it, an /etc of our own making, a /proc of its own, a minimal /dev, a bounded /tmp, and the
// workspace with what is mounted beside it. Then everything but /tmp, /dev/shm, the workspace and writable
// mounts is made read-only, all capabilities go, and the seccomp filter is set.
//
// The description goes through a descriptor (--args), and bubblewrap starts with an owner's mark alone as its
// environment: what stands on a command line or in an environment can be read inside the box at /proc/1, and
// on the host by everybody with ps.
#include "core/sandbox/bubblewrap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/sandbox/seccomp_filter.h"
#include "core/sandbox/user_namespace.h"

namespace soma::sandbox {
namespace {

constexpr int kArgsFd = 22;
constexpr int kSeccompFd = 23;
constexpr int kUserNamespaceFd = 24;
constexpr int kFirstFileFd = 25;
constexpr uint64_t kMaxTemporaryBytes = 1ull << 30;

struct EtcFile {
  const char* path;
  const char* text;
};
// Names for the one user inside, and the loopback. The host's own files would tell its users and hosts.
constexpr std::array<EtcFile, 5> kEtc = {{
    {"/etc/passwd",
     "agent:x:1000:1000:agent:/workspace:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
    {"/etc/group", "agent:x:1000:\nnogroup:x:65534:\n"},
    {"/etc/hosts", "127.0.0.1 localhost box\n::1 localhost\n"},
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
    {"/etc/hostname", "box\n"},
}};

// Programs and libraries. On a merged-/usr host all but /usr are links into it, and stay links.
constexpr const char* kSystemDirectories[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
// Of the host's /etc: what programs need to start, and no secrets.
constexpr const char* kHostEtc[] = {"/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/certs",
                                    "/etc/ca-certificates", "/etc/fonts"};

class ArgumentList {
 public:
  template <class... Parts>
  void add(const Parts&... parts) {
    ((text_ += parts, text_ += '\0'), ...);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

os::Result<os::Fd> make_data_file(const char* name, std::string_view text) {
  os::Fd file(memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return os::fail_errno("make a file in memory", errno);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(file.get(), 0, SEEK_SET) != 0)
    return os::fail_errno("write a file in memory", errno);
  return file;
}

void add_namespaces(ArgumentList& list, const BoxPlan& plan) {
  if (plan.user_namespace >= 0) {
    list.add("--userns", std::to_string(kUserNamespaceFd));
  } else {
    list.add("--unshare-user");
  }
  std::string user = std::to_string(kInsideUser);
  list.add("--uid", user, "--gid", user, "--unshare-pid", "--unshare-ipc", "--unshare-uts",
           "--unshare-cgroup-try");
  if (!plan.network) list.add("--unshare-net");
  list.add("--hostname", "box", "--die-with-parent", "--cap-drop", "ALL", "--clearenv");
  // A session of its own has no controlling terminal: nothing can be typed into soma's. A terminal that was
  // made for the box must stay its controlling one.
  if (!plan.own_terminal) list.add("--new-session");
}

void add_system(ArgumentList& list, const BoxPlan& plan) {
  list.add("--ro-bind", "/usr", "/usr");
  for (const char* directory : kSystemDirectories) {
    struct stat info{};
    if (lstat(directory, &info) != 0) continue;
    std::array<char, 256> target{};
    if (S_ISLNK(info.st_mode) && readlink(directory, target.data(), target.size() - 1) > 0) {
      list.add("--symlink", target.data(), directory);
    } else {
      list.add("--ro-bind", directory, directory);
    }
  }
  list.add("--dir", "/etc");
  for (const char* path : kHostEtc) list.add("--ro-bind-try", path, path);
  if (plan.network) list.add("--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf");
  for (size_t i = 0; i < kEtc.size(); ++i)
    list.add("--file", std::to_string(kFirstFileFd + static_cast<int>(i)), kEtc[i].path);
}

void add_writable(ArgumentList& list, const BoxPlan& plan) {
  std::string temporary = std::to_string(std::min(plan.memory_bytes, kMaxTemporaryBytes));
  list.add("--proc", "/proc", "--dev", "/dev", "--size", temporary, "--tmpfs", "/dev/shm", "--size",
           temporary, "--tmpfs", "/tmp");
  if (!plan.workspace.empty()) list.add("--bind", plan.workspace, "/workspace");
  for (const Mount& mount : plan.mounts)
    list.add(mount.writable ? "--bind" : "--ro-bind", mount.host, mount.inside);
  // The root and /dev are tmpfs without a bound: read-only, they cannot be filled.
  list.add("--remount-ro", "/dev", "--remount-ro", "/");
  if (!plan.working_directory.empty()) list.add("--chdir", plan.working_directory);
  for (const auto& [name, value] : plan.environment) list.add("--setenv", name, value);
}

void add_controls(ArgumentList& list, const BoxPlan& plan) {
  list.add("--seccomp", std::to_string(kSeccompFd));
  if (plan.hold) list.add("--info-fd", std::to_string(kInfoFd), "--block-fd", std::to_string(kHoldFd));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> base_environment(const std::string& home) {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
          {"HOME", home},
          {"LANG", "C.UTF-8"},
          {"TERM", "dumb"},
          {"TZ", "UTC"}};
}

os::Result<BoxSpec> make_box_spec(const BoxPlan& plan, const std::vector<std::string>& arguments) {
  ArgumentList list;
  add_namespaces(list, plan);
  add_system(list, plan);
  add_writable(list, plan);
  add_controls(list, plan);

  BoxSpec spec;
  auto lend = [&spec](os::Fd fd, int number) {
    spec.process.inherit.emplace_back(fd.get(), number);
    spec.keep.push_back(std::move(fd));
  };
  SOMA_ASSIGN(os::Fd description, make_data_file("soma-box", list.text()));
  lend(std::move(description), kArgsFd);
  SOMA_ASSIGN(os::Fd filter, open_seccomp_filter());
  lend(std::move(filter), kSeccompFd);
  for (size_t i = 0; i < kEtc.size(); ++i) {
    SOMA_ASSIGN(os::Fd file, make_data_file("soma-etc", kEtc[i].text));
    lend(std::move(file), kFirstFileFd + static_cast<int>(i));
  }
  spec.process.environment.push_back(owner_mark(plan.owner));
  std::vector<std::string>& line = spec.process.arguments;
  if (plan.user_namespace >= 0) {
    spec.process.inherit.emplace_back(plan.user_namespace, kUserNamespaceFd);
    line.assign(kAsOutsideUser.begin(), kAsOutsideUser.end());
  }
  for (std::string part :
       {std::string("bwrap"), std::string("--args"), std::to_string(kArgsFd), std::string("--")})
    line.push_back(std::move(part));
  line.insert(line.end(), arguments.begin(), arguments.end());
  return spec;
}

}  // namespace soma::sandbox
