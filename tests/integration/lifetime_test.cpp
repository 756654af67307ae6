#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <random>
#include <thread>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

/// Calls public members at random from several threads and from slots, while frames flow. What it
/// shows is what the sanitizers see, and that it ends.
TEST(Lifetime, AnyMemberAtAnyMomentFromAnyThread) {
  const RunningNode nodes[2];
  for (unsigned seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    auto array = std::make_unique<MultiConnection>();
    auto source = PacketSource::create();
    const std::vector<ServerEntry> servers{nodes[0].url(), nodes[1].url(),
                                           "rtmp://127.0.0.1:1/live"};
    std::atomic<std::size_t> events = 0;
    array->onStatus([&](const StatusEvent& event) {
      ++events;
      if (event.code == StatusCode::SetupSuccess) {
        static_cast<void>(array->stream().publish("s" + std::to_string(seed)));
      }
      static_cast<void>(array->statistics());
    });
    ConnectOptions options;
    options.policy = Policy::any();
    std::vector<std::thread> callers;
    for (unsigned caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&, caller] {
        std::mt19937 random(seed * 10 + caller);
        for (std::uint32_t step = 0; step < 150; ++step) {
          switch (random() % 10) {
            case 0:
              static_cast<void>(array->connect(servers, options));
              break;
            case 1:
              static_cast<void>(array->stream().publish("s" + std::to_string(seed)));
              break;
            case 2:
              static_cast<void>(array->stream().attach(source));
              break;
            case 3:
              if (step % 5 == 0) array->stream().detach();
              break;
            case 4:
              static_cast<void>(array->stream().stop());
              break;
            case 5:
              static_cast<void>(array->statistics());
              break;
            case 6:
              if (step % 7 == 0) array->close(0ms);
              break;
            case 7:
              static_cast<void>(array->stream().play("other", [](const MediaMessage&) {}));
              break;
            default:
              static_cast<void>(source->push(videoFrame(step)));
              static_cast<void>(array->stream().time());
          }
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    array.reset();
    const std::size_t atEnd = events;
    static_cast<void>(source->push(videoFrame(0)));
    EXPECT_EQ(events, atEnd) << "no slot starts after the destructor";
  }
}

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Waits a while for `expected`: the kernel counts a thread for a moment after it was joined, and a
/// handshake's thread ends after its outcome was told.
std::size_t threadsOnceThereAre(std::size_t expected) {
  const auto limit = std::chrono::steady_clock::now() + 5s;
  while (threads() != expected && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  return threads();
}

TEST(Lifetime, LeavesNoThreadBehind) {
  const RunningNode node;
  const std::size_t before = threads();
  {
    MultiConnection array;
    Listener listener(array);
    ASSERT_TRUE(connectAll(array, listener, {node.url()}));
    EXPECT_EQ(threadsOnceThereAre(before + 2), before + 2) << "the reactor and the event thread";
  }
  EXPECT_EQ(threadsOnceThereAre(before), before);
}

}  // namespace
}  // namespace multiconnection::test
