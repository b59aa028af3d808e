#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/render/table.h"
#include "app/server/prices.h"
#include "app/server/server.h"

namespace soma::cli {
namespace {

using json::Value;
using model::PricedModel;
using model::PriceTable;
using model::Rates;

struct PricesArguments {
  std::string file, data_directory, provider;
  bool json = false;
};

// Pico-dollars a token as dollars a million tokens.
double per_million(int64_t rate) {
  constexpr double kPicoPerToken = 1e6;
  return static_cast<double>(rate) / kPicoPerToken;
}

void set_rates(Value& out, const Rates& rates) {
  out.set("inputUsdPerMillion", per_million(rates.input));
  out.set("outputUsdPerMillion", per_million(rates.output));
  out.set("cacheReadUsdPerMillion", per_million(rates.cache_read));
  out.set("cacheWriteUsdPerMillion", per_million(rates.cache_write));
}

Value to_json(const PricedModel& model) {
  Value out = json::object({{"provider", model.provider}, {"modelId", model.model_id}});
  set_rates(out, model.price.base);
  for (const model::Price::Tier& tier : model.price.tiers) {
    Value entry = json::object({{"aboveInputTokens", tier.above_input_tokens}});
    set_rates(entry, tier.rates);
    if (!out.has("tiers")) out.set("tiers", json::Array{});
    out.find("tiers")->push_back(std::move(entry));
  }
  if (model.price.context_window) out.set("contextWindow", *model.price.context_window);
  if (model.price.max_output_tokens) out.set("maxOutputTokens", *model.price.max_output_tokens);
  out.set("source", model.source);
  if (!model.note.empty()) out.set("note", model.note);
  out.set("table", model.table);
  return out;
}

Value to_json(const PriceTable& table, const std::string& provider) {
  Value parts = json::Array{}, models = json::Array{};
  for (const PriceTable::Part& part : table.parts())
    parts.push_back(json::object({{"source", part.source}, {"date", part.date}, {"models", part.models}}));
  for (const PricedModel& model : table.models())
    if (provider.empty() || model.provider == provider) models.push_back(to_json(model));
  return json::object({{"date", table.date()},
                       {"currency", "USD"},
                       {"tables", std::move(parts)},
                       {"models", std::move(models)}});
}

std::vector<std::string> row(const std::string& provider, const std::string& model, const Rates& rates,
                             const std::string& source) {
  std::vector<std::string> cells = {provider, model};
  for (const int64_t rate : {rates.input, rates.output, rates.cache_read, rates.cache_write})
    cells.push_back(fmt::format("{}", per_million(rate)));
  cells.push_back(source);
  return cells;
}

void print(Terminal& terminal, const PriceTable& table, const std::string& provider) {
  std::vector<std::vector<std::string>> parts, rows;
  for (const PriceTable::Part& part : table.parts())
    parts.push_back({part.source, part.date, std::to_string(part.models)});
  for (const PricedModel& model : table.models()) {
    if (!provider.empty() && model.provider != provider) continue;
    rows.push_back(row(model.provider, model.model_id, model.price.base, model.source));
    for (const model::Price::Tier& tier : model.price.tiers)
      rows.push_back(row("", fmt::format("  above {} tokens", tier.above_input_tokens), tier.rates, ""));
  }
  terminal.out(cli::table({"TABLE", "DATE", "MODELS"}, parts));
  terminal.out(
      "\n" +
      cli::table({"PROVIDER", "MODEL", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "SOURCE"}, rows));
  terminal.note("US dollars a million tokens; the first model that fits counts. --json has the notes.");
}

os::Result<> prices(Context& context, const PricesArguments& arguments) {
  const std::string& directory = arguments.data_directory;
  SOMA_ASSIGN(
      const PriceTable table,
      server::load_prices(arguments.file, directory.empty() ? server::default_data_directory() : directory));
  if (arguments.json)
    context.terminal.out_line(json::write(to_json(table, arguments.provider)));
  else
    print(context.terminal, table, arguments.provider);
  return {};
}

}  // namespace

void add_prices(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<PricesArguments>();
  CLI::App* command = root.add_subcommand("prices", "What models cost: the table in use, dates and sources");
  command->add_option("--provider", arguments->provider, "Only this provider's models")->type_name("NAME");
  command->add_option("--prices", arguments->file, "A table to look at first, as for soma serve")
      ->type_name("FILE");
  command
      ->add_option("--data-directory", arguments->data_directory,
                   "Whose prices.json counts (default: $SOMA_HOME, else ~/.local/share/soma)")
      ->type_name("DIR");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma prices --provider anthropic");
  on_call(*command, context, [&context, arguments] {
    const auto done = prices(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->json);
  });
}

}  // namespace soma::cli
