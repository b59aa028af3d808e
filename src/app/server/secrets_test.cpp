#include "app/server/secrets.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/os/fault_file_system.h"
#include "base/os/scratch_directory.h"

namespace soma::server {
namespace {

using os::Code;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kArn =
    "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/apikeycredentialprovider/";

class SecretsTest : public ::testing::Test {
 protected:
  mode_t mode_of(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(::stat((scratch_ / name).c_str(), &status), 0) << name;
    return status.st_mode & 07777;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const SecretStore::Entry& entry : store_.list().value()) out.push_back(entry.name);
    return out;
  }
  os::ScratchDirectory scratch_;
  std::unique_ptr<os::FileSystem> files_ = os::make_posix_file_system();
  SecretStore store_{*files_, scratch_.path()};
};

TEST_F(SecretsTest, WhatWasSetIsReadListedReplacedAndRemoved) {
  EXPECT_TRUE(names().empty());
  ASSERT_TRUE(store_.set("OPENAI_KEY", "one"));
  ASSERT_TRUE(store_.set("other.key-2", "two"));
  EXPECT_EQ(store_.read("secret:OPENAI_KEY"), "one");
  EXPECT_EQ(names(), (std::vector<std::string>{"OPENAI_KEY", "other.key-2"}));
  EXPECT_GT(os::unix_ms(store_.list()->at(0).changed), 0);
  ASSERT_TRUE(store_.set("OPENAI_KEY", "three"));
  EXPECT_EQ(store_.read("secret:OPENAI_KEY"), "three");
  ASSERT_TRUE(store_.remove("OPENAI_KEY"));
  EXPECT_EQ(store_.read("secret:OPENAI_KEY").error().code, Code::kUnauthenticated);
  EXPECT_EQ(store_.remove("OPENAI_KEY").error().code, Code::kNotFound);
  EXPECT_EQ(names(), (std::vector<std::string>{"other.key-2"}));
}

TEST_F(SecretsTest, OnlyTheOwnerCanOpenThem) {
  ASSERT_TRUE(files_->make_directories(scratch_ / "secrets"));
  ASSERT_EQ(::chmod((scratch_ / "secrets").c_str(), 0755), 0);
  ASSERT_TRUE(store_.set("A", "one"));
  EXPECT_EQ(mode_of("secrets"), 0700u);
  EXPECT_EQ(mode_of("secrets/A"), 0600u);
  ASSERT_EQ(::chmod((scratch_ / "secrets/A").c_str(), 0644), 0);
  ASSERT_TRUE(store_.set("A", "two"));
  EXPECT_EQ(mode_of("secrets/A"), 0600u) << "a replaced file does not keep what it was open to";
}

TEST_F(SecretsTest, ALineEndBehindTheValueIsCut) {
  ASSERT_TRUE(store_.set("A", "first\nsecond\r\n"));
  EXPECT_EQ(store_.read("secret:A"), "first\nsecond");
  ASSERT_TRUE(os::write_file_atomic(scratch_ / "secrets/byhand", "key\n"));
  EXPECT_EQ(store_.read("secret:byhand"), "key");
  ASSERT_TRUE(os::write_file_atomic(scratch_ / "secrets/empty", "\n"));
  EXPECT_EQ(store_.read("secret:empty").error().code, Code::kUnauthenticated);
}

TEST_F(SecretsTest, NamesThatCouldLeadElsewhereAreRefused) {
  ASSERT_TRUE(os::write_file_atomic(scratch_ / "outside", "x"));
  for (const std::string& name :
       {std::string(), std::string("../outside"), std::string("a/b"), std::string("."), std::string(".."),
        std::string(".hidden"), std::string("-a"), std::string("1a"), std::string("a b"), std::string("a\n"),
        std::string("a\0b", 3), std::string("ä"), std::string(129, 'a')}) {
    EXPECT_EQ(store_.set(name, "x").error().code, Code::kInvalidArgument) << name;
    EXPECT_EQ(store_.remove(name).error().code, Code::kInvalidArgument) << name;
    EXPECT_EQ(store_.read("secret:" + name).error().code, Code::kInvalidArgument) << name;
  }
  EXPECT_TRUE(store_.set(std::string(128, 'a'), "x"));
}

TEST_F(SecretsTest, SizesAreBounded) {
  EXPECT_EQ(store_.set("A", "").error().code, Code::kInvalidArgument);
  EXPECT_EQ(store_.set("A", "\r\n").error().code, Code::kInvalidArgument);
  const std::string greatest(kMaxSecretBytes, 'x');
  ASSERT_TRUE(store_.set("A", greatest + "\n"));
  EXPECT_EQ(store_.read("secret:A"), greatest);
  const auto refused = store_.set("A", greatest + "y");
  EXPECT_EQ(refused.error().code, Code::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("kMaxSecretBytes"));
  ASSERT_TRUE(os::write_file_atomic(scratch_ / "secrets/B", greatest + "yyyy"));
  EXPECT_EQ(store_.read("secret:B").error().code, Code::kLimitExceeded);
}

TEST_F(SecretsTest, ThereAreAtMostAThousand) {
  ASSERT_TRUE(store_.set("first", "x"));
  for (size_t i = 1; i < kMaxSecrets; ++i)
    ASSERT_TRUE(files_->open(scratch_ / ("secrets/s" + std::to_string(i)), os::OpenMode::kCreate));
  EXPECT_EQ(store_.set("one_more", "x").error().code, Code::kLimitExceeded);
  EXPECT_TRUE(store_.set("first", "y")) << "one that is there is replaced";
}

TEST_F(SecretsTest, ReferencesNameVariablesSecretsAndCredentials) {
  ASSERT_TRUE(store_.set("my-key", "stored"));
  EXPECT_EQ(store_.read(std::string(kArn) + "my-key"), "stored");
  ::setenv("SOMA_SECRETS_TEST", "from the environment", 1);
  EXPECT_EQ(store_.read("env:SOMA_SECRETS_TEST"), "from the environment");
  ::unsetenv("SOMA_SECRETS_TEST");
  EXPECT_EQ(store_.read("env:SOMA_SECRETS_TEST").error().code, Code::kUnauthenticated);
  EXPECT_EQ(store_.read(std::string(kArn) + "none").error().code, Code::kUnauthenticated);
}

TEST_F(SecretsTest, WhatIsNoReferenceIsNotRepeated) {
  ASSERT_TRUE(store_.set("NAME", "x"));
  for (const std::string& wrong :
       {std::string("sk-live-1234"), std::string("NAME"), std::string("secret:sk live 1234"),
        std::string("env:sk-live-1234"),
        std::string("arn:aws:secretsmanager:eu-west-1:1:secret:sk-live-1234"),
        std::string(
            "arn:aws:bedrock-agentcore:eu-west-1:1:token-vault/default/oauth2credentialprovider/NAME"),
        std::string("arn:aws:bedrock-agentcore:eu-west-1:1:token-vault/a/b/apikeycredentialprovider/NAME"),
        std::string(kArn) + "../NAME"}) {
    const auto value = store_.read(wrong);
    ASSERT_FALSE(value) << wrong;
    EXPECT_EQ(value.error().code, Code::kInvalidArgument) << wrong;
    EXPECT_THAT(value.error().to_string(), Not(HasSubstr("1234")));
  }
}

// Power goes off at each operation of a set() in turn: the old value or the new one is there, whole.
TEST(SecretsFaultTest, APowerCutLeavesTheOldValueOrTheNewOne) {
  const std::string old_value(3000, 'o'), new_value(5000, 'n');
  for (uint64_t operation = 1; operation < 12; ++operation) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      os::FaultFileSystem files(seed);
      ASSERT_TRUE(files.make_directories("/no/such/data"));
      SecretStore store(files, "/no/such/data");
      ASSERT_TRUE(store.set("A", old_value));
      files.stop_after(operation);
      const bool acknowledged = store.set("A", new_value).has_value();
      files.crash();
      const auto value = store.read("secret:A");
      ASSERT_TRUE(value) << value.error().to_string();
      EXPECT_TRUE(*value == new_value || (*value == old_value && !acknowledged)) << operation << " " << seed;
      ASSERT_TRUE(store.set("A", "after"));
      EXPECT_EQ(store.read("secret:A"), "after");
      EXPECT_EQ(files.list("/no/such/data/secrets")->size(), 1u) << "what the cut left is gone";
    }
  }
}

TEST(SecretsFaultTest, AFullDiskKeepsTheOldValue) {
  os::FaultFileSystem files(1);
  ASSERT_TRUE(files.make_directories("/no/such/data"));
  SecretStore store(files, "/no/such/data");
  ASSERT_TRUE(store.set("A", "old"));
  files.set_capacity(100);
  EXPECT_EQ(store.set("A", std::string(4096, 'n')).error().code, Code::kLimitExceeded);
  EXPECT_EQ(store.read("secret:A"), "old");
}

}  // namespace
}  // namespace soma::server
