// The SDK as a candidate of the fan-out benchmark: publishes a clip to N streams of one server.
//
// Usage: publisher CLIP.flv PORT SERVERS
// Publishes the clip again and again by its timestamps. SIGUSR1: prints counters; SIGTERM: ends.

#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "multiconnection/multiconnection.hpp"

namespace {

namespace mc = multiconnection;

std::atomic<unsigned long long> sendCalls{0};

template <class T>
T need(mc::Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error() << '\n';
  std::exit(1);
}
void need(const mc::Result<void>& result) {
  if (result) return;
  std::cerr << result.error() << '\n';
  std::exit(1);
}

long residentBytes() {
  long total = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

long threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

void print(const mc::MultiConnection& array) {
  unsigned long long messages = 0;
  unsigned long long dropped = 0;
  std::size_t publishing = 0;
  for (const mc::ServerStatistics& server : array.statistics()) {
    messages += server.audioMessages + server.videoMessages + server.dataMessages;
    dropped += server.droppedAudio + server.droppedVideo;
    if (server.state == mc::ServerState::Publishing) ++publishing;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"sends\": %llu, \"messages\": %llu, \"dropped\": %llu, \"publishing\": %zu, "
      "\"threads\": %ld, \"resident\": %ld, \"cpu_us\": %ld}\n",
      sendCalls.load(), messages, dropped, publishing, threads(), residentBytes(),
      (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000L + usage.ru_utime.tv_usec +
          usage.ru_stime.tv_usec);
  std::fflush(stdout);
}

void onStatus(mc::MultiConnection& array, const mc::StatusEvent& event) {
  if (event.code == mc::StatusCode::SetupSuccess) {
    need(array.stream().publish("unnamed"));
  } else if (event.level == mc::StatusLevel::Error) {
    std::cerr << event << '\n';
    ::kill(::getpid(), SIGTERM);
  }
}

}  // namespace

// The library's calls end here: the program's own symbol comes before the C library's.
extern "C" __attribute__((visibility("default"))) ssize_t sendmsg(int socket, const msghdr* message,
                                                                  int flags) {
  sendCalls.fetch_add(1, std::memory_order_relaxed);
  return ::syscall(SYS_sendmsg, socket, message, flags);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<mc::ServerEntry> servers;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    servers.emplace_back(std::string("rtmp://127.0.0.1:") + argv[2] + "/live", std::to_string(i));
  }
  mc::MultiConnection array;
  array.onStatus([&array](const mc::StatusEvent& event) { onStatus(array, event); });
  mc::PullOptions pull;
  pull.loop = true;
  need(array.stream().attach(need(mc::FileSource::open(argv[1])), pull));
  mc::ConnectOptions options;
  options.setupTimeout = std::chrono::seconds(20);
  need(array.connect(servers, options));

  for (int number = 0; number != SIGTERM;) {
    ::sigwait(&signals, &number);
    print(array);
  }
  array.close();
  need(array.waitClosed(std::chrono::seconds(5)));
  return 0;
}
