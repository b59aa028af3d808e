// The items of a map run, read once: each becomes the input of a child, or a part of one, in the run.
#include <fmt/format.h>

#include "services/workflow/map_runs/map_run.h"

namespace soma::workflow {
namespace {

using os::Result;

constexpr size_t kMaxItemsAtOnce = 256;           // read before they are written
constexpr size_t kMaxItemBytesAtOnce = 1u << 20;  // likewise, of their inputs
constexpr uint64_t kMaxMapRunChildren = 10'000'000;

struct Chunk {
  std::vector<engine::MapItem> items;
  bool last = false;
};

Read<Chunk> next_chunk(ItemSource& source) {
  Chunk chunk;
  while (chunk.items.size() < kMaxItemsAtOnce) {
    SOMA_ASSIGN(std::optional<engine::MapItem> item, source.next());
    chunk.last = !item.has_value();
    if (chunk.last) break;
    chunk.items.push_back(std::move(*item));
  }
  return chunk;
}

}  // namespace

net::Task<Read<ItemSourcePtr>> MapRun::open_source() const {
  if (call_.run.items) co_return value_source(call_.run.items->value());
  const auto& details = std::get<MapDetails>(state_in_definition_->details);
  // Copies: the payloads belong to this loop, the work is done on another thread.
  auto work = [&reader = *details.reader, language = state_in_definition_->language,
               arguments = call_.run.reader_arguments.value(), most = call_.run.limits.get("maxItems"),
               &objects = world_.objects, working = world_.working->enter()] {
    return open_item_source(reader, language, arguments, most, objects);
  };
  co_return co_await net::offload(std::move(work));
}

Read<std::optional<Batcher>> MapRun::make_batcher() const {
  if (!state_.start().batched) return std::optional<Batcher>();
  SOMA_ASSIGN(const auto items, read_count(call_.run.limits.get("maxItemsPerBatch"), "MaxItemsPerBatch"));
  SOMA_ASSIGN(const auto bytes,
              read_count(call_.run.limits.get("maxInputBytesPerBatch"), "MaxInputBytesPerBatch"));
  return Batcher({items.value_or(0), bytes.value_or(0)}, call_.run.batch_input.value());
}

net::Task<Result<Read<>>> MapRun::read_items(const net::Cancellation& cancellation) {
  std::vector<journal::NewEvent> events = {write_map_run_reading()};
  journal::AppendOptions options;
  SOMA_CO_TRY(co_await append(std::move(events), std::move(options)));
  Read<std::optional<Batcher>> batcher = make_batcher();
  if (!batcher) co_return Read<>(std::unexpected(std::move(batcher.error())));
  Read<ItemSourcePtr> source = co_await open_source();
  if (!source) co_return Read<>(std::unexpected(std::move(source.error())));
  std::shared_ptr<ItemSource> shared = std::move(*source);
  co_return co_await spool(std::move(shared), std::move(*batcher), cancellation);
}

net::Task<Result<Read<>>> MapRun::spool(std::shared_ptr<ItemSource> source, std::optional<Batcher> batcher,
                                        const net::Cancellation& cancellation) {
  std::vector<journal::NewEvent> events;
  size_t bytes = 0;
  int64_t index = 0;
  const auto write = [&](const MapRunItem& item) {
    bytes += item.input.size();
    events.push_back(write_map_run_item(item));
  };
  const auto write_batch = [&](std::optional<Batch> batch) {
    if (batch) write({.input = std::move(batch->input), .items = batch->items, .in_batch = true});
  };
  for (bool last = false; !last;) {
    if (cancellation.requested()) co_return Read<>{};
    auto work = [source, working = world_.working->enter()] { return next_chunk(*source); };
    const Read<Chunk> chunk = co_await net::offload(std::move(work));
    if (!chunk) co_return Read<>(std::unexpected(chunk.error()));
    last = chunk->last;
    for (const engine::MapItem& read : chunk->items) {
      const Read<MapRunItem> item = item_of(index++, read);
      if (!item) co_return Read<>(std::unexpected(item.error()));
      if (batcher)
        write_batch(batcher->add(item->input));
      else
        write(*item);
      if (bytes < kMaxItemBytesAtOnce) continue;
      SOMA_CO_TRY(co_await write_items(events));
      bytes = 0;
    }
    if (last && batcher) write_batch(batcher->finish());
    if (last) events.push_back(write_map_run_read());
    if (state_.children() > kMaxMapRunChildren)
      co_return Read<>(reading_failed(fmt::format("A map run has at most {} children.", kMaxMapRunChildren)));
    SOMA_CO_TRY(co_await write_items(events));
    bytes = 0;
  }
  co_return Read<>{};
}

net::Task<Result<>> MapRun::write_items(std::vector<journal::NewEvent>& events) {
  std::vector<journal::NewEvent> all;
  all.swap(events);
  journal::AppendOptions options;
  co_return co_await append(std::move(all), std::move(options));
}

Read<MapRunItem> MapRun::item_of(int64_t index, const engine::MapItem& read) const {
  const State& map = *state_in_definition_;
  const jsonata::Surroundings surroundings{.now = world_.clock.now(), .ids = world_.ids};
  SOMA_ASSIGN(engine::Payload input, engine::child_input(map, call_.run, index, read, surroundings));
  MapRunItem item{.input = input.text(), .key = read.key};
  if (item.input.size() > engine::kMaxPayloadBytes)
    return std::unexpected(engine::ItemFailure{
        "States.DataLimitExceeded",
        fmt::format("The input of item {} has {} bytes; an execution's input has {} at most.", index,
                    item.input.size(), engine::kMaxPayloadBytes)});
  if (std::get<MapDetails>(map.details).item_selector) item.value = read.value;
  if (read.source != engine::kFromStateData) item.source = read.source;
  return item;
}

}  // namespace soma::workflow
