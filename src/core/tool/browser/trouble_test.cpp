// What goes wrong, and that the tool goes on.
#include <signal.h>

#include "base/json/schema.h"
#include "core/tool/browser/browser_test_support.h"
#include "core/tool/browser/host.h"

namespace soma::tool::browser {
namespace {

TEST_F(BrowserTest, ErrorStatusesAreErrorsWithTheirPage) {
  Outcome missing = session().go(site_.url("/missing"));
  EXPECT_TRUE(missing.error);
  EXPECT_SAYS(missing, "Status: 404 Not Found");
  EXPECT_SAYS(missing, "# Nothing here");
  site_.handle("/broken",
               [](const net::Request&) { return net::Response::text(500, "<p>sorry", "text/html"); });
  EXPECT_SAYS(session().go(site_.url("/broken")), "Status: 500 Internal Server Error");
}

TEST_F(BrowserTest, RedirectsEndAtTheirTarget) {
  site_.handle("/old", [](const net::Request&) {
    net::Response response = net::Response::text(302, "");
    response.headers.set("Location", "/new");
    return response;
  });
  site_.page("/new", "<h1>New home</h1>");
  Outcome page = session().go(site_.url("/old"));
  EXPECT_SAYS(page, "URL: " + site_.url("/new"));
  EXPECT_SAYS(page, "# New home");
  site_.handle("/loop", [](const net::Request&) {
    net::Response response = net::Response::text(302, "");
    response.headers.set("Location", "/loop");
    return response;
  });
  EXPECT_SAYS(session().go(site_.url("/loop")), "redirects without end");
}

TEST_F(BrowserTest, ConnectionTroubleIsNamed) {
  Outcome unsafe = session().go("http://127.0.0.1:1/");
  EXPECT_TRUE(unsafe.error);
  EXPECT_SAYS(unsafe, "ERR_UNSAFE_PORT");
  uint16_t closed_port = 0;
  {
    Site gone;
    closed_port = static_cast<uint16_t>(std::stoi(gone.port()));
  }
  EXPECT_SAYS(session().go("http://127.0.0.1:" + std::to_string(closed_port) + "/"),
              "refused the connection");
  EXPECT_SAYS(session().go("http://no-such-host.invalid/"), "cannot be resolved");
  EXPECT_SAYS(session().go("https://127.0.0.1:" + site_.port() + "/"), "(TLS)");
  EXPECT_SAYS(session().call(act("read")), "could not be opened");
}

TEST_F(BrowserTest, AddressesOfOtherKindsAreRefused) {
  for (const char* url : {"file:///etc/passwd", "chrome://version", "javascript:alert(1)",
                          "view-source:http://a/", "ftp://a/"}) {
    Outcome refused = session().go(url);
    EXPECT_TRUE(refused.error) << url;
    EXPECT_SAYS(refused, "are not opened");
  }
  EXPECT_SAYS(session().go(""), "url is missing");
  EXPECT_SAYS(session().go("http://a b/"), "not a valid address");
}

TEST_F(BrowserTest, APageThatNeverAnswersTimesOutAndTheToolGoesOn) {
  site_.hang("/silent");
  site_.page("/", "<h1>Fine</h1>");
  session().go(site_.url("/"));  // a new tab may take its time
  Outcome silent = session().call(act("navigate", {{"url", site_.url("/silent")}, {"timeout_s", 3}}));
  EXPECT_TRUE(silent.error);
  EXPECT_SAYS(silent, "no answer from the server within ");
  EXPECT_SAYS(session().go(site_.url("/")), "# Fine");
}

TEST_F(BrowserTest, APageWithASlowPartIsShownAsFarAsItCame) {
  site_.hang("/slow.png");
  site_.page("/", "<h1>Text is here</h1><img src=/slow.png>");
  site_.page("/first", "<h1>The tab is there</h1>");
  session().go(site_.url("/first"));
  Outcome page = session().call(act("navigate", {{"url", site_.url("/")}, {"timeout_s", 6}}));
  EXPECT_SAYS(page, "still loading (waiting for " + site_.url("/slow.png") + ")");
  EXPECT_SAYS(page, "# Text is here");
}

TEST_F(BrowserTest, AScriptThatNeverEndsIsLeftBehind) {
  site_.page("/", "<button onclick='while(true);'>Hang</button>");
  site_.page("/next", "<h1>Alive</h1>");
  session().go(site_.url("/"));
  Outcome hung = session().call(act("click", {{"text", "Hang"}, {"timeout_s", 2}}));
  EXPECT_TRUE(hung.error);
  EXPECT_SAYS(session().go(site_.url("/next")), "# Alive");
}

// Crashes the renderer of the session's page, as running out of memory does.
void crash_page(BrowsingSession& session, const std::string& url) {
  auto launcher = os::make_process_launcher();
  auto clock = os::make_system_clock();
  session.on_loop([&]() -> net::Task<> {
    auto browser = Host::shared().browser(*launcher);
    auto connection = (*browser)->connection();
    Operation operation{*clock, clock->now() + std::chrono::seconds(5)};
    auto none = json::Value(json::Object{});
    auto targets = co_await connection->call(operation, "Target.getTargets", none, "");
    for (const json::Value& info : targets->get("targetInfos").as_array()) {
      if (info.get("url").string_or("") != url) continue;
      auto where = json::object({{"targetId", info.get("targetId")}, {"flatten", true}});
      auto attached = co_await connection->call(operation, "Target.attachToTarget", std::move(where), "");
      std::string id(attached->get("sessionId").string_or(""));
      Operation brief = operation.within(std::chrono::seconds(1));
      co_await connection->call(brief, "Page.crash", none, id);  // is never answered
    }
  });
}

TEST_F(BrowserTest, ACrashedPageIsToldAndTheTabReplaced) {
  site_.page("/", "<h1>Fragile</h1>");
  session().go(site_.url("/"));
  crash_page(session(), site_.url("/"));
  Outcome crashed = session().call(act("read"));
  EXPECT_TRUE(crashed.error);
  // A busy browser tells of the crash late: a reading that it finds at work says so, and the next one finds
  // the tab.
  if (text_of(crashed).find("the page crashed") != std::string::npos) crashed = session().call(act("read"));
  EXPECT_SAYS(crashed, "had crashed; its tab was replaced");
  EXPECT_SAYS(session().go(site_.url("/")), "# Fragile");
}

TEST_F(BrowserTest, ABrowserThatWasKilledIsStartedAgainWithItsCookies) {
  site_.handle("/login", [](const net::Request&) {
    net::Response response = net::Response::text(200, "<p>welcome", "text/html");
    response.headers.set("Set-Cookie", "user=ada; Path=/; HttpOnly");
    return response;
  });
  site_.handle("/who", [](const net::Request& request) {
    return net::Response::text(200, "<p>cookie: " + std::string(request.headers.get("Cookie")), "text/html");
  });
  session().go(site_.url("/login"));
  auto launcher = os::make_process_launcher();
  auto browser = Host::shared().browser(*launcher);
  ASSERT_TRUE(browser);
  ::kill((*browser)->pid(), SIGKILL);
  while (!(*browser)->connection()->closed()) std::this_thread::yield();
  Outcome again = session().go(site_.url("/who"));
  EXPECT_SAYS(again, "The browser had ended and was started again.");
  EXPECT_SAYS(again, "cookie: user=ada");
}

TEST_F(BrowserTest, CookiesAndTheOpenPageOutliveTheTool) {
  site_.handle("/login", [](const net::Request&) {
    net::Response response = net::Response::text(200, "<h1>Welcome</h1>", "text/html");
    response.headers.set("Set-Cookie", "user=ada; Path=/; SameSite=Lax");
    return response;
  });
  site_.handle("/who", [](const net::Request& request) {
    return net::Response::text(
        200, "<button>b</button> cookie: " + std::string(request.headers.get("Cookie")), "text/html");
  });
  session().go(site_.url("/login"));
  Outcome before = session().go(site_.url("/who"));
  EXPECT_TRUE(session().tool().holds_state());
  session().close();
  session().open();
  EXPECT_FALSE(session().tool().holds_state());
  Outcome after = session().call(act("read"));
  EXPECT_SAYS(after, "was opened again (soma was restarted)");
  EXPECT_SAYS(after, "cookie: user=ada");
  EXPECT_NE(ref_of(before, "\"b\""), ref_of(after, "\"b\""));
}

TEST_F(BrowserTest, TwoSessionsDoNotSeeEachOther) {
  site_.page("/set", "<script>document.cookie='c=1';localStorage.l='1'</script>set");
  site_.page("/get",
             "<script>document.write('cookie ['+document.cookie+'] storage ['+localStorage.l+']')</script>");
  BrowsingSession other;
  session().go(site_.url("/set"));
  EXPECT_SAYS(session().go(site_.url("/get")), "cookie [c=1] storage [1]");
  EXPECT_SAYS(other.go(site_.url("/get")), "cookie [] storage [undefined]");
  EXPECT_SAYS_NOT(other.call(act("tabs")), "t2");
}

TEST_F(BrowserTest, CallsAtTheSameTimeGoOneAfterTheOther) {
  for (int page = 0; page < 4; ++page) {
    site_.page("/" + std::to_string(page), "<h1>Page " + std::to_string(page) + "</h1>");
  }
  std::vector<std::future<Outcome>> calls;
  for (int page = 0; page < 4; ++page) {
    calls.push_back(std::async(std::launch::async,
                               [&, page] { return session().go(site_.url("/" + std::to_string(page))); }));
  }
  for (int page = 0; page < 4; ++page)
    EXPECT_SAYS(calls[static_cast<size_t>(page)].get(), "# Page " + std::to_string(page));
}

TEST_F(BrowserTest, ThePolicyHoldsForPagesAndAllTheyAskFor) {
  Site forbidden;
  forbidden.page("/", "<h1>Forbidden</h1>");
  forbidden.handle("/api", [](const net::Request&) {
    net::Response response = net::Response::text(200, "leaked");
    response.headers.set("Access-Control-Allow-Origin", "*");
    return response;
  });
  net::OutboundPolicy policy;
  policy.allow("127.0.0.1:" + site_.port());
  BrowsingSession guarded(&policy);
  site_.page("/", "<h1>Allowed</h1><p id=p></p><a href='" + forbidden.url("/") + "'>away</a><script>fetch('" +
                      forbidden.url("/api") +
                      "').then(r=>r.text()).catch(e=>'blocked').then(t=>p.textContent=t)</script>");
  Outcome allowed = guarded.go(site_.url("/"));
  EXPECT_SAYS(allowed, "# Allowed");
  EXPECT_SAYS(allowed, "blocked");
  Outcome refused = guarded.go(forbidden.url("/"));
  EXPECT_TRUE(refused.error);
  EXPECT_SAYS(refused, "not allowed");
  guarded.go(site_.url("/"));
  Outcome clicked = guarded.call(act("click", {{"text", "away"}}));
  EXPECT_TRUE(clicked.error);
  EXPECT_SAYS(clicked, "not allowed");
  // A name that resolves to a forbidden address.
  Outcome named = guarded.go("http://localhost:" + forbidden.port() + "/");
  EXPECT_TRUE(named.error);
  EXPECT_SAYS(named, "not allowed");
  EXPECT_SAYS(guarded.go("http://no-such-host.invalid/"), "cannot be resolved");
}

TEST(BrowserTool, DescribesItselfBySchemaAndTellsWhatMayBeRepeated) {
  BrowsingSession session;
  auto schema = json::Schema::compile(session.tool().spec().input_schema);
  ASSERT_TRUE(schema) << schema.error().to_string();
  EXPECT_TRUE(schema->validate(act("click", {{"ref", "e1"}})).empty());
  EXPECT_FALSE(schema->validate(act("jump")).empty());
  EXPECT_FALSE(schema->validate(act("click", {{"reference", "e1"}})).empty());
  EXPECT_TRUE(session.tool().repeatable(act("navigate")));
  EXPECT_TRUE(session.tool().repeatable(act("read")));
  EXPECT_FALSE(session.tool().repeatable(act("click")));
  EXPECT_FALSE(session.tool().repeatable(act("unknown")));
}

TEST(BrowserTool, SaysWhatToInstallWhenThereIsNoBrowser) {
  ::setenv("SOMA_CHROMIUM", "/nowhere/chromium", 1);
  auto found = find_chromium();
  ::unsetenv("SOMA_CHROMIUM");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, os::Code::kFailedPrecondition);
  EXPECT_NE(found.error().message.find("/nowhere/chromium"), std::string::npos);
}

TEST(BrowserTool, ReportsABrowserThatDoesNotStart) {
  auto launcher = os::make_process_launcher();
  ::setenv("SOMA_CHROMIUM", "/bin/false", 1);
  net::LoopPool loops(1);
  loops.start();
  {
    auto chromium = Chromium::launch(*launcher, loops.executor(0));
    ::unsetenv("SOMA_CHROMIUM");
    ASSERT_TRUE(chromium);
    auto clock = os::make_system_clock();
    auto ask = [&]() -> net::Task<os::Result<json::Value>> {
      Operation operation{*clock, clock->now() + std::chrono::seconds(10)};
      auto none = json::Value(json::Object{});
      co_return co_await (*chromium)->connection()->call(operation, "Browser.getVersion", std::move(none),
                                                         "");
    };
    auto answer = net::run(ask());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, os::Code::kUnavailable);
  }
  loops.stop();
}

}  // namespace
}  // namespace soma::tool::browser
