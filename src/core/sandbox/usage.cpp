// A box's own /proc lists exactly its processes; the host sees it at /proc/<first process>/root/proc. That
// needs no walk over the host's processes, and nothing inside can hide from it.
//
// Memory is summed in two steps. `statm` costs microseconds and its resident pages, summed, are never too
// few. Only when they pass the limit is smaps_rollup read, which shares each page out among those that map it
// (Pss) and costs milliseconds per GB.
#include "core/sandbox/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/os/os.h"

namespace soma::sandbox {
namespace {

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })>;

constexpr size_t kMaxProcFileBytes = 4096;

std::optional<std::string> read_proc(int proc, const std::string& path) {
  os::Fd file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::string text(kMaxProcFileBytes, '\0');
  ssize_t count = read(file.get(), text.data(), text.size());
  if (count <= 0) return std::nullopt;
  text.resize(static_cast<size_t>(count));
  return text;
}

template <class Number>
Number parse_number(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The number after "<key>:" in a text of "Key:   123 kB" lines, in bytes.
uint64_t kilobytes_after(std::string_view text, std::string_view key) {
  size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return parse_number<uint64_t>(text) * 1024;
}

// The session id: the fourth field after the command's name, which ends at the last ')'.
pid_t session_of(std::string_view stat) {
  size_t end = stat.rfind(')');
  if (end == std::string_view::npos) return 0;
  std::vector<std::string_view> fields = os::split(stat.substr(end + 1), ' ');
  constexpr size_t kSession = 4;  // after the empty one before the first space: state, ppid, pgrp, session
  return fields.size() > kSession ? parse_number<pid_t>(fields[kSession]) : 0;
}

// Calls `visit` with the name of each process's directory until it returns false.
void for_each_process(int proc, pid_t session, const std::function<bool(const std::string&)>& visit) {
  int copy = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return;
  Directory directory(fdopendir(copy));
  if (!directory) return;
  while (const dirent* entry = readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name[0] < '1' || name[0] > '9') continue;
    if (session != 0 && session_of(read_proc(proc, name + "/stat").value_or("")) != session) continue;
    if (!visit(name)) return;
  }
}

uint64_t thread_count(int proc, const std::string& name) {
  struct stat info{};
  if (fstatat(proc, (name + "/task").c_str(), &info, 0) != 0) return 0;
  return info.st_nlink > 2 ? info.st_nlink - 2 : 1;  // one directory per thread
}

struct Pages {
  uint64_t resident = 0;
  uint64_t shared = 0;
};

Pages read_pages(int proc, const std::string& name) {
  std::string text = read_proc(proc, name + "/statm").value_or("");
  std::vector<std::string_view> fields = os::split(text, ' ');
  if (fields.size() < 3) return {};
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return {.resident = parse_number<uint64_t>(fields[1]) * page,
          .shared = parse_number<uint64_t>(fields[2]) * page};
}

uint64_t file_system_bytes(const std::string& path) {
  struct statvfs info{};
  if (statvfs(path.c_str(), &info) != 0) return 0;
  return static_cast<uint64_t>(info.f_blocks - info.f_bfree) * info.f_frsize;
}

uint64_t temporary_bytes(const ProcessSet& set) {
  if (set.box_init == 0) return 0;
  std::string root = fmt::format("/proc/{}/root", set.box_init);
  return file_system_bytes(root + "/tmp") + file_system_bytes(root + "/dev/shm");
}

uint64_t exact_memory(int proc, const ProcessSet& set, uint64_t temporary) {
  uint64_t anonymous = 0;
  uint64_t shared = 0;
  for_each_process(proc, set.session, [&](const std::string& name) {
    if (auto rollup = read_proc(proc, name + "/smaps_rollup")) {
      anonymous += kilobytes_after(*rollup, "Pss_Anon:");
      shared += kilobytes_after(*rollup, "Pss_Shmem:");
    } else {
      Pages pages = read_pages(proc, name);
      anonymous += pages.resident - std::min(pages.shared, pages.resident);
    }
    return true;
  });
  return anonymous + std::max(shared, temporary);  // a mapped file in /tmp is in both
}

// While bubblewrap still builds the box, its root is the host's, and so would the processes counted be: a
// box's /proc is another mount.
bool is_hosts_own(int proc) {
  struct stat host{};
  struct stat found{};
  return stat("/proc", &host) != 0 || fstat(proc, &found) != 0 || host.st_dev == found.st_dev;
}

os::Fd open_proc(const ProcessSet& set) {
  std::string path = set.box_init == 0 ? "/proc" : fmt::format("/proc/{}/root/proc", set.box_init);
  os::Fd proc(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (proc.valid() && set.box_init != 0 && is_hosts_own(proc.get())) proc.reset();
  return proc;
}

}  // namespace

Usage measure_usage(const ProcessSet& set, uint64_t max_processes, uint64_t memory_limit) {
  Usage usage;
  os::Fd proc = open_proc(set);
  if (!proc.valid()) return usage;
  for_each_process(proc.get(), set.session, [&](const std::string& name) {
    usage.processes += thread_count(proc.get(), name);
    usage.memory_bytes += read_pages(proc.get(), name).resident;
    return usage.processes <= max_processes;
  });
  uint64_t temporary = temporary_bytes(set);
  usage.memory_bytes += temporary;
  if (usage.memory_bytes > memory_limit && usage.processes <= max_processes)
    usage.memory_bytes = exact_memory(proc.get(), set, temporary);
  return usage;
}

void kill_session(pid_t session) {
  os::Fd proc = open_proc({.session = session});
  if (!proc.valid()) return;
  for_each_process(proc.get(), session, [](const std::string& name) {
    kill(parse_number<pid_t>(name), SIGKILL);
    return true;
  });
}

}  // namespace soma::sandbox
