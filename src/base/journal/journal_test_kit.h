// What the journal's tests share: a journal in a temporary directory, on a virtual clock.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/journal/journal.h"

namespace soma::journal {

class JournalOnDisk {
 public:
  JournalOnDisk() {
    std::string name = (std::filesystem::temp_directory_path() / "soma-journal-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    reopen();
  }
  ~JournalOnDisk() {
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }

  Journal& journal() { return *journal_; }
  os::VirtualClock& clock() { return clock_; }
  std::string path() const { return directory_ + "/journal.db"; }
  void close() { journal_.reset(); }
  void reopen() {
    close();
    auto opened = open_sqlite_journal({.path = path()}, clock_);
    if (!opened) FAIL() << opened.error().to_string();
    journal_ = std::move(*opened);
  }

  os::Result<uint64_t> create(std::string id, std::vector<NewEvent> events = {}, AppendOptions options = {}) {
    Run run{.id = std::move(id), .kind = "test", .status = "new"};
    return net::run(journal_->create(std::move(run), std::move(events), std::move(options)));
  }
  os::Result<uint64_t> append(std::string id, uint64_t expected_seq, std::vector<NewEvent> events,
                              AppendOptions options = {}) {
    return net::run(journal_->append(std::move(id), expected_seq, std::move(events), std::move(options)));
  }

 private:
  std::string directory_;
  os::VirtualClock clock_;
  std::unique_ptr<Journal> journal_;
};

// A small JSON body that tells who wrote it: "[thread,number]".
inline std::string writer_body(int thread, int number) {
  return "[" + std::to_string(thread) + "," + std::to_string(number) + "]";
}
inline std::pair<int, int> parse_writer_body(const std::string& body) {
  const size_t comma = body.find(',');
  return {std::stoi(body.substr(1, comma - 1)), std::stoi(body.substr(comma + 1))};
}

}  // namespace soma::journal
