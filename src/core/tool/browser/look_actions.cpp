// Looking without touching: text, links, tables, pictures, values.
#include <fmt/format.h>

#include <iterator>

#include "core/tool/browser/actions.h"
#include "core/tool/browser/page_script.h"
#include "core/tool/browser/workspace_file.h"

namespace soma::tool::browser {

namespace {

constexpr int kMaxLinks = 200;
constexpr int kMaxTables = 12;
constexpr int kMaxRows = 200;
constexpr size_t kMaxValueBytes = 20'000;
constexpr double kMaxPictureHeight =
    12'000;  // of a whole page, in pixels: a picture of 1280 × 12000 is a few megabytes

net::Task<os::Result<std::shared_ptr<Tab>>> settled_tab(Session& session, Operation operation) {
  auto tab = co_await session.tab(operation, true);
  SOMA_CO_TRY(tab);
  co_await session.adopt_windows(operation, false);
  auto loading = co_await (*tab)->settle(operation);
  SOMA_CO_TRY(loading);
  if (!(*tab)->unreachable_url().empty()) {
    co_return std::unexpected(
        explain_network_error((*tab)->document_error(), (*tab)->unreachable_url(), session.proxy()));
  }
  co_return *tab;
}

std::string markdown_table(const json::Value& table) {
  std::string out;
  auto row = [&out](const json::Value& cells) {
    out += '|';
    for (size_t index = 0; index < cells.size(); ++index) {
      fmt::format_to(std::back_inserter(out), " {} |", cells.at(index).string_or(""));
    }
    out += '\n';
  };
  const json::Value& headers = table.get("headers");
  const json::Value& rows = table.get("rows");
  size_t columns = headers.empty() ? rows.at(0).size() : headers.size();
  if (!headers.empty()) row(headers);
  if (!headers.empty()) {
    out += '|';
    for (size_t index = 0; index < columns; ++index) out += " --- |";
    out += '\n';
  }
  for (size_t index = 0; index < rows.size(); ++index) row(rows.at(index));
  return out;
}

// Width and height out of a PNG's first chunk.
std::pair<uint32_t, uint32_t> png_size(std::string_view bytes) {
  auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t index = at; index < at + 4 && index < bytes.size(); ++index)
      value = value << 8 | static_cast<unsigned char>(bytes[index]);
    return value;
  };
  return {number(16), number(20)};
}

net::Task<os::Result<std::string>> capture(Operation operation, Tab& tab, bool full_page, std::string& cut) {
  json::Value params = json::object({{"format", "png"}, {"optimizeForSpeed", true}});
  if (full_page) {
    auto none = json::Value(json::Object{});
    auto metrics = co_await tab.call(operation, "Page.getLayoutMetrics", std::move(none));
    SOMA_CO_TRY(metrics);
    const json::Value& size = metrics->get("cssContentSize");
    double height = size.get("height").double_or(900);
    if (height > kMaxPictureHeight) {
      cut = fmt::format(" The page is {:.0f} pixels high; the picture shows the first {:.0f}.", height,
                        kMaxPictureHeight);
      height = kMaxPictureHeight;
    }
    params.set("captureBeyondViewport", true);
    params.set("clip", json::object({{"x", 0},
                                     {"y", 0},
                                     {"width", size.get("width").double_or(1280)},
                                     {"height", height},
                                     {"scale", 1}}));
  }
  auto answer = co_await tab.call(operation, "Page.captureScreenshot", std::move(params));
  SOMA_CO_TRY(answer);
  co_return os::base64_decode(answer->get("data").string_or(""));
}

}  // namespace

net::Task<Outcome> read(Session& session, Operation operation, const json::Value& input) {
  auto tab = co_await session.tab(operation, true);
  if (!tab) co_return failure(session, tab.error());
  co_await session.adopt_windows(operation, false);
  auto loading = co_await (*tab)->settle(operation);
  if (!loading) co_return failure(session, loading.error());
  int64_t offset = std::max<int64_t>(0, input.get("offset").int_or(0));
  co_return co_await show_page(session, operation, "", *loading, false, offset);
}

