// Plays a stream over an array, for test_play_failover.py: prints events, and a line for each video
// frame, in the order in which the application gets them. Ends with standard input.
//
//   array_player NAME URL [URL ...]
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <multiconnection/multiconnection.hpp>

namespace {

namespace mc = multiconnection;

void print(const std::string& line) {
  std::cout << line + '\n';
  std::cout.flush();
}

template <class Value>
void printValue(const Value& value) {
  std::ostringstream line;
  line << value;
  print(line.str());
}

void printFrame(const mc::MediaMessage& message) {
  const mc::Bytes& body = *message.body;
  if (message.kind != mc::MediaKind::Video || body.size() < 2 || body[1] == 0) return;
  const char* kind = body[0] >> 4 == 1 ? "key " : "frame ";
  print(kind + std::to_string(message.timestamp.count()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string name = argv[1];
  mc::MultiConnection array;
  array.onServerStatus(printValue<mc::StatusEvent>);
  array.onStatus([&](const mc::StatusEvent& event) {
    printValue(event);
    if (event.code != mc::StatusCode::SetupSuccess) return;
    if (auto playing = array.stream().play(name, printFrame); !playing) printValue(playing.error());
  });
  if (auto done = array.connect(std::vector<mc::ServerEntry>(argv + 2, argv + argc)); !done) {
    printValue(done.error());
    return 1;
  }
  while (std::getchar() != EOF) {
  }
  array.close();
  return array.waitClosed(std::chrono::seconds(10)) ? 0 : 1;
}
