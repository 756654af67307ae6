#include "cluster/redirect_guard.hpp"

#include <gtest/gtest.h>

namespace multiconnection::cluster {
namespace {

using namespace std::chrono_literals;

constexpr RedirectGuard::Clock::time_point kStart{};

RtmpUrl at(const std::string& url) { return RtmpUrl::parse(url).value(); }

/// Where a server at `from` may send us with that.
std::string led(const std::string& from, const std::string& target) {
  RedirectGuard guard;
  const auto place = guard.admit(at(from), target, kStart);
  return place ? place->tcUrl() : place.error().message;
}

TEST(RedirectGuard, TakesUrlsAndPartsOfThem) {
  EXPECT_EQ(led("rtmp://a:1936/live", "rtmp://b/edge"), "rtmp://b/edge");
  EXPECT_EQ(led("rtmpe://a:1936/live", "//b/edge"), "rtmpe://b/edge");
  EXPECT_EQ(led("rtmp://[::1]:1936/live?t=1", "/edge?u=2"), "rtmp://[::1]:1936/edge?u=2");
  EXPECT_EQ(led("rtmp://a:1936/live/x", ""), "rtmp://a:1936/live/x");
}

TEST(RedirectGuard, NamesWhatIsNoUrl) {
  EXPECT_EQ(led("rtmp://a/live", "http://b/x"),
            "redirect: URL: scheme \"http\" is neither rtmp nor rtmpe");
  EXPECT_EQ(led("rtmp://a/live", "edge"), "redirect: URL: it does not begin with rtmp://");
}

TEST(RedirectGuard, KeepsEncryption) {
  EXPECT_EQ(led("rtmpe://a/live", "rtmp://b/live?key=1"),
            "redirect to rtmp://b/live?key=***: it would give up encryption");
  EXPECT_EQ(led("rtmp://a/live", "rtmpe://b/live"), "rtmpe://b/live");
}

TEST(RedirectGuard, EndsALoop) {
  RedirectGuard guard;
  guard.begin(at("rtmp://a/live"));
  const auto second = guard.admit(at("rtmp://a/live"), "rtmp://b/live", kStart);
  ASSERT_TRUE(second);
  const auto third = guard.admit(*second, "rtmp://a/live", kStart);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message, "redirect to rtmp://a/live: a loop");
  EXPECT_EQ(third.error().code, Errc::Refused);
  guard.onArrived();
  EXPECT_TRUE(guard.admit(*second, "rtmp://a/live", kStart)) << "a later move";
}

TEST(RedirectGuard, TakesFiveHopsAMinute) {
  RedirectGuard guard;
  const RtmpUrl from = at("rtmp://a/live");
  for (int hop = 0; hop < 5; ++hop) {
    ASSERT_TRUE(guard.admit(from, "/" + std::to_string(hop), kStart + hop * 1s)) << hop;
  }
  const auto sixth = guard.admit(from, "/5", kStart + 59s);
  ASSERT_FALSE(sixth);
  EXPECT_EQ(sixth.error().code, Errc::LimitExceeded);
  EXPECT_EQ(sixth.error().message, "redirect to rtmp://a/5: more than 5 within a minute");
  EXPECT_TRUE(guard.admit(from, "/5", kStart + 60s));
}

}  // namespace
}  // namespace multiconnection::cluster
