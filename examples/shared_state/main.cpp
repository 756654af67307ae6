// A board that several people write on, each from a terminal of their own: one shared object on
// every server of the array. Who writes on one server is read on all, as long as anybody is there
// who is connected to both; when a server comes back, its board is brought up to date.
//
//   shared_state Ann rtmp://a.example/office rtmp://b.example/office
//   shared_state Bob rtmp://b.example/office rtmp://a.example/office
//
// milk = 2 bottles     puts it on the board, or changes it
// milk =               takes it off
// > who is in?         says something to everybody
// ?                    shows the board and the servers
//
// Ctrl-D ends.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <multiconnection/multiconnection.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mc = multiconnection;

namespace {

/// A line from elsewhere, without what could move the cursor.
std::string shown(std::string text) {
  const auto isControl = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  std::replace_if(text.begin(), text.end(), isControl, '?');
  return text;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// One person's view of the board.
class Board {
 public:
  Board(std::string person, mc::MultiSharedObject object)
      : person_(std::move(person)), object_(std::move(object)) {
    object_.onSync([this](const mc::SyncEvent& event) { onSync(event); });
    object_.onStatus([this](const mc::StatusEvent& event) { onStatus(event); });
    object_.onMessage("say", [this](const mc::SharedMessage& message) { onSay(message); });
  }

  /// One line of the terminal.
  void enter(const std::string& line) {
    const auto sign = line.find('=');
    mc::Result<void> done;
    if (line == "?") {
      show();
    } else if (line.rfind('>', 0) == 0) {
      done = say(trimmed(line.substr(1)));
    } else if (sign != std::string::npos && !trimmed(line.substr(0, sign)).empty()) {
      done = put(trimmed(line.substr(0, sign)), trimmed(line.substr(sign + 1)));
    } else if (!trimmed(line).empty()) {
      print("(item = text, item =, > text, or ?)");
    }
    if (!done) print("(" + done.error().message + ")");
  }

 private:
  mc::Result<void> put(const std::string& item, const std::string& text) {
    if (text.empty()) return object_.remove(item);
    return object_.set(item, mc::AmfObject{{"text", text}, {"by", person_}});
  }

  /// Every server passes it on, and may do so twice to whom it finds on two of them: the number
  /// tells what was heard already. It starts with the clock, so that it grows from run to run.
  mc::Result<void> say(const std::string& text) {
    using std::chrono::system_clock;
    const double now =
        std::chrono::duration<double>(system_clock::now().time_since_epoch()).count();
    number_ = std::max(number_ + 1e-6, now);
    return object_.send("say", {person_, number_, text});
  }

  void onSay(const mc::SharedMessage& message) {
    if (message.arguments.size() != 3) return;
    const auto who = message.arguments[0].as<std::string>();
    double& last = heard_[who];
    if (message.arguments[1].as<double>() <= last) return;
    last = message.arguments[1].as<double>();
    print(who + " says: " + message.arguments[2].as<std::string>());
  }

  /// Each server tells of each change; it is printed when what we read has changed by it.
  void onSync(const mc::SyncEvent& event) {
    for (const mc::SyncChange& change : event.changes) {
      if (change.code == mc::SyncChange::Code::Reject) print(change.slot + ": was not taken");
    }
    const mc::AmfObject now = object_.data();
    for (const auto& [item, value] : now) {
      if (seen_[item] != value) print(textOf(item, value));
    }
    for (const auto& [item, value] : seen_) {
      if (now.find(item) == nullptr) print(item + " is gone");
    }
    seen_ = now;
  }

  void onStatus(const mc::StatusEvent& event) {
    print("(" + event.server.value().url + ' ' + event.codeText + ' ' + event.reason + ")");
  }

  static std::string textOf(const std::string& item, const mc::AmfValue& value) {
    return item + " = " + value["text"].as<std::string>() + "  (" + value["by"].as<std::string>() +
           ')';
  }

  void show() {
    const mc::AmfObject now = object_.data();
    for (const auto& [item, value] : now) print("  " + textOf(item, value));
    print(std::to_string(now.size()) + " on the board");
    for (const mc::SharedObjectReport& server : object_.servers()) {
      print("  server " + std::to_string(server.index) + " is " +
            std::string(mc::stateName(server.state)) + ", " + std::to_string(server.slots.size()) +
            " there");
    }
  }

  /// From the terminal's thread and that of the slots.
  void print(const std::string& line) {
    const std::lock_guard<std::mutex> lock(printing_);
    std::cout << shown(line) << '\n';
  }

  const std::string person_;
  std::mutex printing_;
  double number_ = 0;                    ///< Of the terminal's thread.
  mc::AmfObject seen_;                   ///< Of the slots' thread, as the next.
  std::map<std::string, double> heard_;  ///< The last number of each person.
  mc::MultiSharedObject object_;
};

int run(const std::string& person, const std::vector<mc::ServerEntry>& servers) {
  std::unique_ptr<Board> board;  // declared before the array, so that it outlives its slots
  mc::MultiConnection array;
  mc::SharedObjectOptions options;
  options.mode = mc::MirrorMode::Mirror;
  auto object = array.sharedObject("board", mc::Persistence::Temporary, options);
  if (!object) {
    std::cerr << "shared_state: " << object.error() << '\n';
    return 1;
  }
  board = std::make_unique<Board>(person, *object);
  mc::ConnectOptions connect;
  connect.policy = mc::Policy::any();
  if (auto result = array.connect(servers, connect); !result) {
    std::cerr << "shared_state: " << result.error() << '\n';
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) board->enter(line);
  object->close();
  array.close();
  return array.waitClosed(std::chrono::seconds(3)) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: shared_state PERSON URL [URL ...]\n";
    return 2;
  }
  std::cout << std::unitbuf;  // every line at once, through a pipe, too
  return run(argv[1], std::vector<mc::ServerEntry>(argv + 2, argv + argc));
}
