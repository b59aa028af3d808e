// A git repository as a folder: the newest commit of its default branch, fetched once for each commit and
// kept below
// `<cache>/<hash of the address>/<commit>`. The newest kMaxKeptCommits of a repository stay.
//
// git runs with none of the user's configuration, asks nobody, follows https and file only, and ends when it
// takes too long or too much room. A password goes to it in its environment, not on its command line.
#pragma once

#include <string>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr int64_t kMaxGitSeconds = 120;  // of one checkout, from the first question to the end
inline constexpr size_t kMaxKeptCommits = 8;
inline constexpr uint64_t kMaxGitBytes = 256ull << 20;  // of a repository's newest commit on the disk

struct GitAddress {
  std::string url;                     // https or file
  std::string username{}, password{};  // none: nobody in particular
};
struct GitMachine {
  net::Executor executor;
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  std::string cache;  // made when missing
};
// Errors: kNotFound (no git here), kUnavailable with git's own words, kTimeout, kLimitExceeded, the file
// system's.
net::Task<os::Result<std::string>> git_checkout(GitMachine machine, GitAddress address);

// Removes what a soma that was killed left half fetched. For a start: nothing else may work on the cache.
void remove_unfinished_checkouts(const std::string& cache);

}  // namespace soma::harness
