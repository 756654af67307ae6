#include "tools/call_result.hpp"

#include <gtest/gtest.h>

namespace multiconnection::tools {
namespace {

using Outcome = CallResult::Outcome;
using Lines = std::vector<std::string>;

Reply reply(std::size_t server) {
  Reply reply;
  reply.server.index = server;
  reply.server.url = "rtmp://b.example/chat";
  reply.server.codeText = "NetConnection.Connect.Success";
  reply.elapsed = std::chrono::milliseconds(3);
  return reply;
}

Reply failed(Errc code, const std::string& why) {
  Reply failure = reply(1);
  failure.failure = Error(code, why);
  return failure;
}

TEST(CallResult, KeepsWhatTheServerReturned) {
  Reply answer = reply(2);
  answer.values = {7, "x"};
  const CallResult result = resultOf(answer);
  EXPECT_TRUE(result.good());
  EXPECT_EQ(result.server, 2U);
  EXPECT_EQ(result.url, "rtmp://b.example/chat");
  EXPECT_EQ(result.elapsed, std::chrono::milliseconds(3));
  EXPECT_EQ(result.values, answer.values);
  EXPECT_EQ(textOfCall(result), "server 2 rtmp://b.example/chat result after 3 ms: 7 \"x\"");
}

TEST(CallResult, EveryFailureHasAnOutcomeOfItsOwn) {
  EXPECT_EQ(resultOf(failed(Errc::Refused, "")).outcome, Outcome::Error);
  EXPECT_EQ(resultOf(failed(Errc::TimedOut, "")).outcome, Outcome::TimedOut);
  EXPECT_EQ(resultOf(failed(Errc::Closed, "")).outcome, Outcome::Closed);
  EXPECT_EQ(resultOf(failed(Errc::InvalidState, "")).outcome, Outcome::NotConnected);
  EXPECT_EQ(resultOf(failed(Errc::LimitExceeded, "")).outcome, Outcome::NotCalled);
}

TEST(CallResult, AnErrorIsShownAsItCameFromTheServer) {
  Reply refused = failed(Errc::Refused, "no such user");
  refused.errorInfo = AmfObject{{"code", "App.NoUser"}, {"description", "no such user"}};
  EXPECT_EQ(textOfCall(resultOf(refused)),
            "server 1 rtmp://b.example/chat error after 3 ms: "
            R"({"code":"App.NoUser","description":"no such user"})");
  EXPECT_EQ(textOfCall(resultOf(failed(Errc::Refused, "without a reason"))),
            "server 1 rtmp://b.example/chat error after 3 ms: without a reason");
}

TEST(CallResult, AServerThatIsNotConnectedSaysWhy) {
  Reply absent = failed(Errc::InvalidState, "the server is not connected");
  absent.server.codeText = "NetConnection.Connect.Failed";
  absent.server.reason = "Connection refused";
  EXPECT_EQ(textOfCall(resultOf(absent)),
            "server 1 rtmp://b.example/chat not connected after 3 ms: "
            "NetConnection.Connect.Failed Connection refused");
}

TEST(CallResult, TheTableMovesNoCursor) {
  Reply answer = reply(0);
  answer.values = {"a\x1b[2J\x7f"};
  EXPECT_EQ(tableOf({resultOf(answer), resultOf(failed(Errc::TimedOut, "no\x1b answer"))}),
            (Lines{"#  server                 outcome    ms  value",
                   "0  rtmp://b.example/chat  result     3   \"a\\u001b[2J?\"",
                   "1  rtmp://b.example/chat  timed out  3   no? answer"}));
}

TEST(CallResult, TheVerdictCountsAgainstThePolicy) {
  CallVerdict verdict{"kick", 1, 2, 3};
  EXPECT_FALSE(verdict.met());
  EXPECT_EQ(textOfVerdict(verdict), "1 of 3 servers returned a result (2 needed)");
  verdict.results = 2;
  EXPECT_TRUE(verdict.met());
}

}  // namespace
}  // namespace multiconnection::tools
