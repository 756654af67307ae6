// Publishes an FLV file over and over to an array whose lost servers are tried again soon, for
// test_kill_restart.py: prints events, and figures of each server at the end. Ends with standard
// input.
//
//   array_publisher FILE NAME URL [URL ...]
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <multiconnection/multiconnection.hpp>

namespace {

namespace mc = multiconnection;
using std::chrono::milliseconds;

void print(const std::string& line) {
  std::cout << line + '\n';
  std::cout.flush();
}

mc::ConnectOptions eager() {
  mc::ConnectOptions options;
  options.policy = mc::Policy::any();
  options.setupTimeout = std::chrono::seconds(20);
  options.recoveryTime = milliseconds(100);
  options.reconnect.initial = milliseconds(20);
  options.reconnect.cap = milliseconds(500);
  options.reconnect.healthyAfter = milliseconds(100);
  return options;
}

int fail(const mc::Error& error) {
  print("error " + error.message);
  return 1;
}

int run(const std::string& file, const std::string& name,
        const std::vector<mc::ServerEntry>& servers) {
  mc::MultiConnection array;
  array.onStatus([&](const mc::StatusEvent& event) {
    print("array " + event.codeText + ' ' + event.reason);
    if (event.code != mc::StatusCode::SetupSuccess) return;
    mc::PublishOptions options;
    options.mode = mc::PublishMode::Record;
    if (auto done = array.stream().publish(name, options); !done) print(done.error().message);
  });
  array.onServerStatus([](const mc::StatusEvent& event) {
    print("server " + std::to_string(event.server->index) + ' ' + event.codeText);
  });
  auto source = mc::FileSource::open(file);
  if (!source) return fail(source.error());
  mc::PullOptions pull;
  pull.loop = true;
  auto done = array.connect(servers, eager());
  if (done) done = array.stream().attach(*source, pull);
  if (!done) return fail(done.error());
  while (std::getchar() != EOF) {
  }
  array.stream().detach();
  for (const auto& server : array.statistics()) {
    print("figures " + std::to_string(server.index) + ' ' + std::to_string(server.reconnects) +
          ' ' + std::to_string(server.droppedAudio + server.droppedVideo));
  }
  array.close();
  return array.waitClosed(std::chrono::seconds(10)) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  return run(argv[1], argv[2], std::vector<mc::ServerEntry>(argv + 3, argv + argc));
}
