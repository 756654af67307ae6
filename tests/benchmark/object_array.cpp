// The SDK's side of the shared-object benchmark, against a node.
//
// Usage: object_array latency PORT SERVERS COUNT
//          From set() of one array until onSync() of another one has told of it for every server.
//          The servers are applications of one node.
//        object_array calls PORT COUNT
//          callRemote(), some of which are under way at any time.

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/multiconnection.hpp"
#include "object_figures.hpp"
#include "object_wire.hpp"

namespace {

namespace mc = multiconnection;
using namespace mc::benchmark;
using std::chrono::seconds;

constexpr seconds kLimit{30};

void need(const mc::Result<void>& result) {
  if (!result) fail(result.error().message);
}

/// A number that slots raise and the main thread waits for.
class Counter {
 public:
  void add(std::size_t more = 1) {
    const std::lock_guard lock(mutex_);
    count_ += more;
    last_ = Clock::now();
    changed_.notify_all();
  }
  /// @return when it got there.
  Clock::time_point waitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kLimit, [&] { return count_ >= count; })) fail("too slow");
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  Clock::time_point last_;
};

std::vector<mc::ServerEntry> entries(int port, std::size_t servers) {
  std::vector<mc::ServerEntry> all;
  for (std::size_t i = 0; i < servers; ++i) {
    all.emplace_back("rtmp://127.0.0.1:" + std::to_string(port) + "/app" + std::to_string(i));
  }
  return all;
}

int latency(int port, std::size_t servers, std::size_t count) {
  Counter ready;
  Counter told;
  mc::MultiConnection writing;
  mc::MultiConnection reading;
  auto source = writing.sharedObject(kObject);
  auto sink = reading.sharedObject(kObject);
  if (!source || !sink) fail("no object");
  source->onSync([&](const mc::SyncEvent& event) { ready.add(event.snapshot ? 1 : 0); });
  std::vector<double> values(servers, 0);
  sink->onSync([&](const mc::SyncEvent& event) {
    if (event.snapshot) return ready.add();
    double& value = values[event.server.index];
    for (const mc::SyncChange& change : event.changes) {
      if (change.value != mc::AmfValue(++value)) fail("a value out of turn");
      told.add();
    }
  });
  need(writing.connect(entries(port, servers)));
  need(reading.connect(entries(port, servers)));
  ready.waitFor(2 * servers);
  Latencies latencies;
  const Watch watch;
  for (std::size_t round = 1; round <= count; ++round) {
    const auto start = Clock::now();
    need(source->set(kSlot, static_cast<double>(round)));
    latencies.add(told.waitFor(round * servers) - start);
  }
  latencies.print(watch);
  return 0;
}

int calls(int port, std::size_t count) {
  Counter ready;
  Counter answered;
  mc::MultiConnection array;
  array.onStatus([&](const mc::StatusEvent& event) {
    if (event.code == mc::StatusCode::SetupSuccess) ready.add();
  });
  need(array.connect(entries(port, 1)));
  ready.waitFor(1);
  const mc::AmfValue text(kText);
  const Watch watch;
  for (std::size_t sent = 0; sent < count; ++sent) {
    if (sent >= kCallWindow) answered.waitFor(sent + 1 - kCallWindow);
    need(array.callRemote(kMethod, mc::Server::all(), {text}, [&](const mc::Reply& reply) {
      if (!reply) fail(reply.error().message);
      if (reply.values != std::vector<mc::AmfValue>{text}) fail("another value than was sent");
      answered.add();
    }));
  }
  answered.waitFor(count);
  printCalls(count, watch);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto size = [&](int place) { return static_cast<std::size_t>(std::atoi(argv[place])); };
  if (words.size() == 4 && words[0] == "latency") {
    return latency(std::atoi(argv[2]), size(3), size(4));
  }
  if (words.size() == 3 && words[0] == "calls") return calls(std::atoi(argv[2]), size(3));
  return 2;
}
