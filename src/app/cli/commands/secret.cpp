// `soma secret set`, `list` and `remove`: they work on the data directory, with or without a server on it.
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/commands/commands.h"
#include "app/cli/hidden_input.h"
#include "app/cli/render/table.h"
#include "app/server/secrets.h"
#include "app/server/server.h"

namespace soma::cli {
namespace {

using os::Code;
using os::Result;

constexpr size_t kLineEndBytes = 2;

struct SecretArguments {
  std::string name, data_directory;
  bool json = false;
};
using RunSecret = Result<> (*)(Context& context, server::SecretStore& store,
                               const SecretArguments& arguments);

void say(Context& context, const SecretArguments& arguments, std::string_view action) {
  if (arguments.json)
    context.terminal.out_line(json::write(json::object({{"action", action}, {"secret", arguments.name}})));
  else
    context.terminal.out_line(fmt::format("{} {}", action, arguments.name));
}

Result<std::string> read_value(Context& context, const std::string& name) {
  if (::isatty(STDIN_FILENO) != 1) return read_to_end(STDIN_FILENO, server::kMaxSecretBytes + kLineEndBytes);
  context.terminal.error(fmt::format("Value of {} (not shown): ", name));
  auto value = read_hidden_line(STDIN_FILENO, server::kMaxSecretBytes);
  context.terminal.note("");
  return value;
}

Result<> set_secret(Context& context, server::SecretStore& store, const SecretArguments& arguments) {
  if (!server::is_secret_name(arguments.name)) return store.set(arguments.name, "");  // says what a name is
  SOMA_ASSIGN(const std::string value, read_value(context, arguments.name));
  SOMA_TRY(store.set(arguments.name, value));
  say(context, arguments, "set");
  if (!arguments.json)
    context.terminal.note(fmt::format("Configurations name it as secret:{}", arguments.name));
  return {};
}

Result<> remove_secret(Context& context, server::SecretStore& store, const SecretArguments& arguments) {
  SOMA_TRY(store.remove(arguments.name));
  say(context, arguments, "removed");
  return {};
}

Result<> list_secrets(Context& context, server::SecretStore& store, const SecretArguments& arguments) {
  SOMA_ASSIGN(const std::vector<server::SecretStore::Entry> entries, store.list());
  if (arguments.json) {
    json::Value secrets = json::Array{};
    for (const auto& entry : entries)
      secrets.push_back(json::object({{"name", entry.name}, {"changedAt", os::format_time(entry.changed)}}));
    context.terminal.out_line(json::write(json::object({{"secrets", std::move(secrets)}})));
    return {};
  }
  if (entries.empty()) context.terminal.note("soma: no secrets yet: soma secret set NAME");
  if (entries.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const auto& entry : entries) rows.push_back({entry.name, os::format_time(entry.changed)});
  context.terminal.out(table({"SECRET", "CHANGED"}, rows));
  return {};
}

// The usage error of a word too many would repeat it, and it may be the value.
Result<> refuse_extra_words(const CLI::App& command) {
  if (command.remaining_size() == 0) return {};
  return os::fail(Code::kInvalidArgument, "one name, and nothing else: a value is never an argument",
                  "other users and the shell's history see arguments: pipe the value in, or type it when "
                  "asked; one that was an argument should be renewed");
}

CLI::App* add_one(CLI::App& parent, Context& context, const std::string& name, const std::string& about,
                  const std::string& example, RunSecret run) {
  auto arguments = std::make_shared<SecretArguments>();
  CLI::App* command = parent.add_subcommand(name, about);
  if (run != list_secrets)
    command->add_option("name", arguments->name, "A letter or _, then letters, digits, '_', '.' and '-'")
        ->type_name("NAME")
        ->required();
  command
      ->add_option("--data-directory", arguments->data_directory,
                   "Where the secrets are (default: $SOMA_HOME, else ~/.local/share/soma)")
      ->type_name("DIR");
  add_json_option(*command, arguments->json);
  add_example(*command, example);
  command->allow_extras();
  on_call(*command, context, [&context, arguments, command, run] {
    const std::string directory =
        arguments->data_directory.empty() ? server::default_data_directory() : arguments->data_directory;
    const auto files = os::make_posix_file_system();
    server::SecretStore store(*files, directory);
    auto done = refuse_extra_words(*command);
    if (done) done = run(context, store, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->json);
  });
  return command;
}

}  // namespace

void add_secret(CLI::App& root, Context& context) {
  CLI::App* secret = root.add_subcommand("secret", "Keys and passwords that configurations name");
  secret->require_subcommand(1);
  add_example(*secret, "  soma secret set OPENAI_API_KEY");
  add_one(*secret, context, "set", "Store a value, typed when asked or read from standard input",
          "  soma secret set OPENAI_API_KEY < key.txt", set_secret);
  add_one(*secret, context, "list", "Names and dates, never values", "  soma secret list", list_secrets);
  add_one(*secret, context, "remove", "Remove a secret", "  soma secret remove OPENAI_API_KEY",
          remove_secret);
}

}  // namespace soma::cli
