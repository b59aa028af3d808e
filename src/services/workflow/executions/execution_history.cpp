// History by pages. An event's place is (seq of the record that holds it, its id): that is what a page token
// says, so that a page costs the records it shows and not those before it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "services/workflow/executions/execution_run.h"
#include "services/workflow/executions/execution_view.h"

namespace soma::workflow {
namespace {

constexpr size_t kRecordsPerRead = 64;

struct Place {
  uint64_t seq = 0;
  uint64_t id = 0;  // of the next event to show
};

os::Result<Place> read_token(std::string_view token) {
  Place place;
  const size_t dot = token.find('.');
  const auto number = [](std::string_view text, uint64_t& out) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && stop == text.data() + text.size() && out > 0;
  };
  if (dot == std::string_view::npos || !number(token.substr(0, dot), place.seq) ||
      !number(token.substr(dot + 1), place.id))
    return os::fail(os::Code::kInvalidArgument, "the page token is not one that history returned");
  return place;
}

// Adds the record's events from `place` on, in the order asked for; false when the page is full.
bool add_events(std::vector<engine::HistoryEvent> events, uint64_t seq, bool newest_first, const Place& place,
                size_t limit, HistoryPage& page) {
  if (newest_first) std::ranges::reverse(events);
  for (engine::HistoryEvent& event : events) {
    if (place.seq == seq && (newest_first ? event.id > place.id : event.id < place.id)) continue;
    if (page.events.size() == limit) {
      page.next_token = fmt::format("{}.{}", seq, event.id);
      return false;
    }
    page.events.push_back(std::move(event));
  }
  return true;
}

}  // namespace

os::Result<HistoryPage> read_history(journal::Journal& journal, std::string_view run, size_t limit,
                                     bool newest_first, std::string_view page_token) {
  SOMA_ASSIGN(const journal::Run found, journal.get(run));
  Place place{newest_first ? found.last_seq : 1, newest_first ? UINT64_MAX : 0};
  if (!page_token.empty()) {
    SOMA_ASSIGN(place, read_token(page_token));
  }
  HistoryPage page;
  uint64_t next = place.seq;
  while (next >= 1 && next <= found.last_seq) {
    const uint64_t first = newest_first ? next - std::min<uint64_t>(next - 1, kRecordsPerRead - 1) : next;
    const size_t count = newest_first ? next - first + 1 : kRecordsPerRead;
    SOMA_ASSIGN(std::vector<journal::Event> records, journal.read(run, first, count));
    // A read may end early (kMaxReadBytes): the rest of what lies before `next` must be read then.
    if (newest_first && records.size() < count) {
      SOMA_ASSIGN(records, journal.read(run, next, 1));
    }
    if (records.empty()) break;
    next = newest_first ? records.front().seq - 1 : records.back().seq + 1;
    if (newest_first) std::ranges::reverse(records);
    for (const journal::Event& record : records) {
      if (record.type != kStepEvent) continue;
      SOMA_ASSIGN(std::vector<engine::HistoryEvent> events, engine::history_of(record.body));
      if (!add_events(std::move(events), record.seq, newest_first, place, limit, page)) return page;
    }
  }
  return page;
}

}  // namespace soma::workflow
