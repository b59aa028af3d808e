// What a page reads like.
#include "core/tool/browser/browser_test_support.h"
#include "core/tool/browser/page_script.h"

namespace soma::tool::browser {
namespace {

TEST_F(BrowserTest, NavigateReturnsTitleAddressStatusAndText) {
  site_.page("/",
             "<title>Lighthouse</title><h1>The lighthouse</h1><p>Open <b>daily</b>.</p><p hidden>secret</p>"
             "<ul><li>one<li>two<ul><li>inner</ul></ul><ol><li>first</ol>");
  Outcome page = session().go(site_.url("/"));
  EXPECT_FALSE(page.error);
  EXPECT_SAYS(page, "Title: Lighthouse\nURL: " + site_.url("/") + "\nStatus: 200 OK\n");
  EXPECT_SAYS(page, "# The lighthouse\n\nOpen daily.\n");
  EXPECT_SAYS(page, "- one\n- two\n  - inner\n");
  EXPECT_SAYS(page, "1. first");
  EXPECT_SAYS_NOT(page, "secret");
}

TEST_F(BrowserTest, ControlsReadAsKindNameValueAndState) {
  site_.page("/", R"(<form>
    <label>Name <input name=n value=Ada required></label>
    <input placeholder="Mail address" type=email>
    <input type=password value=geheim aria-label=Password>
    <label><input type=checkbox checked> I agree</label>
    <select aria-label=Size><option>Small<option selected>Large</select>
    <textarea aria-label=Note>two words</textarea>
    <button disabled>Send</button> <a href="/x">a link</a>
    <div role=tab aria-selected=true tabindex=0>Details</div>
    <span onclick="1" >Do it</span></form>)");
  Outcome page = session().go(site_.url("/"));
  EXPECT_SAYS(page, R"([e1] textbox "Name" = "Ada" (required))");
  EXPECT_SAYS(page, R"([e2] textbox "Mail address" (email))");
  EXPECT_SAYS(page, "textbox \"Password\" = \"••••••\" (password)");
  EXPECT_SAYS(page, R"(checkbox "I agree" (checked))");
  EXPECT_SAYS(page, R"(select "Size" = "Large" options: "Small", "Large")");
  EXPECT_SAYS(page, R"(textbox "Note" = "two words")");
  EXPECT_SAYS(page, R"(button "Send" (disabled))");
  EXPECT_SAYS(page, "[a link](e8)");
  EXPECT_SAYS(page, R"(tab "Details" (selected))");
  EXPECT_SAYS(page, R"(clickable "Do it")");
}

TEST_F(BrowserTest, TablesReadAsMarkdownAndAsRows) {
  site_.page("/",
             "<table><caption>Fares</caption><tr><th>Trip<th>Price</tr><tr><td>Day | night<td>4.50</tr>"
             "<tr><td><a href=/y>Year</a><td>90</tr></table>");
  Outcome page = session().go(site_.url("/"));
  EXPECT_SAYS(page,
              "Table: Fares\n| Trip | Price |\n| --- | --- |\n| Day \\| night | 4.50 |\n| [Year](e1) | 90 |");
  Outcome tables = session().call(act("tables"));
  EXPECT_SAYS(tables, "Table 1: Fares (2 rows)");
  const auto& data = std::get<model::JsonContent>(tables.content.at(1)).value;
  EXPECT_EQ(json::write(*data.pointer("/tables/0/headers")), R"(["Trip","Price"])");
  EXPECT_EQ(json::write(*data.pointer("/tables/0/rows")), R"([["Day | night","4.50"],["Year","90"]])");
}

TEST_F(BrowserTest, LinksAreListedWithTheirAddresses) {
  site_.page("/",
             "<a href=/a>First</a> <a href=/b><img alt=Picture src=data:,></a> <a href=/c "
             "style='display:none'>No</a>");
  session().go(site_.url("/"));
  Outcome links = session().call(act("links"));
  EXPECT_SAYS(links, "2 links on");
  EXPECT_SAYS(links, "[First](e1) " + site_.url("/a"));
  EXPECT_SAYS(links, "[Picture](e2) " + site_.url("/b"));
}

TEST_F(BrowserTest, FramesAndShadowRootsAreReadAndReached) {
  site_.page(
      "/",
      R"(<iframe src="/inner" title="Inside" style="margin:40px;padding:7px"></iframe><x-box></x-box><script>
    customElements.define('x-box', class extends HTMLElement { connectedCallback() {
      this.attachShadow({mode: 'open'}).innerHTML =
        '<p>in the shadow</p><button onclick="this.textContent=\'pressed \'+event.isTrusted">Shadow button</button>'; } });
    </script>)");
  site_.page("/inner",
             "<p>in the frame</p><button onclick=\"document.body.append('frame clicked "
             "'+event.isTrusted)\">Frame button</button>");
  Outcome page = session().go(site_.url("/"));
  EXPECT_SAYS(page, "(frame \"Inside\")");
  EXPECT_SAYS(page, "in the frame");
  EXPECT_SAYS(page, "in the shadow");
  EXPECT_SAYS(session().call(act("click", {{"ref", ref_of(page, "\"Frame button\"")}})),
              "frame clicked true");
  EXPECT_SAYS(session().call(act("click", {{"ref", ref_of(page, "\"Shadow button\"")}})), "pressed true");
}

TEST_F(BrowserTest, LongTextIsCutAndReadOnByOffset) {
  std::string html = "<title>Long</title>";
  for (int line = 0; line < 2000; ++line)
    html += "<p>Line number " + std::to_string(line) + " of the long page</p>";
  site_.page("/", html);
  Outcome page = session().go(site_.url("/"));
  EXPECT_LT(text_of(page).size(), kMaxPageText + 500u);
  std::string text = text_of(page);
  size_t at = text.find("with offset ");
  ASSERT_NE(at, std::string::npos) << text.substr(text.size() - 200);
  int64_t offset = std::stoll(text.substr(at + 12));
  Outcome rest = session().call(act("read", {{"offset", offset}}));
  EXPECT_SAYS(rest, "[from character " + std::to_string(offset) + "]");
  EXPECT_SAYS(session().call(act("read", {{"offset", 10'000'000}})), "(nothing more)");
}

TEST_F(BrowserTest, HalfASurrogateInTitleAndTextIsReplaced) {
  site_.page("/", "<body><script>document.title = 'a\\ud83d'; document.body.append('b\\ud83dc');</script>");
  Outcome page = session().go(site_.url("/"));
  EXPECT_SAYS(page, "Title: a\xEF\xBF\xBD");
  EXPECT_SAYS(page,
              "b\xEF\xBF\xBD"
              "c");
}

TEST_F(BrowserTest, PlainTextAndJsonArePages) {
  site_.handle("/data", [](const net::Request&) {
    return net::Response::text(200, "{\"a\": [1, 2]}", "application/json");
  });
  EXPECT_SAYS(session().go(site_.url("/data")), "{\"a\": [1, 2]}");
}

TEST_F(BrowserTest, AScreenshotIsAPictureInTheWorkspace) {
  site_.page("/", "<h1>Picture</h1><div style='height:3000px'></div>");
  session().go(site_.url("/"));
  Outcome view = session().call(act("screenshot"));
  EXPECT_SAYS(view, "Saved screenshots/0001.png (");
  EXPECT_EQ(std::get<model::Image>(view.content.at(1)).media.file, "screenshots/0001.png");
  auto bytes = os::read_file(session().workspace() + "/screenshots/0001.png");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->substr(1, 3), "PNG");
  Outcome whole = session().call(act("screenshot", {{"full_page", true}}));
  EXPECT_SAYS(whole, "Saved screenshots/0002.png (");
  EXPECT_GT(std::filesystem::file_size(session().workspace() + "/screenshots/0002.png"), 0u);
}

}  // namespace
}  // namespace soma::tool::browser