net::Task<Outcome> list_links(Session& session, Operation operation, const json::Value&) {
  auto tab = co_await settled_tab(session, operation);
  if (!tab) co_return failure(session, tab.error());
  json::Array limit = {kMaxLinks};
  auto found = co_await (*tab)->script(operation, "links", std::move(limit), true);
  if (!found) co_return failure(session, found.error());
  const json::Value& links = found->get("links");
  int64_t total = found->get("total").int_or(0);
  std::string text = fmt::format("{} links on {}", total, (*tab)->url());
  if (total > kMaxLinks) text += fmt::format(" (the first {} follow)", kMaxLinks);
  text += ':';
  for (size_t index = 0; index < links.size(); ++index) {
    const json::Value& link = links.at(index);
    fmt::format_to(std::back_inserter(text), "\n- [{}]({}) {}", link.get("text").string_or(""),
                   link.get("ref").string_or(""), link.get("url").string_or(""));
  }
  Outcome outcome = text_outcome(plain_text(text, session.shared().take_notes()));
  outcome.content.emplace_back(model::JsonContent{json::object({{"links", links}, {"total", total}})});
  co_return outcome;
}

net::Task<Outcome> list_tables(Session& session, Operation operation, const json::Value&) {
  auto tab = co_await settled_tab(session, operation);
  if (!tab) co_return failure(session, tab.error());
  json::Array limits = {kMaxTables, kMaxRows};
  auto found = co_await (*tab)->script(operation, "tables", std::move(limits), true);
  if (!found) co_return failure(session, found.error());
  const json::Value& tables = found->get("tables");
  int64_t total = found->get("total").int_or(0);
  std::string text = fmt::format("{} tables on {}", total, (*tab)->url());
  if (total > kMaxTables) text += fmt::format(" (the first {} follow)", kMaxTables);
  for (size_t index = 0; index < tables.size(); ++index) {
    const json::Value& table = tables.at(index);
    fmt::format_to(std::back_inserter(text), "\n\nTable {}: {} ({} rows)\n{}", index + 1,
                   table.get("caption").string_or(""), table.get("totalRows").int_or(0),
                   markdown_table(table));
    text = os::trim(text);
  }
  Outcome outcome = text_outcome(plain_text(text, session.shared().take_notes()));
  outcome.content.emplace_back(model::JsonContent{json::object({{"tables", tables}, {"total", total}})});
  co_return outcome;
}

net::Task<Outcome> screenshot(Session& session, Operation operation, const json::Value& input) {
  auto tab = co_await settled_tab(session, operation);
  if (!tab) co_return failure(session, tab.error());
  auto none = json::Value(json::Object{});
  co_await (*tab)->call(operation, "Page.bringToFront", std::move(none));
  std::string cut;
  auto picture = co_await capture(operation, **tab, input.get("full_page").bool_or(false), cut);
  if (!picture) co_return failure(session, picture.error());
  auto work = [workspace = session.environment().workspace, bytes = *picture] {
    return write_numbered(workspace, "screenshots", ".png", bytes);
  };
  auto file = co_await net::offload(std::move(work));
  if (!file) co_return failure(session, file.error());
  auto [width, height] = png_size(*picture);
  Outcome outcome = text_outcome(
      plain_text(fmt::format("Saved {} ({} × {} pixels) of {}.{}", *file, width, height, (*tab)->url(), cut),
                 session.shared().take_notes()));
  model::Media media{.format = "png", .file = *file};
  outcome.content.emplace_back(model::Image{std::move(media)});
  co_return outcome;
}

net::Task<Outcome> evaluate(Session& session, Operation operation, const json::Value& input) {
  std::string script(input.get("script").string_or(""));
  if (os::trim(script).empty()) {
    co_return failure(session,
                      {os::Code::kInvalidArgument, "script is missing", "give JavaScript as script"});
  }
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  auto value = co_await before->tab->evaluate(operation, std::move(script));
  if (!value) co_return failure(session, value.error());
  std::string text = value->is_string() ? value->as_string() : json::write(*value);
  if (text.size() > kMaxValueBytes) {
    size_t whole = text.size();
    text = os::utf8_prefix(text, kMaxValueBytes);
    text += fmt::format("\n[{} more bytes]", whole - text.size());
  }
  co_return co_await after_action(session, operation, *before, "Value: " + text);
}

}  // namespace soma::tool::browser
