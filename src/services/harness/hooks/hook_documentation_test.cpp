// docs/hooks.md is held to the program: its configuration is read, its payload is what is sent, and its
// receivers are run and called.
#include <gmock/gmock.h>

#include "base/net/net.h"
#include "services/harness/hooks/hook_test_kit.h"

namespace soma::harness {
namespace {

using testing::HasSubstr;

std::string documented(std::string_view language) {
  const auto text = os::read_file(SOMA_SOURCE_DIR "/docs/hooks.md", 1u << 20);
  EXPECT_TRUE(text) << text.error().to_string();
  const std::string fence = "```" + std::string(language) + "\n";
  const size_t start = text->find(fence);
  EXPECT_NE(start, std::string::npos) << "no block of " << language;
  const size_t begin = start + fence.size();
  return text->substr(begin, text->find("```", begin) - begin);
}

class HookDocumentation : public HookTest {
 protected:
  // Receivers refuse requests that are old, so the time is now's.
  HookDocumentation() {
    clock_.advance(std::chrono::time_point_cast<os::Duration>(std::chrono::system_clock::now()) -
                   clock_.now());
  }

  HookOutcome ask(const Hook& hook, std::string_view command) {
    HookCall call = call_of(hook);
    call.context = before_tool_call_context("shell", "shell", "t1", json::object({{"command", command}}));
    return outcome_of(call);
  }

  void denies_one_command(const Hook& hook) {
    const HookOutcome allowed = ask(hook, "ls");
    EXPECT_EQ(allowed.allowed, true) << allowed.reason;
    EXPECT_FALSE(allowed.error);
    const HookOutcome denied = ask(hook, "rm -rf /");
    EXPECT_EQ(denied.allowed, false);
    EXPECT_EQ(denied.reason, "no rm -rf");
    EXPECT_FALSE(denied.error);
  }

  // Runs the receiver and calls it: with its key, and with none.
  void receive(const std::string& program, const std::string& language, const std::string& file_name) {
    if (!os::find_program(program)) GTEST_SKIP() << "skipped: there is no " << program << " here";
    const std::string path = scratch_ / file_name;
    std::ofstream(path) << documented(language);
    os::ProcessSpec spec;
    spec.arguments = {program, path};
    spec.environment = {"PATH=" + std::string(std::getenv("PATH")), "AUDIT_KEY=s3cr3t", "PORT=0"};
    const auto home = std::getenv("HOME");
    if (home != nullptr) spec.environment.push_back("HOME=" + std::string(home));
    spec.inherit_stderr = true;
    const auto process = launcher_->launch(spec);
    ASSERT_TRUE(process) << process.error().to_string();
    char port[16] = {};
    ASSERT_GT(::read((*process)->stdout_fd().get(), port, sizeof port - 1), 0)
        << "it did not begin to listen";
    Hook hook = webhook("http://127.0.0.1:" + std::string(os::trim(port)) + "/");
    EXPECT_THAT(ask(hook, "ls").reason, HasSubstr("status 401")) << "it is not signed";
    std::get<WebhookTarget>(hook.target).secret = "env:AUDIT_KEY";
    denies_one_command(hook);
    clock_.advance(std::chrono::seconds(400));
    EXPECT_THAT(ask(hook, "ls").reason, HasSubstr("status 401")) << "it is not of now";
  }
};

TEST_F(HookDocumentation, TheConfigurationIsRead) {
  const auto config = json::parse(documented("json"));
  ASSERT_TRUE(config) << config.error().to_string();
  const auto hooks = hooks_from_json(config->get("hooks"));
  ASSERT_TRUE(hooks) << hooks.error().to_string();
  EXPECT_EQ(hooks->size(), 2u);
}

TEST_F(HookDocumentation, ThePayloadIsWhatIsSent) {
  const auto payload = json::parse(documented("payload"));
  ASSERT_TRUE(payload) << payload.error().to_string();
  const Hook hook = webhook("http://audit.example/");
  EXPECT_EQ(*payload, hook_payload(call_of(hook)));
}

TEST_F(HookDocumentation, TheReceiverInPythonDecides) {
  receive("python3", "python", "receiver.py");
}

TEST_F(HookDocumentation, TheReceiverInNodeDecides) {
  receive("node", "javascript", "receiver.mjs");
}

TEST_F(HookDocumentation, TheScriptDecides) {
  denies_one_command(command(documented("sh")));
}

}  // namespace
}  // namespace soma::harness
