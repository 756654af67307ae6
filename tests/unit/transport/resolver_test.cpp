#include "transport/resolver.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/tcp_connector.hpp"
#include "unit/transport/fake_dns.hpp"
#include "unit/transport/loop.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::transport {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Answer = Result<Resolver::Addresses>;

class Names : public testing::Test {
 protected:
  ResolverOptions options() const {
    ResolverOptions result;
    result.servers = dns.server();
    return result;
  }

  Answer lookup(const std::string& host, std::chrono::milliseconds limit = kLimit) {
    std::optional<Answer> answer;
    int calls = 0;
    const auto operation = resolver->lookup(host, in(limit), [&](Answer got) {
      ++calls;
      answer.emplace(std::move(got));
    });
    EXPECT_EQ(calls, 0) << "never inside the call";
    EXPECT_TRUE(loop.runUntil([&] { return answer.has_value(); }));
    EXPECT_EQ(calls, 1);
    return answer ? *answer : Error(Errc::InvalidState, "the handler was not called");
  }

  Loop loop;
  FakeDns dns{loop,
              {{"both.test", {{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1"}}},
               {"v4.test", {{"192.0.2.3"}, {}}},
               {"v6.test", {{}, {"2001:db8::2"}}},
               {"half.test", {{"192.0.2.4"}, {}, 0ms, false}},
               {"late.test", {{"192.0.2.5"}, {}, 300ms}},
               {"none.test", {{}, {}, 0ms, true, 3}},
               {"here.test", {{"127.0.0.1"}, {}}}}};
  std::optional<Resolver> resolver{std::in_place, loop.io, options()};
};

TEST_F(Names, AnswersWithBothFamiliesByTurns) {
  const Answer answer = lookup("both.test");
  ASSERT_TRUE(answer) << answer.error();
  ASSERT_EQ(answer.value().size(), 3u);
  EXPECT_EQ(answer.value()[0], "2001:db8::1");
  EXPECT_THAT(answer.value(),
              testing::UnorderedElementsAre("2001:db8::1", "192.0.2.1", "192.0.2.2"));
}

TEST_F(Names, AreContentWithOneFamily) {
  const Answer v4 = lookup("v4.test");
  ASSERT_TRUE(v4) << v4.error();
  EXPECT_THAT(v4.value(), ElementsAre("192.0.2.3"));
  const Answer v6 = lookup("v6.test");
  ASSERT_TRUE(v6) << v6.error();
  EXPECT_THAT(v6.value(), ElementsAre("2001:db8::2"));
}

TEST_F(Names, DoNotWaitForAServerThatLosesQuestionsForTheOtherFamily) {
  const Answer answer = lookup("half.test");
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_THAT(answer.value(), ElementsAre("192.0.2.4"));
  EXPECT_EQ(dns.questions(), 2) << "before the lost question was repeated";
}

TEST_F(Names, ThatDoNotExistAreRefusedByName) {
  const Answer answer = lookup("none.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::Refused);
  EXPECT_THAT(answer.error().message, HasSubstr("\"none.test\""));
}

TEST_F(Names, TimeOutAtTheDeadlineWhenNobodyAnswers) {
  const auto deadline = in(200ms);
  const Answer answer = lookup("hung.test", 200ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::TimedOut);
  EXPECT_THAT(answer.error().message, HasSubstr("\"hung.test\""));
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST_F(Names, ThatHangDoNotDelayOthers) {
  bool hung = false;
  const auto operation =
      resolver->lookup("hung.test", in(kLimit), [&](const Answer&) { hung = true; });
  const Answer answer = lookup("v4.test");
  EXPECT_TRUE(answer) << answer.error();
  EXPECT_FALSE(hung);
}

TEST_F(Names, AreFoundByALateAnswer) {
  const Answer answer = lookup("late.test");
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_THAT(answer.value(), ElementsAre("192.0.2.5"));
}

TEST_F(Names, AreAskedAgainWhenAQuestionGotLost) {
  ResolverOptions impatient = options();
  impatient.retryAfter = 20ms;
  resolver.emplace(loop.io, impatient);
  const Answer answer = lookup("hung.test");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::TimedOut);
  EXPECT_EQ(dns.questions(), 6) << "two families, three times each";
}

TEST_F(Names, ThatAreAddressesNeedNoServer) {
  for (const std::string address : {"192.0.2.9", "::1", "fe80::1"}) {
    const Answer answer = lookup(address);
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_THAT(answer.value(), ElementsAre(address));
  }
  EXPECT_EQ(dns.questions(), 0);
}

TEST_F(Names, OfThisComputerNeedNoServer) {
  for (const std::string name : {"localhost", "camera.localhost"}) {
    const Answer answer = lookup(name);
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_THAT(answer.value(), ElementsAre("::1", "127.0.0.1"));
  }
  EXPECT_EQ(dns.questions(), 0);
}

// The hosts file cannot be another one for a test: it takes what this computer has.
std::optional<std::pair<std::string, std::string>> nameInHostsFile() {
  std::ifstream file("/etc/hosts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string address;
    std::string name;
    if (words >> address >> name && address[0] != '#' &&
        name.find("localhost") == std::string::npos)
      return std::pair(name, address);
  }
  return std::nullopt;
}

TEST_F(Names, InTheHostsFileNeedNoServer) {
  const auto known = nameInHostsFile();
  ASSERT_TRUE(known) << "this needs a name besides localhost in /etc/hosts";
  const Answer answer = lookup(known->first);
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_THAT(answer.value(), testing::Contains(known->second));
  EXPECT_EQ(dns.questions(), 0);
}

TEST_F(Names, InTheHostsFileAreAskedForWhenItIsOff) {
  const auto known = nameInHostsFile();
  ASSERT_TRUE(known) << "this needs a name besides localhost in /etc/hosts";
  ResolverOptions other = options();
  other.hostsFile = false;
  resolver.emplace(loop.io, other);
  EXPECT_FALSE(lookup(known->first, 200ms));
  EXPECT_GT(dns.questions(), 0);
}

TEST_F(Names, ThatCannotBeNamesAreInvalid) {
  using namespace std::string_literals;
  for (const std::string& name : {""s, std::string(300, 'x'), "a\0b"s, std::string(70, 'y')}) {
    const Answer answer = lookup(name);
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, Errc::InvalidArgument) << answer.error();
  }
}

TEST_F(Names, AreForgottenWhenCancelled) {
  ASSERT_TRUE(lookup("v4.test"));
  const std::size_t threads = countOf("task");
  const std::size_t before = countOf("fd");
  bool called = false;
  {
    const auto hanging =
        resolver->lookup("hung.test", in(kLimit), [&](const Answer&) { called = true; });
    const auto late =
        resolver->lookup("late.test", in(kLimit), [&](const Answer&) { called = true; });
    const auto numeric =
        resolver->lookup("192.0.2.1", in(kLimit), [&](const Answer&) { called = true; });
    loop.runFor(20ms);
    called = false;  // The numeric one has answered.
  }
  loop.runFor(400ms);
  EXPECT_FALSE(called);
  EXPECT_EQ(countOf("task"), threads) << "no thread resolves names";
  resolver.reset();
  loop.io.poll();
  EXPECT_LE(countOf("fd"), before);
}

TEST_F(Names, MayOutliveTheResolver) {
  std::optional<Answer> answer;
  const auto operation = resolver->lookup("late.test", in(kLimit),
                                          [&](Answer got) { answer.emplace(std::move(got)); });
  resolver.reset();
  ASSERT_TRUE(loop.runUntil([&] { return answer.has_value(); }));
  EXPECT_TRUE(*answer) << answer->error();
}

TEST_F(Names, MayDropResolverAndOperationInsideTheirHandler) {
  std::unique_ptr<Operation> operation;
  bool called = false;
  operation = resolver->lookup("v4.test", in(kLimit), [&](const Answer&) {
    operation.reset();
    resolver.reset();
    called = true;
  });
  EXPECT_TRUE(loop.runUntil([&] { return called; }));
}

TEST_F(Names, LeadToAConnection) {
  const Fd server = listeningSocket(AF_INET);
  std::optional<Result<std::unique_ptr<Connection>>> result;
  const auto operation = connectTcp(loop.io, *resolver, {"here.test", portOf(server)}, in(kLimit),
                                    [&](auto got) { result.emplace(std::move(got)); });
  ASSERT_TRUE(loop.runUntil([&] { return result.has_value(); }));
  ASSERT_TRUE(*result) << result->error();
  EXPECT_EQ((**result)->peerName(), "127.0.0.1:" + std::to_string(portOf(server)));
}

TEST_F(Names, AreNamedWhenTheConnectionFailsForThem) {
  std::optional<Result<std::unique_ptr<Connection>>> result;
  const auto operation = connectTcp(loop.io, *resolver, {"none.test", 1935}, in(kLimit),
                                    [&](auto got) { result.emplace(std::move(got)); });
  ASSERT_TRUE(loop.runUntil([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_THAT(result->error().message,
              HasSubstr("cannot connect to none.test:1935: no address for \"none.test\""));
}

}  // namespace
}  // namespace multiconnection::transport
