#include "app/cli/commands/memory/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/hidden_input.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

using AddPart = void (*)(CLI::App& memory, Context& context);
constexpr AddPart kParts[] = {add_definitions, add_events, add_records, add_forget, add_watch};

constexpr size_t kLineEndBytes = 2;

// Names have neither of these, ids and ARNs have one.
bool is_name(std::string_view text) {
  return text.find_first_of("-:") == std::string_view::npos;
}

std::string joined(const std::string& begin, std::string_view rest, std::vector<std::string> values,
                   const std::string& id) {
  values.insert(values.begin(), id);
  return api_path(begin + std::string(rest), values);
}

}  // namespace

void add_memory_option(CLI::App& command, MemoryOptions& options) {
  command.add_option("memory", options.memory, "Its name, id or ARN (soma memory list)")
      ->required()
      ->type_name("MEMORY");
}

Result<std::string> memory_id(std::string_view base_url, const std::string& name_id_or_arn) {
  if (!is_name(name_id_or_arn)) return name_id_or_arn.substr(name_id_or_arn.rfind('/') + 1);
  SOMA_ASSIGN(const json::Array memories,
              call_list(base_url, "/api/memories", "memories", memory::kMaxMemories));
  std::vector<std::string_view> names;
  for (const Value& memory : memories) {
    names.push_back(memory.get("name").string_or(""));
    if (names.back() == name_id_or_arn) return std::string(memory.get("id").string_or(""));
  }
  const std::string_view near = os::nearest(name_id_or_arn, names);
  return os::fail(Code::kNotFound, fmt::format("no memory is named '{}'", name_id_or_arn),
                  near.empty() ? "list them: soma memory list" : fmt::format("did you mean '{}'?", near));
}

Result<OpenMemory> open_memory(const MemoryOptions& options) {
  OpenMemory opened;
  SOMA_ASSIGN(opened.connection, Connection::open(options.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(opened.id, memory_id(opened.url(), options.memory));
  return opened;
}

std::string OpenMemory::path(std::string_view rest, std::vector<std::string> values) const {
  return joined("/memories/{}", rest, std::move(values), id);
}
std::string OpenMemory::own_path(std::string_view rest, std::vector<std::string> values) const {
  return joined("/api/memories/{}", rest, std::move(values), id);
}

Result<Value> read_memory(const OpenMemory& memory) {
  SOMA_ASSIGN(const Value found, call(memory.url(), "GET", memory.own_path("")));
  return found.get("memory");
}

std::string strategy_names(const Value& memory) {
  std::vector<std::string> names;
  const Value& strategies = memory.get("strategies");
  for (size_t i = 0; i < strategies.size(); ++i)
    names.emplace_back(strategies.at(i).get("name").string_or(""));
  return os::join(names, ", ");
}

Result<std::string> strategy_id(const Value& memory, std::string_view name_or_id) {
  const Value& strategies = memory.get("strategies");
  for (size_t i = 0; i < strategies.size(); ++i) {
    const std::string_view id = strategies.at(i).get("strategyId").string_or("");
    if (id == name_or_id || strategies.at(i).get("name").string_or("") == name_or_id) return std::string(id);
  }
  return os::fail(Code::kNotFound,
                  fmt::format("'{}' has no strategy '{}'", memory.get("name").string_or(""), name_or_id),
                  strategies.empty() ? "it has none" : fmt::format("it has: {}", strategy_names(memory)));
}

int print_list(Context& context, bool json, std::string_view member, json::Array elements,
               const std::vector<std::string>& header,
               const std::function<std::vector<std::vector<std::string>>(const Value&)>& rows,
               std::string_view when_empty) {
  if (json) {
    context.terminal.out_line(json::write(json::object({{std::string(member), std::move(elements)}})));
    return kExitOk;
  }
  std::vector<std::vector<std::string>> all;
  for (const Value& element : elements)
    for (std::vector<std::string>& row : rows(element)) all.push_back(std::move(row));
  if (all.empty())
    context.terminal.note(fmt::format("soma: {}", when_empty));
  else
    context.terminal.out(table(header, all));
  return kExitOk;
}

int print_done(Context& context, bool json, const Value& answer, std::string_view line) {
  context.terminal.out_line(json ? json::write(answer) : std::string(line));
  return kExitOk;
}

Result<std::string> read_text(const std::string& typed) {
  if (typed != "-") return typed;
  SOMA_ASSIGN(std::string text, read_to_end(STDIN_FILENO, memory::kMaxTextBytes + kLineEndBytes));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Value now_seconds() {
  constexpr double kMilliseconds = 1'000;
  return static_cast<double>(os::unix_ms(os::make_system_clock()->now())) / kMilliseconds;
}

void add_memory(CLI::App& root, Context& context) {
  CLI::App* memory =
      root.add_subcommand("memory", "What agents remember: kept, searched, watched, forgotten");
  memory->require_subcommand(1, 1);
  add_example(*memory,
              "  soma memory create Travel --strategy semantic --strategy preference\n"
              "  soma memory add Travel --actor anna \"I live in Lisbon.\"\n"
              "  soma memory search Travel --path / \"Where does Anna live?\"\n"
              "  soma memory watch Travel");
  for (const AddPart add : kParts) add(*memory, context);
}

}  // namespace soma::cli
