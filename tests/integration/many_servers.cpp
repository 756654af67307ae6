// Publishes COUNT streams to one server and then holds still, for whoever looks at the process from
// outside:  many_servers URL COUNT.  Prints "ready" and ends when its standard input does.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/multi_connection.hpp"
#include "multiconnection/source.hpp"

namespace mc = multiconnection;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kLimit{60};
constexpr int kFrames = 100;
constexpr std::size_t kFrameBytes = 4000;

/// An AVC tag body; number 0 stands for the sequence header.
mc::MediaMessage message(int number) {
  auto body = std::make_shared<mc::Bytes>(kFrameBytes, std::uint8_t{0x55});
  (*body)[0] = number <= 1 ? 0x17 : 0x27;
  (*body)[1] = number == 0 ? 0 : 1;
  return {mc::MediaKind::Video, milliseconds(number), std::move(body)};
}

bool allSent(const mc::MultiConnection& array) {
  const auto servers = array.statistics();
  return std::all_of(servers.begin(), servers.end(), [](const auto& server) {
    return server.queueBytes == 0 && server.videoMessages == kFrames;
  });
}

bool waitAllSent(const mc::MultiConnection& array) {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  // Each question waits for the reactor, which sends meanwhile.
  while (!allSent(array)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
  return true;
}

int fail(const std::string& what) {
  std::fprintf(stderr, "many_servers: %s\n", what.c_str());
  return 1;
}

int run(const std::string& url, int count) {
  std::vector<mc::ServerEntry> servers;
  for (int i = 0; i < count; ++i) servers.emplace_back(url, "stream" + std::to_string(i));

  std::promise<mc::StatusEvent> verdict;
  mc::MultiConnection array;
  array.onStatus([&](const mc::StatusEvent& event) {
    if (event.code == mc::StatusCode::StreamPublishSuccess ||
        event.code == mc::StatusCode::StreamPublishFailed) {
      verdict.set_value(event);
    }
  });
  const auto source = mc::PacketSource::create();
  mc::ConnectOptions options;
  options.setupTimeout = kLimit;
  auto done = array.connect(servers, options);
  if (done) done = array.stream().attach(source);
  if (done) done = array.stream().publish("");
  if (!done) return fail(done.error().message);
  const auto event = verdict.get_future().get();
  if (event.code != mc::StatusCode::StreamPublishSuccess) return fail(event.reason);

  for (int number = 0; number < kFrames; ++number) {
    if (done = source->push(message(number)); !done) return fail(done.error().message);
  }
  if (!waitAllSent(array)) return fail("not everything was sent");
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  array.close();
  if (done = array.waitClosed(kLimit); !done) return fail(done.error().message);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("usage: many_servers URL COUNT");
  return run(argv[1], std::atoi(argv[2]));
}
