// What pages do of their own accord: dialogs, downloads, windows, waiting.
#include "core/tool/browser/browser_test_support.h"

namespace soma::tool::browser {
namespace {

TEST_F(BrowserTest, DialogsAreAnsweredAndTold) {
  site_.page("/",
             "<script>alert('hello there')</script><p id=p></p><button "
             "onclick=\"p.textContent=confirm('sure?')?'yes':'no'\">Ask</button>"
             "<button onclick=\"p.textContent=prompt('name?','x')\">Name</button>");
  EXPECT_SAYS(session().go(site_.url("/")), "Note: The page showed an alert: \"hello there\".");
  Outcome dismissed = session().call(act("click", {{"text", "Ask"}}));
  EXPECT_SAYS(dismissed, "The page asked (confirm): \"sure?\". It was dismissed");
  EXPECT_SAYS(dismissed, "+ no");
  Outcome accepted = session().call(act("click", {{"text", "Ask"}, {"accept_dialogs", true}}));
  EXPECT_SAYS(accepted, "+ yes");
  EXPECT_SAYS(
      session().call(act("click", {{"text", "Name"}, {"accept_dialogs", true}, {"prompt_text", "Ada"}})),
      "+ Ada");
}

TEST_F(BrowserTest, LeavingAPageThatAsksIsNotHeldUp) {
  site_.page("/", "<button>b</button><script>onbeforeunload=e=>{e.preventDefault();return 'x'}</script>");
  site_.page("/next", "<h1>Next</h1>");
  session().go(site_.url("/"));
  session().call(act("click", {{"text", "b"}}));
  EXPECT_SAYS(session().go(site_.url("/next")), "# Next");
}

TEST_F(BrowserTest, ADownloadIsSavedInTheWorkspace) {
  site_.page("/", "<a href=/file>get it</a>");
  site_.handle("/file", [](const net::Request&) {
    net::Response response = net::Response::text(200, "a,b\n1,2\n", "text/csv");
    response.headers.set("Content-Disposition", "attachment; filename=\"../data.csv\"");
    return response;
  });
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("click", {{"text", "get it"}})), "(8 bytes)");
  Outcome direct = session().go(site_.url("/file"));
  EXPECT_SAYS(direct, "is a file to download");
  EXPECT_SAYS(direct, "Downloaded downloads/");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(session().workspace() + "/downloads")) {
    EXPECT_EQ(os::read_file(entry.path().string()).value_or(""), "a,b\n1,2\n");
    ++files;
  }
  EXPECT_EQ(files, 2);
  EXPECT_SAYS(session().call(act("read")), "get it");  // the page is still there
}

TEST_F(BrowserTest, ANewWindowBecomesATabInFront) {
  site_.page("/", "<title>First</title><a href=/second target=_blank>open</a>");
  site_.page("/second",
             "<title>Second</title><p>the second page</p><button onclick=window.close()>Close</button>");
  session().go(site_.url("/"));
  Outcome opened = session().call(act("click", {{"text", "open"}}));
  EXPECT_SAYS(opened, "The page opened a new tab t2, which is now in front.");
  EXPECT_SAYS(opened, "the second page");
  EXPECT_SAYS(session().call(act("tabs")), "t2: " + site_.url("/second") + " (in front)");
  EXPECT_SAYS(session().call(act("switch_tab", {{"tab", "t1"}})), "Title: First");
  EXPECT_SAYS(session().call(act("close_tab", {{"tab", "t2"}})), "Closed tab t2.");
  EXPECT_SAYS(session().call(act("switch_tab", {{"tab", "t2"}})), "there is no tab t2");
}

TEST_F(BrowserTest, TabsAreOpenedByHandUpToTheirLimit) {
  site_.page("/", "<h1>Page</h1>");
  EXPECT_SAYS(session().call(act("new_tab", {{"url", site_.url("/")}})), "# Page");
  Outcome last;
  for (int tab = 1; tab <= 20; ++tab) last = session().call(act("new_tab"));
  EXPECT_TRUE(last.error);
  EXPECT_SAYS(last, "20 tabs are open, the most there may be");
}

TEST_F(BrowserTest, WaitsForTextVisibilityAndAddress) {
  site_.page("/", R"(<p id=p></p><div id=d>busy</div><script>
    setTimeout(() => p.textContent = 'ready now', 300);
    setTimeout(() => d.style.display = 'none', 400);
    setTimeout(() => history.pushState({}, '', '/step/2'), 500);</script>)");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("wait", {{"text", "Ready now"}})), "ready now");
  EXPECT_FALSE(session().call(act("wait", {{"selector", "#d"}, {"gone", true}})).error);
  EXPECT_SAYS(session().call(act("wait", {{"url", "*/step/?"}})), "/step/2");
  Outcome never = session().call(act("wait", {{"text", "never shown"}, {"timeout_s", 1}}));
  EXPECT_TRUE(never.error);
  EXPECT_SAYS(never, "it is not so that text \"never shown\" is there");
  EXPECT_FALSE(session().call(act("wait")).error);
}

TEST_F(BrowserTest, AWaitAcrossANavigationGoesOnInTheNewPage) {
  site_.page("/", "<p>first</p><script>setTimeout(()=>location='/after',300)</script>");
  site_.page("/after", "<p>arrived safely</p>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("wait", {{"text", "arrived safely"}, {"timeout_s", 20}})), "arrived safely");
}

TEST_F(BrowserTest, CancellingEndsAWait) {
  site_.page("/", "<p>still</p>");
  session().go(site_.url("/"));
  net::Cancellation cancellation;
  auto waiting = std::async(std::launch::async, [&] {
    return session().call(act("wait", {{"text", "never"}, {"timeout_s", 60}}), cancellation);
  });
  cancellation.request("the user stopped it");
  Outcome outcome = waiting.get();
  EXPECT_TRUE(outcome.error);
  EXPECT_SAYS(outcome, "cancelled");
  EXPECT_SAYS(session().call(act("read")), "still");
}

}  // namespace
}  // namespace soma::tool::browser
