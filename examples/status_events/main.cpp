// Connects to an array of servers and shows both signals and the statistics until Enter is pressed:
// stop a server, or let it go silent, and see what is told of it.
//
//   status_events rtmp://a.example/live rtmp://b.example/live

#include <boost/signals2/connection.hpp>
#include <chrono>
#include <iostream>
#include <multiconnection/multiconnection.hpp>
#include <string>
#include <vector>

namespace mc = multiconnection;

namespace {

/// Shows what one array tells. Its slots end with it.
class Monitor {
 public:
  explicit Monitor(mc::MultiConnection& array)
      : array_(array.onStatus([](const mc::StatusEvent& event) { showArray(event); })),
        servers_(array.onServerStatus([](const mc::StatusEvent& event) { showServer(event); })) {}

 private:
  static void showArray(const mc::StatusEvent& event) {
    std::cout << "array:  " << mc::levelName(event.level) << ' ' << event.codeText << " after "
              << event.elapsed.count() << " ms";
    if (!event.reason.empty()) std::cout << ": " << event.reason;
    std::cout << '\n';
    for (const mc::ServerReport& server : event.servers) std::cout << "        " << server << '\n';
  }
  static void showServer(const mc::StatusEvent& event) {
    std::cout << "server: " << mc::levelName(event.level) << ' ' << *event.server << '\n';
  }

  boost::signals2::scoped_connection array_;
  boost::signals2::scoped_connection servers_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: status_events URL [URL ...]\n";
    return 2;
  }
  std::cout << std::unitbuf;  // every line at once, through a pipe, too
  mc::MultiConnection array;
  const Monitor monitor(array);
  mc::ConnectOptions options;
  options.policy = mc::Policy::any();  // one server is enough; the others are told of all the same
  if (auto result = array.connect(std::vector<mc::ServerEntry>(argv + 1, argv + argc), options);
      !result) {
    std::cerr << "status_events: " << result.error() << '\n';
    return 1;
  }
  std::cout << "Press Enter to end.\n";
  std::string line;
  std::getline(std::cin, line);

  for (const mc::ServerStatistics& server : array.statistics()) {
    std::cout << server.url << ' ' << mc::stateName(server.state) << ", " << server.bytesReceived
              << " bytes received\n";
  }
  array.close();
  return array.waitClosed(std::chrono::seconds(3)) ? 0 : 1;
}
