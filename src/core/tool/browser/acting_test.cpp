// Clicking, typing, choosing, and what is told about it.
#include "core/tool/browser/browser_test_support.h"

namespace soma::tool::browser {
namespace {

TEST_F(BrowserTest, AFormIsFilledInAndSubmitted) {
  site_.page(
      "/",
      R"(<form action=/done><input aria-label=Name name=name value=old><input aria-label=Mail name=mail type=email>
    <input aria-label=Day name=day type=date><textarea aria-label=Note name=note></textarea>
    <select aria-label=Size name=size><option value=s>Small<option value=l>Large</select>
    <label><input type=checkbox name=agree> I agree</label><button>Send</button></form>)");
  site_.handle("/done", [](const net::Request& request) {
    std::string body = "<h1>Received</h1>";
    for (const auto& [name, value] : request.query) body += "<p>" + name + " is " + value + "</p>";
    return net::Response::text(200, body, "text/html; charset=utf-8");
  });
  Outcome page = session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("type", {{"ref", ref_of(page, "\"Name\"")}, {"text", "Ada Lovelace"}})),
              "+ [e1] textbox \"Name\" = \"Ada Lovelace\"");
  session().call(act("type", {{"label", "Mail"}, {"text", "ada@example.org"}}));
  session().call(act("type", {{"selector", "[name=day]"}, {"text", "2026-03-01"}}));
  session().call(act("type", {{"label", "Note"}, {"text", "two\nlines, ÄÖÜ 漢字"}}));
  EXPECT_SAYS(session().call(act("select", {{"label", "Size"}, {"value", "large"}})), "= \"Large\"");
  EXPECT_SAYS(session().call(act("click", {{"label", "I agree"}})), "(checked)");
  Outcome done = session().call(act("click", {{"text", "Send"}}));
  EXPECT_SAYS(done, "A page opened.");
  EXPECT_SAYS(done, "name is Ada Lovelace");
  EXPECT_SAYS(done, "mail is ada@example.org");
  EXPECT_SAYS(done, "day is 2026-03-01");
  EXPECT_SAYS(done, "note is two lines, ÄÖÜ 漢字");
  EXPECT_SAYS(done, "size is l");
  EXPECT_SAYS(done, "agree is on");
}

TEST_F(BrowserTest, TypingWithSubmitPressesEnter) {
  site_.page("/", "<form action=/found><input aria-label=Search name=q></form>");
  site_.handle("/found", [](const net::Request& request) {
    return net::Response::text(200, "<p>You searched for " + std::string(request.query_value("q")),
                               "text/html");
  });
  session().go(site_.url("/"));
  Outcome found = session().call(act("type", {{"label", "Search"}, {"text", "seals"}, {"submit", true}}));
  EXPECT_SAYS(found, "You searched for seals");
}

TEST_F(BrowserTest, WhatAClickChangesIsTold) {
  site_.page(
      "/", "<p id=a>closed</p><button onclick=\"a.textContent='open'\">Toggle</button><button>Idle</button>");
  Outcome page = session().go(site_.url("/"));
  Outcome clicked = session().call(act("click", {{"ref", ref_of(page, "\"Toggle\"")}}));
  EXPECT_SAYS(clicked, "Clicked [e1] button \"Toggle\".\nChanged on the page:\n- closed\n+ open");
  EXPECT_SAYS(session().call(act("click", {{"text", "Idle"}})), "did not change");
}

TEST_F(BrowserTest, AnAnswerThatTheClickFetchesIsWaitedFor) {
  site_.page("/",
             "<div id=out></div><button "
             "onclick=\"fetch('/slow').then(r=>r.text()).then(t=>out.textContent=t)\">Load</button>");
  site_.handle("/slow", [](const net::Request&) { return net::Response::text(200, "fetched words"); });
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("click", {{"text", "Load"}})), "+ fetched words");
}

TEST_F(BrowserTest, APushedAddressIsShownAsAPage) {
  site_.page("/",
             "<main id=m>home</main><button onclick=\"history.pushState({},'','/room/2');m.textContent='room "
             "two'\">Go</button>");
  session().go(site_.url("/"));
  Outcome moved = session().call(act("click", {{"text", "Go"}}));
  EXPECT_SAYS(moved, "URL: " + site_.url("/room/2"));
  EXPECT_SAYS(moved, "room two");
}

TEST_F(BrowserTest, BackAndForwardShowTheirPages) {
  site_.page("/one", "<h1>One</h1><a href=/two>next</a>");
  site_.page("/two", "<h1>Two</h1>");
  session().go(site_.url("/one"));
  EXPECT_SAYS(session().call(act("click", {{"text", "next"}})), "# Two");
  EXPECT_SAYS(session().call(act("back")), "# One");
  EXPECT_SAYS(session().call(act("forward")), "# Two");
  Outcome beyond = session().call(act("forward"));
  EXPECT_TRUE(beyond.error);
  EXPECT_SAYS(beyond, "no page to go forward to");
}

TEST_F(BrowserTest, ACoveredButtonNamesWhatCoversIt) {
  site_.page("/",
             "<button>Buy</button><div id=banner style='position:fixed;inset:0;background:#fff'>Cookies? "
             "<button>Accept all</button></div>");
  session().go(site_.url("/"));
  Outcome refused = session().call(act("click", {{"text", "Buy"}}));
  EXPECT_TRUE(refused.error);
  EXPECT_SAYS(refused, "button \"Buy\" is covered by <div#banner> \"Cookies?");
}

