// `soma memory …`: one file for each subject, one line in kParts (memory.cpp) for each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "services/memory/memory.h"

namespace soma::cli {

inline constexpr size_t kMaxListed = 10'000;  // elements that one command prints

void add_definitions(CLI::App& memory, Context& context);  // create list get update delete
void add_events(CLI::App& memory, Context& context);       // add events sessions actors
void add_records(CLI::App& memory, Context& context);      // records search recall remember
void add_forget(CLI::App& memory, Context& context);       // forget
void add_watch(CLI::App& memory, Context& context);        // settle watch dump

// The memory that a command is about: the first word, and what most of these commands begin with.
struct MemoryOptions : CommonOptions {
  std::string memory;  // a name, an id or an ARN
};
void add_memory_option(CLI::App& command, MemoryOptions& options);

// A server, and the memory's id there.
struct OpenMemory {
  std::unique_ptr<Connection> connection;
  std::string id;
  const std::string& url() const { return connection->url(); }
  // "/memories/{id}" + a pattern of api_path.
  std::string path(std::string_view rest, std::vector<std::string> values = {}) const;
  // The same below /api.
  std::string own_path(std::string_view rest, std::vector<std::string> values = {}) const;
};
os::Result<OpenMemory> open_memory(const MemoryOptions& options);
// kNotFound names the nearest.
os::Result<std::string> memory_id(std::string_view base_url, const std::string& name_id_or_arn);

// Its definition, with names and ids of its strategies.
os::Result<json::Value> read_memory(const OpenMemory& memory);
// "Facts, Notes".
std::string strategy_names(const json::Value& memory);
// The id of its strategy that has this name or id. kNotFound names those that are there.
os::Result<std::string> strategy_id(const json::Value& memory, std::string_view name_or_id);

// Prints the rows, or that there are none on stderr; with `json` {member: elements} instead.
int print_list(Context& context, bool json, std::string_view member, json::Array elements,
               const std::vector<std::string>& header,
               const std::function<std::vector<std::vector<std::string>>(const json::Value&)>& rows,
               std::string_view when_empty);
// Prints the answer with `json`, else the line.
int print_done(Context& context, bool json, const json::Value& answer, std::string_view line);

// A text that was typed, or, for "-", what comes from standard input without its last line break.
os::Result<std::string> read_text(const std::string& typed);
// The current time as the API writes it.
json::Value now_seconds();

}  // namespace soma::cli
