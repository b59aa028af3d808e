// Any messages between automation clients and the browser. Each line is one: its first byte says whose, and
// whether the others are the message as text or choose what is in it. What must hold: nothing passes that the
// rules refuse, a client reaches no session that it was not told of, and hears no answer but to what it
// asked.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/tool/browser/channels.h"
#include "core/tool/browser/chromium.h"
#include "core/tool/browser/relay_rules.h"

using namespace soma;
using namespace soma::tool::browser;
using json::Value;

namespace {

constexpr std::string_view kProxy = "socks5://127.0.0.1:9";
constexpr size_t kClients = 2;
constexpr size_t kMaxDepth = 1000;  // of what a client sends
const std::set<std::string_view> kSchemes{"http", "https", "about", "data", "blob"};

void require(bool holds) {
  if (!holds) abort();
}

constexpr auto kMethods = std::to_array<std::string_view>(
    {"Page.enable", "Page.navigate", "Target.createTarget", "Network.loadNetworkResource",
     "Target.attachToTarget", "Target.attachedToTarget", "Target.detachedFromTarget",
     "Target.createBrowserContext", "Browser.setDownloadBehavior", "Page.setDownloadBehavior",
     "Target.sendMessageToTarget", "DOM.setFileInputFiles", "Tethering.bind", ""});
constexpr auto kSessions = std::to_array<std::string_view>({"", "B1", "B2", "B3", "P", "Q"});

// Bytes choose method, session, number, a session that is opened or closed; what is left is text.
struct Choices {
  std::string_view method, session, opened;
  unsigned number = 0;
  std::string text;

  explicit Choices(std::string_view bytes) {
    const auto next = [&bytes]() -> unsigned {
      if (bytes.empty()) return 0;
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      return byte;
    };
    method = kMethods[next() % kMethods.size()];
    session = kSessions[next() % kSessions.size()];
    number = next();
    opened = kSessions[next() % kSessions.size()];
    text = os::to_valid_utf8(bytes);
  }
};

Value made_message(std::string_view bytes, bool from_browser) {
  const Choices chosen(bytes);
  Value message = json::object({{"sessionId", chosen.session}});
  if (!from_browser) {
    message.set("id", chosen.number);
    message.set("method", chosen.method);
    message.set("params", json::object({{"url", chosen.text},
                                        {"behavior", chosen.text},
                                        {"downloadPath", chosen.text},
                                        {"proxyServer", chosen.text}}));
  } else if (chosen.method.empty()) {
    message.set("id", chosen.number);
    message.set("result", json::object({{"sessionId", chosen.opened}}));
  } else {
    message.set("method", chosen.method);
    message.set("params", json::object({{"sessionId", chosen.opened}}));
  }
  return message;
}

// What the rules let through is harmless, and is let through as it is once more.
void check_passed(const std::string& method, const Value& params) {
  for (const char* domain : {"Tethering.", "Extensions.", "PWA."}) require(!method.starts_with(domain));
  require(method != "DOM.setFileInputFiles" && method != "Target.sendMessageToTarget");
  if (method == "Browser.setDownloadBehavior")
    require(params.get("behavior").string_or("") == "deny" && !params.has("downloadPath"));
  if (method == "Target.createBrowserContext")
    require(params.get("proxyServer").string_or("") == kProxy &&
            params.get("proxyBypassList").string_or("") == kProxyBypass);
  if (method == "Page.navigate") {
    const std::string url = os::to_lower(os::trim(params.get("url").string_or("")));
    const std::string_view scheme = std::string_view(url).substr(0, url.find(':'));
    require(url.empty() || kSchemes.contains(scheme));
  }
  Value again = params;
  require(check_command(method, again, kProxy).has_value() && again == params);
}

// A browser's two clients, and what each of them knows.
class World {
 public:
  World() {
    for (size_t client = 0; client < kClients; ++client) open(client);
  }

  void take(std::string_view line) {
    if (line.empty()) return;
    const auto flags = static_cast<unsigned char>(line[0]);
    const size_t client = flags % kClients;
    const bool from_browser = (flags & 2) != 0, as_text = (flags & 4) != 0;
    line.remove_prefix(1);
    if (line.empty()) return reopen(client);
    Value message;
    if (as_text)
      message = json::parse(line, {.max_depth = kMaxDepth}).value_or(Value());
    else
      message = made_message(line, from_browser);
    if (!message.is_object()) return;
    if (from_browser)
      browser_says(std::move(message));
    else
      client_says(client, std::move(message));
  }

 private:
  struct Client {
    uint64_t channel = 0;
    std::string session;
    std::set<std::string, std::less<>> told;  // sessions
    std::multiset<std::string> asked;         // numbers, as text
  };

  void open(size_t client) {
    Client& opened = clients_[client];
    opened = {.session = "B" + std::to_string(++sessions_)};
    opened.channel = channels_.open(opened.session, {}, [this, client](const Value& message) {
      heard_ = client;
      if (const Value* id = message.find("id")) {
        const auto asked = clients_[client].asked.find(json::write(*id));
        require(asked != clients_[client].asked.end());
        clients_[client].asked.erase(asked);
      }
    });
  }

  void reopen(size_t client) {
    require(channels_.close(clients_[client].channel) == clients_[client].session);
    require(channels_.close(clients_[client].channel).empty());
    open(client);
  }

  void client_says(size_t client, Value message) {
    const std::string method(message.get("method").string_or(""));
    Value params = message.get("params");
    if (!params.is_object()) params = json::Object{};
    if (!check_command(method, params, kProxy)) return;
    check_passed(method, params);
    message.set("params", std::move(params));
    const std::string number = json::write(message.get("id"));
    const auto sent = channels_.outgoing(clients_[client].channel, std::move(message), ++number_);
    if (!sent) return;
    require(sent->get("id") == Value(number_));
    const std::string_view session = sent->get("sessionId").string_or("");
    require(session == clients_[client].session || clients_[client].told.contains(session));
    clients_[client].asked.insert(number);
  }

  void browser_says(Value message) {
    const Value said = message;
    const auto delivery = channels_.incoming(message);
    if (!delivery || !delivery->handler) return;
    delivery->handler(delivery->message);
    for (const char* part : {"result", "params"})
      if (const auto session = said.get(part).get("sessionId").string_or(""); !session.empty())
        clients_[heard_].told.emplace(session);
  }

  Channels channels_;
  std::array<Client, kClients> clients_;
  uint64_t number_ = 0, sessions_ = 0;
  size_t heard_ = 0;  // the client that the last message went to
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  World world;
  for (const std::string_view line : os::split({reinterpret_cast<const char*>(data), size}, '\n'))
    world.take(line);
  return 0;
}