TEST_F(BrowserTest, DisabledHiddenAndMissingElementsAreNamed) {
  site_.page("/",
             "<button disabled>Off</button><button style='visibility:hidden' id=h>Ghost</button><a "
             "href=/x>Read more</a>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("click", {{"text", "Off"}})), "is disabled");
  EXPECT_SAYS(session().call(act("click", {{"selector", "#h"}})), "is not visible");
  EXPECT_SAYS(session().call(act("click", {{"text", "Read everything"}})), "Near: [e");
  EXPECT_SAYS(session().call(act("click", {{"selector", "#nope"}})), "nothing on the page matches");
  EXPECT_SAYS(session().call(act("click", {{"selector", "p:::"}})), "not a valid CSS selector");
  EXPECT_SAYS(session().call(act("click")), "which element?");
}

TEST_F(BrowserTest, AStaleReferenceIsAClearError) {
  site_.page("/", "<a href=/two>two</a><button onclick=this.remove()>Vanish</button>");
  site_.page("/two", "<button>Other</button>");
  Outcome page = session().go(site_.url("/"));
  std::string vanishing = ref_of(page, "\"Vanish\"");
  session().call(act("click", {{"ref", vanishing}}));
  EXPECT_SAYS(session().call(act("click", {{"ref", vanishing}})), "no longer on the page");
  Outcome second = session().call(act("click", {{"text", "two"}}));
  Outcome stale = session().call(act("click", {{"ref", vanishing}}));
  EXPECT_TRUE(stale.error);
  EXPECT_SAYS(stale, "belongs to a page that is no longer open");
  EXPECT_NE(ref_of(second, "\"Other\""), "e1");
  EXPECT_SAYS(session().call(act("click", {{"ref", "e9999"}})), "there is no [e9999]");
}

TEST_F(BrowserTest, KeysReachThePage) {
  site_.page("/",
             "<input aria-label=Field value=abc><p "
             "id=log></p><script>onkeydown=e=>log.append(e.key+(e.ctrlKey?'^':'')+' ')</script>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("press", {{"key", "ArrowDown"}})), "+ ArrowDown");
  EXPECT_SAYS(session().call(act("press", {{"key", "ctrl+a"}, {"label", "Field"}})), "a^");
  EXPECT_SAYS(session().call(act("press", {{"key", "Backspace"}})), "+ [e1] textbox \"Field\"");
  EXPECT_SAYS(session().call(act("press", {{"key", "Entre"}})), "did you mean Enter?");
}

TEST_F(BrowserTest, TypingMayAddToOrClearWhatIsThere) {
  site_.page("/",
             "<input aria-label=Field value=abc><div contenteditable aria-label=Rich>old "
             "text</div><button>B</button>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("type", {{"label", "Field"}, {"text", "def"}, {"clear", false}})),
              "= \"abcdef\"");
  EXPECT_SAYS(session().call(act("type", {{"label", "Field"}, {"text", ""}})), "Cleared");
  EXPECT_SAYS(session().call(act("type", {{"label", "Rich"}, {"text", "new text"}})),
              "textbox \"Rich\" = \"new text\"");
  EXPECT_SAYS(session().call(act("type", {{"label", "B"}, {"text", "x"}})), "takes no text");
  std::string longer(5000, 'x');
  EXPECT_SAYS(session().call(act("type", {{"label", "Field"}, {"text", longer}})), "= \"xxxx");
}

TEST_F(BrowserTest, AFileOfTheWorkspaceIsGivenToAFileInput) {
  site_.page("/",
             "<input type=file aria-label=Upload "
             "onchange=\"this.files[0].text().then(t=>document.body.append('holds '+t))\">");
  ASSERT_TRUE(os::write_file_atomic(session().workspace() + "/notes.txt", "my words"));
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("click", {{"label", "Upload"}})), "use action \"type\"");
  EXPECT_SAYS(session().call(act("type", {{"label", "Upload"}, {"text", "notes.txt"}})), "holds my words");
  Outcome outside = session().call(act("type", {{"label", "Upload"}, {"text", "../../../etc/passwd"}}));
  EXPECT_TRUE(outside.error);
}

TEST_F(BrowserTest, ScrollingTellsWhereAndWhatCame) {
  site_.page("/", R"(<div style="height:5000px">top</div><p id=end></p><script>
    new IntersectionObserver(e => { if (e[0].isIntersecting) end.textContent = 'loaded late'; }).observe(end)</script>)");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("scroll", {{"direction", "bottom"}})), "+ loaded late");
  EXPECT_SAYS(session().call(act("scroll", {{"direction", "top"}})), "pixels 0 to");
}

TEST_F(BrowserTest, ScriptsReturnTheirValueOrTheirError) {
  site_.page("/", "<title>T</title>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("evaluate", {{"script", "({a: [1, document.title]})"}})),
              "Value: {\"a\":[1,\"T\"]}");
  Outcome thrown = session().call(act("evaluate", {{"script", "nothing.at.all"}}));
  EXPECT_TRUE(thrown.error);
  EXPECT_SAYS(thrown, "ReferenceError");
}

TEST_F(BrowserTest, HoveringOpensAMenu) {
  site_.page("/",
             "<style>#m{display:none} nav:hover #m{display:block}</style><nav><span tabindex=0>Menu</span><p "
             "id=m>item one</p></nav>");
  session().go(site_.url("/"));
  EXPECT_SAYS(session().call(act("hover", {{"text", "Menu"}})), "+ item one");
}

}  // namespace
}  // namespace soma::tool::browser
