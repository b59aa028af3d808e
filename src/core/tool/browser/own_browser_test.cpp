// A browser of one's own, with the real Chromium.
#include "core/tool/browser/own_browser.h"

#include "core/tool/browser/browser_test_support.h"

namespace soma::tool::browser {
namespace {

TEST(OriginOf, IsTheBeginningOfAWebAddress) {
  EXPECT_EQ(origin_of("HTTP://Example.org:8080/a?b#c"), "http://example.org:8080");
  EXPECT_EQ(origin_of("https://example.org"), "https://example.org");
  EXPECT_EQ(origin_of("https://example.org?q"), "https://example.org");
  EXPECT_EQ(origin_of("https://ada:secret@example.org/"), "https://example.org");
  for (const char* none : {"about:blank", "data:text/html,x", "chrome-error://x/", "", "://"})
    EXPECT_EQ(origin_of(none), "") << none;
}

class OwnBrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto found = find_chromium(); !found) GTEST_SKIP() << "no Chromium here: " << found.error().message;
    loops_.start();
  }
  void TearDown() override {
    browser_.reset();
    loops_.stop();
  }
  Operation soon() { return {*clock_, clock_->now() + std::chrono::seconds(60)}; }
  template <class T>
  T wait(net::Task<T> task) {
    auto promise = std::make_shared<std::promise<T>>();
    auto run = [](net::Task<T> work, std::shared_ptr<std::promise<T>> done) -> net::Task<> {
      done->set_value(co_await std::move(work));
    };
    net::spawn(loops_.executor(0), run(std::move(task), promise), "test");
    return promise->get_future().get();
  }
  void start(json::Value state = {}, const net::OutboundPolicy* policy = nullptr) {
    OwnBrowserOptions options{.clock = *clock_,
                              .launcher = *launcher_,
                              .outbound = policy,
                              .width = 640,
                              .height = 480,
                              .state = std::move(state)};
    auto made = wait(OwnBrowser::start(soon(), std::move(options), loops_.executor(0)));
    ASSERT_TRUE(made) << made.error().to_string();
    browser_ = std::move(*made);
  }

  // A client that asks and waits for the answers.
  struct Client {
    std::unique_ptr<Relay> relay;
    int64_t id = 0;
  };
  Client connect() {
    const OwnBrowser::Wire wire = browser_->wire();
    auto relay = wait(Relay::open(soon(), wire.connection, wire.proxy_server, loops_.executor(0)));
    EXPECT_TRUE(relay) << relay.error().to_string();
    return {relay ? std::move(*relay) : nullptr};
  }
  // On the relay's loop.
  static net::Task<os::Result<>> take(Client& client, std::string message) {
    co_return client.relay->take(message);
  }
  // The answer, whole.
  json::Value ask(Client& client, std::string_view method, json::Value params,
                  std::string_view session = "") {
    json::Value message =
        json::object({{"id", ++client.id}, {"method", method}, {"params", std::move(params)}});
    if (!session.empty()) message.set("sessionId", session);
    const auto taken = wait(take(client, json::write(message)));
    EXPECT_TRUE(taken);
    while (true) {
      const auto text = wait(client.relay->next());
      if (!text) return json::object({{"end", text.error().message}});
      json::Value said = *json::parse(*text);
      if (said.get("id").int_or(0) == client.id) return said;
    }
  }
  // A session of the page in front.
  std::string page_of(Client& client) {
    const json::Value targets = ask(client, "Target.getTargets", json::Object{});
    for (const json::Value& info : targets.get("result").get("targetInfos").as_array()) {
      if (info.get("type").string_or("") != "page") continue;
      json::Value which = json::object({{"targetId", info.get("targetId")}, {"flatten", true}});
      const json::Value attached = ask(client, "Target.attachToTarget", std::move(which));
      return std::string(attached.get("result").get("sessionId").string_or(""));
    }
    return "";
  }
  json::Value evaluate(Client& client, const std::string& page, std::string_view expression) {
    json::Value code =
        json::object({{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
    return ask(client, "Runtime.evaluate", std::move(code), page).get("result").get("result").get("value");
  }
  // Until the page has arrived where it was sent.
  void go(Client& client, const std::string& page, const std::string& url) {
    ask(client, "Page.navigate", json::object({{"url", url}}), page);
    while (evaluate(client, page, "location.href + document.readyState").string_or("") != url + "complete") {
    }
  }

  Site site_;
  net::LoopPool loops_{1};
  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  std::shared_ptr<OwnBrowser> browser_;
};

TEST_F(OwnBrowserTest, PagesHaveTheSizeThatWasAskedFor) {
  start();
  Client client = connect();
  const std::string page = page_of(client);
  EXPECT_EQ(evaluate(client, page, "innerWidth + 'x' + innerHeight").string_or(""), "640x480");
  const auto picture = wait(browser_->picture(soon(), Picture::kPng));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->substr(16, 8), std::string("\0\0\x02\x80\0\0\x01\xe0", 8));
}

TEST_F(OwnBrowserTest, InputReachesThePageInFront) {
  start();
  site_.page("/", "<body onclick='document.title = event.clientX + \",\" + event.clientY'>x");
  Client client = connect();
  const std::string page = page_of(client);
  go(client, page, site_.url("/"));
  ASSERT_TRUE(wait(browser_->input(soon(), mouse_click({30, 10}, MouseButton::kLeft, 1))));
  EXPECT_EQ(evaluate(client, page, "document.title").string_or(""), "30,10");
}

TEST_F(OwnBrowserTest, AClientsRefusedCommandIsAnsweredAndItsCloseClosesOnlyItself) {
  start();
  Client client = connect();
  const json::Value refused = ask(client, "Page.navigate", json::object({{"url", "file:///etc/passwd"}}));
  EXPECT_NE(refused.get("error").get("message").string_or("").find("not file:///etc/passwd"),
            std::string_view::npos);
  EXPECT_TRUE(ask(client, "Browser.close", json::Object{}).has("result"));
  EXPECT_EQ(ask(client, "Browser.getVersion", json::Object{}).get("end").string_or(""),
            "the client has closed");
  Client other = connect();
  EXPECT_TRUE(ask(other, "Browser.getVersion", json::Object{}).has("result"));
}

TEST_F(OwnBrowserTest, CookiesAndLocalStorageAreGivenBack) {
  site_.page("/", "<script>localStorage.setItem('a', 'ä\"1'); document.cookie = 'c=2'</script>");
  site_.page("/plain", "nothing");
  start();
  {
    Client client = connect();
    const std::string page = page_of(client);
    go(client, page, site_.url("/"));
  }
  const auto state = wait(browser_->read_state(soon()));
  ASSERT_TRUE(state) << state.error().to_string();
  browser_.reset();
  start(*state);
  Client client = connect();
  const std::string page = page_of(client);
  go(client, page, site_.url("/plain"));
  EXPECT_EQ(evaluate(client, page, "localStorage.getItem('a') + document.cookie").string_or(""), "ä\"1c=2");
}

TEST_F(OwnBrowserTest, PagesOfEveryContextAreHeldToThePolicy) {
  site_.page("/", "here");
  net::OutboundPolicy policy;
  start({}, &policy);
  Client client = connect();
  const json::Value context = ask(client, "Target.createBrowserContext", json::Object{}).get("result");
  for (const json::Value& wanted :
       {json::object({{"url", "about:blank"}}),
        json::object({{"url", "about:blank"}, {"browserContextId", context.get("browserContextId")}})}) {
    const json::Value made = ask(client, "Target.createTarget", wanted).get("result");
    json::Value which = json::object({{"targetId", made.get("targetId")}, {"flatten", true}});
    const json::Value attached = ask(client, "Target.attachToTarget", std::move(which)).get("result");
    const std::string page(attached.get("sessionId").string_or(""));
    const json::Value went = ask(client, "Page.navigate", json::object({{"url", site_.url("/")}}), page);
    EXPECT_NE(went.get("result").get("errorText").string_or(""), "") << json::write(went);
  }
}

TEST_F(OwnBrowserTest, ItsEndIsTold) {
  auto ended = std::make_shared<std::promise<void>>();
  OwnBrowserOptions options{
      .clock = *clock_, .launcher = *launcher_, .on_end = [ended] { ended->set_value(); }};
  auto made = wait(OwnBrowser::start(soon(), std::move(options), loops_.executor(0)));
  ASSERT_TRUE(made) << made.error().to_string();
  browser_ = std::move(*made);
  Client client = connect();
  ::kill(browser_->pid(), SIGKILL);
  ended->get_future().get();
  json::Value answer;
  while (!answer.has("end")) answer = ask(client, "Browser.getVersion", json::Object{});
  EXPECT_EQ(answer.get("end").string_or(""), "the browser has ended");
}

}  // namespace
}  // namespace soma::tool::browser
