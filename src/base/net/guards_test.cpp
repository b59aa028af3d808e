// Who may call in (HostGuard) and where soma may call out (OutboundPolicy).
#include <gtest/gtest.h>

#include "base/net/client.h"
#include "base/net/host_guard.h"

namespace soma::net {
namespace {

TEST(HostGuard, OnLoopbackOnlyTheMachinesOwnNames) {
  const HostGuard guard("127.0.0.1", {});
  for (const char* host :
       {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.1.2.3:99", "[::1]", "[::1]:80", ""})
    EXPECT_TRUE(guard.check(host, "")) << host;
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
                           "[::2]", "[::1", "[::1]x", ":80"})
    EXPECT_FALSE(guard.check(host, "")) << host;
}

TEST(HostGuard, RefusesPagesOfOtherSites) {
  const HostGuard guard("::1", {});
  EXPECT_TRUE(guard.check("localhost:1", "http://localhost:5173"));
  EXPECT_TRUE(guard.check("localhost:1", "https://127.0.0.1"));
  EXPECT_FALSE(guard.check("localhost:1", "https://evil.example"));
  EXPECT_FALSE(guard.check("localhost:1", "null"));
}

TEST(HostGuard, AllowsWhatIsNamed) {
  const HostGuard guard("127.0.0.1", {"Soma.Internal"});
  EXPECT_TRUE(guard.check("soma.internal:443", "https://soma.internal"));
  EXPECT_FALSE(guard.check("other.internal", ""));
  EXPECT_TRUE(HostGuard("127.0.0.1", {"*"}).check("anything", "null"));
}

TEST(HostGuard, ElsewhereEverythingUnlessNamed) {
  EXPECT_TRUE(HostGuard("0.0.0.0", {}).check("anything", "https://page.example"));
  EXPECT_FALSE(HostGuard("0.0.0.0", {"soma.example"}).check("anything", ""));
  EXPECT_TRUE(HostGuard("0.0.0.0", {"soma.example"}).check("soma.example", ""));
}

TEST(OutboundPolicy, PublicAddressesAreAllowed) {
  const OutboundPolicy policy;
  for (const char* address :
       {"93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "::ffff:8.8.8.8"})
    EXPECT_TRUE(policy.check("example.com", address, "443")) << address;
}

TEST(OutboundPolicy, EverythingElseIsRefusedHoweverWritten) {
  const OutboundPolicy policy;
  for (const char* address : {"127.0.0.1",
                              "127.9.9.9",
                              "0.0.0.0",
                              "10.1.2.3",
                              "172.16.0.1",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.100.100.200",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fd00:ec2::254",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::"}) {
    const auto verdict = policy.check("name.example", address, "80");
    ASSERT_FALSE(verdict) << address;
    EXPECT_EQ(verdict.error().code, os::Code::kPermissionDenied);
  }
}

TEST(OutboundPolicy, JudgesLiteralHostsBeforeResolution) {
  const OutboundPolicy policy;
  EXPECT_FALSE(policy.check("127.0.0.1", "", "80"));
  EXPECT_FALSE(policy.check("localhost", "", "80"));
  EXPECT_FALSE(policy.check("::1", "", "80"));
  EXPECT_TRUE(policy.check("example.com", "", "80"));
}

TEST(OutboundPolicy, AllowsHostsPortsAndNetworks) {
  OutboundPolicy policy;
  policy.allow("ollama.internal");
  policy.allow("127.0.0.1:11434");
  policy.allow("10.0.0.0/8");
  policy.allow("fd00::/8");
  EXPECT_TRUE(policy.check("Ollama.Internal", "192.168.0.9", "80"));
  EXPECT_TRUE(policy.check("127.0.0.1", "127.0.0.1", "11434"));
  EXPECT_TRUE(policy.check("localhost", "127.0.0.1", "11434"));
  EXPECT_FALSE(policy.check("127.0.0.1", "127.0.0.1", "22"));
  EXPECT_TRUE(policy.check("x", "10.200.0.1", "1"));
  EXPECT_FALSE(policy.check("x", "192.168.0.1", "1"));
  EXPECT_TRUE(policy.check("x", "fd12::1", "1"));
  policy.allow("*");
  EXPECT_TRUE(policy.unrestricted());
  EXPECT_TRUE(policy.check("x", "169.254.169.254", "80"));
}

}  // namespace
}  // namespace soma::net
