// Things that are runs of the journal and live in memory as the fold of their events.
//
// A thing's name is the end of its run's id ("machine/<name>"). A change is planned against the present
// state, appended with the sequence number that was seen, and folded in from what the journal then says; when
// somebody else was faster, it is planned again. A thing that was deleted keeps its run, so that its past can
// be read and its name used again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/errors.h"

namespace soma::workflow {

inline constexpr int kMaxChangeAttempts = 16;  // of one change, against others of the same thing

// Thread-safe.
template <class Thing>
class FoldedRuns {
 public:
  using Ptr = std::shared_ptr<const Thing>;
  // The thing after one more event; null when it is gone.
  using Fold = os::Result<Ptr> (*)(const std::string& name, const Ptr& before, const journal::Event& event);
  // What is to be appended to a thing (null: there is none); nothing to leave it as it is.
  using Plan = std::function<Answered<std::vector<journal::NewEvent>>(const Ptr& now)>;

  FoldedRuns(journal::Journal& journal, std::string kind, Fold fold)
      : journal_(journal), kind_(std::move(kind)), fold_(fold) {}

  // Reads all of them.
  os::Result<> load() {
    journal::ListFilter filter;
    filter.kind = kind_;
    do {
      SOMA_ASSIGN(const journal::RunPage page, journal_.list(filter));
      for (const journal::Run& run : page.runs) SOMA_TRY(catch_up(run.id.substr(kind_.size() + 1)));
      filter.page_token = page.next_token;
    } while (!filter.page_token.empty());
    return {};
  }

  Ptr find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : found->second.thing;
  }
  std::vector<Ptr> all() const {  // by name
    std::vector<Ptr> things;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_)
      if (entry.thing) things.push_back(entry.thing);
    return things;
  }
  size_t size() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  // Durable on return: the thing as it is then, or null when the change deleted it.
  net::Task<Answered<Ptr>> change(std::string name, Plan plan) {
    for (int attempt = 0; attempt < kMaxChangeAttempts; ++attempt) {
      const Entry seen = entry(name);
      auto planned = plan(seen.thing);
      if (!planned) co_return std::unexpected(std::move(planned.error()));
      if (planned->empty()) co_return seen.thing;
      const os::Result<uint64_t> written = co_await write(name, seen.last_seq, std::move(*planned));
      const bool raced = !written && (written.error().code == os::Code::kConflict ||
                                      written.error().code == os::Code::kAlreadyExists);
      if (!written && !raced) co_return std::unexpected(internal_failure(written.error()));
      if (const auto read = catch_up(name); !read) co_return std::unexpected(internal_failure(read.error()));
      if (!raced) co_return find(name);
    }
    co_return refuse(error::kConflict, "Others changed the same resource all the while: repeat the request.");
  }

  // Puts `better` where `was` still stands: the same thing, with what was computed from it.
  void refine(std::string_view name, const Ptr& was, Ptr better) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.thing == was) found->second.thing = std::move(better);
  }

  std::string run_of(std::string_view name) const { return kind_ + "/" + std::string(name); }

 private:
  struct Entry {
    Ptr thing;
    uint64_t last_seq = 0;
  };

  Entry entry(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    return found == entries_.end() ? Entry{} : found->second;
  }

  net::Task<os::Result<uint64_t>> write(std::string name, uint64_t last_seq,
                                        std::vector<journal::NewEvent> events) {
    std::string id = run_of(name);
    if (last_seq > 0) co_return co_await journal_.append(std::move(id), last_seq, std::move(events));
    journal::Run run;
    run.id = std::move(id);
    run.kind = kind_;
    run.status = "active";
    co_return co_await journal_.create(std::move(run), std::move(events));
  }

  os::Result<> catch_up(const std::string& name) {
    while (true) {
      const uint64_t from = entry(name).last_seq + 1;
      SOMA_ASSIGN(const std::vector<journal::Event> events,
                  journal_.read(run_of(name), from, journal::kMaxReadEvents));
      if (events.empty()) return {};
      const std::lock_guard lock(mutex_);
      Entry& now = entries_[name];
      for (const journal::Event& event : events) {
        if (event.seq != now.last_seq + 1) continue;  // somebody else folded it in meanwhile
        SOMA_ASSIGN(Ptr next, fold_(name, now.thing, event));
        count_ += static_cast<size_t>(next != nullptr) - static_cast<size_t>(now.thing != nullptr);
        now = {std::move(next), event.seq};
      }
    }
  }

  journal::Journal& journal_;
  const std::string kind_;
  const Fold fold_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  size_t count_ = 0;
};

}  // namespace soma::workflow
